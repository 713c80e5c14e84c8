// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect_model.h"

#include <algorithm>

#include "engine/llm/checkpoint.h"
#include "engine/llm/opened_model.h"
#include "engine/tasks/torch_errors.h"

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
    d.tokenizer = std::filesystem::exists(d.folder / "tokenizer.json");
    return d;
  });
}

}  // namespace prefscope
