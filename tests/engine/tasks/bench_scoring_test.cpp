// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench_scoring.h"

#include <QtTest>
#include <cmath>

#include "engine/base/files.h"
#include "engine/tasks/inspect.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

class BenchScoringTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  const std::string model_ = std::string(PREFSCOPE_PARITY) + "/llm/tied";

  fs::path file(const std::string& text) const {
    const fs::path path = fs::path(dir_.path().toStdString()) / "ids.json";
    write_file_atomically(path, text);
    return path;
  }

 private Q_SLOTS:
  /// What is timed are the log-probs: those that the logits of each whole sequence give.
  void givesTheLogProbsOfWholeSequences() {
    ScoringBenchOptions options;
    options.model = model_;
    options.examples = file(R"({"prompt": [3, 4, 5], "responses": [[6, 7], [6, 8, 9], [2]]})");
    options.rounds = 2;
    const ScoringBenchResult result = bench_scoring(options, {});
    QCOMPARE(result.seconds.size(), size_t{2});
    const std::vector<std::vector<int64_t>> responses = {{6, 7}, {6, 8, 9}, {2}};
    QCOMPARE(result.log_probs.size(), responses.size());
    for (size_t r = 0; r < responses.size(); ++r) {
      std::vector<int64_t> ids = {3, 4, 5};
      ids.insert(ids.end(), responses[r].begin(), responses[r].end());
      const auto logits = logits_of(model_, ids);
      double expected = 0;
      for (size_t t = 2; t + 1 < ids.size(); ++t) {
        double sum = 0;
        for (const float logit : logits[t]) sum += std::exp(static_cast<double>(logit));
        expected += static_cast<double>(logits[t][static_cast<size_t>(ids[t + 1])]) - std::log(sum);
      }
      QVERIFY2(std::abs(result.log_probs[r] - expected) < 1e-5, std::to_string(result.log_probs[r] - expected).c_str());
    }
  }

  void otherFilesAreRefused_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* text :
         {"", "[]", R"({"prompt": [1]})", R"({"prompt": [], "responses": [[1]]})",
          R"({"prompt": [1], "responses": []})", R"({"prompt": [1], "responses": [[-1]]})",
          R"({"prompt": [1], "responses": [[1000000]]})", R"({"prompt": [1.5], "responses": [[1]]})"})
      QTest::newRow(text) << QByteArray(text);
  }
  void otherFilesAreRefused() {
    QFETCH(QByteArray, text);
    ScoringBenchOptions options;
    options.model = model_;
    options.examples = file(text.toStdString());
    QVERIFY(holds(message_of([&] { bench_scoring(options, {}); }), "ids.json"));
    options.rounds = 0;
    QVERIFY(holds(message_of([&] { bench_scoring(options, {}); }), "--rounds"));
  }
};

QTEST_GUILESS_MAIN(BenchScoringTest)
#include "bench_scoring_test.moc"
