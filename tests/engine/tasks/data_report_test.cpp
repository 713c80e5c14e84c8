// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/data_report.h"

#include <QtTest>
#include <fstream>

#include "engine/tasks/import.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const fs::path shared = PREFSCOPE_SHARED_DATA;

CoreSize core(const DataReport& report, int64_t k) {
  for (const CoreSize& size : report.cores) {
    if (size.k == k) return size;
  }
  return {};
}

}  // namespace

class DataReportTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;

  fs::path workspace(const char* name) const { return fs::path(dir_.path().toStdString()) / name; }
  DataReport imported(const char* name, const std::vector<fs::path>& paths) {
    ImportOptions options;
    options.workspace = workspace(name);
    options.paths = paths;
    options.name = name;
    import_data(options, {});
    return report_data(workspace(name), name, {});
  }

 private Q_SLOTS:
  /// Facts of the set's own description, computed with another program.
  void movielens() {
    if (!fs::exists(shared / "ml-latest-small")) QSKIP("../shared/data/ml-latest-small is not there");
    const DataReport r = imported("ml", {shared / "ml-latest-small"});
    QVERIFY(r.import && r.import->rows_read == 100'836 && r.import->kept == 100'836);
    QVERIFY(r.data_set.users == 610 && r.data_set.items == 9742 && r.unused_items == 18);
    QCOMPARE(core(r, 5), (CoreSize{5, 90'274, 610, 3650}));
    QCOMPARE(core(r, 10), (CoreSize{10, 81'109, 609, 2269}));
    QCOMPARE(r.tied_users, int64_t{94});
    QCOMPARE(r.duplicate_titles, int64_t{5});
    QVERIFY(std::abs(*r.mean_rating - 3.5016) < 0.00005);
    QCOMPARE(r.ratings.counts.size(), size_t{10});  // 0.5 .. 5
    int64_t sum = 0;
    double ratings = 0;
    for (const MonthRows& month : r.months) {
      sum += month.rows;
      QCOMPARE(month.rated, month.rows);
      if (month.mean_rating) ratings += *month.mean_rating * static_cast<double>(month.rated);
    }
    QCOMPARE(sum, int64_t{100'836});
    QVERIFY(std::abs(ratings / 100'836 - *r.mean_rating) < 1e-12);
  }

  void amazonGiftCards() {
    if (!fs::exists(shared / "amazon")) QSKIP("../shared/data/amazon is not there");
    const DataReport r = imported("cards", {shared / "amazon" / "Gift_Cards_5.json.gz"});
    QVERIFY(r.data_set.users == 458 && r.data_set.items == 148 && r.data_set.interactions == 2972);
    QCOMPARE(r.repeated_pairs, int64_t{7});
    QCOMPARE(r.tied_users, int64_t{292});
    QCOMPARE(core(r, 5), (CoreSize{5, 2960, 456, 147}));
  }

  /// Two users, three items, one of them never chosen; user 1 chose item 1 twice, at one time.
  void byHand() {
    const fs::path files = workspace("files");
    fs::create_directories(files);
    std::ofstream(files / "items.csv") << "id,title,genre\n1,A,x\n2,B,x\n3,A,y\n";
    std::ofstream(files / "interactions.csv") << "user,item,time\n1,1,100\n1,1,100\n2,2,50\n2,1,60\n";
    const DataReport r = imported("hand", {files});
    QCOMPARE(r.repeated_pairs, int64_t{1});
    QCOMPARE(r.tied_users, int64_t{1});
    QVERIFY(r.cold_users == 2 && r.cold_items == 2 && r.unused_items == 1 && r.duplicate_titles == 1);
    QCOMPARE(r.density, 3.0 / 6);  // one of the four pairs came again
    QCOMPARE(r.by_rank, (std::vector<int64_t>{3, 1}));
    QCOMPARE(r.lengths, (std::vector<std::pair<int64_t, int64_t>>{{2, 2}}));
    QVERIFY(!r.mean_rating && r.ratings.counts.empty());
    QCOMPARE(core(r, 2), (CoreSize{2, 2, 1, 1}));  // user 1 with item 1, twice, as user 2 is left with one
    QVERIFY(r.import && r.import->repeated_pairs == 1 && r.import->exact_repeats == 1);
  }

  void setsOfExamplesAloneHaveNoInteractions() {
    const fs::path file = workspace("pairs.json");
    std::ofstream(file)
        << R"([{"instruction": "The user has watched <A>. Rank the likelihood of the user watching the two movies <B> and <C>.", "input": "", "output": ["<B>", "<C>"]}])";
    const DataReport r = imported("pairs", {file});
    QVERIFY(r.data_set.examples == 1 && r.data_set.interactions == 0);
    QVERIFY(r.months.empty() && core(r, 2).users == 0 && r.histories.most == 0);
    QVERIFY_THROWS_EXCEPTION(Error, report_data(workspace("pairs"), "none", {}));
  }

  void stops() {
    const fs::path files = workspace("files");
    std::stop_source source;
    source.request_stop();
    QVERIFY_THROWS_EXCEPTION(Cancelled, report_data(workspace("hand"), "hand", {{}, source.get_token()}));
  }
};

QTEST_GUILESS_MAIN(DataReportTest)
#include "data_report_test.moc"
