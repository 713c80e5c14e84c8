// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/split.h"

#include <QtTest>
#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "engine/base/error.h"

using namespace prefscope;

namespace {

/// User n (from 1) acted on items 10 n .. 10 n + 9, oldest first; of these all but 10 n + 9 are positive.
std::vector<UserActs> ten_each(int users) {
  std::vector<UserActs> all;
  for (int u = 1; u <= users; ++u) {
    UserActs acts{u, std::to_string(u), {}, {}};
    for (int64_t item = 10 * u; item < 10 * u + 10; ++item) {
      acts.touched.push_back(item);
      if (item < 10 * u + 9) acts.positives.push_back(item);
    }
    all.push_back(acts);
  }
  return all;
}

std::vector<int64_t> items_of(int users) {
  std::vector<int64_t> items(static_cast<size_t>(10 * users));
  std::iota(items.begin(), items.end(), 10);
  return items;
}

bool same(const Example& a, const Example& b) {
  return a.role == b.role && a.position == b.position && a.user == b.user && a.target == b.target &&
         a.history == b.history && a.candidates == b.candidates && a.negatives == b.negatives;
}

}  // namespace

class SplitTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Positives of user u: 10u .. 10u + 8. Held out: target 10u + 8, history of 3: 10u + 5, 6, 7. Training: target
  /// 10u + 7, history 10u + 4, 5, 6; 10u + 8 appears nowhere.
  void takesTheLastOnes() {
    const SplitResult split = leave_last_out(ten_each(20), items_of(20), {6, 2, 3, 0.25, {}, 1}, {});
    QCOMPARE(split.examples.size(), size_t{20});
    QCOMPARE(split.skipped_users, int64_t{0});
    int held_out = 0;
    for (const Example& e : split.examples) {
      held_out += e.role == Role::HeldOut ? 1 : 0;
      const int64_t target = 10 * e.user + (e.role == Role::HeldOut ? 8 : 7);
      QCOMPARE(e.target, target);
      QCOMPARE(e.history, (std::vector<int64_t>{target - 3, target - 2, target - 1}));
    }
    QCOMPARE(held_out, 5);  // a quarter of 20
  }

  void drawsFromItemsNeverTouched() {
    const std::vector<UserActs> users = ten_each(20);
    const std::vector<int64_t> catalogue = items_of(20);
    for (const Example& e : leave_last_out(users, catalogue, {20, 5, 10, 0.2, {}, 3}, {}).examples) {
      QCOMPARE(std::count(e.candidates.begin(), e.candidates.end(), e.target), 1);
      QCOMPARE(std::set<int64_t>(e.candidates.begin(), e.candidates.end()).size(), size_t{20});
      for (const int64_t item : e.candidates) {
        QVERIFY(std::binary_search(catalogue.begin(), catalogue.end(), item));
        const auto& touched = users[static_cast<size_t>(e.user - 1)].touched;  // the low-rated 10u + 9 among them
        QVERIFY(item == e.target || !std::binary_search(touched.begin(), touched.end(), item));
      }
      QCOMPARE(std::set<int64_t>(e.negatives.begin(), e.negatives.end()).size(), size_t{5});
      for (const int64_t item : e.negatives) {
        QVERIFY(item != e.target);
        QVERIFY(std::find(e.candidates.begin(), e.candidates.end(), item) != e.candidates.end());
      }
    }
  }

  /// 19 of 190 untouched items, 4,000 lists: each is expected 400 times with a standard deviation of 19; five of them
  /// allowed. The target's place is even over 20: 200 each, standard deviation 14.
  void drawsEvenly() {
    std::vector<UserActs> users;
    for (int u = 0; u < 4000; ++u) {
      users.push_back(ten_each(1).front());
      users.back().key = std::to_string(u);
    }
    std::map<int64_t, int> drawn, places;
    for (const Example& e : leave_last_out(users, items_of(20), {20, 5, 10, 0.2, {}, 5}, {}).examples) {
      for (const int64_t item : e.candidates) ++drawn[item];
      ++places[std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin()];
    }
    for (int64_t item = 20; item < 210; ++item)
      QVERIFY2(drawn[item] > 305 && drawn[item] < 495, std::to_string(drawn[item]).c_str());
    for (int64_t place = 0; place < 20; ++place)
      QVERIFY2(places[place] > 130 && places[place] < 270, std::to_string(places[place]).c_str());
  }

  void sameSeedSameLists() {
    const SplitOptions options{20, 5, 10, 0.2, {}, 3};
    SplitOptions other = options;
    other.seed = 4;
    const auto a = leave_last_out(ten_each(30), items_of(30), options, {}).examples;
    const auto b = leave_last_out(ten_each(30), items_of(30), options, {}).examples;
    const auto c = leave_last_out(ten_each(30), items_of(30), other, {}).examples;
    QVERIFY(std::equal(a.begin(), a.end(), b.begin(), b.end(), same));
    QVERIFY(!std::equal(a.begin(), a.end(), c.begin(), c.end(), same));
  }

  /// A user's list depends on the seed and the user's key, not on who else is sampled.
  void sampledUsersKeepTheirLists() {
    SplitOptions options{20, 5, 10, 0, {}, 3};
    std::map<int64_t, Example> all;
    for (const Example& e : leave_last_out(ten_each(30), items_of(30), options, {}).examples) all[e.user] = e;
    options.users = 7;
    const auto some = leave_last_out(ten_each(30), items_of(30), options, {}).examples;
    QCOMPARE(some.size(), size_t{7});
    for (const Example& e : some) {
      QCOMPARE(e.candidates, all[e.user].candidates);
      QCOMPARE(e.negatives, all[e.user].negatives);
    }
  }

  /// Lists that were saved before there was a panel stay as they are: the numbers below are that program's.
  void listsStayAsTheyWere() {
    const auto examples = leave_last_out(ten_each(30), items_of(30), {20, 5, 10, 0.2, {}, 3}, {}).examples;
    QCOMPARE(examples[0].user, int64_t{30});
    QCOMPARE(examples[0].candidates, (std::vector<int64_t>{214, 67,  292, 152, 108, 72,  129, 40,  111, 179,
                                                           177, 103, 126, 308, 128, 278, 239, 228, 96,  170}));
    QCOMPARE(examples[0].negatives, (std::vector<int64_t>{278, 111, 67, 292, 96}));
    QCOMPARE(examples[29].user, int64_t{21});
    QCOMPARE(examples[29].negatives, (std::vector<int64_t>{273, 264, 267, 111, 133}));
    uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over all of them
    const auto add = [&](int64_t value) { hash = (hash ^ static_cast<uint64_t>(value)) * 0x100000001b3u; };
    for (const Example& e : examples) {
      for (const int64_t value : {e.position, int64_t{e.role == Role::HeldOut}, e.user, e.target}) add(value);
      for (const auto* list : {&e.history, &e.candidates, &e.negatives}) {
        for (const int64_t item : *list) add(item);
      }
    }
    QCOMPARE(hash, uint64_t{0x54c79ba6d04d5f16});
  }

  /// 20 users, 5 held out: the 15 others have a panel example, target 10u + 8, history 10u + 5, 6, 7 (the training
  /// target among them), at positions 20 .. 34.
  void panelHoldsTheLastPositivesOfTrainingUsers() {
    const SplitOptions options{6, 2, 3, 0.25, {}, 1};
    const std::vector<UserActs> users = ten_each(20);
    const SplitResult split = leave_last_out(users, items_of(20), options, {});
    QCOMPARE(split.panel.size(), size_t{15});
    std::map<int64_t, const Example*> own;
    for (const Example& e : split.examples) own[e.user] = &e;
    for (size_t i = 0; i < split.panel.size(); ++i) {
      const Example& e = split.panel[i];
      const auto& touched = users[static_cast<size_t>(e.user - 1)].touched;
      QVERIFY(e.role == Role::Panel && own.at(e.user)->role == Role::Train);
      QCOMPARE(e.position, static_cast<int64_t>(20 + i));
      QCOMPARE(e.user_key, own.at(e.user)->user_key);
      QCOMPARE(e.target, 10 * e.user + 8);
      QCOMPARE(e.history, (std::vector<int64_t>{e.target - 3, e.target - 2, e.target - 1}));
      QVERIFY(e.negatives.empty());
      QCOMPARE(std::set<int64_t>(e.candidates.begin(), e.candidates.end()).size(), size_t{6});
      QCOMPARE(std::count(e.candidates.begin(), e.candidates.end(), e.target), 1);
      for (const int64_t item : e.candidates)
        QVERIFY(item == e.target || !std::binary_search(touched.begin(), touched.end(), item));
    }
    // A stream of its own: the lists differ from the training ones, and do not depend on who else is there.
    int as_in_training = 0;
    for (const Example& e : split.panel) {
      std::set<int64_t> panel(e.candidates.begin(), e.candidates.end()), train;
      train.insert(own.at(e.user)->candidates.begin(), own.at(e.user)->candidates.end());
      panel.erase(e.target);
      train.erase(own.at(e.user)->target);
      as_in_training += panel == train ? 1 : 0;
    }
    QCOMPARE(as_in_training, 0);
    SplitOptions some = options;
    some.users = 10;
    for (const Example& e : leave_last_out(users, items_of(20), some, {}).panel) {
      const auto same_user = std::find_if(split.panel.begin(), split.panel.end(),
                                          [&](const Example& other) { return other.user == e.user; });
      if (same_user != split.panel.end()) QCOMPARE(e.candidates, same_user->candidates);
    }
    QVERIFY(leave_last_out(users, items_of(20), {6, 2, 3, 1, {}, 1}, {}).panel.empty());
  }

  /// Of 1,500 training users 1,000 are sampled by the seed, each once.
  void largePanelsAreSampled() {
    std::vector<UserActs> users;
    for (int u = 0; u < 1500; ++u) {
      users.push_back(ten_each(1).front());
      users.back().user = u;
      users.back().key = std::to_string(u);
    }
    const auto sample = [&](uint64_t seed) {
      const SplitResult split = leave_last_out(users, items_of(3), {3, 1, 2, 0, {}, seed}, {});
      std::vector<int64_t> ids;
      for (size_t i = 0; i < split.panel.size(); ++i) {
        ids.push_back(split.panel[i].user);
        if (split.panel[i].position != static_cast<int64_t>(1500 + i)) return std::vector<int64_t>{};
      }
      return ids;
    };
    const auto first = sample(1);
    QCOMPARE(first.size(), max_panel);
    QCOMPARE(std::set<int64_t>(first.begin(), first.end()).size(), max_panel);
    QCOMPARE(sample(1), first);
    QVERIFY(sample(2) != first);
  }

  /// Three positives are the fewest: history, target, and the last that training never sees.
  void skipsUsersWithTooFewPositives() {
    std::vector<UserActs> users = ten_each(10);
    users[0].positives = {10, 11};
    users[1].positives = {20, 21, 22};
    const SplitResult split = leave_last_out(users, items_of(10), {5, 2, 10, 0, {}, 0}, {});
    QCOMPARE(split.skipped_users, int64_t{1});
    for (const Example& e : split.examples) {
      QVERIFY(e.user != 1);
      if (e.user == 2) {
        QCOMPARE(e.target, int64_t{21});
        QCOMPARE(e.history, std::vector<int64_t>{20});
      }
    }
  }

  void refusesMoreCandidatesThanItems() {
    // 20 items, 10 touched: 10 others, so 11 candidates are the most.
    QCOMPARE(leave_last_out(ten_each(2), items_of(2), {11, 2, 3, 0.5, {}, 0}, {}).examples.size(), size_t{2});
    try {
      leave_last_out(ten_each(2), items_of(2), {12, 2, 3, 0.5, {}, 0}, {});
      QFAIL("expected an error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::BadInput);
      QVERIFY2(
          std::string(e.what()).find("at least 11 items that the user never touched, found 10") != std::string::npos,
          e.what());
    }
  }

  /// Training targets 10u + 7, 6, 5 ... down to the second positive, with what came before each; held-out users have
  /// one.
  void severalTargets() {
    const auto split = [&](int targets) {
      return leave_last_out(ten_each(20), items_of(20), {6, 2, 3, 0.25, {}, 1, {}, targets}, {});
    };
    const SplitResult one = split(1), three = split(3), many = split(100);
    QCOMPARE(three.examples.size(), size_t{5 + 15 * 3});
    QCOMPARE(many.examples.size(), size_t{5 + 15 * 7});  // the first positive has no history, the last is the panel's
    std::map<int64_t, int64_t> seen;
    for (size_t i = 0; i < many.examples.size(); ++i) {
      const Example& e = many.examples[i];
      QCOMPARE(e.position, static_cast<int64_t>(i));
      if (e.role == Role::HeldOut) {
        QVERIFY(same(e, one.examples[i]));
        continue;
      }
      const int64_t target = 10 * e.user + 7 - seen[e.user]++;
      QCOMPARE(e.target, target);
      std::vector<int64_t> history;
      for (int64_t item = std::max(10 * e.user, target - 3); item < target; ++item) history.push_back(item);
      QCOMPARE(e.history, history);
      QCOMPARE(e.candidates.size(), size_t{6});
      for (const int64_t item : e.candidates) QVERIFY(item == target || item / 10 != e.user);
    }
    // Fewer are the first of more, and the panel does not change.
    const auto of = [](const SplitResult& result, int64_t user, size_t n) {
      std::vector<Example> own;
      for (const Example& e : result.examples) {
        if (e.user == user) own.push_back(e);
      }
      own.at(n).position = 0;
      return own[n];
    };
    for (int64_t user = 1; user <= 20; ++user) {
      QVERIFY(same(of(one, user, 0), of(many, user, 0)));
      if (seen.contains(user)) QVERIFY(same(of(three, user, 2), of(many, user, 2)));
    }
    QCOMPARE(many.panel.size(), one.panel.size());
    QCOMPARE(many.panel[0].candidates, one.panel[0].candidates);
  }

  /// Few-shot: the held-out users and their lists stay, and fewer training users are some of the more.
  void fewTrainingUsers() {
    const auto split = [&](std::optional<int64_t> train_users) {
      return leave_last_out(ten_each(20), items_of(20), {6, 2, 3, 0.25, {}, 1, train_users}, {});
    };
    const SplitResult all = split({}), five = split(5), three = split(3), many = split(1000);
    QCOMPARE(all.examples.size(), size_t{20});
    QCOMPARE(five.examples.size(), size_t{10});  // 5 are held out
    QCOMPARE(three.examples.size(), size_t{8});
    QCOMPARE(three.panel.size(), size_t{3});
    QCOMPARE(many.examples.size(), size_t{20});
    for (size_t i = 0; i < three.examples.size(); ++i) {
      QVERIFY(same(three.examples[i], five.examples[i]));
      QVERIFY(same(three.examples[i], all.examples[i]));
    }
  }

  /// Positives of user u: 10u .. 10u + 8. The last is held out, the one before watched, and up to two before that
  /// train.
  void leaveTwoOutTakesTheLastTwo() {
    SplitOptions options{6, 2, 3, 0.2, {}, 1, {}, 2};
    options.kind = SplitKind::LeaveTwoOut;
    const SplitResult split = split_users(ten_each(20), items_of(20), options, {});
    QVERIFY(split.examples.size() == 60 && split.panel.size() == 20 && split.skipped_users == 0);
    std::map<int64_t, std::vector<int64_t>> train;
    for (const Example& e : split.examples) {
      if (e.role == Role::HeldOut) QCOMPARE(e.target, 10 * e.user + 8);
      if (e.role == Role::Train) train[e.user].push_back(e.target);
      QCOMPARE(e.history, (std::vector<int64_t>{e.target - 3, e.target - 2, e.target - 1}));
      QVERIFY(e.candidates.size() == 6 && e.negatives.size() == 2);
      QVERIFY(std::count(e.candidates.begin(), e.candidates.end(), e.target) == 1);
    }
    for (const auto& [user, targets] : train) QCOMPARE(targets, (std::vector<int64_t>{10 * user + 6, 10 * user + 5}));
    QCOMPARE(train.size(), size_t{20});
    std::set<int64_t> positions;
    for (const auto* examples : {&split.examples, &split.panel}) {
      for (const Example& e : *examples) positions.insert(e.position);
    }
    QVERIFY(positions.size() == 80 && *positions.begin() == 0 && *positions.rbegin() == 79);
    for (const Example& e : split.panel) QVERIFY(e.role == Role::Panel && e.target == 10 * e.user + 7);
  }

  /// Of 9 positives 30 % are 3 (2.7): targets 10u + 6 .. 10u + 8, each with all that came before it.
  void ratioHoldsOutAShareOfEachUser() {
    SplitOptions options{6, 2, 100, 0.3, {}, 1};
    options.kind = SplitKind::Ratio;
    const SplitResult split = split_users(ten_each(4), items_of(4), options, {});
    std::map<int64_t, std::vector<int64_t>> held_out;
    for (const Example& e : split.examples) {
      if (e.role == Role::HeldOut) held_out[e.user].push_back(e.target);
      QCOMPARE(std::ssize(e.history), e.target - 10 * e.user);
      if (e.role == Role::Train) QCOMPARE(e.target, 10 * e.user + 4);
    }
    for (int64_t u = 1; u <= 4; ++u)
      QCOMPARE(held_out.at(u), (std::vector<int64_t>{10 * u + 6, 10 * u + 7, 10 * u + 8}));
  }

  /// User u's positive number n came at time 10u + n. From 25 on: user 1 only trains, user 2 from the sixth on, user 3
  /// has nothing before, so its first is no target.
  void globalTimeCutsAllAtOneMoment() {
    auto users = ten_each(3);
    for (UserActs& user : users) {
      for (const int64_t item : user.positives) user.times.push_back(item);
    }
    SplitOptions options{6, 2, 100, 0.3, {}, 1};
    options.kind = SplitKind::GlobalTime;
    options.from_time = 25;
    const SplitResult split = split_users(users, items_of(3), options, {});
    std::map<int64_t, int64_t> held_out;
    for (const Example& e : split.examples) {
      if (e.role == Role::HeldOut) QVERIFY(e.target >= 25 && !e.history.empty());
      if (e.role == Role::Train) QVERIFY(e.target < 25);
      held_out[e.user] += e.role == Role::HeldOut ? 1 : 0;
    }
    QCOMPARE(held_out, (std::map<int64_t, int64_t>{{1, 0}, {2, 4}, {3, 8}}));
    // Without a moment: the last 30 % of 27 positives, from the 19th (place 0.7 * 26 = 18.2) on: user 3's.
    options.from_time.reset();
    int64_t count = 0;
    for (const Example& e : split_users(users, items_of(3), options, {}).examples)
      count += e.role == Role::HeldOut ? 1 : 0;
    QCOMPARE(count, int64_t{8});
    users[1].times[3] = std::numeric_limits<int64_t>::min();
    QVERIFY_EXCEPTION_THROWN(split_users(users, items_of(3), options, {}), Error);
  }

  /// User u's positives are 10u .. 10u + 8. Listed: of user 1 the last, of user 2 the fourth and the seventh, of user 3
  /// none, of user 4 the first, which has nothing before it.
  void givenHoldsOutWhatAFileLists() {
    SplitOptions options{6, 2, 100, 0.3, {}, 1};
    options.kind = SplitKind::Given;
    options.held_out_items = {{"1", {18}}, {"2", {26, 23}}, {"4", {40}}, {"9", {99}}};
    const SplitResult split = split_users(ten_each(4), items_of(4), options, {});
    std::map<int64_t, std::vector<int64_t>> held_out, train, panel;
    for (const Example& e : split.examples) {
      (e.role == Role::HeldOut ? held_out : train)[e.user].push_back(e.target);
      QCOMPARE(std::ssize(e.history), e.target - 10 * e.user);
    }
    for (const Example& e : split.panel) panel[e.user].push_back(e.target);
    using Targets = std::map<int64_t, std::vector<int64_t>>;
    QCOMPARE(held_out, (Targets{{1, {18}}, {2, {23, 26}}}));
    // The one before the first that is listed is the panel's, the one before that trains.
    QCOMPARE(panel, (Targets{{1, {17}}, {2, {22}}, {3, {38}}}));
    QCOMPARE(train, (Targets{{1, {16}}, {2, {21}}, {3, {37}}}));
  }

  void fewShotLimitsTrainingAlone() {
    SplitOptions options{6, 2, 3, 0.2, {}, 1, 5};
    options.kind = SplitKind::LeaveTwoOut;
    const SplitResult split = split_users(ten_each(20), items_of(20), options, {});
    const auto held_out = std::count_if(split.examples.begin(), split.examples.end(),
                                        [](const Example& e) { return e.role == Role::HeldOut; });
    QVERIFY(held_out == 20 && split.examples.size() == 25 && split.panel.size() == 5);
  }

  /// By popularity: item 10 has nine tenths of all weight, so nearly all lists of others hold it.
  void candidatesByPopularity() {
    SplitOptions options{3, 1, 3, 1, {}, 1};
    options.source = CandidateSource::Popularity;
    options.popularity.assign(400, 1);
    options.popularity[0] = 3600;
    int with = 0;
    for (const Example& e : split_users(ten_each(40), items_of(40), options, {}).examples) {
      QCOMPARE(e.candidates.size(), size_t{3});
      if (e.user == 1) QVERIFY(std::count(e.candidates.begin(), e.candidates.end(), 10) == 0);
      with += std::count(e.candidates.begin(), e.candidates.end(), 10) > 0 ? 1 : 0;
    }
    QVERIFY2(with >= 33, std::to_string(with).c_str());  // 39 users; 0.99 of them expected
  }

  void candidatesAreAllOrThoseGiven() {
    SplitOptions options{3, 2, 3, 1, {}, 1};
    options.source = CandidateSource::All;
    for (const Example& e : split_users(ten_each(3), items_of(3), options, {}).examples) {
      QCOMPARE(e.candidates.size(), size_t{21});  // 30 items without the user's ten, and the target
      QCOMPARE(e.negatives.size(), size_t{2});
    }
    options.source = CandidateSource::Given;
    for (const char* user : {"1", "2", "3"}) options.given[user] = {10, 20, 30};
    options.given["2"].push_back(28);  // the target itself
    for (const Example& e : split_users(ten_each(3), items_of(3), options, {}).examples) {
      // Of the three listed one is the user's own, and would be a wrong answer that is right.
      std::vector<int64_t> sorted = e.candidates, expected = {e.target};
      for (const int64_t item : {10, 20, 30}) {
        if (item != 10 * std::stoi(e.user_key)) expected.push_back(item);
      }
      std::sort(sorted.begin(), sorted.end());
      std::sort(expected.begin(), expected.end());
      QCOMPARE(sorted, expected);
    }
    options.given.erase("3");
    QVERIFY_EXCEPTION_THROWN(split_users(ten_each(3), items_of(3), options, {}), Error);
  }

  void namesOfKinds() {
    QVERIFY(split_kind("global-time") == SplitKind::GlobalTime && candidate_source("given") == CandidateSource::Given);
    QVERIFY_EXCEPTION_THROWN(split_kind("random"), Error);
    QVERIFY_EXCEPTION_THROWN(candidate_source("hard"), Error);
  }
};

QTEST_GUILESS_MAIN(SplitTest)
#include "split_test.moc"
