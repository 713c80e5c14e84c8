// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rationale_samples.h"

#include <QtTest>
#include <map>

#include "engine/tasks/first_run.h"
#include "engine/tasks/open_case.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// Samples of the bundled models on the case of the first start.
class RationaleSamplesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  SampleStart start_;

  fs::path folder() const { return fs::path(dir_.path().toStdString()) / "workspace"; }
  SampleOptions options() const {
    SampleOptions o;
    o.rank.workspace = folder();
    o.rank.run = start_.dmpo;
    o.rank.user = start_.user;
    o.rank.device = "cpu";
    o.samples = 3;
    o.seed = 7;
    return o;
  }
  int kept() const {
    Workspace workspace(folder());
    return workspace.db().execAndGet("SELECT count(*) FROM analysis WHERE kind = 'rationale'").getInt();
  }
  void forget() const {
    Workspace workspace(folder());
    workspace.db().exec("DELETE FROM analysis");
  }
  static std::vector<std::vector<std::string>> texts(const RationaleSamples& samples) {
    std::vector<std::vector<std::string>> all;
    for (const SampledModel& model : samples.models) {
      all.emplace_back();
      for (const RationaleSample& sample : model.samples) all.back().push_back(sample.text);
    }
    return all;
  }

 private Q_SLOTS:
  void initTestCase() {
    start_ = open_sample_world(folder(), {});
    QVERIFY2(start_.dmpo != 0, "resources/first-run does not fit resources/starter-model: make it anew");
  }

  /// As streamed, so returned; every model of the chain, all on the same item; facts and agreement from the texts.
  void everyModelWritesAsItIsStreamed() {
    std::map<std::pair<size_t, size_t>, std::string> streamed;
    size_t whole = 0;
    const RationaleSamples samples = sample_rationales(options(),
                                                       [&](const SampleUpdate& u) {
                                                         std::string& text = streamed[{u.model, u.sample}];
                                                         QVERIFY(u.text.starts_with(text));
                                                         text = u.text;
                                                         whole += u.facts ? 1 : 0;
                                                       },
                                                       {});
    QCOMPARE(samples.models.size(), size_t{3});
    QCOMPARE(samples.models[0].name, std::string("base"));
    QCOMPARE(samples.models[1].run, std::optional(start_.sft));
    QCOMPARE(samples.models[2].run, std::optional(start_.dmpo));
    QCOMPARE(whole, size_t{9});
    QCOMPARE(kept(), 9);
    QCOMPARE(samples.item.id, rank(options().rank, {}).candidates.front().item);
    QVERIFY(holds(samples.note, "temperature 0.8, seed 7; titles held"));
    bool named = false;
    for (size_t m = 0; m < 3; ++m) {
      for (size_t s = 0; s < 3; ++s) {
        const RationaleSample& sample = samples.models[m].samples[s];
        QCOMPARE(streamed[std::make_pair(m, s)], sample.text);
        QVERIFY(!sample.text.empty());
        QCOMPARE(sample.facts.titles_in_history, sample.facts.titles);  // held
        named |= sample.facts.titles > 0;
      }
    }
    QVERIFY(named);
    QCOMPARE(samples.agreement.samples, (std::vector<int>{3, 3, 3}));
    QVERIFY(samples.agreement.things.size() >= samples.history.size());
    QVERIFY(texts(samples)[0] != texts(samples)[2]);
  }

  /// The seed decides, and the number of samples does not: kept texts are forgotten in between.
  void theSeedDecides() {
    const auto three = texts(sample_rationales(options(), {}, {}));
    QCOMPARE(kept(), 9);  // read, not written again
    forget();
    QCOMPARE(texts(sample_rationales(options(), {}, {})), three);
    forget();
    SampleOptions one = options();
    one.samples = 1;
    const auto first = texts(sample_rationales(one, {}, {}));
    for (size_t m = 0; m < 3; ++m) QCOMPARE(first[m].front(), three[m].front());
    QCOMPARE(kept(), 3);
    SampleOptions last = options();
    last.whole_chain = false;
    const RationaleSamples alone = sample_rationales(last, {}, {});
    QCOMPARE(alone.models.size(), size_t{1});
    QCOMPARE(alone.models[0].run, std::optional(start_.dmpo));
    QCOMPARE(texts(alone)[0], three[2]);
    SampleOptions other = options();
    other.seed = 8;
    QVERIFY(texts(sample_rationales(other, {}, {})) != three);
    QVERIFY(three[2][0] != three[2][1] || three[2][1] != three[2][2]);

    // Each is what write_rationale writes with its seed.
    const RationaleSamples again = sample_rationales(options(), {}, {});
    for (const SampledModel& model : again.models) {
      RationaleOptions asked;
      asked.rank = options().rank;
      asked.rank.run = model.run;
      asked.rank.data_set = "sample-world";
      asked.rank.preparation = start_.preparation;
      asked.item = again.item.id;
      asked.temperature = 0.8;
      asked.seed = model.samples[1].seed;
      QCOMPARE(write_rationale(asked, {}, {}).text, model.samples[1].text);
    }
  }

  /// Within a token, and what is whole by then is kept.
  void aStopEndsTheWriting() {
    forget();
    std::stop_source stop;
    TaskContext context;
    context.stop = stop.get_token();
    size_t after = 0;
    const auto watch = [&](const SampleUpdate& u) {
      after += stop.stop_requested() ? 1 : 0;
      if (u.sample == 1 && u.model == 0) stop.request_stop();
    };
    QVERIFY_THROWS_EXCEPTION(Cancelled, sample_rationales(options(), watch, context));
    QCOMPARE(after, size_t{0});
    QCOMPARE(kept(), 3);  // the first of each model
  }

  /// Measured once for each model, as the evidence of the case is, and then found beside the samples.
  void effectsAreMeasuredAndFound() {
    forget();
    SampleOptions o = options();
    o.samples = 1;
    for (const SampledModel& model : sample_rationales(o, {}, {}).models) QVERIFY(!model.effects);
    for (const auto& effects : history_effects(o, false, {})) QVERIFY(!effects);
    const auto measured = history_effects(o, true, {});
    QCOMPARE(measured.size(), size_t{3});
    const RationaleSamples samples = sample_rationales(o, {}, {});
    for (size_t m = 0; m < 3; ++m) {
      QVERIFY(measured[m] && samples.models[m].effects);
      QCOMPARE(samples.models[m].effects->margin, measured[m]->margin);
      QCOMPARE(samples.models[m].effects->items.size(), samples.history.size());
    }
    QVERIFY(measured[0]->margin != measured[2]->margin);
    EvidenceOptions asked;
    asked.item = samples.item.id;
    QCOMPARE(kept_evidence(o.rank, asked)->occlusion.margin, measured[2]->margin);
  }

  void wrongQuestionsAreSaid() {
    const auto message = [&](auto change) {
      SampleOptions o = options();
      change(o);
      return message_of([&] { sample_rationales(o, {}, {}); });
    };
    QVERIFY(holds(message([](auto& o) { o.samples = 21; }), "--samples: expected 1 .. 20, found 21"));
    QVERIFY(holds(message([](auto& o) { o.samples = 0; }), "--samples: expected 1 .. 20, found 0"));
    QVERIFY(holds(message([](auto& o) { o.temperature = -1; }), "--temperature: expected 0 .. 100, found -1"));
    QVERIFY(holds(message([](auto& o) { o.temperature = 0; }), "--samples: expected 1 at --temperature 0"));
    QVERIFY(holds(message([](auto& o) { o.item = 987654; }), "there is no item 987654"));
    QVERIFY(holds(message([](auto& o) { o.max_tokens = 0; }), "--max-tokens: expected 1 .. 4096, found 0"));
    SampleOptions greedy = options();
    greedy.temperature = 0;
    greedy.samples = 1;
    QCOMPARE(sample_rationales(greedy, {}, {}).models[2].samples.size(), size_t{1});
  }
};

QTEST_GUILESS_MAIN(RationaleSamplesTest)
#include "rationale_samples_test.moc"
