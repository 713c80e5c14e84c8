// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/bench_scoring.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/forward.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

PromptGroup read_group(const std::filesystem::path& path, const ModelConfig& config) {
  const auto file = nlohmann::json::parse(read_file(path, int64_t{1} << 28), nullptr, false);
  const auto ids = [&](const nlohmann::json& list) {
    std::vector<int32_t> result;
    bool good = list.is_array() && !list.empty();
    for (size_t i = 0; good && i < list.size(); ++i) {
      good = list[i].is_number_integer() && list[i] >= 0 && list[i] < config.vocab_size;
      if (good) result.push_back(list[i].get<int32_t>());
    }
    if (!good)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: expected {{\"prompt\": [ids], \"responses\": [[ids], ...]}} with "
                              "ids within 0 .. {}",
                              path.string(), config.vocab_size - 1));
    return result;
  };
  const auto part = [&](const char* key) {
    return file.is_object() && file.contains(key) ? file[key] : nlohmann::json();
  };
  PromptGroup group{ids(part("prompt")), {}};
  const nlohmann::json responses = part("responses");
  if (!responses.is_array() || responses.empty()) ids({});
  for (const auto& response : responses) {
    group.responses.push_back(ids(response));
    const size_t length = group.prompt.size() + group.responses.back().size();
    if (static_cast<int64_t>(length) > config.max_positions)
      throw Error(ErrorKind::BadInput,
                  fmt::format("{}: prompt and response take {} tokens, but the model has {} positions", path.string(),
                              length, config.max_positions));
  }
  return group;
}

}  // namespace

ScoringBenchResult bench_scoring(const ScoringBenchOptions& o, const TaskContext& context) {
  if (o.rounds < 1 || o.rounds > 1000)
    throw Error(ErrorKind::BadInput, fmt::format("--rounds: expected 1 .. 1000, found {}", o.rounds));
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    const ModelWeights model = load_weights(model_folder(o.model), {choose_device(o.device), o.dtype, context});
    const PromptGroup group = read_group(o.examples, model.config);
    ScoringBenchResult result;
    for (int round = 0; round <= o.rounds; ++round) {
      context.check();
      const auto begin = std::chrono::steady_clock::now();
      const PackedForest packed = pack(std::span(&group, 1));
      const at::Tensor sums =
          sum_by_response(response_log_probs(model, {}, packed).to(at::kDouble), packed.response_begin)
              .cpu()
              .contiguous();
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
      if (round > 0) result.seconds.push_back(seconds.count());
      result.log_probs.assign(sums.const_data_ptr<double>(), sums.const_data_ptr<double>() + sums.numel());
    }
    return result;
  });
}

}  // namespace prefscope
