// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/llm/checkpoint.h"
#include "engine/llm/forward.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {

namespace {

LoadOptions load_options(const ComputeOptions& compute, const TaskContext& context) {
  return {choose_device(compute.device), compute.dtype, context};
}

}  // namespace

std::vector<double> score_responses(const std::string& name, const std::string& prompt,
                                    const std::vector<std::string>& responses, const ComputeOptions& compute,
                                    const TaskContext& context, const std::string& chat) {
  const ChatFormat* format = choose_chat_format(model_folder(name), chat);
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    LanguageModel model = load_language_model(model_folder(name), load_options(compute, context));
    model.chat = format;
    PromptGroup group{prompt_ids(model, prompt), {}};
    if (group.prompt.empty()) throw Error(ErrorKind::BadInput, "--prompt: expected a text of at least one token");
    for (const std::string& response : responses) group.responses.push_back(response_ids(model, response));
    if (group.responses.empty()) throw Error(ErrorKind::BadInput, "--responses: expected at least one line");
    for (const auto& response : group.responses) {
      const size_t length = group.prompt.size() + response.size();
      if (static_cast<int64_t>(length) > model.weights.config.max_positions) {
        throw Error(ErrorKind::BadInput,
                    fmt::format("prompt and response take {} tokens, but the model has {} positions", length,
                                model.weights.config.max_positions));
      }
    }
    const PackedForest packed = pack(std::span(&group, 1));
    const at::Tensor sums =
        sum_by_response(response_log_probs(model.weights, {}, packed).to(at::kDouble), packed.response_begin)
            .cpu()
            .contiguous();
    return std::vector<double>(sums.const_data_ptr<double>(), sums.const_data_ptr<double>() + sums.numel());
  });
}

std::vector<std::vector<float>> logits_of(const std::string& name, const std::vector<int64_t>& ids,
                                          const ComputeOptions& compute, const TaskContext& context) {
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    const ModelWeights model = load_weights(model_folder(name), load_options(compute, context));
    if (ids.empty() || static_cast<int64_t>(ids.size()) > model.config.max_positions) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("--ids: expected 1 .. {} ids, found {}", model.config.max_positions, ids.size()));
    }
    for (const int64_t id : ids) {
      if (id < 0 || id >= model.config.vocab_size)
        throw Error(ErrorKind::BadInput,
                    fmt::format("--ids: expected ids within 0 .. {}, found {}", model.config.vocab_size - 1, id));
    }
    const at::Tensor logits = sequence_logits(model, {}, ids).cpu().contiguous();
    const auto* values = logits.const_data_ptr<float>();
    std::vector<std::vector<float>> rows;
    for (int64_t t = 0; t < logits.size(0); ++t)
      rows.emplace_back(values + t * logits.size(1), values + (t + 1) * logits.size(1));
    return rows;
  });
}

void tokenize_lines(const std::filesystem::path& path, std::istream& in, std::ostream& out) {
  using nlohmann::json;
  const auto tokenizer = load_tokenizer(path);
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const json object = json::parse(line, nullptr, false);
    if (!object.is_object() || !object.contains("text") || !object["text"].is_string()) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("input line {}: expected a JSON object like {{\"text\": \"...\"}}", number));
    }
    const auto encoding = tokenizer->encode(object["text"].get<std::string>());
    nlohmann::ordered_json result;
    result["ids"] = encoding.ids;
    result["offsets"] = encoding.offsets;
    result["decoded"] = tokenizer->decode(encoding.ids);
    out << result.dump() << '\n';
  }
}

}  // namespace prefscope
