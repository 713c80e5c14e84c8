// SPDX-License-Identifier: GPL-3.0-or-later
// A workspace that is closed on a thread of its own: what was committed is in the database file, the rest is nowhere.
#include "engine/store/close_behind.h"

#include <QtTest>

namespace fs = std::filesystem;
using namespace prefscope;

namespace {

void write(Workspace& workspace, int megabytes) {
  workspace.db().exec("CREATE TABLE bytes(value BLOB)");
  for (int i = 0; i < megabytes; ++i) workspace.db().exec("INSERT INTO bytes VALUES (randomblob(1 << 20))");
}

bool has_bytes(Workspace& workspace) {
  return workspace.db().tableExists("bytes");
}

}  // namespace

class CloseBehindTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path at(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }

 private Q_SLOTS:
  void what_was_committed_comes_into_the_file() {
    const fs::path folder = at("committed");
    {
      const std::shared_ptr<Workspace> opened = open_to_write_much(folder);
      SQLite::Transaction transaction(opened->db());
      write(*opened, 40);
      transaction.commit();
      QVERIFY(fs::file_size(folder / "workspace.db") < 4 << 20);  // all is in the log yet
    }
    std::vector<std::string> stages;
    wait_until_closed({[&](const Progress& p) { stages.push_back(p.stage); }, {}});
    for (const std::string& stage : stages) QCOMPARE(stage, "Writing to disk");
    QVERIFY(!fs::exists(folder / "workspace.db-wal"));
    QVERIFY(fs::file_size(folder / "workspace.db") > 40 << 20);
    Workspace again(folder);
    QCOMPARE(again.db().execAndGet("SELECT count(*) FROM bytes").getInt(), 40);
  }

  void with_another_connection_the_log_is_written_all_the_same() {
    const fs::path folder = at("shared");
    Workspace other(folder);
    {
      const std::shared_ptr<Workspace> opened = open_to_write_much(folder);
      SQLite::Transaction transaction(opened->db());
      write(*opened, 40);
      transaction.commit();
    }
    wait_until_closed({});
    QVERIFY(fs::file_size(folder / "workspace.db") > 40 << 20);
    QVERIFY(has_bytes(other));
  }

  void what_was_taken_back_is_nowhere() {
    const fs::path folder = at("taken_back");
    {
      const std::shared_ptr<Workspace> opened = open_to_write_much(folder);
      SQLite::Transaction transaction(opened->db());
      write(*opened, 100);  // more than the cache holds
      QVERIFY(fs::file_size(folder / "workspace.db-wal") > 20 << 20);
    }
    wait_until_closed({});
    QVERIFY(!fs::exists(folder / "workspace.db-wal"));
    QVERIFY(fs::file_size(folder / "workspace.db") < 4 << 20);
    Workspace again(folder);
    QVERIFY(!has_bytes(again));
  }

  void a_stop_ends_the_waiting() {
    const fs::path folder = at("stopped");
    {
      const std::shared_ptr<Workspace> opened = open_to_write_much(folder);
      write(*opened, 40);
    }
    std::stop_source stop;
    stop.request_stop();
    wait_until_closed({[](const Progress&) { QFAIL("it waits"); }, stop.get_token()});
    wait_until_closed({});
    Workspace again(folder);
    QVERIFY(has_bytes(again));
  }
};

QTEST_GUILESS_MAIN(CloseBehindTest)
#include "close_behind_test.moc"
