// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/linear.h"
#include "engine/tasks/bench_model.h"
#include "engine/tasks/torch_errors.h"
#include "engine/train/cost.h"
#include "engine/train/device_memory.h"
#include "engine/train/device_speed.h"
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
  if (o.model != "34m" && o.model != "1b")
    throw Error(ErrorKind::BadInput, fmt::format("--model {}: expected 34m or 1b", o.model));
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
    records.examples.push_back({r, {std::move(group)}, o.prompt + (o.k + 1) * (o.response - 1)});
  }
  return records;
}

/// Records of the file, paired: each pair with its own prompt.
TrainingExamples read_records(const std::filesystem::path& path, int64_t vocabulary) {
  const auto fail = [&](const std::string& what) {
    throw Error(
        ErrorKind::BadFile,
        fmt::format("{}: {}; expected [[[prompt ids, chosen ids, rejected ids], ...], ...] with ids within 0 .. "
                    "{}",
                    path.string(), what, vocabulary - 1));
  };
  const auto file = nlohmann::json::parse(read_file(path, int64_t{1} << 28), nullptr, false);
  if (!file.is_array() || file.empty()) fail("found no list of records");
  TrainingExamples records;
  records.paired = true;
  const auto ids = [&](const nlohmann::json& list) {
    std::vector<int32_t> result;
    if (!list.is_array() || list.empty()) fail(fmt::format("record {} has an empty sequence", records.examples.size()));
    for (const auto& id : list) {
      if (!id.is_number_integer() || id.get<int64_t>() < 0 || id.get<int64_t>() >= vocabulary)
        fail(fmt::format("record {} has the id {}", records.examples.size(), id.dump()));
      result.push_back(id.get<int32_t>());
    }
    return result;
  };
  for (const auto& record : file) {
    TokenizedExample example;
    example.id = static_cast<int64_t>(records.examples.size());
    for (const auto& pair : record) {
      if (!pair.is_array() || pair.size() != 3) fail(fmt::format("record {} has a pair of another form", example.id));
      example.groups.push_back({ids(pair[0]), {ids(pair[1]), ids(pair[2])}});
    }
    if (example.groups.empty()) fail(fmt::format("record {} has no pair", example.id));
    example.tokens = packed_tokens(example.groups);
    records.examples.push_back(std::move(example));
  }
  return records;
}

}  // namespace

PreferenceStepResult bench_preference_step(const PreferenceStepOptions& options, const TaskContext& context) {
  check(options);
  return with_torch_errors([&] {
    const ModelConfig config = bench_model_config(options.model == "1b");
    LoadedPolicy reference;
    reference.model.weights_hash = "random";
    const std::string dtype = options.bfloat16 ? "bfloat16" : "float32";
    reference.model.weights = to_device(random_weights(config, 1), choose_device(options.device), dtype);
    pack_frozen_weights(reference.model.weights);
    const ExampleSource records{options.examples.empty() ? random_records(options, config.vocab_size)
                                                         : read_records(options.examples, config.vocab_size),
                                {},
                                {}};
    TrainingOptions training;
    training.loss.beta = 0.1;
    training.batch_tokens = 1;                               // one record a step
    training.pass_tokens = 1 << 20;                          // in one pass
    training.epochs = options.precompute_reference ? 2 : 1;  // the second time, the reference is known
    training.checkpoint_gradients = options.checkpoint_gradients;
    training.checkpoint = std::filesystem::temp_directory_path() / fmt::format("prefscope-bench-{}", ::getpid());
    const RemovedAtEnd removed{training.checkpoint};
    std::vector<double> seconds;
    double tokens = 0;
    const auto untimed = options.precompute_reference ? std::ssize(records.first.examples) : 0;
    TrainingEvents events;
    events.on_step = [&](const StepMetric& metric, const std::vector<ReferenceLogProb>&) {
      if (metric.step <= untimed) return;
      seconds.push_back(metric.seconds);
      tokens += static_cast<double>(metric.tokens);
    };
    train_adapter(reference, records, training, events, context);
    std::sort(seconds.begin(), seconds.end());
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    PreferenceStepResult result;
    result.median_s = (seconds[(seconds.size() - 1) / 2] + seconds[seconds.size() / 2]) / 2;
    result.min_s = seconds.front();
    result.peak_rss_gib = static_cast<double>(usage.ru_maxrss) / (1 << 20);
    if (options.device == "cuda") result.peak_cuda_gib = static_cast<double>(device_peak("cuda")) / (1 << 30);
    result.tokens = tokens / static_cast<double>(seconds.size());
    const double passes =
        options.precompute_reference ? 2 : 3;  // policy forward, backward, and the reference's forward
    result.gflop = 2e-9 * passes * result.tokens * static_cast<double>(linear_parameters(config));
    result.gflop_per_s = result.gflop / result.median_s;
    result.matmul_gflop_per_s = 1e-9 * matmul_speed(config, options.device, dtype, static_cast<int64_t>(result.tokens));
    return result;
  });
}

}  // namespace prefscope
