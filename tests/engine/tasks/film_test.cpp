// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/film.h"

#include <QtTest>
#include <fstream>

#include "engine/store/kept_adapters.h"
#include "engine/store/runs.h"
#include "engine/tasks/train.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// SFT and DMPO with three evaluations each on a small set: five steps, so that steps 1 and 3 lie on the way.
class FilmTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  Preparation preparation_;
  int64_t sft_ = 0, dmpo_ = 0;

  fs::path folder() const { return fs::path(dir_.path().toStdString()) / "workspace"; }
  int64_t train(const std::string& objective, std::optional<int64_t> from, int panel) {
    TrainOptions o;
    o.workspace = folder();
    o.data_set = "small";
    o.preparation = preparation_.id;
    o.objective = objective;
    o.from_run = from;
    o.learning_rate = 3e-3;
    o.batch_tokens = 400;
    o.panel = panel;
    o.evaluations = 3;
    return train_run(folder(), create_run(o), {}).run;
  }
  RankOptions options(std::optional<int64_t> run) {
    RankOptions o;
    o.workspace = folder();
    o.data_set = "small";
    o.preparation = preparation_.id;
    o.run = run;
    Workspace workspace(folder());
    o.user = read_examples(workspace, preparation_.id, Role::HeldOut).front().user_key;
    return o;
  }
  static double log_prob(const RankResult& ranked, int64_t item) {
    for (const RankedCandidate& c : ranked.candidates) {
      if (c.item == item) return c.log_prob;
    }
    return std::nan("");
  }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    preparation_ = make_small_world(dir_.path().toStdString(), 30, prepare);
    sft_ = train("sft", {}, 5);
    dmpo_ = train("dmpo", sft_, 5);
  }

  void adaptersAreKeptAtEvaluations() {
    Workspace workspace(folder());
    for (const int64_t run : {sft_, dmpo_}) {
      const std::vector<int64_t> steps = kept_steps(workspace, run);
      QCOMPARE(steps.size(), size_t{3});
      QCOMPARE(steps.back(), read_run(workspace, run).steps_done);
      // The last one is the adapter that the run ended with, bit by bit.
      std::ifstream kept(kept_adapter(workspace, run, steps.back()) / "adapter_model.safetensors", std::ios::binary);
      std::ifstream last(workspace.run_folder(run) / "adapter" / "adapter_model.safetensors", std::ios::binary);
      QVERIFY(kept.good() && last.good());
      QVERIFY(std::equal(std::istreambuf_iterator<char>(kept), {}, std::istreambuf_iterator<char>(last), {}));
    }
    // What lies there by chance is no step.
    fs::create_directories(kept_adapter(workspace, sft_, 7).parent_path() / "12x");
    fs::create_directories(kept_adapter(workspace, sft_, 999));
    QCOMPARE(kept_steps(workspace, sft_).size(), size_t{3});
    QVERIFY(kept_steps(workspace, 12345).empty());
  }

  /// The frames at the base model and at each run's end are what a ranking says; those between differ from both.
  void goesFromTheBaseToTheEnd() {
    const Film made = film(options(dmpo_), false, {});
    QCOMPARE(made.frames.size(), size_t{1 + 3 + 3});
    const std::pair<size_t, std::optional<int64_t>> ends[] = {{0, {}}, {3, sft_}, {6, dmpo_}};
    for (const auto& [frame, run] : ends) {
      const RankResult ranked = rank(options(run), {});
      const FilmFrame& f = made.frames[frame];
      QVERIFY(f.run == run);
      double others = 0, target = 0;
      for (size_t i = 0; i < f.scores.size(); ++i) {
        QVERIFY(std::abs(f.scores[i] - log_prob(ranked, made.candidates[i].id)) < 1e-4);
        (made.candidates[i].id == ranked.target ? target : others) += f.scores[i];
        if (made.candidates[i].id == ranked.target) QCOMPARE(f.ranks[i], ranked.target_rank);
      }
      QVERIFY(std::abs(f.margin - (target - others / 7)) < 1e-9);
    }
    for (size_t n = 1; n < made.frames.size(); ++n) {
      QVERIFY(made.frames[n].scores != made.frames[n - 1].scores);
      QVERIFY(made.frames[n].run != made.frames[n - 1].run || made.frames[n].step > made.frames[n - 1].step);
      QVERIFY(made.frames[n].rationale.empty());
    }
    QVERIFY(made.note.empty());
  }

  /// The second time nothing is computed: the kept adapters may be gone by then, as long as their names are there.
  void isKept() {
    const Film first = film(options(dmpo_), true, {});
    QVERIFY(!first.note.empty());
    QVERIFY(
        std::any_of(first.frames.begin(), first.frames.end(), [](const FilmFrame& f) { return !f.rationale.empty(); }));
    Workspace workspace(folder());
    const fs::path weights =
        kept_adapter(workspace, dmpo_, kept_steps(workspace, dmpo_).front()) / "adapter_model.safetensors";
    fs::rename(weights, weights.string() + ".away");
    const Film again = film(options(dmpo_), true, {});
    fs::rename(weights.string() + ".away", weights);
    for (size_t n = 0; n < first.frames.size(); ++n) {
      QCOMPARE(again.frames[n].scores, first.frames[n].scores);
      QCOMPARE(again.frames[n].ranks, first.frames[n].ranks);
      QCOMPARE(again.frames[n].rationale, first.frames[n].rationale);
      QCOMPARE(again.frames[n].margin, first.frames[n].margin);
    }
  }

  void withoutKeptAdaptersItShowsTheEndsAndSaysWhy() {
    QVERIFY(message_of([&] { film(options({}), false, {}); }).starts_with("--run"));
    QVERIFY(film(options(dmpo_), false, {}).missing.empty());
    const int64_t unwatched = train("sft", {}, 0);
    const Film ends = film(options(unwatched), false, {});
    QVERIFY2(ends.missing.find("kept no adapter") != std::string::npos, ends.missing.c_str());
    QCOMPARE(ends.frames.size(), size_t{2});
    const RankResult end = rank(options(unwatched), {});
    for (size_t c = 0; c < end.candidates.size(); ++c) {
      const auto place = std::find(ends.frames[1].ranks.begin(), ends.frames[1].ranks.end(), static_cast<int>(c) + 1) -
                         ends.frames[1].ranks.begin();
      QCOMPARE(ends.candidates[static_cast<size_t>(place)].id, end.candidates[c].item);
    }
  }
};

QTEST_GUILESS_MAIN(FilmTest)
#include "film_test.moc"
