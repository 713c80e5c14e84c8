// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/negative_sampling.h"

#include <QtTest>
#include <algorithm>
#include <map>
#include <set>

#include "engine/data/negatives.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

/// 60 users with 6 choices each among 40 items, all of them training.
class NegativeSamplingTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::unique_ptr<Workspace> workspace_;
  Preparation open_, listed_;

  std::vector<Example> examples(const Preparation& preparation) {
    return read_examples(*workspace_, preparation.id, Role::Train);
  }
  NegativeSampling sampling(const SourceOptions& options, const Preparation& preparation) {
    return make_sampling(*workspace_, preparation, examples(preparation), options, {});
  }
  NegativeItems drawn(const SourceOptions& options, const Preparation& preparation, int64_t epoch = 0) {
    return sample_negatives(sampling(options, preparation), examples(preparation), epoch, {});
  }
  static SourceOptions with(const std::string& negatives, int k) {
    SourceOptions options;
    options.negatives = negatives;
    options.k = k;
    options.seed = 7;
    return options;
  }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    options.held_out = 0;
    const std::filesystem::path folder = dir_.path().toStdString();
    open_ = make_small_world(folder, 60, options);
    options.prompt = "listed";
    listed_ = make_small_world(folder, 60, options);
    workspace_ = std::make_unique<Workspace>(folder / "workspace");
  }
  void cleanupTestCase() { workspace_.reset(); }

  /// Whatever the sampling: k different items of the catalogue, none that the user ever acted on, in a listed prompt
  /// only what it lists; the same again for the same seed.
  void nothingTouchedNothingTwice_data() {
    QTest::addColumn<QString>("how");
    QTest::addColumn<bool>("listed");
    for (const std::string& how : negative_sampling_names()) {
      QTest::addRow("%s open", how.c_str()) << QString::fromStdString(how) << false;
      QTest::addRow("%s listed", how.c_str()) << QString::fromStdString(how) << true;
    }
  }
  void nothingTouchedNothingTwice() {
    QFETCH(const QString, how);
    QFETCH(const bool, listed);
    const Preparation& preparation = listed ? listed_ : open_;
    const auto catalogue = read_catalogue(*workspace_, preparation.data_set);
    const auto touched = read_touched(*workspace_, preparation.id);
    const auto all = examples(preparation);
    for (const int k : {1, 3}) {
      const SourceOptions options = with(how.toStdString(), k);
      const NegativeItems negatives = drawn(options, preparation);
      QCOMPARE(negatives.size(), size_t{60});
      for (size_t i = 0; i < negatives.size(); ++i) {
        QCOMPARE(negatives[i].size(), static_cast<size_t>(k));
        QCOMPARE(std::set<int64_t>(negatives[i].begin(), negatives[i].end()).size(), static_cast<size_t>(k));
        for (const int64_t item : negatives[i]) {
          QVERIFY(item != all[i].target);
          QVERIFY(std::binary_search(catalogue.begin(), catalogue.end(), item));
          QVERIFY(!std::binary_search(touched[i].begin(), touched[i].end(), item));
          if (listed)
            QVERIFY(std::find(all[i].candidates.begin(), all[i].candidates.end(), item) != all[i].candidates.end());
        }
      }
      QCOMPARE(drawn(options, preparation), negatives);
    }
  }

  void preparedAreTheFirstSaved() {
    const auto all = examples(open_);
    const NegativeItems two = drawn(with("prepared", 2), open_), as_many = drawn(with("prepared", 0), open_);
    for (size_t i = 0; i < all.size(); ++i) {
      QCOMPARE(two[i], std::vector<int64_t>(all[i].negatives.begin(), all[i].negatives.begin() + 2));
      QCOMPARE(as_many[i], all[i].negatives);
    }
    QCOMPARE(drawn(with("uniform", 0), open_)[0].size(), size_t{5});
    QCOMPARE(drawn(with("uniform", 34), open_)[0].size(), size_t{34});  // all 40 - 6 that there are
  }

  /// A new draw each epoch and seed, and for a user the same whoever else trains.
  void drawsComeFromSeedEpochAndUserAlone() {
    for (const char* how : {"uniform", "popularity"}) {
      const NegativeSampling s = sampling(with(how, 3), open_);
      const auto all = examples(open_);
      const NegativeItems first = sample_negatives(s, all, 0, {}), second = sample_negatives(s, all, 1, {});
      QVERIFY(first != second);
      QCOMPARE(sample_negatives(s, all, 1, {}), second);
      SourceOptions other = with(how, 3);
      other.seed = 8;
      QVERIFY(drawn(other, open_) != first);

      NegativeSampling alone = sampling(with(how, 3), open_);
      const std::vector<Example> one = {all[17]};
      alone.touched = {alone.touched[17]};
      QCOMPARE(sample_negatives(alone, one, 1, {})[0], second[17]);
      QCOMPARE(sample_for_policy(alone, one, 1)[0], sample_for_policy(s, all, 1)[17]);
    }
  }

  /// 400 epochs of 60 users, one negative each, against each item's expected number: for uniform a user's untouched
  /// items share alike, for popularity by their counts. 39 degrees of freedom: above 72.1 in one of 1,000 seeds.
  void frequenciesAreAsPromised() {
    for (const bool popular : {false, true}) {
      const NegativeSampling s = sampling(with(popular ? "popularity" : "uniform", 1), open_);
      // Counts from the rows, apart from the code under test.
      std::map<int64_t, double> weight, expected;
      for (const int64_t item : s.catalogue) weight[item] = 1;
      if (popular) {
        for (const auto& sequence : read_training_sequences(*workspace_, open_.id)) {
          for (const int64_t item : sequence) weight[item] += 1;
        }
      }
      const auto all = examples(open_);
      const int epochs = 400;
      for (size_t i = 0; i < all.size(); ++i) {
        double sum = 0;
        const auto choices = without(s.catalogue, s.touched[i]);
        for (const int64_t item : choices) sum += weight[item];
        for (const int64_t item : choices) expected[item] += epochs * weight[item] / sum;
      }
      std::map<int64_t, int> counts;
      for (int epoch = 0; epoch < epochs; ++epoch) {
        for (const auto& negatives : sample_negatives(s, all, epoch, {})) ++counts[negatives[0]];
      }
      double statistic = 0;
      for (const auto& [item, n] : expected) statistic += (counts[item] - n) * (counts[item] - n) / n;
      QVERIFY2(statistic < 72.1, std::to_string(statistic).c_str());
    }
  }

  /// Hard equals a full sort by the model's scores of everything untouched; similar one by ItemKNN's.
  void hardEqualsAFullSort() {
    const auto all = examples(open_);
    const auto touched = read_touched(*workspace_, open_.id);
    const TrainingData data = read_training_data(*workspace_, open_);
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"hard", "popularity"}, {"hard", "itemknn"}, {"hard", "ease"}, {"similar", "itemknn"}};
    for (const auto& [how, name] : cases) {
      const auto model = make_recommender(name, 0);
      model->fit(data.matrix, {});
      SourceOptions options = with(how, 7);
      if (how == "hard") options.negatives_model = name;
      const NegativeItems negatives = drawn(options, open_);
      for (size_t i = 0; i < all.size(); ++i) {
        const auto choices = without(read_catalogue(*workspace_, open_.data_set), touched[i]);
        auto scores = model->score(data.indices(all[i].history), data.indices(choices), 0);
        const auto chosen = model->score(data.indices(all[i].history), data.indices(negatives[i]), 0);
        std::sort(scores.rbegin(), scores.rend());
        scores.resize(7);
        QCOMPARE(chosen, scores);
      }
    }
  }

  /// 34 items are untouched: 20 for k = 1 and 5, 24 for 6, all 34 for 9 and above; of a list of 8 its 7 others.
  void policyChoosesAmongASample() {
    for (const auto& [k, count] : std::map<int, size_t>{{1, 20}, {5, 20}, {6, 24}, {9, 34}, {20, 34}}) {
      for (const auto& items : sample_for_policy(sampling(with("self-hard", k), open_), examples(open_), 0)) {
        QCOMPARE(items.size(), count);
        QCOMPARE(std::set<int64_t>(items.begin(), items.end()).size(), count);
      }
    }
    QCOMPARE(sample_for_policy(sampling(with("self-hard", 2), listed_), examples(listed_), 0)[0].size(), size_t{7});
  }

  /// Popularity as oracle: the smoothing follows from the percentile of the counts, computed here pair by pair.
  void smoothingFollowsTheOracle() {
    SourceOptions options = with("uniform", 4);
    options.oracle = true;
    options.negatives_model = "popularity";
    options.label_smoothing = 0.3;
    const NegativeSampling s = sampling(options, open_);
    std::map<int64_t, int> count;
    for (const auto& sequence : read_training_sequences(*workspace_, open_.id)) {
      for (const int64_t item : sequence) ++count[item];
    }
    const auto share = [&](int64_t item) {
      double below = 0;
      for (const int64_t other : s.catalogue) {
        if (other != item) below += count[other] < count[item] ? 1 : count[other] == count[item] ? 0.5 : 0;
      }
      return below / static_cast<double>(s.catalogue.size() - 1);
    };
    const auto all = examples(open_);
    const NegativeItems negatives = sample_negatives(s, all, 0, {});
    bool bounded = false, low = false;
    for (size_t i = 0; i < all.size(); ++i) {
      const auto smoothing = pair_smoothing(s, all[i], negatives[i]);
      QCOMPARE(smoothing.size(), size_t{4});
      for (size_t n = 0; n < 4; ++n) {
        const double expected = std::min(0.5, 0.3 * (1 + share(negatives[i][n]) - share(all[i].target)));
        QVERIFY(std::abs(smoothing[n] - expected) < 1e-6);
        QVERIFY(smoothing[n] >= 0 && smoothing[n] <= 0.5F);
        bounded = bounded || smoothing[n] == 0.5F;
        low = low || smoothing[n] < 0.1F;
      }
    }
    QVERIFY(bounded && low);  // both ends occur
  }

  void refusesWhatCannotBe() {
    const auto says = [&](const Preparation& preparation, auto change) {
      SourceOptions options = with("uniform", 3);
      change(options);
      return message_of([&] { sampling(options, preparation); });
    };
    QVERIFY(holds(says(open_, [](auto& o) { o.negatives = "random"; }),
                  "--negatives random: expected one of prepared, uniform, popularity, hard, similar, self-hard"));
    QVERIFY(holds(says(open_, [](auto& o) { o.k = 65; }), "--k: expected 1 .. 64, found 65"));
    QVERIFY(holds(says(open_, [](auto& o) { o.k = -1; }), "--k: expected 1 .. 64, found -1"));
    QVERIFY(holds(says(open_, [](auto& o) { o.k = 35; }),
                  "has 34 items left that they never touched, expected at least 35"));
    QVERIFY(holds(says(open_, [](auto& o) { o.negatives = "prepared", o.k = 4; }),
                  "--k: 3 negatives were prepared, found 4; prepare with --negatives 4, or draw them"));
    QVERIFY(
        holds(says(listed_, [](auto& o) { o.k = 8; }),
              "--k: a listed prompt can only reject what it lists, so expected 1 .. 7 of its 8 candidates, found 8"));
    QCOMPARE(says(listed_, [](auto& o) { o.k = 7; }), std::string("no error"));
    for (const char* fixed : {"prepared", "hard", "similar"})
      QVERIFY(holds(says(open_, [&](auto& o) { o.negatives = fixed, o.resample = true; }),
                    std::string("--resample: expected --negatives uniform or popularity, found ") + fixed +
                        ", which is the same every epoch"));
    QVERIFY(holds(says(open_, [](auto& o) { o.negatives = "self-hard", o.resample = true; }),
                  "found self-hard, which is chosen anew every epoch in any case"));
    QVERIFY(holds(says(open_, [](auto& o) { o.negatives = "hard", o.negatives_model = "random"; }),
                  "--negatives-model random: expected one of popularity, itemknn, ease"));
    QVERIFY(holds(says(open_, [](auto& o) { o.oracle = true, o.negatives_model = "llm"; }), "--negatives-model llm"));
    QVERIFY(holds(says(open_, [](auto& o) { o.oracle = true, o.label_smoothing = 0.5; }),
                  "--label-smoothing: expected 0 .. below 0.5, found 0.5"));
    Preparation given = open_;
    given.prompt = "given";
    for (const std::string& how : negative_sampling_names()) {
      const std::string message = says(given, [&](auto& o) { o.negatives = how; });
      if (how == "prepared") continue;
      QVERIFY(holds(message, "--negatives " + how + ": expected prepared, as given pairs bring their own"));
    }
    QVERIFY(holds(says(given, [](auto& o) { o.negatives = "prepared", o.oracle = true; }), "--objective rosepo"));
    // SFT rejects nothing: nothing of all this matters to it.
    check_sampling(given, {.sft = true, .k = 99, .negatives = "hard", .negatives_model = "", .resample = true});
  }

  void aStopIsHonoured() {
    std::stop_source stop;
    stop.request_stop();
    bool cancelled = false;
    try {
      sample_negatives(sampling(with("uniform", 3), open_), examples(open_), 0, {{}, stop.get_token()});
    } catch (const Cancelled&) {
      cancelled = true;
    }
    QVERIFY(cancelled);
  }
};

QTEST_GUILESS_MAIN(NegativeSamplingTest)
#include "negative_sampling_test.moc"
