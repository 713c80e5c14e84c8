// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/import_report.h"

#include <QtTest>

#include "engine/base/error.h"

using namespace prefscope;

class ImportReportTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Rows with the same thing to say are one remark: the first five lines, the first example, how many.
  void remarksAreCountedByReason() {
    ImportReport report;
    for (int64_t line = 3; line <= 9; ++line)
      add_remark(report, RemarkKind::Dropped, "a.csv", line, "expected a rating", line == 3 ? "soon" : "later");
    add_remark(report, RemarkKind::Dropped, "b.csv", 1, "expected a rating", "");
    add_remark(report, RemarkKind::Mended, "a.csv", 3, "expected a rating");
    QCOMPARE(report.remarks.size(), size_t{3});
    QVERIFY(report.remarks[0].count == 7);
    QCOMPARE(report.remarks[0].lines, (std::vector<int64_t>{3, 4, 5, 6, 7}));
    QCOMPARE(remark_text(report.remarks[0]),
             std::string("a.csv lines 3, 4, 5, 6, 7 and 2 more: expected a rating, found \"soon\""));
    QCOMPARE(remark_text(report.remarks[1]), std::string("b.csv line 1: expected a rating, found \"\""));
    QCOMPARE(remark_text(report.remarks[2]), std::string("a.csv line 3: expected a rating"));
    add_remark(report, RemarkKind::Note, "", 0, "it has no titles");
    QCOMPARE(remark_text(report.remarks[3]), std::string("it has no titles"));
  }

  /// What was found is shown in part and as valid UTF-8, cut between characters.
  void examplesAreShortAndValid() {
    ImportReport report;
    add_remark(report, RemarkKind::Dropped, "a", 1, "x", "\xff");
    add_remark(report, RemarkKind::Dropped, "a", 1, "y", std::string(59, 'a') + "\xc3\xa9" + std::string(50, 'b'));
    QCOMPARE(report.remarks[0].example, std::string("found \"\xef\xbf\xbd\""));
    QCOMPARE(report.remarks[1].example, "found \"" + std::string(59, 'a') + "...\"");
  }

  void comesBackFromJson() {
    ImportReport report;
    report.rows_read = 2972;
    report.kept = 2965;
    report.item_rows_read = 1547;
    report.users = 458;
    report.items = 148;
    report.repeated_pairs = 7;
    report.exact_repeats = 3;
    report.tied_users = 292;
    report.interactions_without_time = 5;
    report.encodings = {{"a.csv", "UTF-8"}, {"b.csv", "Windows-1252"}};
    add_remark(report, RemarkKind::Dropped, "a.csv", 7, "expected \"a\" <b>", "'); --");
    add_remark(report, RemarkKind::Note, "\xc3\xa9.csv", 0, "not read");
    QVERIFY(read_report(to_json(report)) == report);
    QVERIFY(to_json(report).find("\"dropped\":7,") != std::string::npos);
  }

  void damagedReportsAreRefused_data() {
    QTest::addColumn<QByteArray>("json");
    for (const char* json :
         {"", "{}", "[]", "{\"rows_read\":\"many\"}",
          "{\"rows_read\":1,\"kept\":1,\"item_rows_read\":0,\"users\":1,\"items\":1,\"repeated_pairs\":0,"
          "\"exact_repeats\":0,\"tied_users\":0,\"interactions_without_time\":0,\"encodings\":[],"
          "\"remarks\":[{\"kind\":\"eaten\",\"file\":\"\",\"reason\":\"\",\"example\":\"\",\"count\":1,\"lines\":[]}]"
          "}"})
      QTest::newRow(json) << QByteArray(json);
  }
  void damagedReportsAreRefused() {
    QFETCH(QByteArray, json);
    QVERIFY_THROWS_EXCEPTION(Error, read_report(json.toStdString()));
  }

  void summaryCountsWhatWasMended() {
    ImportReport report;
    report.rows_read = 100;
    report.kept = 98;
    QCOMPARE(report_summary(report), std::string("98 of 100 rows kept"));
    ImportReport one = report;
    add_remark(one, RemarkKind::Mended, "a.csv", 1, "blanks");
    QCOMPARE(report_summary(one), std::string("98 of 100 rows kept, 1 thing mended"));
    for (int line = 1; line <= 7; ++line) add_remark(report, RemarkKind::Mended, "a.csv", line, "blanks");
    add_remark(report, RemarkKind::Mended, "a.csv", 9, "entities");
    add_remark(report, RemarkKind::Dropped, "a.csv", 8, "no user");
    QCOMPARE(report_summary(report), std::string("98 of 100 rows kept, 8 things mended"));
  }
};

QTEST_GUILESS_MAIN(ImportReportTest)
#include "import_report_test.moc"
