// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/saved_cases.h"

#include <QtTest>

#include "tests/engine/messages.h"
#include "tests/engine/store/small_store.h"

using namespace prefscope;

class SavedCasesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::filesystem::path folder(const char* name) const {
    return dir_.filePath(QString::fromLatin1(name)).toStdString();
  }

  static SavedCase saved() {
    SavedCase c;
    c.data_set = 1;
    c.example = 1;
    c.model = 1;
    c.run = 2;
    c.user_key = "ann\"; DROP TABLE user";
    c.model_name = "dmpo";
    return c;
  }

 private Q_SLOTS:
  void aCaseIsThereAfterReopening() {
    int64_t id = 0;
    {
      Workspace workspace(folder("reopen"));
      fill_small_store(workspace);
      id = save_case(workspace, saved(), "{\"a\": 0.1}");
      SavedCase noted = read_case(workspace, id);
      QVERIFY(!noted.starred && noted.tags.empty() && noted.note.empty() && !noted.created_at.empty());
      noted.starred = true;
      noted.tags = {"odd", "to show"};
      noted.note = "Why?\n<b>\xe2\x80\xae";
      noted.user_key = "not this";  // what was saved stays
      update_case(workspace, noted);
    }
    Workspace workspace(folder("reopen"));
    const auto cases = list_cases(workspace, 1);
    QCOMPARE(cases.size(), size_t{1});
    const SavedCase& c = cases.front();
    QVERIFY(c.id == id && c.example == 1 && c.model == 1 && c.run == 2 && c.starred);
    QCOMPARE(c.user_key, saved().user_key);
    QCOMPARE(c.note, std::string("Why?\n<b>\xe2\x80\xae"));
    QCOMPARE(c.tags, (std::vector<std::string>{"odd", "to show"}));
    QCOMPARE(read_case_report(workspace, id), std::string("{\"a\": 0.1}"));
    QVERIFY(list_cases(workspace, 2).empty());
    QCOMPARE(list_cases(workspace).size(), size_t{1});
  }

  /// Deleting is undone by saving what was there: the same id, note and report.
  void deletedAndPutBack() {
    Workspace workspace(folder("undo"));
    fill_small_store(workspace);
    save_case(workspace, saved(), "first");
    SavedCase second = saved();
    second.note = "kept";
    second.id = save_case(workspace, second, "second");
    save_case(workspace, saved(), "third");
    const SavedCase before = read_case(workspace, second.id);
    delete_case(workspace, second.id);
    QCOMPARE(list_cases(workspace, 1).size(), size_t{2});
    QCOMPARE(save_case(workspace, before, "second"), before.id);
    const auto cases = list_cases(workspace, 1);
    QCOMPARE(cases.size(), size_t{3});
    QVERIFY(cases[1].id == before.id && cases[1].note == "kept" && cases[1].created_at == before.created_at);
    QCOMPARE(read_case_report(workspace, before.id), std::string("second"));
  }

  void anUnknownCaseIsRefused() {
    Workspace workspace(folder("unknown"));
    fill_small_store(workspace);
    QCOMPARE(message_of([&] { read_case(workspace, 4); }), std::string("there is no saved case 4: none is saved yet"));
    save_case(workspace, saved(), "");
    for (const auto& act :
         std::vector<std::function<void()>>{[&] { read_case(workspace, 4); }, [&] { read_case_report(workspace, 4); },
                                            [&] {
                                              SavedCase c = saved();
                                              c.id = 4;
                                              update_case(workspace, c);
                                            }})
      QCOMPARE(message_of(act), std::string("there is no saved case 4: 1 are saved, the newest is 1"));
  }

  void tagsAreReadAsTyped() {
    QCOMPARE(tags_of(" a ,b c,, a,\xc3\xa9\n,d"), (std::vector<std::string>{"a", "b c", "\xc3\xa9", "d"}));
    QVERIFY(tags_of("").empty() && tags_of(" , ,").empty());
    QCOMPARE(tags_of(tags_text({"x", "y z"})), (std::vector<std::string>{"x", "y z"}));
  }
};

QTEST_GUILESS_MAIN(SavedCasesTest)
#include "saved_cases_test.moc"
