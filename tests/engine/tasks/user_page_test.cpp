// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/user_page.h"

#include <QtTest>
#include <cmath>
#include <map>

#include "engine/store/data_sets.h"
#include "tests/engine/store/drawn_set.h"
#include "tests/engine/tasks/few_ratings.h"

using namespace prefscope;
namespace fs = std::filesystem;

class UserPageTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path few() const { return fs::path(dir_.path().toStdString()) / "few"; }
  fs::path drawn() const { return fs::path(dir_.path().toStdString()) / "drawn"; }
  DrawnSet set_;

 private Q_SLOTS:
  void initTestCase() {
    Workspace few_rows(few()), drawn_rows(drawn());
    fill_few_ratings(few_rows);
    set_ = draw_set(drawn_rows, 40, 30, 700, 9);
  }

  /// ann: ratings 5, 4 and 3 at day 1, at day 3 and at no time; two days are hours, 49 of them.
  void factsByHand() {
    const UserFacts ann = user_facts(few(), 1, {});
    QVERIFY(ann.key == "ann" && ann.rows == 3 && ann.items == 3 && *ann.mean_rating == 4);
    QCOMPARE(ann.ratings.counts, (std::vector<std::pair<double, int64_t>>{{3, 1}, {4, 1}, {5, 1}}));
    QVERIFY(ann.timeline.undated == 1 && ann.timeline.first == 86'400 && ann.timeline.last == 3 * 86'400);
    QVERIFY(ann.timeline.unit == TimeUnit::Hour && ann.timeline.parts.size() == 49);
    const UserFacts bob = user_facts(few(), 2, {});
    QVERIFY(bob.rows == 3 && bob.items == 2);
    QCOMPARE(*bob.mean_rating, 11.0 / 3);
  }

  /// ann has drama on 2 of 3 rows and crime and comedy on 1; the set has drama on 4 + 3 of 11 rows, crime on 4, comedy
  /// on 3, so comedy is the rarer one and comes before crime. bob has drama on all 3 rows: lift 1 / (7 / 11).
  void tasteByHand() {
    const std::vector<Taste> ann = user_taste(few(), 1, {});
    QCOMPARE(ann.size(), size_t{2});
    QVERIFY(ann[0].attribute == "genre" && ann[0].values == 3 && ann[1].attribute == "year" && ann[1].values == 1);
    const std::vector<TasteValue>& genres = ann[0].most;
    QVERIFY(genres[0].value == "drama" && genres[1].value == "comedy" && genres[2].value == "crime");
    QVERIFY(genres[0].rows == 2 && genres[0].share == 2.0 / 3 && genres[0].set_share == 7.0 / 11);
    QVERIFY(!genres[0].lift && *genres[0].mean_rating == 4.5);  // two rows are too few for a lift
    QVERIFY(genres[1].set_share == 3.0 / 11 && genres[2].set_share == 4.0 / 11);
    const TasteValue drama = user_taste(few(), 2, {})[0].most[0];
    QVERIFY(drama.value == "drama" && drama.rows == 3 && drama.share == 1);
    QCOMPARE(*drama.lift, 11.0 / 7);
    QCOMPARE(*drama.mean_rating, 11.0 / 3);
    QVERIFY(user_taste(few(), 3, {})[0].most[0].value == "comedy");
  }

  /// zoe shares a, b and c with ann: 3 / sqrt(3 * 4). bob shares a and b, and has no others, whatever comes again:
  /// 2 / sqrt(3 * 2). eve shares her only one: 1 / sqrt(3).
  void nearestByHand() {
    const std::vector<NearUser> near = nearest_users(few(), 1, {});
    QCOMPARE(near.size(), size_t{3});
    QVERIFY(near[0].key == "zoe" && near[0].shared == 3 && near[0].items == 4);
    QVERIFY(near[1].key == "bob" && near[1].shared == 2 && near[1].items == 2);
    QVERIFY(near[2].key == "eve" && near[2].shared == 1 && near[2].items == 1);
    QCOMPARE(near[0].cosine, 3 / std::sqrt(12.0));
    QCOMPARE(near[1].cosine, 2 / std::sqrt(6.0));
    QCOMPARE(near[2].cosine, 1 / std::sqrt(3.0));
  }

  /// bob's later rating of item a is the one that is shown.
  void sharedByHand() {
    const std::vector<SharedItem> shared = shared_items(few(), 2, 1, {});
    QCOMPARE(shared.size(), size_t{2});
    QVERIFY(shared[0].title == "A" && *shared[0].rating == 5 && *shared[0].other_rating == 5);
    QVERIFY(shared[1].title == "B" && *shared[1].rating == 2 && *shared[1].other_rating == 4);
    QVERIFY(shared_items(few(), 4, 3, {}).size() == 1);
  }

  /// Against sets of items, for every user.
  void nearestIsThatOfSets() {
    for (size_t user = 1; user <= 40; ++user) {
      const auto& own = set_.items_of[user];
      std::vector<NearUser> expected;
      for (size_t other = 1; other <= 40; ++other) {
        int64_t shared = 0;
        for (const int64_t item : own) shared += static_cast<int64_t>(set_.items_of[other].count(item));
        if (other == user || shared == 0) continue;
        const auto n = static_cast<double>(own.size()), m = static_cast<double>(set_.items_of[other].size());
        expected.push_back({static_cast<int64_t>(other),
                            {},
                            static_cast<int64_t>(m),
                            shared,
                            static_cast<double>(shared) / std::sqrt(n * m)});
      }
      std::stable_sort(expected.begin(), expected.end(), [](const NearUser& a, const NearUser& b) {
        return a.cosine != b.cosine ? a.cosine > b.cosine : a.shared > b.shared;
      });
      const std::vector<NearUser> near = nearest_users(drawn(), static_cast<int64_t>(user), {});
      QCOMPARE(near.size(), std::min(expected.size(), nearest_count));
      for (size_t i = 0; i < near.size(); ++i) {
        QVERIFY(near[i].id == expected[i].id && near[i].key == "u" + std::to_string(expected[i].id));
        QVERIFY(near[i].shared == expected[i].shared && near[i].items == expected[i].items);
        QCOMPARE(near[i].cosine, expected[i].cosine);
        QCOMPARE(std::ssize(shared_items(drawn(), static_cast<int64_t>(user), near[i].id, {})), near[i].shared);
      }
      QCOMPARE(near.empty(), own.empty());
    }
  }

  /// Against counts over all rows, for every user: each item has one kind.
  void tasteIsThatOfTheRows() {
    std::map<int64_t, int64_t> in_set;
    for (const MadeInteraction& row : set_.rows) ++in_set[row.item % 3];
    for (int64_t user = 1; user <= 40; ++user) {
      std::map<int64_t, int64_t> own;
      int64_t rows = 0;
      for (const MadeInteraction& row : set_.rows) {
        if (row.user != user) continue;
        ++own[row.item % 3];
        ++rows;
      }
      const std::vector<Taste> taste = user_taste(drawn(), user, {});
      QCOMPARE(taste.size(), size_t{rows > 0});
      if (taste.empty()) continue;
      QCOMPARE(taste[0].values, std::ssize(own));
      for (const TasteValue& value : taste[0].most) {
        const int64_t kind = std::stoll(value.value);
        QCOMPARE(value.rows, own[kind]);
        const double lift = static_cast<double>(own[kind]) / static_cast<double>(rows) /
                            (static_cast<double>(in_set[kind]) / static_cast<double>(set_.rows.size()));
        QCOMPARE(value.lift.has_value(), own[kind] >= 3);
        if (value.lift) QCOMPARE(*value.lift, lift);
      }
    }
  }

  void whatIsNotThereIsSaid() {
    QVERIFY_THROWS_EXCEPTION(Error, user_facts(few(), 99, {}));
    QCOMPARE(find_user(few(), "small", "bob"), int64_t{2});
    try {
      find_user(few(), "small", "nobody");
      QFAIL("found");
    } catch (const Error& e) {
      QVERIFY(std::string(e.what()).find("\"nobody\"") != std::string::npos);
    }
    const UserFacts none = user_facts(drawn(), 40, {});  // a user without rows
    QVERIFY(none.rows == 0 && none.timeline.parts.empty() && !none.mean_rating && none.ratings.counts.empty());
    QVERIFY(nearest_users(drawn(), 40, {}).empty());
  }

  void stops() {
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    QVERIFY_THROWS_EXCEPTION(Cancelled, user_facts(drawn(), 1, stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled, user_taste(drawn(), 1, stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled, nearest_users(drawn(), 1, stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled, shared_items(drawn(), 1, 2, stopped));
  }
};

QTEST_GUILESS_MAIN(UserPageTest)
#include "user_page_test.moc"
