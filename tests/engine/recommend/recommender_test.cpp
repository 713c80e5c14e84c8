// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/recommend/recommender.h"

#include <QtTest>
#include <cmath>

#include "engine/base/error.h"

using namespace prefscope;

namespace {

/// Two tastes that never mix: even users have all even items but one, odd users all odd items but one.
TrainingMatrix checkerboard(int users, int items) {
  TrainingMatrix matrix{items, {}};
  for (int u = 0; u < users; ++u) {
    std::vector<int32_t> own;
    for (int i = u % 2; i < items; i += 2) {
      if (i / 2 != (u / 2) % (items / 2)) own.push_back(i);
    }
    matrix.items.push_back(own);
  }
  return matrix;
}

bool close(double a, double b) {
  return std::abs(a - b) < 1e-9;
}

}  // namespace

class RecommenderTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void contract_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"random", "popularity", "itemknn", "ease"}) QTest::newRow(name) << QString(name);
  }
  /// What holds for every recommender.
  void contract() {
    QFETCH(QString, name);
    const auto model = make_recommender(name.toStdString(), 7), again = make_recommender(name.toStdString(), 7);
    QCOMPARE(model->name(), name.toStdString());
    model->fit(checkerboard(20, 12), {});
    again->fit(checkerboard(20, 12), {});
    const std::vector<int32_t> history = {0, 2}, candidates = {1, 4, 7, 6, 11};
    const auto scores = model->score(history, candidates, 3);
    QCOMPARE(scores.size(), candidates.size());
    for (const double score : scores) QVERIFY(std::isfinite(score));
    QCOMPARE(again->score(history, candidates, 3), scores);
    QCOMPARE(model->score(history, {}, 3).size(), size_t{0});
    QCOMPARE(model->score({}, candidates, 3).size(), candidates.size());

    // Nothing to learn from: still a number for every candidate.
    model->fit({12, {}}, {});
    for (const double score : model->score(history, candidates, 3)) QVERIFY(std::isfinite(score));
  }

  void personalModelsSolveTheCheckerboard_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("users");
    QTest::newRow("itemknn") << "itemknn" << 20;
    QTest::newRow("ease, more users than items") << "ease" << 20;
    QTest::newRow("ease, fewer users than items") << "ease" << 8;
  }
  void personalModelsSolveTheCheckerboard() {
    QFETCH(QString, name);
    QFETCH(int, users);
    const auto model = make_recommender(name.toStdString(), 0);
    model->fit(checkerboard(users, 12), {});
    for (const int parity : {0, 1}) {
      const auto scores = model->score({parity, parity + 4}, {parity + 2, 3 - parity, parity + 6, 7 - parity}, 0);
      for (const size_t own : {size_t{0}, size_t{2}}) {
        for (const size_t other : {size_t{1}, size_t{3}}) QVERIFY(scores[own] > scores[other]);
      }
    }
  }

  void popularityCounts() {
    const auto model = make_recommender("popularity", 0);
    model->fit({3, {{0, 1}, {1}, {1}}}, {});
    QCOMPARE(model->score({}, {0, 1, 2}, 0), (std::vector<double>{1, 3, 0}));
  }

  void randomDependsOnSeedAndListAlone() {
    const auto model = make_recommender("random", 1), other = make_recommender("random", 2);
    const auto scores = model->score({}, {0, 1, 2}, 5);
    QCOMPARE(model->score({2, 1}, {3, 4, 5}, 5), scores);
    QVERIFY(model->score({}, {0, 1, 2}, 6) != scores);
    QVERIFY(other->score({}, {0, 1, 2}, 5) != scores);
  }

  void jaccardByHand() {
    // Items 0 and 1 together at one user; item 0 has two users, item 1 two: 1 / (2 + 2 - 1 + 1e-6). Items 0 and 2:
    // one of two and one: 1 / (2 + 1 - 1 + 1e-6).
    const auto model = make_recommender("itemknn", 0);
    model->fit({4, {{0, 1}, {0, 2}, {1}}}, {});
    const auto scores = model->score({0}, {1, 2, 3}, 0);
    QVERIFY(close(scores[0], 1 / (3 + 1e-6)));
    QVERIFY(close(scores[1], 1 / (2 + 1e-6)));
    QVERIFY(close(scores[2], 0));
    const auto both = model->score({0, 2}, {1}, 0);  // items 1 and 2 never meet
    QVERIFY(close(both[0], scores[0]));
  }

  void easeByHand() {
    // X = (1 1 0; 0 1 1), lambda 100: X'X + 100 I = (101 1 0; 1 102 1; 0 1 101). Its determinant is
    // 101 (102 * 101 - 1) - 101 = 1040300; cofactors: C00 = 10301, C01 = -101, C02 = 1, C11 = 10201, C12 = -101.
    // B_ij = -C_ij / C_jj: B_10 = 101 / 10301, B_20 = -1 / 10301, B_01 = B_21 = 101 / 10201.
    const std::vector<std::vector<int32_t>> rows = {{0, 1}, {1, 2}};
    for (const bool many_users : {false, true}) {
      TrainingMatrix matrix{3, rows};
      if (many_users) matrix.items.resize(5);  // users who have nothing change nothing, but the other way is taken
      const auto model = make_recommender("ease", 0);
      model->fit(matrix, {});
      const auto from_0 = model->score({0}, {0, 1, 2}, 0), from_1 = model->score({1}, {0, 2}, 0),
                 from_both = model->score({0, 2}, {1, 0}, 0);
      QVERIFY(close(from_0[0], 0));
      QVERIFY(close(from_0[1], 101.0 / 10201));
      QVERIFY(close(from_0[2], -1.0 / 10301));
      QVERIFY(close(from_1[0], 101.0 / 10301) && close(from_1[1], 101.0 / 10301));
      QVERIFY(close(from_both[0], 202.0 / 10201));
      QVERIFY(close(from_both[1], -1.0 / 10301));
    }
  }

  void easeRefusesWhatDoesNotFit() {
    TrainingMatrix matrix{20'000, std::vector<std::vector<int32_t>>(20'000)};
    const auto model = make_recommender("ease", 0);
    try {
      model->fit(matrix, {});
      QFAIL("expected an Error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::Unsupported);
      QVERIFY(std::string(e.what()).find("20000 x 20000") != std::string::npos);
    }
  }

  void unknownNamesAreRefused() {
    QVERIFY_THROWS_EXCEPTION(Error, make_recommender("svd", 0));
    QVERIFY_THROWS_EXCEPTION(Error, make_recommender("", 0));
  }

  void stops() {
    std::stop_source stop;
    stop.request_stop();
    TaskContext context;
    context.stop = stop.get_token();
    for (const char* name : {"itemknn", "ease"})
      QVERIFY_THROWS_EXCEPTION(Cancelled, make_recommender(name, 0)->fit(checkerboard(20, 12), context));
  }
};

QTEST_GUILESS_MAIN(RecommenderTest)
#include "recommender_test.moc"
