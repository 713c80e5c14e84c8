// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/evaluate.h"

#include <QtTest>
#include <cmath>

#include "engine/evaluate/metrics.h"
#include "engine/store/runs.h"
#include "engine/store/scores.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/train.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

namespace {

template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

/// One small set, an SFT run and a DMPO run on it, made once for all tests.
class EvaluateTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::filesystem::path folder_;
  Preparation preparation_;
  int64_t sft_ = 0, dmpo_ = 0;

  EvaluateOptions options() const {
    EvaluateOptions options;
    options.workspace = folder_;
    options.data_set = "small";
    options.runs = {sft_, dmpo_};
    options.device = "cpu";
    return options;
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

  void rowsSumUpTheUsers() {
    const Evaluation evaluation = evaluate(options(), {});
    QCOMPARE(evaluation.users, 8);
    std::vector<std::string> names;
    for (const EvaluationRow& row : evaluation.rows) names.push_back(row.model);
    QCOMPARE(names, (std::vector<std::string>{"base", "sft", "dmpo", "random", "popularity", "itemknn", "ease"}));
    QVERIFY(!evaluation.rows[0].run);
    QCOMPARE(evaluation.rows[2].run, std::optional<int64_t>(dmpo_));
    QVERIFY(holds(evaluation.protocol, "8 held-out users; score: summed log-prob; 95 % bootstrap intervals"));

    Workspace workspace(folder_);
    const auto saved = list_evaluations(workspace, preparation_.id);
    QCOMPARE(saved.back().id, evaluation.id);
    QCOMPARE(saved.back().rows.size(), names.size());
    // The DMPO row from the kept log-probs, by hand.
    const Policy policy{read_run(workspace, dmpo_).model, dmpo_};
    double auc = 0, mrr = 0;
    const auto users = read_user_results(workspace, evaluation.id, 2);
    QCOMPARE(users.size(), size_t{8});
    for (const UserResult& user : users) {
      const Example e = read_example(workspace, user.example);
      QVERIFY(e.role == Role::HeldOut);
      std::vector<double> scores;
      for (const ResponseScore& s : read_scores(workspace, e.id, policy)) scores.push_back(s.log_prob);
      const auto target =
          static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin());
      const UserMetrics m = user_metrics(scores, target);
      QVERIFY(std::abs(m.auc - user.auc) < 1e-9 && std::abs(m.target_rank - user.target_rank) < 1e-9);
      auc += m.auc / 8;
      mrr += m.reciprocal_rank / 8;
    }
    QVERIFY(std::abs(evaluation.rows[2].metrics.at("auc").value - auc) < 1e-9);
    QVERIFY(std::abs(evaluation.rows[2].metrics.at("mrr").value - mrr) < 1e-9);
    QCOMPARE(read_margin_points(workspace, preparation_.id, dmpo_).size(), size_t{8});

    // Again: the same numbers, nothing scored anew.
    TaskContext context;
    context.progress = [](const Progress& p) { QVERIFY(p.stage != "Scoring candidates"); };
    const Evaluation again = evaluate(options(), context);
    for (size_t r = 0; r < names.size(); ++r) {
      for (const auto& [name, interval] : evaluation.rows[r].metrics) {
        QCOMPARE(again.rows[r].metrics.at(name).value, interval.value);
        QCOMPARE(again.rows[r].metrics.at(name).low, interval.low);
      }
    }
  }

  void whatARunChangedIsWhatTheRowsSay() {
    Workspace workspace(folder_);
    for (const std::string how : {"sum", "mean"}) {
      EvaluateOptions o = options();
      o.score = how;
      o.baselines.clear();
      const Evaluation evaluation = evaluate(o, {});  // rows base, sft, dmpo
      const RunChange change = run_change(workspace, preparation_.id, dmpo_, how, {});
      QCOMPARE(change.held_out, 8);
      QCOMPARE(change.scored_before, 8);
      QCOMPARE(change.scored_after, 8);
      const auto same = [&](const std::vector<UserResult>& users, int row) {
        const auto rows = read_user_results(workspace, evaluation.id, row);
        return std::equal(users.begin(), users.end(), rows.begin(), rows.end(),
                          [](const UserResult& a, const UserResult& b) {
                            return a.example == b.example && a.target_rank == b.target_rank && a.auc == b.auc;
                          });
      };
      QVERIFY(same(change.before, 1));
      QVERIFY(same(change.after, 2));
    }
    // By the log-ratio the reference stays ranked by its log-prob, and the run by the ratio.
    const RunChange ratio = run_change(workspace, preparation_.id, dmpo_, "ratio", {});
    EvaluateOptions o = options();
    o.score = "ratio";
    o.runs = {dmpo_};
    o.baselines.clear();
    const auto rows = read_user_results(workspace, evaluate(o, {}).id, 0);
    const RunChange sum = run_change(workspace, preparation_.id, dmpo_, "sum", {});
    for (size_t i = 0; i < rows.size(); ++i) {
      QCOMPARE(ratio.after[i].target_rank, rows[i].target_rank);
      QCOMPARE(ratio.before[i].target_rank, sum.before[i].target_rank);
    }
    // A user whose scores under the reference are gone is counted as held out, and not compared.
    workspace.db().exec("DELETE FROM response_score WHERE run = " + std::to_string(sft_) +
                        " AND example = " + std::to_string(sum.before[3].example));
    const RunChange part = run_change(workspace, preparation_.id, dmpo_, "sum", {});
    QCOMPARE(part.held_out, 8);
    QCOMPARE(part.scored_before, 7);
    QCOMPARE(part.scored_after, 8);
    QCOMPARE(part.before.size(), size_t{7});
    QCOMPARE(part.after[3].example, sum.after[4].example);
  }

  void ratioHasNoBaseRow() {
    EvaluateOptions o = options();
    o.score = "ratio";
    o.baselines.clear();
    const Evaluation evaluation = evaluate(o, {});
    QCOMPARE(evaluation.rows.size(), size_t{2});
    QCOMPARE(evaluation.rows[0].model, std::string("sft"));
    QVERIFY(holds(evaluation.protocol, "no row for the base model"));
  }

  void someUsersAndSomeRuns() {
    EvaluateOptions o = options();
    o.users = 3;
    o.runs = {dmpo_, dmpo_};
    o.score = "mean";
    o.baselines = {"popularity"};
    const Evaluation evaluation = evaluate(o, {});
    QCOMPARE(evaluation.users, 3);
    QCOMPARE(evaluation.rows.size(), size_t{3});
    o.runs.clear();
    o.base = false;
    QCOMPARE(evaluate(o, {}).rows.size(), size_t{1});
  }

  /// What a case scored for a user is not scored again by an evaluation, and the other way round: both read what is
  /// kept of the example and the model. Log-probs that are moved by hand in between stay moved.
  void casesAndEvaluationsShareTheirScores() {
    TrainOptions train;
    train.workspace = folder_;
    train.data_set = "small";
    train.preparation = preparation_.id;
    train.objective = "dmpo";
    train.from_run = sft_;
    train.device = "cpu";
    train.rank = 2;
    train.learning_rate = 1e-3;
    const int64_t run = train_run(folder_, create_run(train), {}).run;
    Workspace workspace(folder_);
    const Policy policy{read_run(workspace, run).model, run};
    const auto unscored = [&] { return unscored_examples(workspace, preparation_.id, Role::HeldOut, policy).size(); };
    const std::vector<Example> examples = read_examples(workspace, preparation_.id, Role::HeldOut);
    const auto ranked = [&](const Example& e) {
      RankOptions o;
      o.workspace = folder_;
      o.run = run;
      o.user = e.user_key;
      o.example = e.id;
      o.device = "cpu";
      return rank(o, {});
    };
    const auto move_scores = [&](const Example& e) {
      workspace.db().exec("UPDATE response_score SET log_prob = log_prob - 1000 WHERE run = " + std::to_string(run) +
                          " AND example = " + std::to_string(e.id));
    };
    QCOMPARE(unscored(), size_t{8});
    for (size_t i = 0; i < 3; ++i) {
      ranked(examples[i]);
      move_scores(examples[i]);
    }
    QCOMPARE(unscored(), size_t{5});
    EvaluateOptions o = options();
    o.preparation = preparation_.id;
    o.runs = {run};
    o.base = false;
    o.baselines.clear();
    evaluate(o, {});
    QCOMPARE(unscored(), size_t{0});
    for (size_t i = 0; i < examples.size(); ++i) {
      for (const ResponseScore& s : read_scores(workspace, examples[i].id, policy)) QCOMPARE(s.log_prob < -900, i < 3);
    }
    move_scores(examples[7]);
    for (const RankedCandidate& c : ranked(examples[7]).candidates) QVERIFY(c.log_prob < -900);
  }

  void nonsenseIsRefused() {
    const auto with = [&](auto change) {
      EvaluateOptions o = options();
      change(o);
      return error_of([&] { evaluate(o, {}); });
    };
    QVERIFY(holds(with([](EvaluateOptions& o) { o.score = "best"; }), "expected sum, mean or ratio"));
    QVERIFY(
        holds(with([](EvaluateOptions& o) { o.baselines = {"svd"}; }), "expected random, popularity, itemknn or ease"));
    QVERIFY(holds(with([](EvaluateOptions& o) { o.users = 0; }), "--users"));
    QVERIFY(holds(with([](EvaluateOptions& o) { o.runs = {99}; }), "no run 99"));
    QVERIFY(holds(with([](EvaluateOptions& o) { o.data_set = "other"; }), "small"));
  }

  void runsThatSawTheUsersAreRefused() {
    Workspace workspace(folder_);
    const size_t before = list_evaluations(workspace, preparation_.id).size();
    PrepareOptions other;
    other.candidates = 6;
    other.negatives = 2;
    other.held_out = 0.5;
    other.seed = 1;  // other users are held out
    const Preparation leaky = make_small_world(dir_.path().toStdString(), 16, other);
    EvaluateOptions o = options();
    o.preparation = leaky.id;
    QVERIFY(holds(error_of([&] { evaluate(o, {}); }), "was trained on"));
    // The same split with another prompt holds out the same users.
    other.seed = 0;
    other.prompt = "listed";
    o.preparation = make_small_world(dir_.path().toStdString(), 16, other).id;
    o.baselines.clear();
    QCOMPARE(evaluate(o, {}).rows.size(), size_t{3});
    QCOMPARE(list_evaluations(workspace, preparation_.id).size(), before);
  }

  void stops() {
    std::stop_source stop;
    stop.request_stop();
    TaskContext context;
    context.stop = stop.get_token();
    Workspace workspace(folder_);
    const size_t before = list_evaluations(workspace, preparation_.id).size();
    EvaluateOptions o = options();
    o.preparation = preparation_.id;
    QVERIFY_THROWS_EXCEPTION(Cancelled, evaluate(o, context));
    QCOMPARE(list_evaluations(workspace, preparation_.id).size(), before);
  }
};

QTEST_GUILESS_MAIN(EvaluateTest)
#include "evaluate_test.moc"
