// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/step.h"

#include <c10/util/Exception.h>

#include <QtTest>
#include <numeric>

#include "tests/engine/train/small_training.h"

using namespace prefscope;

class StepTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// A device that holds 300 tokens: 1,000 are halved to 250, and on_smaller hears each number.
  void outOfMemoryHalvesThePass() {
    std::vector<int64_t> tried, heard;
    const auto work = [&](int64_t tokens) {
      tried.push_back(tokens);
      if (tokens > 300)
        throw c10::OutOfMemoryError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, "CUDA out of memory");
    };
    QCOMPARE(with_smaller_passes(1000, 100, work, [&](int64_t smaller) { heard.push_back(smaller); }), int64_t{250});
    QCOMPARE(tried, (std::vector<int64_t>{1000, 500, 250}));
    QCOMPARE(heard, (std::vector<int64_t>{500, 250}));
  }

  /// Not below the largest example: then what to do is said.
  void oneExampleTooMuchFails() {
    std::vector<int64_t> tried;
    const std::string message = error_of(ErrorKind::OutOfMemory, [&] {
      with_smaller_passes(
          1000, 400,
          [&](int64_t tokens) {
            tried.push_back(tokens);
            throw c10::OutOfMemoryError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, "CUDA out of memory");
          },
          [](int64_t) {});
    });
    QCOMPARE(tried, (std::vector<int64_t>{1000, 500, 400}));
    QVERIFY2(says(message, {"one example of 400 tokens", "--checkpoint-gradients", "--dtype", "CUDA out of memory"}),
             message.c_str());
  }

  void otherTroubleIsNotRepeated() {
    int tried = 0;
    QVERIFY_THROWS_EXCEPTION(Error, with_smaller_passes(
                                        1000, 10,
                                        [&](int64_t) {
                                          ++tried;
                                          throw Error(ErrorKind::BadInput, "no");
                                        },
                                        [](int64_t) {}));
    QCOMPARE(tried, 1);
  }

  /// Smaller passes move a step's gradients by rounding alone.
  void passesOfAnySizeGiveTheSameGradients() {
    const TrainingExamples all = random_examples(Form::Plain, 12, 3);
    const LoadedPolicy reference = small_policy();
    const ObjectiveOptions loss;
    std::vector<size_t> step(12);
    std::iota(step.begin(), step.end(), 0);
    std::vector<std::vector<at::Tensor>> gradients;
    for (const int64_t pass_tokens : {1, 100, 100'000}) {
      const Lora adapter = lively_lora(small_config(), 3, 6, 4);
      for (at::Tensor weight : parameters(adapter)) weight.requires_grad_(true);
      std::vector<const Lora*> stack = reference.stack();
      stack.push_back(&adapter);
      KnownLogProbs known;
      std::vector<ReferenceLogProb> fresh;
      accumulate_gradients({reference, stack, all.examples, false, Objective::Dmpo, loss}, step, 1, pass_tokens, known,
                           fresh, {});
      gradients.emplace_back();
      for (const at::Tensor& weight : parameters(adapter)) gradients.back().push_back(weight.grad());
    }
    for (size_t i = 0; i < gradients[0].size(); ++i) {
      QVERIFY(relative_difference(gradients[1][i], gradients[0][i]) < 1e-3);
      QVERIFY(relative_difference(gradients[2][i], gradients[0][i]) < 1e-3);
    }
  }
};

QTEST_GUILESS_MAIN(StepTest)
#include "step_test.moc"
