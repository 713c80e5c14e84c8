// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/sampling.h"

#include <QtTest>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/random.h"

using namespace prefscope;
using nlohmann::json;

namespace {

const double never = -std::numeric_limits<double>::infinity();

}  // namespace

class SamplingTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// The logits that the processors of transformers leave, in the order of its generate().
  void asTransformers() {
    const json all = json::parse(read_file(std::filesystem::path(PREFSCOPE_PARITY) / "generation.json"));
    QVERIFY(all["processors"].size() >= 14);
    for (const json& one : all["processors"]) {
      auto logits = one["logits"].get<std::vector<float>>();
      const json& options = one["options"];
      penalize_repetition(logits, one["seen"].get<std::vector<int32_t>>(), options.value("repetition_penalty", 1.0));
      std::vector<double> values(logits.begin(), logits.end());
      for (double& value : values) value /= options.value("temperature", 1.0);
      if (options.contains("top_k")) keep_top_k(values, options["top_k"]);
      if (options.contains("top_p")) keep_top_p(values, options["top_p"]);
      if (options.contains("min_p")) keep_min_p(values, options["min_p"]);
      for (size_t i = 0; i < values.size(); ++i) {
        const json& expected = one["processed"][i];
        QVERIFY2(expected.is_null() == (values[i] == never), options.dump().c_str());
        if (!expected.is_null()) QVERIFY(std::abs(values[i] - expected.get<double>()) < 1e-5);
      }
    }
  }

  void byHand() {
    // Probabilities 1/2, 1/4, 1/8, 1/8 in another order.
    const auto logs = [](const std::vector<double>& p) {
      std::vector<double> logits;
      for (const double x : p) logits.push_back(std::log(x));
      return logits;
    };
    const auto kept = [](const std::vector<double>& logits) {
      std::vector<size_t> ids;
      for (size_t i = 0; i < logits.size(); ++i) {
        if (logits[i] != never) ids.push_back(i);
      }
      return ids;
    };
    using Ids = std::vector<size_t>;
    const std::vector<double> p = logs({0.125, 0.5, 0.125, 0.25});
    const auto with = [&](const auto& keep, auto by) {
      std::vector<double> logits = p;
      keep(logits, by);
      return kept(logits);
    };
    const auto top_k = [](std::span<double> l, int k) { keep_top_k(l, k); };
    QCOMPARE(with(top_k, 1), (Ids{1}));
    QCOMPARE(with(top_k, 2), (Ids{1, 3}));
    QCOMPARE(with(top_k, 3), (Ids{0, 1, 2, 3}));  // the two of 1/8 are as large as each other
    QCOMPARE(with(top_k, 9), (Ids{0, 1, 2, 3}));
    const auto top_p = [](std::span<double> l, double x) { keep_top_p(l, x); };
    QCOMPARE(with(top_p, 0.001), (Ids{1}));
    QCOMPARE(with(top_p, 0.45), (Ids{1}));
    QCOMPARE(with(top_p, 0.6), (Ids{1, 3}));
    QCOMPARE(with(top_p, 0.8), (Ids{0, 1, 3}));  // of the two of 1/8 the smaller id
    QCOMPARE(with(top_p, 1.0), (Ids{0, 1, 2, 3}));
    const auto min_p = [](std::span<double> l, double x) { keep_min_p(l, x); };
    QCOMPARE(with(min_p, 0.0), (Ids{0, 1, 2, 3}));
    QCOMPARE(with(min_p, 0.3), (Ids{1, 3}));
    QCOMPARE(with(min_p, 0.6), (Ids{1}));
    QCOMPARE(with(min_p, 1.0), (Ids{1}));

    // 2 / 2, -1 * 2, untouched; the id that comes twice once; ids out of range are nobody's.
    std::vector<float> logits{2, -1, 3};
    penalize_repetition(logits, std::vector<int32_t>{0, 1, 0, -4, 77}, 2);
    QCOMPARE(logits, (std::vector<float>{1, -2, 3}));
  }

  /// Whatever the logits, at least one id is left, and it is the best.
  void theBestIsAlwaysLeft() {
    Random random({3, 4});
    for (int i = 0; i < 200; ++i) {
      std::vector<double> logits(1 + random.below(30));
      for (double& logit : logits) logit = random.below(4) == 0 ? never : 50 * random.normal();
      logits[random.below(logits.size())] = 1e3;
      const size_t best = static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
      keep_top_k(logits, 1 + static_cast<int>(random.below(40)));
      keep_top_p(logits, 1e-6 + random.uniform());
      keep_min_p(logits, random.uniform());
      QCOMPARE(logits[best], 1e3);
    }
  }
};

QTEST_GUILESS_MAIN(SamplingTest)
#include "sampling_test.moc"
