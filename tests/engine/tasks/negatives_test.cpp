// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/negatives.h"

#include <QtTest>
#include <algorithm>
#include <map>
#include <set>

#include "engine/store/example_rows.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

namespace {

bool same(const std::vector<NegativePreview>& a, const std::vector<NegativePreview>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NegativePreview& x, const NegativePreview& y) {
    return x.example == y.example && x.user == y.user && x.chosen == y.chosen && x.rejected == y.rejected;
  });
}

}  // namespace

/// 20 users with 6 choices each among 40 items, 15 of them training.
class NegativesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  Preparation preparation_;
  TrainOptions options_;

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions prepare_options;
    prepare_options.candidates = 8;
    prepare_options.negatives = 3;
    prepare_options.held_out = 0.25;
    preparation_ = make_small_world(dir_.path().toStdString(), 20, prepare_options);
    options_.workspace = dir_.path().toStdString() + "/workspace";
    options_.data_set = "small";
    options_.device = "cpu";
  }

  /// What is shown of a prepared set are its rows, in saved order, with titles.
  void preparedAreTheRows() {
    Workspace workspace(options_.workspace);
    const auto saved = read_examples(workspace, preparation_.id, Role::Train);
    const auto previews = preview_negatives(options_, 1000, {});
    QCOMPARE(previews.size(), size_t{15});
    for (size_t i = 0; i < saved.size(); ++i) {
      QCOMPARE(previews[i].example, saved[i].id);
      QCOMPARE(previews[i].user, saved[i].user_key);
      QCOMPARE(std::vector<std::string>{previews[i].chosen}, read_titles(workspace, {saved[i].target}));
      QCOMPARE(previews[i].rejected, read_titles(workspace, saved[i].negatives));
    }
    TrainOptions two = options_;
    two.k = 2;
    QCOMPARE(preview_negatives(two, 4, {}).size(), size_t{4});
    QCOMPARE(preview_negatives(two, 4, {})[3].rejected.size(), size_t{2});
  }

  /// Every sampling gives k titles for each, the same again for the same seed; a shorter list begins a longer one.
  void everySamplingCanBeShown() {
    for (const std::string& how : negative_samplings()) {
      TrainOptions o = options_;
      o.negatives = how;
      o.k = 3;
      o.seed = 5;
      const auto few = preview_negatives(o, 3, {}), all = preview_negatives(o, 100, {});
      QCOMPARE(few.size(), size_t{3});
      QCOMPARE(all.size(), size_t{15});
      QVERIFY2(same(few, {all.begin(), all.begin() + 3}), how.c_str());
      QVERIFY(same(preview_negatives(o, 100, {}), all));
      for (const NegativePreview& p : all) {
        QCOMPARE(std::set<std::string>(p.rejected.begin(), p.rejected.end()).size(), size_t{3});
        QVERIFY(std::find(p.rejected.begin(), p.rejected.end(), p.chosen) == p.rejected.end());
      }
      o.resample = true;
      if (how == "uniform" || how == "popularity") QVERIFY(same(preview_negatives(o, 100, {}), all));  // epoch 0
      o.resample = false;
      o.seed = 6;
      const bool drawn = how == "uniform" || how == "popularity" || how == "self-hard";
      if (drawn) QVERIFY2(!same(preview_negatives(o, 100, {}), all), how.c_str());
      if (how == "prepared") QVERIFY(same(preview_negatives(o, 100, {}), all));
    }
    TrainOptions sft = options_;
    sft.objective = "sft";
    QVERIFY(preview_negatives(sft, 1, {})[0].rejected.empty());
  }

  void refusesAsCreateRunDoes() {
    const std::vector<std::function<void(TrainOptions&)>> changes = {
        [](TrainOptions& o) { o.negatives = "best"; },
        [](TrainOptions& o) { o.k = 4; },
        [](TrainOptions& o) { o.k = 65, o.negatives = "uniform"; },
        [](TrainOptions& o) { o.resample = true; },
        [](TrainOptions& o) { o.negatives = "hard", o.negatives_model = "random"; },
        [](TrainOptions& o) { o.preparation = 99; },
        [](TrainOptions& o) { o.data_set = "none"; },
        [](TrainOptions& o) { o.from_run = 99; },
        [](TrainOptions& o) { o.model = "/nowhere"; }};
    for (const auto& change : changes) {
      TrainOptions o = options_;
      change(o);
      const std::string message = message_of([&] { preview_negatives(o, 5, {}); });
      QVERIFY(message != "no error");
      QCOMPARE(message, message_of([&] { create_run(o); }));
    }
    QVERIFY(holds(message_of([&] { preview_negatives(options_, 0, {}); }), "--limit: expected 1 .. 10000, found 0"));
    TrainOptions many = options_;
    many.negatives = "uniform";
    many.k = 35;  // of 40 items 6 are touched
    QVERIFY(holds(message_of([&] { preview_negatives(many, 5, {}); }),
                  "items left that they never touched, expected at least 35; lower --k"));
  }

  void givenPairsShowTheirOwn() {
    ImportOptions import;
    import.workspace = options_.workspace;
    import.paths = {PREFSCOPE_TEST_DATA "/preferences/pairs.json"};
    import.name = "given";
    import.role = "train";
    import_data(import, {});
    TrainOptions o = options_;
    o.data_set = "given";
    const auto previews = preview_negatives(o, 10, {});
    QVERIFY(!previews.empty() && previews[0].user.starts_with("pairs.json record"));
    QCOMPARE(previews[0].chosen, std::string(" <Title:A> ,  <Title:B> "));
    QCOMPARE(previews[0].rejected[0], std::string(" <Title:B> ,  <Title:A> "));
    o.negatives = "hard";
    QVERIFY(holds(message_of([&] { preview_negatives(o, 10, {}); }), "--negatives hard"));
  }
};

QTEST_GUILESS_MAIN(NegativesTest)
#include "negatives_test.moc"
