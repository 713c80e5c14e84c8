// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/scoring.h"

#include <QtTest>
#include <cmath>
#include <map>

#include "engine/base/files.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/inspect.h"
#include "engine/text/tokenizer.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

namespace {

constexpr int32_t eos = 1;  // of the starter model

std::filesystem::path starter() {
  return resource_path("starter-model");
}

Policy base_policy(Workspace& workspace) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT OR IGNORE INTO model(name, path, weights_hash, config, added_at) VALUES ('starter', "
                           "'starter', ?, '{}', '')");
  insert.bind(1, sha256_file(starter() / "model.safetensors"));
  insert.exec();
  return {workspace.db().execAndGet("SELECT max(id) FROM model").getInt64(), std::nullopt};
}

/// log p of each response token after the prompt, from a plain pass over the one sequence.
std::vector<double> separate_log_probs(const Tokenizer& tokenizer, const std::string& prompt,
                                       const std::string& response) {
  std::vector<int64_t> ids;
  for (const int32_t id : tokenizer.prefix_ids()) ids.push_back(id);
  for (const int32_t id : tokenizer.encode(prompt).ids) ids.push_back(id);
  const size_t first = ids.size();
  for (const int32_t id : tokenizer.encode(response).ids) ids.push_back(id);
  ids.push_back(eos);
  const auto logits = logits_of(starter(), ids);
  std::vector<double> log_probs;
  for (size_t t = first; t < ids.size(); ++t) {
    double sum = 0;
    for (const float logit : logits[t - 1]) sum += std::exp(static_cast<double>(logit));
    log_probs.push_back(logits[t - 1][static_cast<size_t>(ids[t])] - std::log(sum));
  }
  return log_probs;
}

std::vector<int64_t> ids_of(Workspace& workspace, const Preparation& preparation) {
  std::vector<int64_t> ids;
  for (const Example& e : read_examples(workspace, preparation.id)) ids.push_back(e.id);
  return ids;
}

}  // namespace

class ScoringTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void packedEqualsSeparate_data() {
    QTest::addColumn<QString>("prompt");
    QTest::newRow("open") << "open";
    QTest::newRow("listed") << "listed";
  }
  /// Several examples in a pass, several orders of a listed prompt: every response has the log-probs that it has alone.
  void packedEqualsSeparate() {
    QFETCH(QString, prompt);
    QTemporaryDir dir;
    PrepareOptions options;
    options.candidates = 4;
    options.negatives = 2;
    options.prompt = prompt.toStdString();
    const Preparation preparation = make_small_world(dir.path().toStdString(), 5, options);
    QCOMPARE(preparation.orders > 1, prompt == "listed");
    Workspace workspace(dir.path().toStdString() + "/workspace");
    const Policy policy = base_policy(workspace);
    score_examples(workspace, preparation, ids_of(workspace, preparation), policy, "cpu", {});

    const auto tokenizer = load_tokenizer(starter() / "tokenizer.json");
    const ItemIndex items(read_item_texts(workspace, preparation.data_set));
    const auto examples = read_examples(workspace, preparation.id);
    double worst = 0;
    std::map<std::vector<int>, int> orders_seen;
    for (const size_t n : {size_t{0}, examples.size() - 1}) {
      const Example& e = examples[n];
      const auto scores = read_scores(workspace, e.id, policy);
      QCOMPARE(scores.size(), e.candidates.size() * static_cast<size_t>(preparation.orders));
      for (const ResponseScore& s : scores) {
        std::vector<const ItemText*> listed;
        if (prompt == "listed") {
          const auto order = candidate_order(e.candidates.size(), preparation.seed, e.position, s.prompt_order);
          ++orders_seen[order];
          for (const int position : order) listed.push_back(items.at(e.candidates[static_cast<size_t>(position)]));
        }
        const auto alone =
            separate_log_probs(*tokenizer, render_prompt(preparation.prompt_template, items.all(e.history), listed),
                               render_response(*items.at(e.candidates[static_cast<size_t>(s.position)])));
        QCOMPARE(s.token_log_probs.size(), alone.size());
        QCOMPARE(s.token_ids.back(), eos);
        double sum = 0;
        for (size_t t = 0; t < alone.size(); ++t) {
          worst = std::max(worst, std::abs(alone[t] - static_cast<double>(s.token_log_probs[t])));
          sum += alone[t];
        }
        QVERIFY(std::abs(sum - s.log_prob) < 1e-3);
      }
    }
    QVERIFY2(worst < 1e-4, qPrintable(QString::number(worst)));
    QVERIFY(prompt == "open" || orders_seen.size() > 1);
  }

  void whatIsKeptIsLeft() {
    QTemporaryDir dir;
    PrepareOptions options;
    options.candidates = 3;
    options.negatives = 2;
    const Preparation preparation = make_small_world(dir.path().toStdString(), 4, options);
    Workspace workspace(dir.path().toStdString() + "/workspace");
    const Policy policy = base_policy(workspace);
    const auto ids = ids_of(workspace, preparation);
    score_examples(workspace, preparation, {ids[0]}, policy, "cpu", {});
    QVERIFY(is_scored(workspace, ids[0], policy) && !is_scored(workspace, ids[1], policy));
    workspace.db().exec("UPDATE response_score SET log_prob = -1000");
    score_examples(workspace, preparation, ids, policy, "cpu", {});
    QCOMPARE(read_scores(workspace, ids[0], policy)[0].log_prob, -1000.0);
    QVERIFY(read_scores(workspace, ids[3], policy)[0].log_prob > -1000.0);
  }

  void aStopKeepsWholeExamples() {
    QTemporaryDir dir;
    const Preparation preparation = make_small_world(dir.path().toStdString(), 150, {});
    Workspace workspace(dir.path().toStdString() + "/workspace");
    const Policy policy = base_policy(workspace);
    const auto ids = ids_of(workspace, preparation);
    std::stop_source stop;
    TaskContext context;
    context.stop = stop.get_token();
    context.progress = [&](const Progress& p) {
      if (p.fraction > 0.05) stop.request_stop();
    };
    QVERIFY_THROWS_EXCEPTION(Cancelled, score_examples(workspace, preparation, ids, policy, "cpu", context));
    size_t done = 0;
    for (const int64_t id : ids) {
      const size_t scores = read_scores(workspace, id, policy).size();
      QVERIFY(scores == 0 || scores == 20);
      done += scores / 20;
    }
    QVERIFY2(done > 0 && done < ids.size(), qPrintable(QString::number(done)));
    score_examples(workspace, preparation, {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(done) + 1}, policy,
                   "cpu", {});
    QVERIFY(is_scored(workspace, ids[done], policy));
  }

  void givenPairsHaveTheirOwnPrompts() {
    QTemporaryDir dir;
    const std::string file = dir.path().toStdString() + "/eval.json", folder = dir.path().toStdString() + "/workspace";
    // Two records of one history: one example of two pairs, each with its own prompt.
    const std::string prompt = "Here is the history: <Title:A> <Title:B> . Rank the likelihood of the user watching ";
    write_file_atomically(
        file,
        R"([{"instruction": ")" + prompt +
            R"(<Title:C> and <Title:D> .", "input": "", "output": [" <Title:C> ,  <Title:D> ", " <Title:D> ,  <Title:C> "]}, {"instruction": ")" +
            prompt +
            R"(<Title:E> and <Title:C> .", "input": "", "output": [" <Title:C> ,  <Title:E> ", " <Title:E> ,  <Title:C> "]}])");
    ImportOptions import;
    import.workspace = folder;
    import.paths = {file};
    import.name = "pairs";
    import_data(import, {});
    Workspace workspace(folder);
    const Preparation preparation = latest_preparation(workspace, find_data_set(workspace, "pairs").id);
    const Policy policy = base_policy(workspace);
    const auto ids = ids_of(workspace, preparation);
    score_examples(workspace, preparation, ids, policy, "cpu", {});
    const auto tokenizer = load_tokenizer(starter() / "tokenizer.json");
    QCOMPARE(ids.size(), size_t{1});
    for (const int64_t id : ids) {
      const Example e = read_example(workspace, id);
      const auto scores = read_scores(workspace, id, policy);
      QCOMPARE(e.pairs.size(), size_t{2});
      QCOMPARE(scores.size(), size_t{4});
      for (const ResponseScore& s : scores) {
        const TextPair& pair = e.pairs[static_cast<size_t>(s.position) / 2];
        const auto alone =
            separate_log_probs(*tokenizer, pair.prompt, s.position % 2 == 0 ? pair.chosen : *pair.rejected);
        double sum = 0;
        for (const double log_prob : alone) sum += log_prob;
        QVERIFY(std::abs(sum - s.log_prob) < 1e-3);
      }
    }
  }

  void candidateScoresByHand() {
    QTemporaryDir dir;
    PrepareOptions options;
    options.candidates = 2;
    options.negatives = 1;
    const Preparation preparation = make_small_world(dir.path().toStdString(), 3, options);
    Workspace workspace(dir.path().toStdString() + "/workspace");
    const Policy base = base_policy(workspace);
    const int64_t id = ids_of(workspace, preparation)[0];
    workspace.db().exec(
        "INSERT INTO run(id, data_set, preparation, model, name, objective, options, status, created_at) SELECT 1, "
        "data_set, id, (SELECT max(id) FROM model), 'r', 'sft', '{}', 'done', '' FROM preparation LIMIT 1");
    const Policy run{base.model, 1};
    // Two orders: -2 and -4, mean -3, standard deviation sqrt(((-2 + 3)^2 + (-4 + 3)^2) / 1) = sqrt 2; two tokens.
    save_scores(workspace, run,
                {{id, 0, 0, -2, {5, eos}, {-1, -1}},
                 {id, 0, 1, -4, {5, eos}, {-2, -2}},
                 {id, 1, 0, -6, {5, 6, eos}, {-2, -2, -2}},
                 {id, 1, 1, -6, {5, 6, eos}, {-2, -2, -2}}});
    save_scores(workspace, base, {{id, 0, 0, -5, {5, eos}, {-2, -3}}, {id, 1, 0, -4, {5, 6, eos}, {-1, -1, -2}}});
    const auto sum = candidate_scores(workspace, id, run, base, "sum"),
               mean = candidate_scores(workspace, id, run, base, "mean"),
               ratio = candidate_scores(workspace, id, run, base, "ratio");
    QCOMPARE(sum[0].score, -3.0);
    QVERIFY(std::abs(sum[0].spread - std::sqrt(2.0)) < 1e-9 && sum[1].spread == 0);
    QCOMPARE(mean[0].score, -1.5);
    QCOMPARE(mean[1].score, -2.0);
    QCOMPARE(ratio[0].score, 2.0);
    QCOMPARE(ratio[1].score, -2.0);
    QCOMPARE(sum[1].tokens, 3);
    QVERIFY_THROWS_EXCEPTION(Error, candidate_scores(workspace, id, base, std::nullopt, "ratio"));
    QVERIFY_THROWS_EXCEPTION(Error, candidate_scores(workspace, id, run, base, "best"));
    QVERIFY_THROWS_EXCEPTION(Error, candidate_scores(workspace, id + 1, run, base, "sum"));
  }
};

QTEST_GUILESS_MAIN(ScoringTest)
#include "scoring_test.moc"
