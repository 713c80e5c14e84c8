// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "engine/base/random.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/preference_training.h"

namespace prefscope {
namespace {

void check(const PreferenceStepOptions& o) {
  const auto within = [](const char* name, int value, int low, int high) {
    if (value < low || value > high)
      throw Error(ErrorKind::BadInput, fmt::format("{}: expected {} .. {}, found {}", name, low, high, value));
  };
  within("--k", o.k, 1, 64);
  within("--prompt", o.prompt, 1, 16'384);
  within("--response", o.response, 1, 1024);
  within("--records", o.records, 1, 10'000);
}

LlamaConfig reference_config(const PreferenceStepOptions& o) {
  LlamaConfig config;
  config.vocab_size = 8192;
  config.hidden_size = 512;
  config.intermediate_size = 1408;
  config.layers = 8;
  config.heads = config.kv_heads = 8;
  config.head_dim = 64;
  config.max_positions = o.prompt + o.response;
  config.eos = {config.vocab_size - 1};
  return config;
}

struct RemovedAtEnd {
  std::filesystem::path file;
  ~RemovedAtEnd() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
};

TrainingExamples random_records(const PreferenceStepOptions& o, int64_t vocabulary) {
  Random random({7, 0x62656e6368});
  const auto ids = [&](int count) {
    std::vector<int32_t> drawn;
    for (int i = 0; i < count; ++i)
      drawn.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocabulary))));
    return drawn;
  };
  TrainingExamples records;
  for (int r = 0; r < o.records; ++r) {
    PromptGroup group{ids(o.prompt), {}};
    for (int i = 0; i <= o.k; ++i) group.responses.push_back(ids(o.response));
    records.examples.push_back({r, {std::move(group)}, o.prompt + (o.k + 1) * o.response});
  }
  return records;
}

}  // namespace

PreferenceStepResult bench_preference_step(const PreferenceStepOptions& options, const TaskContext& context) {
  check(options);
  return with_torch_errors([&] {
    const LlamaConfig config = reference_config(options);
    LoadedPolicy reference;
    reference.model.weights_hash = "random";
    reference.model.llama = to_device(random_llama(config, 1), choose_device(options.device));
    const TrainingExamples records = random_records(options, config.vocab_size);
    TrainingOptions training;
    training.loss.beta = 0.1;
    training.batch_tokens = 1;                               // one record a step
    training.epochs = options.precompute_reference ? 2 : 1;  // the second time, the reference is known
    training.checkpoint = std::filesystem::temp_directory_path() / fmt::format("prefscope-bench-{}", ::getpid());
    const RemovedAtEnd removed{training.checkpoint};
    std::vector<double> seconds;
    const auto untimed = options.precompute_reference ? options.records : 0;
    train_adapter(
        reference, records, training, [](int64_t, int64_t) {},
        [&](const StepMetric& metric) {
          if (metric.step > untimed) seconds.push_back(metric.seconds);
        },
        context);
    std::sort(seconds.begin(), seconds.end());
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const double median = (seconds[(seconds.size() - 1) / 2] + seconds[seconds.size() / 2]) / 2;
    return PreferenceStepResult{median, seconds.front(), static_cast<double>(usage.ru_maxrss) / (1 << 20)};
  });
}

}  // namespace prefscope
