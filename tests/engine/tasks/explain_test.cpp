// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/explain.h"

#include <utf8proc.h>

#include <QtTest>
#include <cmath>

#include "engine/store/results.h"
#include "engine/tasks/case_chain.h"
#include "engine/tasks/train.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

namespace {

bool valid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (utf8proc_ssize_t at = 0, left = static_cast<utf8proc_ssize_t>(text.size()); left > 0;) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(bytes + at, left, &point);
    if (used <= 0) return false;
    at += used;
    left -= used;
  }
  return true;
}

template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

class ExplainTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::filesystem::path folder_;
  Preparation preparation_;
  int64_t run_ = 0;
  std::string user_;

  RankOptions options(bool with_run = true) const {
    RankOptions o;
    o.workspace = folder_;
    if (with_run) o.run = run_;
    o.data_set = "small";
    o.user = user_;
    o.device = "cpu";
    return o;
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = dir_.path().toStdString() + "/workspace";
    PrepareOptions prepare_options;
    prepare_options.candidates = 6;
    prepare_options.negatives = 2;
    prepare_options.held_out = 0.5;
    prepare_options.prompt = "listed";
    preparation_ = make_small_world(dir_.path().toStdString(), 8, prepare_options);
    TrainOptions train;
    train.workspace = folder_;
    train.data_set = "small";
    train.device = "cpu";
    train.rank = 2;
    train.learning_rate = 1e-2;
    run_ = train_run(folder_, create_run(train), {}).run;
    Workspace workspace(folder_);
    user_ = read_examples(workspace, preparation_.id, Role::HeldOut).front().user_key;
  }

  void ranksTheSavedList() {
    for (const char* score : {"sum", "mean", "ratio"}) {
      RankOptions o = options();
      o.score = score;
      const RankResult result = rank(o, {});
      QCOMPARE(result.candidates.size(), size_t{6});
      QCOMPARE(result.items.size(), size_t{6});
      QCOMPARE(result.history.size(), result.example.history.size());
      QVERIFY(result.has_reference);
      QCOMPARE(result.score, std::string(score));
      QCOMPARE(result.candidates[static_cast<size_t>(result.target_rank) - 1].item, result.target);
      double spread = 0;
      int above_before = 0;
      const auto& target = result.candidates[static_cast<size_t>(result.target_rank) - 1];
      for (size_t i = 0; i < 6; ++i) {
        const RankedCandidate& c = result.candidates[i];
        QVERIFY(i == 0 || c.score <= result.candidates[i - 1].score);
        QCOMPARE(result.items[i].id, c.item);
        spread += c.spread;
        above_before += c.log_prob - c.log_ratio > target.log_prob - target.log_ratio ? 1 : 0;
        const double expected = std::string(score) == "sum"    ? c.log_prob
                                : std::string(score) == "mean" ? c.log_prob / c.tokens
                                                               : c.log_ratio;
        QVERIFY(std::abs(c.score - expected) < 1e-9);
      }
      QVERIFY(spread > 0);  // listed: several orders
      if (std::string(score) == "sum") QCOMPARE(result.reference_rank, above_before + 1);
    }
  }

  void theRunDiffersFromItsBase() {
    const RankResult now = rank(options(), {}), before = rank(options(false), {});
    QVERIFY(!before.has_reference);
    QCOMPARE(before.target_rank, now.reference_rank);
    for (const RankedCandidate& c : now.candidates) {
      const auto base = std::find_if(before.candidates.begin(), before.candidates.end(),
                                     [&](const RankedCandidate& other) { return other.item == c.item; });
      QVERIFY(std::abs(c.log_prob - base->log_prob - c.log_ratio) < 1e-9);
      QVERIFY(std::abs(c.log_ratio) > 1e-4);
      QCOMPARE(base->log_ratio, 0.0);
    }
    RankOptions ratio = options(false);
    ratio.score = "ratio";
    QVERIFY(error_of([&] { rank(ratio, {}); }).starts_with("--score ratio"));
  }

  void rationaleComesInWholeCharacters() {
    RationaleOptions o;
    o.rank = options();
    o.temperature = 3;  // hot enough that bytes of broken characters come up
    o.max_tokens = 64;
    for (uint64_t seed = 0; seed < 3; ++seed) {
      o.seed = seed;
      std::string streamed;
      const auto [text, note] = write_rationale(o,
                                                [&](std::string_view piece) {
                                                  QVERIFY(valid_utf8(piece) && !piece.empty());
                                                  streamed += piece;
                                                },
                                                {});
      QCOMPARE(streamed, text);
      QVERIFY(valid_utf8(text) && !text.starts_with(' '));
      QCOMPARE(write_rationale(o, nullptr, {}).text, text);  // the seed decides
    }
    Workspace workspace(folder_);
    const auto saved = read_rationales(workspace, rank(options(), {}).example.id);
    QCOMPARE(saved.size(), size_t{6});
    QVERIFY(saved.back().held_titles);
    QVERIFY(rationale_note(workspace, saved.back()).starts_with("temperature 3, seed 2; titles held to those of the "));
    QCOMPARE(saved.back().seed, uint64_t{2});
    QCOMPARE(saved.back().run, std::optional<int64_t>(run_));
    QCOMPARE(saved.back().item, rank(options(), {}).candidates.front().item);
    QVERIFY(saved.back().prompt.find("\xc3\x89lm") != std::string::npos);
  }

  void aStopEndsTheWriting() {
    RationaleOptions o;
    o.rank = options();
    o.temperature = 3;
    std::stop_source stop;
    TaskContext context;
    context.stop = stop.get_token();
    Workspace workspace(folder_);
    const int64_t example = rank(options(), {}).example.id;
    const size_t before = read_rationales(workspace, example).size();
    QVERIFY_THROWS_EXCEPTION(Cancelled, write_rationale(
                                            o, [&](std::string_view) { stop.request_stop(); }, context));
    QCOMPARE(read_rationales(workspace, example).size(), before);
  }

  void wrongQuestionsAreAnswered() {
    RankOptions o = options();
    o.user = "nobody";
    QVERIFY(error_of([&] { rank(o, {}); }).find("user nobody") != std::string::npos);
    o = options();
    o.run = 77;
    QVERIFY(error_of([&] { rank(o, {}); }).find("no run 77") != std::string::npos);
    RationaleOptions foreign;
    foreign.rank = options();
    foreign.item = 123456;
    QVERIFY(error_of([&] { write_rationale(foreign, nullptr, {}); }).find("item 123456") != std::string::npos);
  }

  void thePageOfTheCase() {
    Workspace workspace(folder_);
    const RankResult result = rank(options(), {});
    CaseReport report;
    report.rank = result;
    report.points = read_margin_points(workspace, preparation_.id, run_);
    report.rationale = "text";
    report.rationale_note = "greedy <i>";
    report.model = "run";
    const std::string page = case_html(report);
    QVERIFY(page.find("The &lt;i&gt; \xc3\x89lm, ") != std::string::npos);
    QVERIFY(page.find("<i>") == std::string::npos);
    QVERIFY(page.find("greedy &lt;i&gt;") != std::string::npos);
  }

  /// Base, then the run: each candidate's parts add up to its score, its tokens to its log-ratio, and the last model's
  /// ranks are those of the ranking.
  void theChainAddsUp() {
    const CaseChain chain = read_chain(options(), {});
    const RankResult ranked = rank(options(), {});
    QCOMPARE(chain.models.size(), size_t{2});
    QCOMPARE(chain.models[0].name, std::string("base"));
    QCOMPARE(chain.models[1].run, std::optional<int64_t>(run_));
    QCOMPARE(chain.strips.size(), chain.candidates.size());
    for (size_t p = 0; p < chain.candidates.size(); ++p) {
      const CandidateScore &base = chain.models[0].scores[p], &last = chain.models[1].scores[p];
      QVERIFY(std::abs(base.log_prob + last.log_ratio - last.log_prob) < 1e-9);
      QCOMPARE(base.log_ratio, 0.0);
      double now = 0, before = 0;
      std::string text;
      for (const StripToken& token : chain.strips[p]) {
        now += token.log_prob;
        before += token.reference;
        text += token.text;
      }
      QVERIFY(std::abs(now - last.log_prob) < 1e-4);
      QVERIFY(std::abs(now - before - last.log_ratio) < 1e-4);
      QVERIFY(text.starts_with("The <i>"));
      QCOMPARE(chain.strips[p].back().text, std::string());
      const auto place = static_cast<size_t>(chain.models[1].ranks[p] - 1);
      QCOMPARE(ranked.candidates[place].item, chain.candidates[p].id);
    }
    const CaseChain base = read_chain(options(false), {});
    QCOMPARE(base.models.size(), size_t{1});
    QVERIFY(base.strips.empty());
  }
};

QTEST_GUILESS_MAIN(ExplainTest)
#include "explain_test.moc"
