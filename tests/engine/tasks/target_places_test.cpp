// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/target_places.h"

#include <QtTest>
#include <cmath>
#include <numeric>

#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

class TargetPlacesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }
  static bool near(double a, double b) { return std::abs(a - b) <= 1e-12 + 1e-10 * std::abs(b); }

  /// Q(n / 2, x / 2) for odd n: erfc(sqrt(x / 2)), and each step from a to a + 1 adds (x / 2)^a exp(-x / 2) / Gamma(a +
  /// 1).
  static double odd_tail(int degrees, double x) {
    double q = std::erfc(std::sqrt(x / 2));
    for (double a = 0.5; a + 0.5 < degrees / 2.0; ++a) q += std::exp(a * std::log(x / 2) - x / 2 - std::lgamma(a + 1));
    return q;
  }

 private Q_SLOTS:
  void chiSquareByHand() {
    // (30 - 25)^2 / 25 + (20 - 25)^2 / 25 = 2, of which one degree gives erfc(sqrt(1)).
    const auto one = chi_square({30, 20}, {25, 25});
    QVERIFY(one && near(one->statistic, 2) && one->degrees == 1 && near(one->p, std::erfc(1.0)) && one->merged == 0);
    // (100 + 0 + 100) / 20 = 10, of which two degrees give exp(-5).
    const auto two = chi_square({10, 20, 30}, {20, 20, 20});
    QVERIFY(two && near(two->statistic, 10) && two->degrees == 2 && near(two->p, std::exp(-5.0)));
    QVERIFY(near(chi_square({7, 7}, {7, 7})->p, 1));
  }

  /// Chance gives 4, 2, 2, 2, 6, 1: joined from the front until a cell has 5: {4, 2}, {2, 2, 6}; the 1 that is left
  /// goes to the last. Seen 9 against 6 and 8 against 11: 9 / 6 + 9 / 11.
  void fewAreJoined() {
    const auto test = chi_square({9, 0, 0, 1, 6, 1}, {4, 2, 2, 2, 6, 1});
    QVERIFY(test && test->degrees == 1 && test->merged == 4);
    QVERIFY(near(test->statistic, 9.0 / 6 + 9.0 / 11));
    QVERIFY(!chi_square({4, 4}, {4, 4}) && !chi_square({9}, {9}) && !chi_square({}, {}));
  }

  /// Seeded lists: every example once, chance by the lists' length, and no more than chance.
  void seededLists() {
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    const Preparation p = make_small_world(root(), 200, prepare);
    const TargetPlaces places = find_target_places(root() / "workspace", "small", p.id, {});
    QCOMPARE(places.lists, p.train_examples + p.panel_examples + p.held_out_examples);
    QCOMPARE(std::accumulate(places.counts.begin(), places.counts.end(), int64_t{0}), places.lists);
    QCOMPARE(places.counts.size(), size_t{8});
    QVERIFY(near(places.expected[0], static_cast<double>(places.lists) / 8));
    QVERIFY(places.test && places.test->degrees == 7 && !places.uneven() && !places.keeps_places());
    QVERIFY(near(places.test->p, odd_tail(7, places.test->statistic)));
    QVERIFY(target_places_text(places).starts_with("Targets stand evenly ("));
  }

  /// The same lists with every target put first: 100 % where chance gives 12.5 %.
  void targetsPutFirst() {
    {
      Workspace workspace(root() / "workspace");
      workspace.db().exec(
          "CREATE TEMP TABLE at AS SELECT c.example, c.position, e.target FROM candidate c JOIN example e ON e.id = "
          "c.example WHERE c.item = e.target AND c.position > 0");
      workspace.db().exec(
          "UPDATE candidate SET item = (SELECT f.item FROM candidate f WHERE f.example = candidate.example AND "
          "f.position = 0) WHERE (example, position) IN (SELECT example, position FROM at)");
      workspace.db().exec(
          "UPDATE candidate SET item = (SELECT target FROM at WHERE at.example = candidate.example) WHERE position = 0 "
          "AND example IN (SELECT example FROM at)");
    }
    const TargetPlaces places = find_target_places(root() / "workspace", "small", {}, {});
    QCOMPARE(places.counts[0], places.lists);
    // (n - n / 8)^2 / (n / 8) + 7 (n / 8) = 7 n
    QVERIFY(near(places.test->statistic, 7.0 * static_cast<double>(places.lists)));
    QVERIFY(places.uneven() && places.most == 0 && places.keeps_places());
    QCOMPARE(places.fixed, places.repeated);
    const std::string text = target_places_text(places);
    QVERIFY2(text.find("at place 1 in 100.0 % of the lists, where chance gives 12.5 %") != std::string::npos,
             text.c_str());
  }

  /// S-DPO's published records: 2766 lists of 20 (one record repeats), counted with a separate script, chi-square
  /// 75.69197; each of the 530 titles that are the target more than once has a place of its own.
  void recordsOfSdpo() {
    const fs::path file = fs::path(PREFSCOPE_SHARED_DATA) / "sdpo" / "lastfm-val.json";
    if (!fs::exists(file)) QSKIP("shared/data/sdpo is not there");
    ImportOptions import;
    import.workspace = root() / "real";
    import.paths = {file};
    import.name = "lastfm";
    import_data(import, {});
    const TargetPlaces places = find_target_places(root() / "real", "lastfm", {}, {});
    QCOMPARE(places.lists, int64_t{2766});
    const std::vector<int64_t> counted = {156, 158, 156, 112, 147, 146, 155, 118, 170, 157,
                                          176, 117, 142, 102, 140, 132, 102, 106, 159, 115};
    QVERIFY(places.counts == counted);
    QVERIFY(places.test && places.test->degrees == 19);
    QVERIFY(std::abs(places.test->statistic - 75.69197396963122) < 1e-9);
    QVERIFY(near(places.test->p, odd_tail(19, places.test->statistic)));
    QVERIFY(places.uneven() && places.most == 10);
    QVERIFY(places.repeated == 530 && places.fixed == 530 && std::abs(places.fixed_by_chance - 13.8317) < 1e-3);
    QVERIFY(target_places_text(places).find("can be learned with the title") != std::string::npos);
  }

  /// The paper's own pairs: every pair is a list of two.
  void recordsOfDmpo() {
    const fs::path file = fs::path(PREFSCOPE_SHARED_DATA) / "dmpo" / "rec_data_ml_1m_dpo_ranking_2.json";
    if (!fs::exists(file)) QSKIP("shared/data/dmpo is not there");
    ImportOptions import;
    import.workspace = root() / "real";
    import.paths = {file};
    import.name = "pairs";
    import_data(import, {});
    const TargetPlaces places = find_target_places(root() / "real", "pairs", {}, {});
    QCOMPARE(places.counts.size(), size_t{2});
    QCOMPARE(places.counts[0] + places.counts[1], places.lists);
    QCOMPARE(places.lists, int64_t{200});
    QCOMPARE(places.lists_are, std::string("prompts"));
  }

  void whoHasNoListsIsSaid() {
    QCOMPARE(target_places_text({}),
             std::string("No list of titles to choose from: the place of a target cannot matter."));
    TargetPlaces few;
    few.lists_are = "candidate lists";
    few.lists = 3;
    few.counts = {3, 0};
    few.expected = {1.5, 1.5};
    QVERIFY(target_places_text(few).starts_with("3 candidate lists are too few to judge"));
    few.lists = 1;
    QVERIFY(target_places_text(few).starts_with("1 candidate list is too few to judge"));
  }
};

QTEST_GUILESS_MAIN(TargetPlacesTest)
#include "target_places_test.moc"
