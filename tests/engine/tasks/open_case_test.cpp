// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/open_case.h"

#include <QElapsedTimer>
#include <QtTest>

#include "engine/tasks/probes.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// Real models on a small set: what is measured on changed histories is what a ranking of them says.
class OpenCaseTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  Preparation open_, listed_;
  int64_t run_ = 0;

  fs::path folder() const { return fs::path(dir_.path().toStdString()) / "workspace"; }

  RankOptions options(const Preparation& preparation, bool trained) {
    RankOptions o;
    o.workspace = folder();
    o.data_set = "small";
    o.preparation = preparation.id;
    if (trained) o.run = run_;
    Workspace workspace(folder());
    o.user = read_examples(workspace, preparation.id, Role::HeldOut).front().user_key;
    return o;
  }
  static double score(const RankResult& ranked, int64_t item) {
    for (const RankedCandidate& c : ranked.candidates) {
      if (c.item == item) return c.score;
    }
    return std::nan("");
  }
  static double margin(const RankResult& ranked, int64_t item) {
    double others = 0;
    for (const RankedCandidate& c : ranked.candidates) others += c.item == item ? 0 : c.score;
    return score(ranked, item) - others / static_cast<double>(ranked.candidates.size() - 1);
  }
  static bool close(double a, double b) { return std::abs(a - b) < 1e-4; }

 private Q_SLOTS:
  void initTestCase() {
    const fs::path root = dir_.path().toStdString();
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    open_ = make_small_world(root, 30, prepare);
    prepare.prompt = "listed";
    listed_ = make_small_world(root, 30, prepare);
    TrainOptions train;
    train.workspace = folder();
    train.data_set = "small";
    train.preparation = open_.id;
    train.objective = "dmpo";
    train.learning_rate = 1e-3;
    run_ = train_run(folder(), create_run(train), {}).run;
  }

  void unchangedIsTheSavedRanking_data() {
    QTest::addColumn<bool>("listed");
    QTest::addColumn<bool>("trained");
    QTest::addColumn<QString>("how");
    QTest::newRow("open, base") << false << false << "sum";
    QTest::newRow("open, run") << false << true << "sum";
    QTest::newRow("listed, run") << true << true << "sum";
    QTest::newRow("by token") << false << true << "mean";
    QTest::newRow("log-ratio") << true << true << "ratio";
  }
  void unchangedIsTheSavedRanking() {
    QFETCH(bool, listed);
    QFETCH(bool, trained);
    QFETCH(QString, how);
    RankOptions o = options(listed ? listed_ : open_, trained);
    o.score = how.toStdString();
    const RankResult saved = rank(o, {});
    const OpenCasePtr opened = open_case(o, {});
    const RankResult again = what_if(*opened, {saved.example.history, saved.example.candidates}, {});
    QVERIFY(!again.edited);
    QCOMPARE(again.target_rank, saved.target_rank);
    QCOMPARE(again.reference_rank, saved.reference_rank);
    for (size_t i = 0; i < saved.candidates.size(); ++i) {
      QCOMPARE(again.candidates[i].item, saved.candidates[i].item);
      QVERIFY(close(again.candidates[i].score, saved.candidates[i].score));
      QVERIFY(close(again.candidates[i].log_prob, saved.candidates[i].log_prob));
      QVERIFY(close(again.candidates[i].log_ratio, saved.candidates[i].log_ratio));
      QVERIFY(close(again.candidates[i].spread, saved.candidates[i].spread));
      QCOMPARE(again.candidates[i].tokens, saved.candidates[i].tokens);
    }
    QVERIFY(!listed || saved.candidates.front().spread > 0);
    // The first step's ranks are those of both; only what the reference says is missing.
    const RankResult ranks = what_if_ranks(*opened, {saved.example.history, saved.example.candidates}, {});
    QCOMPARE(ranks.has_reference, how == QStringLiteral("ratio"));
    QCOMPARE(ranks.target_rank, saved.target_rank);
    for (size_t i = 0; i < saved.candidates.size(); ++i) {
      QCOMPARE(ranks.candidates[i].item, saved.candidates[i].item);
      QCOMPARE(ranks.candidates[i].score, again.candidates[i].score);
      if (!ranks.has_reference) QCOMPARE(ranks.candidates[i].log_ratio, 0.0);
    }
  }

  /// Each figure of the evidence from a ranking of its own.
  void evidenceIsWhatRankingsSay_data() {
    QTest::addColumn<bool>("listed");
    QTest::newRow("open") << false;
    QTest::newRow("listed") << true;
  }
  void evidenceIsWhatRankingsSay() {
    QFETCH(bool, listed);
    const RankOptions o = options(listed ? listed_ : open_, true);
    const OpenCasePtr opened = open_case(o, {});
    const Example& e = example_of(*opened);
    const auto ranked = [&](const std::vector<int64_t>& history) {
      return what_if(*opened, {history, e.candidates}, {});
    };
    const Evidence all = evidence(*opened, {}, {});
    QCOMPARE(all.item, e.target);
    QVERIFY(close(all.occlusion.margin, margin(ranked(e.history), e.target)));
    QVERIFY(close(all.occlusion.without_history, margin(ranked({}), e.target)));
    QCOMPARE(all.occlusion.items.size(), e.history.size());
    for (size_t i = 0; i < e.history.size(); ++i) {
      std::vector<int64_t> rest = e.history;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      QVERIFY(close(all.occlusion.items[i].deletion, all.occlusion.margin - margin(ranked(rest), e.target)));
    }
    EvidenceOptions against;
    against.rival = e.candidates.front() == e.target ? e.candidates.back() : e.candidates.front();
    const RankResult whole = ranked(e.history);
    QVERIFY(
        close(evidence(*opened, against, {}).occlusion.margin, score(whole, e.target) - score(whole, *against.rival)));
  }

  /// Kept with the question: read again to the last bit, without a model, and gone with none of the options.
  void evidenceIsKept() {
    const RankOptions o = options(open_, true);
    const OpenCasePtr opened = open_case(o, {});
    EvidenceOptions asked;
    asked.seed = 5;
    QVERIFY(!kept_evidence(o, asked));
    const Evidence first = evidence(*opened, asked, {});
    QElapsedTimer timer;
    timer.start();
    const std::optional<Evidence> kept = kept_evidence(o, asked);
    QVERIFY(kept.has_value());
    QCOMPARE(kept->occlusion.margin, first.occlusion.margin);
    for (size_t i = 0; i < first.occlusion.items.size(); ++i) {
      QCOMPARE(kept->occlusion.items[i].deletion, first.occlusion.items[i].deletion);
      QCOMPARE(kept->occlusion.items[i].replacement, first.occlusion.items[i].replacement);
      QCOMPARE(kept->occlusion.items[i].beyond, first.occlusion.items[i].beyond);
    }
    QCOMPARE(kept->occlusion.neutral, first.occlusion.neutral);
    asked.seed = 6;
    QVERIFY(!kept_evidence(o, asked));
    QVERIFY(!kept_evidence(options(open_, false), {}));
  }

  void counterfactualsHold() {
    const RankOptions o = options(open_, true);
    const OpenCasePtr opened = open_case(o, {});
    const Example& e = example_of(*opened);
    const Counterfactual found = counterfactual(*opened, {}, {});
    const int64_t first = e.candidates[found.first];
    QCOMPARE(what_if(*opened, {e.history, e.candidates}, {}).candidates.front().item, first);
    for (const HistoryChange& change : found.removals) {
      CaseEdit edit{{}, e.candidates};
      for (size_t i = 0; i < e.history.size(); ++i) {
        if (std::find(change.removed.begin(), change.removed.end(), i) == change.removed.end())
          edit.history.push_back(e.history[i]);
      }
      const RankResult ranked = what_if(*opened, edit, {});
      QVERIFY(ranked.edited);
      QCOMPARE(ranked.candidates.front().item, e.candidates[change.first]);
      QVERIFY(ranked.candidates.front().item != first);
      QVERIFY(close(ranked.candidates[0].score - ranked.candidates[1].score, change.lead));
    }
    for (const HistoryChange& change : found.additions) {
      CaseEdit edit{e.history, e.candidates};
      for (const ItemText& item : change.added) edit.history.push_back(item.id);
      QCOMPARE(what_if(*opened, edit, {}).candidates.front().item, e.candidates[change.first]);
    }
  }

  /// Kept with the question and read again, without a model, to the last bit.
  void counterfactualsAreKept() {
    RankOptions o = options(open_, true);
    CounterfactualOptions asked;
    asked.additions = 20;
    QVERIFY(!kept_counterfactual(o, asked));
    const OpenCasePtr opened = open_case(o, {});
    const Counterfactual first = counterfactual(*opened, asked, {});
    const std::optional<KeptCounterfactual> kept = kept_counterfactual(o, asked);
    QVERIFY(kept.has_value());
    QCOMPARE(kept->unchanged.history, example_of(*opened).history);
    QCOMPARE(kept->candidates.at(first.first).title,
             item_text(*opened, example_of(*opened).candidates[first.first]).title);
    QCOMPARE(kept->history.size(), example_of(*opened).history.size());
    for (const Counterfactual& again : {kept->found, counterfactual(*opened, asked, {})}) {
      QCOMPARE(again.first, first.first);
      QCOMPARE(again.lead, first.lead);
      QCOMPARE(again.prompts, first.prompts);
      QCOMPARE(again.smallest, first.smallest);
      QCOMPARE(again.removals_found, first.removals_found);
      QCOMPARE(again.removals_tried, first.removals_tried);
      QCOMPARE(again.additions_found, first.additions_found);
      QCOMPARE(again.removals.size(), first.removals.size());
      for (size_t i = 0; i < first.removals.size(); ++i) {
        QCOMPARE(again.removals[i].removed, first.removals[i].removed);
        QCOMPARE(again.removals[i].lead, first.removals[i].lead);
      }
      QCOMPARE(again.additions.size(), first.additions.size());
      for (size_t i = 0; i < first.additions.size(); ++i) {
        QCOMPARE(again.additions[i].added.size(), first.additions[i].added.size());
        for (size_t a = 0; a < first.additions[i].added.size(); ++a)
          QCOMPARE(again.additions[i].added[a].title, first.additions[i].added[a].title);
      }
    }
    o.score = "mean";
    QVERIFY(!kept_counterfactual(o, asked));
    QVERIFY(!kept_counterfactual(options(open_, false), asked));
  }

  /// The whole history's point is the evaluation's margin; one item's is that of a ranking after one item.
  void historyLengthIsProbed() {
    ProbeOptions o;
    o.workspace = folder();
    o.run = run_;
    const Probe all = probe_history_length(o, {});
    QCOMPARE(all.points.back().setting, int64_t{open_.history});
    QCOMPARE(all.points.front().setting, int64_t{1});
    QCOMPARE(all.points.back().users, open_.held_out_examples);
    QVERIFY(all.points.back().auc.low <= all.points.back().auc.value);
    o.user = options(open_, true).user;
    const Probe one = probe_history_length(o, {});
    const OpenCasePtr opened = open_case(options(open_, true), {});
    const Example& e = example_of(*opened);
    QVERIFY(close(one.points.front().margin.value,
                  margin(what_if(*opened, {{e.history.back()}, e.candidates}, {}), e.target)));
    QVERIFY(close(one.points.back().margin.value, margin(what_if(*opened, {e.history, e.candidates}, {}), e.target)));
  }

  /// The target at every place once; the place does something to a listed prompt.
  void positionIsProbed() {
    ProbeOptions o;
    o.workspace = folder();
    o.run = run_;
    QVERIFY(holds(message_of([&] { probe_position(o, {}); }), "open prompts list no candidates"));
    o.preparation = listed_.id;
    o.users = 2;
    const Probe found = probe_position(o, {});
    QCOMPARE(found.points.size(), size_t{8});
    for (size_t i = 0; i < found.points.size(); ++i) {
      QCOMPARE(found.points[i].setting, static_cast<int64_t>(i) + 1);
      QCOMPARE(found.points[i].users, int64_t{2});
    }
    QVERIFY(found.points.front().margin.value != found.points.back().margin.value);
  }

  void wrongQuestionsAreSaid() {
    const OpenCasePtr opened = open_case(options(open_, true), {});
    const Example& e = example_of(*opened);
    const auto what = [&](const CaseEdit& edit) { return message_of([&] { what_if(*opened, edit, {}); }); };
    QVERIFY(holds(what({e.history, {e.target}}), "expected at least two candidates, found 1"));
    QVERIFY(holds(what({e.history, {e.target, e.target}}), "twice among the candidates"));
    QVERIFY(holds(what({{987654}, e.candidates}), "there is no item 987654"));
    EvidenceOptions own;
    own.rival = e.target;
    QVERIFY(holds(message_of([&] { evidence(*opened, own, {}); }), "--rival: expected another candidate"));
    own.rival = e.history.front();
    QVERIFY(holds(message_of([&] { evidence(*opened, own, {}); }), "--rival: expected one of the user's candidates"));
    QVERIFY(holds(message_of([&] { find_item(*opened, "x"); }), "there is no item with the id \"x\""));
  }
};

QTEST_GUILESS_MAIN(OpenCaseTest)
#include "open_case_test.moc"
