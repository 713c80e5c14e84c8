// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench_case.h"

#include <QtTest>

#include "engine/base/error.h"

using namespace prefscope;

class BenchCaseTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// What is timed gives the same log-probs both ways. Of 3 histories (one whole, two shorter) 2 candidates each are
  /// scored, so 6 whole sequences; how fast is not this test's business.
  void bothWaysGiveTheSame() {
    CaseBenchOptions options;
    options.history = 2;
    options.candidates = 2;
    options.prompt = 12;
    options.response = 4;
    options.rounds = 1;
    const CaseBenchResult result = bench_case(options, {});
    QVERIFY2(result.largest_difference < 1e-4, std::to_string(result.largest_difference).c_str());
    QVERIFY(result.full_tokens > 6 * (6 + 4));
    QVERIFY(result.occlusion_s > 0 && result.full_s > 0 && result.what_if_s > 0 &&
            result.what_if_complete_s > result.what_if_s);
    QVERIFY(result.least <= result.times_as_fast && result.times_as_fast <= result.most);
  }

  void sizesAreChecked() {
    for (int CaseBenchOptions::*size :
         {&CaseBenchOptions::history, &CaseBenchOptions::candidates, &CaseBenchOptions::prompt,
          &CaseBenchOptions::response, &CaseBenchOptions::rounds}) {
      for (const int value : {0, 1'000'000}) {
        CaseBenchOptions options;
        options.*size = value;
        QVERIFY_THROWS_EXCEPTION(Error, bench_case(options, {}));
      }
    }
  }
};

QTEST_GUILESS_MAIN(BenchCaseTest)
#include "bench_case_test.moc"
