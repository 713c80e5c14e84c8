// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/workspace.h"

#include <QtTest>
#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/saved_cases.h"
#include "engine/store/schema.h"
#include "tests/engine/store/made_interactions.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;
namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

int64_t number(SQLite::Database& db, const std::string& sql) {
  return db.execAndGet(sql).getInt64();
}

/// Names and SHA-256 of a folder's files.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(folder))
    all[entry.path().filename().string()] = entry.is_regular_file() ? sha256_file(entry.path()) : "folder";
  return all;
}

/// The error of opening a folder, as its kind and message.
std::pair<ErrorKind, std::string> error_of(const fs::path& folder) {
  try {
    Workspace workspace(folder);
  } catch (const Error& e) {
    return {e.kind(), e.what()};
  }
  return {ErrorKind::BadInput, "no error"};
}

/// What a second process does: waits for a moment, opens a workspace, looks whether it is whole. 0 when it is.
int open_at(const char* folder, int64_t moment_ms) {
  while (now_ms() < moment_ms) std::this_thread::yield();
  try {
    Workspace workspace(folder);
    return number(workspace.db(), "SELECT count(*) FROM data_set") == 0 &&
                   number(workspace.db(), "PRAGMA user_version") == schema_version
               ? 0
               : 2;
  } catch (const std::exception& e) {
    qWarning("%s", e.what());
    return 1;
  }
}

}  // namespace

class WorkspaceTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  void newWorkspaceIsSetUp() {
    Workspace workspace(root() / "new" / "deeper");
    SQLite::Database& db = workspace.db();
    QCOMPARE(schema_version, 9);
    QCOMPARE(number(db, "PRAGMA user_version"), 9);
    QCOMPARE(number(db, "PRAGMA application_id"), 0x50665363);
    QCOMPARE(db.execAndGet("PRAGMA journal_mode").getString(), std::string("wal"));
    QCOMPARE(number(db, "PRAGMA foreign_keys"), 1);
    QCOMPARE(number(db, "PRAGMA busy_timeout"), 10'000);
    QCOMPARE(workspace.folder(), root() / "new" / "deeper");
    QCOMPARE(workspace.run_folder(7), root() / "new" / "deeper" / "runs" / "7");
  }

  void allTablesAreThereAndStrict() {
    Workspace workspace(root() / "tables");
    SQLite::Statement query(workspace.db(),
                            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'");
    std::set<std::string> tables;
    while (query.executeStep()) {
      const std::string name = query.getColumn(0).getString();
      if (name.starts_with("sqlite_")) continue;
      QVERIFY2(query.getColumn(1).getInt() == 1, name.c_str());
      tables.insert(name);
    }
    const std::set<std::string> expected = {"data_set",
                                            "import_drop",
                                            "user",
                                            "item",
                                            "item_attribute",
                                            "interaction",
                                            "interaction_order",
                                            "data_view",
                                            "preparation",
                                            "example",
                                            "candidate",
                                            "example_history",
                                            "example_negative",
                                            "example_pair",
                                            "model",
                                            "run",
                                            "step_metric",
                                            "panel_score",
                                            "reference_log_prob",
                                            "response_score",
                                            "evaluation",
                                            "evaluation_row",
                                            "evaluation_user",
                                            "saved_case",
                                            "rationale",
                                            "analysis"};
    QCOMPARE(tables, expected);
    // STRICT at work: text where a number belongs is refused.
    QVERIFY_THROWS_EXCEPTION(
        SQLite::Exception, workspace.db().exec("INSERT INTO data_set(name, format, source, content_hash, imported_at, "
                                               "users) VALUES ('a', '', '', '', '', 'many')"));
  }

  /// A second opening finds the rows and leaves the file as it is.
  void opensAgain() {
    const fs::path folder = root() / "again";
    {
      Workspace workspace(folder);
      fill_small_store(workspace);
    }
    const auto before = contents(folder);
    {
      Workspace workspace(folder);
      QCOMPARE(number(workspace.db(), "SELECT count(*) FROM user"), 3);
    }
    QCOMPARE(contents(folder), before);
  }

  /// An empty file is what a program leaves that was killed at the first moment: it becomes a workspace.
  void emptyFileBecomesAWorkspace() {
    const fs::path folder = root() / "killed";
    fs::create_directories(folder);
    std::ofstream(folder / "workspace.db").flush();
    Workspace workspace(folder);
    QCOMPARE(number(workspace.db(), "SELECT count(*) FROM run"), 0);
  }

  void newerVersionIsRefusedUntouched() {
    const fs::path folder = root() / "newer";
    { Workspace(folder).db().exec("CREATE TABLE from_the_future(x TEXT) STRICT; PRAGMA user_version = 10"); }
    const auto before = contents(folder);
    const auto [kind, message] = error_of(folder);
    QCOMPARE(kind, ErrorKind::Unsupported);
    QVERIFY2(message.starts_with((folder / "workspace.db").string() + ": this workspace has schema version 10, this "
                                                                      "program knows versions up to 9. Nothing was "
                                                                      "changed; open it with a newer Prefscope"),
             message.c_str());
    QCOMPARE(contents(folder), before);
  }

  void foreignDatabaseIsRefusedUntouched_data() {
    QTest::addColumn<QString>("sql");
    QTest::newRow("rollback journal") << "CREATE TABLE bookmarks(url TEXT)";
    QTest::newRow("write-ahead log") << "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks(url TEXT)";
    QTest::newRow("our version number") << "CREATE TABLE user(name TEXT); PRAGMA user_version = 1";
    QTest::newRow("no tables, our version number") << "PRAGMA user_version = 1";
    QTest::newRow("no tables, another mark") << "PRAGMA application_id = 252006";
  }
  void foreignDatabaseIsRefusedUntouched() {
    QFETCH(QString, sql);
    const fs::path folder = root() / ("foreign " + std::string(QTest::currentDataTag()));
    fs::create_directories(folder);
    SQLite::Database((folder / "workspace.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec(sql.toStdString());
    const std::string before = sha256_file(folder / "workspace.db");
    const auto [kind, message] = error_of(folder);
    QCOMPARE(kind, ErrorKind::BadFile);
    QVERIFY2(message.starts_with((folder / "workspace.db").string() +
                                 ": expected a Prefscope workspace, found another program's database; choose"),
             message.c_str());
    QCOMPARE(sha256_file(folder / "workspace.db"), before);
  }

  void fileThatIsNoDatabaseIsRefusedUntouched() {
    const fs::path folder = root() / "letter";
    write_file_atomically(folder / "workspace.db",
                          "Dear reader, this is a letter and not a database. " + std::string(4096, '.'));
    const auto before = contents(folder);
    const auto [kind, message] = error_of(folder);
    QCOMPARE(kind, ErrorKind::BadFile);
    QVERIFY2(message.starts_with((folder / "workspace.db").string() + ": expected a Prefscope workspace, but SQLite "
                                                                      "says: file is not a database; choose"),
             message.c_str());
    QCOMPARE(contents(folder), before);
  }

  /// Cut in the middle, as a full disk or a broken copy leaves it.
  void truncatedWorkspaceIsAnError() {
    const fs::path folder = root() / "cut";
    {
      Workspace workspace(folder);
      fill_small_store(workspace);
    }
    const std::string whole = read_file(folder / "workspace.db");
    write_file_atomically(folder / "workspace.db", whole.substr(0, whole.size() / 2));
    QVERIFY2(
        error_of(folder).second != "no error" ||
            [&] {
              Workspace workspace(folder);
              return workspace.db().execAndGet("PRAGMA integrity_check").getString() != "ok";
            }(),
        "half a file passes for a whole one");
  }

  void folderThatCannotBeMade() {
    write_file_atomically(root() / "plain", "a file");
    for (const fs::path& folder : {root() / "plain", root() / "plain" / "inside"}) {
      const auto [kind, message] = error_of(folder);
      QCOMPARE(kind, ErrorKind::Storage);
      QVERIFY2(message.starts_with(folder.string() + ": the workspace folder cannot be made: Not a directory; choose"),
               message.c_str());
    }
    QCOMPARE(read_file(root() / "plain"), std::string("a file"));
    fs::create_directories(root() / "odd" / "workspace.db");
    QCOMPARE(error_of(root() / "odd").first, ErrorKind::BadFile);
  }

  /// One thread adds two users at a time, the other counts: what it sees is even, never less than before, and it is
  /// never refused.
  void writerAndReaderAtOnce() {
    const fs::path folder = root() / "threads";
    {
      Workspace workspace(folder);
      fill_small_store(workspace);
      workspace.db().exec("INSERT INTO user(data_set, key) VALUES (1, 'four')");
    }
    std::atomic<bool> read = false, written = false, failed = false;
    std::thread writer([&] {
      while (!read) std::this_thread::yield();
      try {
        Workspace workspace(folder);
        for (int n = 0; n < 300; ++n) {
          SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
          for (const char* half : {"a", "b"})
            workspace.db().exec("INSERT INTO user(data_set, key) VALUES (1, '" + std::to_string(n) + half + "')");
          transaction.commit();
        }
      } catch (const std::exception&) {
        failed = true;
      }
      written = true;
    });
    int64_t last = 4, reads = 0, grown = 0;
    bool even = true, monotonic = true;
    try {
      Workspace workspace(folder);
      for (bool more = true; more; ++reads) {
        more = !written;
        const int64_t users = number(workspace.db(), "SELECT count(*) FROM user");
        even = even && users % 2 == 0;
        monotonic = monotonic && users >= last;
        grown += users > last ? 1 : 0;
        last = users;
        read = true;
      }
    } catch (const std::exception&) {
      failed = true;
    }
    read = true;
    writer.join();
    QVERIFY(!failed && even && monotonic);
    QCOMPARE(last, int64_t{604});
    QVERIFY(reads > 1 && grown > 0);
  }

  /// A second writer waits for the first one's transaction instead of failing.
  void secondWriterWaits() {
    const fs::path folder = root() / "writers";
    Workspace first(folder);
    fill_small_store(first);
    std::atomic<int> done = 0;
    std::thread other;
    {
      SQLite::Transaction transaction(first.db(), SQLite::TransactionBehavior::IMMEDIATE);
      first.db().exec("INSERT INTO user(data_set, key) VALUES (1, 'x')");
      other = std::thread([&] {
        try {
          Workspace second(folder);
          second.db().exec("INSERT INTO user(data_set, key) VALUES (1, 'y')");
          done = 1;
        } catch (const std::exception&) {
          done = 2;
        }
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      const int early = done;
      transaction.commit();
      other.join();
      QCOMPARE(early, 0);
    }
    QCOMPARE(done.load(), 1);
    QCOMPARE(number(first.db(), "SELECT count(*) FROM user"), 5);
  }

  /// Rows that nobody may leave behind: what a data set, an example or a run takes with it, and what holds it.
  void foreignKeysCascadeAsMeant() {
    Workspace workspace(root() / "keys");
    SQLite::Database& db = workspace.db();
    fill_small_store(workspace);
    db.exec(R"sql(
      INSERT INTO item_attribute VALUES (1, 0, 'genre', 'Drama');
      INSERT INTO import_drop VALUES (1, 'a.csv', 2, 'why');
      INSERT INTO example_negative VALUES (1, 0, 2);
      INSERT INTO step_metric VALUES (2, 1, 0.1, 0.7, NULL, NULL, NULL, NULL, 0.1, 1, 10, 0.5);
      INSERT INTO response_score VALUES (1, 1, 1, NULL, 0, 0, -1, 1, x'00000000', x'00000000'),
                                        (2, 1, 1, 2, 0, 0, -1, 1, x'00000000', x'00000000');
      INSERT INTO evaluation VALUES (1, 1, '', 'p', 'sum', 2, 1);
      INSERT INTO evaluation_row VALUES (1, 0, 'base', NULL, '{}'), (1, 1, 'dmpo', 2, '{}');
      INSERT INTO evaluation_user VALUES (1, 0, 1, 0.5, 1), (1, 1, 1, 0.5, 1);
      INSERT INTO saved_case VALUES (1, 1, 1, 1, 2, 'ann', 'dmpo', 'mine', '', 0, '', '{}');
      INSERT INTO rationale VALUES (1, 1, 1, NULL, 3, 1, 0, 'p', 't', '', 0), (2, 1, 1, 2, 3, 1, 0, 'p', 't', '', 0);
    )sql");
    // Held: a user and an item that examples are of, a model and a parent that runs build on.
    give_interactions(workspace, 1, {{3, 5, {}, 1}});
    for (const char* sql : {"DELETE FROM user WHERE id = 3", "DELETE FROM item WHERE id = 4", "DELETE FROM model",
                            "DELETE FROM run WHERE id = 1", "DELETE FROM preparation"})
      QVERIFY_THROWS_EXCEPTION(SQLite::Exception, db.exec(sql));
    // And nothing may point to what is not there.
    for (const char* sql :
         {"INSERT INTO candidate VALUES (1, 9, 99)", "INSERT INTO user(data_set, key) VALUES (9, 'x')",
          "INSERT INTO step_metric VALUES (9, 1, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0)"})
      QVERIFY_THROWS_EXCEPTION(SQLite::Exception, db.exec(sql));
    // A run takes its metrics, scores, rows of evaluations and rationales with it; what is the base model's stays, and
    // so does what a person noted.
    db.exec("DELETE FROM run WHERE id = 2");
    QCOMPARE(number(db, "SELECT count(*) FROM step_metric"), 0);
    const char* noted = "SELECT count(*) FROM saved_case WHERE note = 'mine' AND run IS NULL AND report = '{}'";
    QCOMPARE(number(db, noted), 1);
    for (const char* table : {"response_score", "evaluation_row", "evaluation_user", "rationale", "evaluation"})
      QCOMPARE(number(db, std::string("SELECT count(*) FROM ") + table), 1);
    // An example takes its lists, scores, results and rationales with it.
    db.exec("DELETE FROM example WHERE id = 1");
    for (const char* table : {"example_negative", "response_score", "evaluation_user", "rationale"})
      QCOMPARE(number(db, std::string("SELECT count(*) FROM ") + table), 0);
    QCOMPARE(number(db, std::string(noted) + " AND example IS NULL"), 1);
    QCOMPARE(number(db, "SELECT count(*) FROM candidate"), 2);
    QCOMPARE(number(db, "SELECT count(*) FROM example_history"), 1);
    db.exec("DELETE FROM run; DELETE FROM preparation; DELETE FROM data_set");
    for (const char* table : {"example", "evaluation", "evaluation_row", "user", "item", "item_attribute",
                              "import_drop", "saved_case", "interaction_order"})
      QCOMPARE(number(db, std::string("SELECT count(*) FROM ") + table), 0);
  }

  /// A workspace as version 1 left it, rows and all, becomes one of this version when it is opened.
  void versionOneBecomesThisVersion() {
    const fs::path folder = root() / "old";
    fs::create_directories(folder);
    const std::vector<std::string> tables = {"data_set",        "user",  "item", "preparation", "example", "candidate",
                                             "example_history", "model", "run"};
    std::map<std::string, int64_t> before;
    {
      SQLite::Database db((folder / "workspace.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
      db.exec(migrations()[0]);
      db.exec("PRAGMA user_version = 1; PRAGMA application_id = 1348883299");  // "PfSc"
      db.exec(small_store_rows);
      for (const std::string& table : tables) before[table] = number(db, "SELECT count(*) FROM " + table);
      QVERIFY_THROWS_EXCEPTION(SQLite::Exception, db.exec("UPDATE example SET role = 'panel' WHERE id = 3"));
    }
    for (int opening = 0; opening < 2; ++opening) {
      Workspace workspace(folder);
      SQLite::Database& db = workspace.db();
      QCOMPARE(number(db, "PRAGMA user_version"), schema_version);
      for (const std::string& table : tables) {
        QVERIFY(before.at(table) > 0);
        QCOMPARE(number(db, "SELECT count(*) FROM " + table), before.at(table));
      }
      QCOMPARE(db.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
      SQLite::Statement broken(db, "PRAGMA foreign_key_check");
      QVERIFY(!broken.executeStep());
      QCOMPARE(db.execAndGet("SELECT key FROM user WHERE id = (SELECT user FROM example WHERE id = 2)").getString(),
               std::string("bob"));
      QCOMPARE(number(db, "SELECT target FROM example WHERE id = 2"), 4);
      QCOMPARE(number(db, "SELECT finish_asked FROM run WHERE id = 2"), 0);
      QVERIFY(db.execAndGet("SELECT best_step FROM run WHERE id = 2").isNull());
      QVERIFY(db.execAndGet("SELECT train_users FROM preparation WHERE id = 1").isNull());
      QCOMPARE(number(db, "SELECT targets FROM preparation WHERE id = 1"), 1);
    }
    Workspace workspace(folder);
    SQLite::Database& db = workspace.db();
    // The third role is taken by the same connection's successor, another one is not; keys still hold and cascade.
    db.exec(
        "INSERT INTO example VALUES (4, 1, 1, 3, 'panel', 3, 5, NULL); INSERT INTO panel_score VALUES (2, 0, 4, 0, 0, "
        "1)");
    QCOMPARE(number(db, "SELECT count(*) FROM example WHERE role = 'panel'"), 1);
    for (const char* sql : {"UPDATE example SET role = 'test'", "UPDATE example SET role = NULL",
                            "INSERT INTO example VALUES (5, 1, 1, 4, 'train', 99, 5, NULL)",
                            "INSERT INTO panel_score VALUES (2, 0, 99, 0, 0, 1)"})
      QVERIFY_THROWS_EXCEPTION(SQLite::Exception, db.exec(sql));
    db.exec("DELETE FROM example WHERE id = 4");
    QCOMPARE(number(db, "SELECT count(*) FROM panel_score"), 0);
    // The widened table is the one that a new workspace gets.
    Workspace fresh(root() / "fresh");
    const char* schema = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY type, name)";
    QCOMPARE(db.execAndGet(schema).getString(), fresh.db().execAndGet(schema).getString());
  }

  /// Interactions that lay in file order, with the user and set of each, lie by user and time; users, items and sets
  /// know their ranges, and the orders are there.
  void interactionsOfVersionSevenAreSorted() {
    const fs::path folder = root() / "version 7";
    fs::create_directories(folder);
    {
      SQLite::Database db((folder / "workspace.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      for (int version = 0; version < 7; ++version) db.exec(migrations()[static_cast<size_t>(version)]);
      db.exec("PRAGMA user_version = 7; PRAGMA application_id = 1348883299");
      // Set 2 came first; in set 1 user 3 acts first, then 1 at times 20, none and 10; user 2 never.
      db.exec(R"sql(
        INSERT INTO data_set(id, name, format, source, content_hash, imported_at, users, items, interactions)
          VALUES (1, 'a', 'movielens', '', '', '', 3, 2, 5), (2, 'b', 'movielens', '', '', '', 1, 1, 1);
        INSERT INTO user VALUES (1, 1, 'x', 3), (2, 1, 'y', 0), (3, 1, 'z', 2), (4, 2, 'x', 1);
        INSERT INTO item VALUES (1, 1, 'i', 'I', 3), (2, 1, 'j', 'J', 2), (3, 2, 'i', 'I', 1);
        INSERT INTO interaction(data_set, user, item, rating, time, position) VALUES
          (2, 4, 3, 5, 1, 0), (1, 3, 1, 4, 7, 0), (1, 1, 2, 3, 20, 1), (1, 1, 1, NULL, NULL, 2), (1, 3, 2, 2, 7, 3),
          (1, 1, 1, 1, 10, 4);
      )sql");
    }
    Workspace workspace(folder);
    SQLite::Statement rows(
        workspace.db(),
        "SELECT id || ':' || data_set || user_key || item || ifnull(rating, '-') || ifnull(time, '-') "
        "FROM user_interaction ORDER BY id");
    std::string all;
    while (rows.executeStep()) all += rows.getColumn(0).getString() + " ";
    QCOMPARE(all, std::string("1:1x1-- 2:1x11.010 3:1x23.020 4:1z14.07 5:1z22.07 6:2x35.01 "));
    QCOMPARE(number(workspace.db(), "SELECT first_interaction FROM data_set WHERE id = 2"), 6);
    using Rows = std::vector<uint32_t>;
    QCOMPARE(read_order(workspace, 1, RowOrder::Item, 0, 5), (Rows{0, 1, 3, 2, 4}));
    QCOMPARE(number(workspace.db(), "SELECT first_place FROM item WHERE id = 2"), 3);
    QCOMPARE(read_order(workspace, 1, RowOrder::Time, 0, 5), (Rows{0, 3, 4, 1, 2}));
    QCOMPARE(read_order(workspace, 1, RowOrder::Rating, 0, 5), (Rows{0, 1, 4, 2, 3}));
    QCOMPARE(read_order(workspace, 1, RowOrder::Rating, 1, 3), (Rows{1, 4}));
    QCOMPARE(read_order(workspace, 2, RowOrder::Time, 0, 1), (Rows{0}));
  }

  /// A case that was saved before there was a notebook keeps its note and what was saved of it.
  void casesSavedBeforeTheNotebookStay() {
    const fs::path folder = root() / "version 5";
    fs::create_directories(folder);
    {
      SQLite::Database db((folder / "workspace.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      for (int version = 0; version < 5; ++version) db.exec(migrations()[static_cast<size_t>(version)]);
      db.exec("PRAGMA user_version = 5; PRAGMA application_id = 1348883299");
      db.exec(small_store_rows);
      db.exec(
          "INSERT INTO saved_case VALUES (3, 'a', 1, 1, NULL, 'why', '{\"x\":1}', 'then'), (7, 'b', 2, 1, 2, '', "
          "'{}', 'now')");
    }
    Workspace workspace(folder);
    const auto cases = list_cases(workspace, 1);
    QCOMPARE(cases.size(), size_t{2});
    QVERIFY(cases[0].id == 3 && cases[0].example == 1 && !cases[0].run && cases[0].note == "why");
    QVERIFY(cases[0].user_key == "ann" && cases[0].model_name == "base model" && cases[0].created_at == "then");
    QVERIFY(cases[1].id == 7 && cases[1].run == 2 && cases[1].user_key == "bob" && cases[1].model_name == "dmpo");
    QCOMPARE(read_case_report(workspace, 3), std::string("{\"x\":1}"));
  }

  /// The connection that migrates takes the third role at once, without a new start.
  void thirdRoleRightAfterTheMigration() {
    const fs::path folder = root() / "at once";
    fs::create_directories(folder);
    {
      SQLite::Database db((folder / "workspace.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      db.exec(migrations()[0]);
      db.exec("PRAGMA user_version = 1; PRAGMA application_id = 1348883299");
      db.exec(small_store_rows);
    }
    Workspace workspace(folder);
    workspace.db().exec("UPDATE example SET role = 'panel' WHERE id = 3");
    QVERIFY_THROWS_EXCEPTION(SQLite::Exception, workspace.db().exec("UPDATE example SET role = 'test' WHERE id = 3"));
  }

  void valuesOutOfTheirSetAreRefused() {
    Workspace workspace(root() / "checks");
    fill_small_store(workspace);
    for (const char* sql : {"UPDATE run SET status = 'sleeping'", "UPDATE example SET role = 'test'",
                            "UPDATE preparation SET prompt = 'closed'", "UPDATE data_set SET name = NULL",
                            "INSERT INTO user(data_set, key) VALUES (1, 'ann')",
                            "INSERT INTO evaluation VALUES (1, 1, '', 'p', 'best', 2, 1)"})
      QVERIFY_THROWS_EXCEPTION(SQLite::Exception, workspace.db().exec(sql));
  }

  /// Six processes open the same new folder at the same moment, ten times over: none is refused.
  void processesOpenANewWorkspaceAtOnce() {
    for (int round = 0; round < 10; ++round) {
      const QString folder = dir_.filePath(QStringLiteral("race %1").arg(round));
      const QString moment = QString::number(now_ms() + 120);
      std::vector<std::unique_ptr<QProcess>> processes;
      for (int n = 0; n < 6; ++n) {
        processes.push_back(std::make_unique<QProcess>());
        processes.back()->start(QCoreApplication::applicationFilePath(), {QStringLiteral("--open-at"), folder, moment});
      }
      for (const auto& process : processes) {
        QVERIFY(process->waitForFinished(20'000));
        QVERIFY2(process->exitStatus() == QProcess::NormalExit && process->exitCode() == 0,
                 process->readAllStandardError().constData());
      }
    }
  }
};

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--open-at") return open_at(argv[2], std::stoll(argv[3]));
  QCoreApplication app(argc, argv);
  WorkspaceTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "workspace_test.moc"
