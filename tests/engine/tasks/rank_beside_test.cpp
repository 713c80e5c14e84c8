// SPDX-License-Identifier: GPL-3.0-or-later
// The list of a case under other models: the ranks are those that evaluate() judges, and nothing is fitted twice.
#include "engine/tasks/rank_beside.h"

#include <QtTest>
#include <numeric>

#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/rank_hardest.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

class RankBesideTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::filesystem::path folder_;
  Preparation preparation_;
  int64_t sft_ = 0, dmpo_ = 0;

  RankOptions options(int64_t example) const {
    RankOptions o;
    o.workspace = folder_;
    o.data_set = "small";
    o.preparation = preparation_.id;
    o.example = example;
    o.run = dmpo_;
    o.device = "cpu";
    return o;
  }
  BesideOptions all_models() const { return {{"random", "popularity", "itemknn", "ease"}, true, {sft_, dmpo_}, 5}; }
  std::vector<Example> held_out() const {
    Workspace workspace(folder_);
    return read_examples(workspace, preparation_.id, Role::HeldOut);
  }
  static size_t target_of(const Example& e) {
    return static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin());
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = dir_.path().toStdString() + "/workspace";
    PrepareOptions prepare_options;
    prepare_options.candidates = 6;
    prepare_options.negatives = 2;
    prepare_options.held_out = 0.5;
    preparation_ = make_small_world(dir_.path().toStdString(), 16, prepare_options);
    TrainOptions train;
    train.workspace = folder_;
    train.data_set = "small";
    train.objective = "sft";
    train.device = "cpu";
    train.rank = 2;
    train.learning_rate = 1e-3;
    sft_ = train_run(folder_, create_run(train), {}).run;
    train.objective = "dmpo";
    train.from_run = sft_;
    dmpo_ = train_run(folder_, create_run(train), {}).run;
  }

  /// For every held-out user the target's rank under every model is the one evaluate() saved.
  void ranksAreThoseOfTheEvaluation() {
    EvaluateOptions judged;
    judged.workspace = folder_;
    judged.data_set = "small";
    judged.runs = {sft_, dmpo_};
    judged.device = "cpu";
    judged.seed = 5;
    const Evaluation evaluation = evaluate(judged, {});
    const std::vector<std::pair<std::string, std::string>> same = {
        {"random", "Random"}, {"popularity", "Popularity"}, {"itemknn", "ItemKNN"}, {"ease", "EASE"}, {"base", "base"}};
    Workspace workspace(folder_);
    const ClassicModelsPtr fitted = make_classic_models();
    bool tied = false;
    for (const Example& e : held_out()) {
      const std::vector<BesideModel> models = rank_beside(options(e.id), all_models(), *fitted, {});
      QCOMPARE(models.size(), size_t{7});
      for (const BesideModel& m : models) {
        QCOMPARE(std::accumulate(m.ranks.begin(), m.ranks.end(), 0.0), 21.0);  // 1 + ... + 6, however many are tied
        for (const double rank : m.ranks) tied = tied || rank != std::floor(rank);
        size_t row = 0;
        for (; row < evaluation.rows.size(); ++row) {
          const EvaluationRow& r = evaluation.rows[row];
          if (m.run ? r.run == m.run : std::find(same.begin(), same.end(), std::pair(r.model, m.name)) != same.end())
            break;
        }
        QVERIFY2(row < evaluation.rows.size(), m.name.c_str());
        bool found = false;
        for (const UserResult& user : read_user_results(workspace, evaluation.id, static_cast<int>(row))) {
          if (user.example != e.id) continue;
          QCOMPARE(m.ranks[target_of(e)], user.target_rank);
          found = true;
        }
        QVERIFY(found);
      }
    }
    QVERIFY(tied);  // few users: popularity and ItemKNN have equal scores among these lists
  }

  void namesAndKinds() {
    const auto models = rank_beside(options(held_out().front().id), all_models(), *make_classic_models(), {});
    QStringList names;
    for (const BesideModel& m : models) names << QString::fromStdString(m.name);
    Workspace workspace(folder_);
    QCOMPARE(names, (QStringList{"Random", "Popularity", "ItemKNN", "EASE", "base",
                                 QString::fromStdString(read_run(workspace, sft_).name),
                                 QString::fromStdString(read_run(workspace, dmpo_).name)}));
    for (size_t m = 0; m < models.size(); ++m) QCOMPARE(models[m].classic, m < 4);
    QVERIFY(!models[4].run && models[5].run == sft_);
    // Runs are ranked by what the case is: by token, the scores are log-probs by token.
    RankOptions by_token = options(held_out().front().id);
    by_token.score = "mean";
    const auto mean = rank_beside(by_token, {{}, false, {dmpo_}, 0}, *make_classic_models(), {}).front();
    const Policy policy{read_run(workspace, dmpo_).model, dmpo_};
    const auto scores = candidate_scores(workspace, *by_token.example, policy, std::nullopt, "mean");
    for (size_t i = 0; i < scores.size(); ++i) QCOMPARE(mean.scores[i], scores[i].score);
  }

  /// The second user asks for nothing to be fitted or read; another seed fits Random alone, which changes.
  void modelsAreFittedOnce() {
    const ClassicModelsPtr fitted = make_classic_models();
    std::vector<std::string> stages;
    TaskContext context;
    context.progress = [&](const Progress& p) { stages.push_back(p.stage); };
    const BesideOptions classics{{"random", "popularity", "itemknn", "ease"}, false, {}, 0};
    const auto first = rank_beside(options(held_out()[0].id), classics, *fitted, context);
    QVERIFY(std::count(stages.begin(), stages.end(), "Fitting EASE") == 1);
    QVERIFY(std::count(stages.begin(), stages.end(), "Reading what training users did") == 1);
    stages.clear();
    rank_beside(options(held_out()[1].id), classics, *fitted, context);
    QVERIFY(stages.empty());
    const auto again = rank_beside(options(held_out()[0].id), classics, *fitted, context);
    const auto other =
        rank_beside(options(held_out()[0].id), {classics.classics, false, {}, 1}, *make_classic_models(), context);
    for (size_t m = 0; m < 4; ++m) {
      QCOMPARE(again[m].scores, first[m].scores);
      QCOMPARE(other[m].scores == first[m].scores, m != 0);
    }
  }

  void aStopEndsTheFitAndTheNextFitIsWhole() {
    const ClassicModelsPtr fitted = make_classic_models();
    std::stop_source stop;
    TaskContext context;
    context.stop = stop.get_token();
    context.progress = [&](const Progress& p) {
      if (p.stage == "Fitting EASE") stop.request_stop();
    };
    const int64_t example = held_out().front().id;
    const BesideOptions ease{{"ease"}, false, {}, 0};
    QVERIFY_THROWS_EXCEPTION(Cancelled, rank_beside(options(example), ease, *fitted, context));
    QCOMPARE(rank_beside(options(example), ease, *fitted, {}).front().scores,
             rank_beside(options(example), ease, *make_classic_models(), {}).front().scores);
  }

  void wrongQuestionsAreAnswered() {
    const auto asked = [&](const BesideOptions& beside) {
      return message_of([&] { rank_beside(options(held_out().front().id), beside, *make_classic_models(), {}); });
    };
    QVERIFY(holds(asked({{"svd"}, false, {}, 0}), "baseline svd: expected random, popularity, itemknn or ease"));
    QVERIFY(holds(asked({{}, false, {77}, 0}), "no run 77"));
    // Another preparation, last: the runs are not of it.
    PrepareOptions another;
    another.candidates = 5;
    another.negatives = 2;
    another.seed = 3;
    RankOptions elsewhere = options(0);
    elsewhere.run.reset();
    elsewhere.preparation = make_small_world(dir_.path().toStdString(), 16, another).id;
    Workspace workspace(folder_);
    elsewhere.example = read_examples(workspace, *elsewhere.preparation, Role::HeldOut).front().id;
    QVERIFY(holds(message_of([&] {
                    rank_beside(elsewhere, {{}, false, {sft_}, 0}, *make_classic_models(), {});
                  }),
                  "expected a run of preparation 2, whose list is ranked, found one of 1"));
    // The models of one preparation do not serve another: 5 candidates of other users.
    const ClassicModelsPtr fitted = make_classic_models();
    const BesideOptions knn{{"itemknn"}, false, {}, 0};
    rank_beside(options(held_out().front().id), knn, *fitted, {});
    const auto there = rank_beside(elsewhere, knn, *fitted, {});
    QCOMPARE(there.front().scores, rank_beside(elsewhere, knn, *make_classic_models(), {}).front().scores);
    QCOMPARE(there.front().scores.size(), size_t{5});
  }

  /// Margins are those of the planes; the rejected that is named has the largest log-prob, worked out here anew.
  void theHardestRejectedIsNamed() {
    HardestOptions asked;
    asked.workspace = folder_;
    asked.run = dmpo_;
    asked.device = "cpu";
    const std::vector<HardestRejected> all = hardest_rejected(asked, {});
    QCOMPARE(all.size(), held_out().size());
    Workspace workspace(folder_);
    const Policy now{read_run(workspace, dmpo_).model, dmpo_}, before = reference_of(workspace, dmpo_);
    std::map<int64_t, std::string> titles;
    for (const ItemText& item : read_item_texts(workspace, preparation_.data_set)) titles[item.id] = item.title;
    for (size_t i = 0; i < all.size(); ++i) {
      const HardestRejected& h = all[i];
      QVERIFY(i == 0 || all[i - 1].point.hardest.policy <= h.point.hardest.policy);
      const Example e = read_example(workspace, h.point.example);
      QCOMPARE(h.chosen, titles[e.target]);
      const auto check = [&](const Policy& policy, const std::string& named, double margin) {
        const auto scores = candidate_scores(workspace, e.id, policy, std::nullopt, "sum");
        size_t best = target_of(e) == 0 ? 1 : 0;
        for (size_t c = 0; c < scores.size(); ++c) {
          if (c != target_of(e) && scores[c].log_prob > scores[best].log_prob) best = c;
        }
        QCOMPARE(named, titles[e.candidates[best]]);
        QVERIFY(std::abs(scores[target_of(e)].log_prob - scores[best].log_prob - margin) < 1e-9);
      };
      check(now, h.rejected, h.point.hardest.policy);
      check(before, h.rejected_before, h.point.hardest.reference);
    }
    asked.users = 2;
    QCOMPARE(hardest_rejected(asked, {}).size(), size_t{2});
    asked.users = 0;
    QVERIFY(holds(message_of([&] { hardest_rejected(asked, {}); }), "--users: expected at least 1, found 0"));
  }
};

QTEST_GUILESS_MAIN(RankBesideTest)
#include "rank_beside_test.moc"
