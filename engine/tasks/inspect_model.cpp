// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect_model.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/lora.h"
#include "engine/llm/model_files.h"
#include "engine/llm/opened_model.h"
#include "engine/tasks/torch_errors.h"
#include "engine/tasks/train.h"
#include "engine/text/chat.h"
#include "engine/train/cost.h"

namespace prefscope {
namespace {

std::string name_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "float32";
    case at::kBFloat16:
      return "bfloat16";
    case at::kHalf:
      return "float16";
    default:
      return "float64";
  }
}

std::string name_of(RopeScaling::Kind kind) {
  switch (kind) {
    case RopeScaling::Kind::None:
      break;
    case RopeScaling::Kind::Linear:
      return "linear";
    case RopeScaling::Kind::Llama3:
      return "llama3";
  }
  return "default";
}

ModelMemory memory_of(const ModelConfig& config, const std::string& dtype) {
  TrainingShape shape;
  shape.element_bytes = element_bytes(dtype);
  shape.packed_weights = false;
  const int64_t text = std::min(usual_text_tokens, config.max_positions);
  const int64_t keys_and_values = 2 * config.layers * text * config.kv_heads * config.head_dim * shape.element_bytes;
  ModelMemory memory{dtype, model_bytes(config, shape) + keys_and_values, 0};
  const TrainOptions usual;
  shape.rank = usual.rank;
  shape.packed_weights = shape.element_bytes == 4;
  shape.largest_pass = shape.largest_panel_pass = usual.pass_tokens;
  shape.longest_path = shape.most_responses = usual.pass_tokens;
  memory.training = model_bytes(config, shape) + step_bytes(config, shape);
  return memory;
}

/// The format of a folder's chat template.
std::string chat_of(const std::filesystem::path& folder) {
  const ChatTemplate chat = read_chat_template(folder);
  if (chat.file.empty()) return "none";
  return chat.format ? chat.format->name : "unknown";
}

}  // namespace

ModelDescription describe_model(const std::string& name) {
  return with_torch_errors([&] {
    ModelDescription d;
    d.folder = model_folder(name);
    const OpenedModel model = open_model(d.folder);
    const ModelConfig& c = model.config;
    d.architecture = model_type(c.architecture);
    d.files = static_cast<int64_t>(model.files.size());
    d.bytes = model.bytes;
    std::map<std::string, int64_t> numbers;  // by dtype
    for (const auto& [tensor, place] : model.tensors) {
      int64_t count = 1;
      const SafetensorsFile::Entry& entry = model.files[place.first].entries[place.second];
      for (const int64_t size : entry.shape) count *= size;
      numbers[name_of(entry.dtype)] += count;
      d.parameters += count;
    }
    for (const auto& [dtype, count] : numbers) d.dtypes.push_back(dtype);
    std::stable_sort(d.dtypes.begin(), d.dtypes.end(),
                     [&](const std::string& a, const std::string& b) { return numbers[a] > numbers[b]; });
    d.context = c.max_positions;
    d.vocabulary = c.vocab_size;
    d.layers = c.layers;
    d.hidden_size = c.hidden_size;
    d.heads = c.heads;
    d.kv_heads = c.kv_heads;
    d.head_dim = c.head_dim;
    d.intermediate_size = c.intermediate_size;
    d.tied = c.tie_word_embeddings;
    d.rope_theta = c.rope_theta;
    d.rope_type = name_of(c.rope_scaling.kind);
    d.rope_factor = c.rope_scaling.factor;
    for (const int64_t window : c.windows) {
      d.sliding_window = std::max(d.sliding_window, window);
      if (window > 0) ++d.layers_with_window;
    }
    d.end_of_text = c.eos;
    d.tokenizer = tokenizer_file(d.folder).filename().string();
    d.chat = chat_of(d.folder);
    for (const char* dtype : {"float32", "bfloat16"}) d.memory.push_back(memory_of(c, dtype));
    return d;
  });
}

AdapterDescription describe_adapter(const std::filesystem::path& folder, const std::string& model) {
  return with_torch_errors([&] {
    const ModelConfig config = read_model_config(model_folder(model));
    const Lora lora = load_lora(folder, config);
    AdapterDescription d{folder, lora.rank, lora.alpha, lora.rank_stabilized, lora.dropout, 0, {}, {}};
    for (const at::Tensor& weight : parameters(lora)) d.parameters += weight.numel();
    std::set<std::string> on;
    bool everywhere = true;
    for (size_t l = 0; l < lora.layers.size(); ++l) {
      for (size_t w = 0; w < linear_count; ++w) {
        const std::string name = linear_name(l, static_cast<Linear>(w));
        if (lora.layers[l][w].a.defined()) {
          on.insert(name.substr(name.rfind('.') + 1));
        } else {
          everywhere = false;
        }
      }
    }
    for (const std::string& name : on) d.layers += (d.layers.empty() ? "" : ", ") + name;
    if (everywhere) d.layers = "all linear layers";
    d.base = base_of_adapter(folder);
    return d;
  });
}

std::string base_of_adapter(const std::filesystem::path& folder) {
  try {
    const auto config =
        nlohmann::json::parse(read_file(model_file(folder, "adapter_config.json"), 1 << 20), nullptr, false);
    const auto base = config.is_object() ? config.find("base_model_name_or_path") : config.end();
    return base != config.end() && base->is_string() ? base->get<std::string>() : std::string();
  } catch (const Error&) {
    return {};
  }
}

bool holds_adapter(const std::filesystem::path& folder) {
  std::error_code code;
  return !folder.empty() && std::filesystem::exists(folder / "adapter_config.json", code);
}

}  // namespace prefscope
