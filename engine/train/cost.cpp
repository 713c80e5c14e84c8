// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/cost.h"

#include <algorithm>
#include <set>

#include "engine/llm/linear.h"

// What autograd keeps for each token and layer (engine/llm/decoder.cpp), in numbers, with H the hidden size, Q and K
// the widths of all query and key heads, I the width of the MLP:
//   in the model's type: the layer's input x and the sum before the MLP (2 H, for the norms), the turned queries, keys
//   and the values (Q + 2 K), gate and up (2 I);
//   in float32, the inputs of the seven adapters: both norms' outputs (2 H), the attended values (Q), the MLP's inner
//   product (I), and what A makes of them (7 r).
// With --checkpoint-gradients only x (H) of each layer, and the rest of one layer at a time.
//
// Passing: the gradients of one layer in backward (about 2 H + 4 I), chunks of logits (3 of up to 16 MB: logits,
// softmax, gradient; engine/llm/forward.cpp), scores of a block of attention [heads, 128 queries, keys] (4 of them).

namespace prefscope {
namespace {

struct Widths {
  int64_t h, q, k, i;
};

Widths widths(const ModelConfig& c) {
  return {c.hidden_size, c.heads * c.head_dim, c.kv_heads * c.head_dim, c.intermediate_size};
}

int64_t response_tokens(const TokenizedExample& example) {
  int64_t tokens = 0;
  for (const PromptGroup& group : example.groups) {
    for (const auto& response : group.responses) tokens += static_cast<int64_t>(response.size());
  }
  return tokens;
}

}  // namespace

int64_t element_bytes(const std::string& dtype) {
  return dtype == "float32" ? 4 : 2;
}

int64_t linear_parameters(const ModelConfig& config) {
  const auto [h, q, k, i] = widths(config);
  return config.layers * (2 * h * q + 2 * h * k + 3 * h * i);
}

int64_t adapter_parameters(const ModelConfig& config, int64_t rank) {
  const auto [h, q, k, i] = widths(config);
  return config.layers * rank * ((h + q) + 2 * (h + k) + (q + h) + 2 * (h + i) + (i + h));
}

int64_t model_bytes(const ModelConfig& config, const TrainingShape& shape) {
  const int64_t linear = linear_parameters(config) * shape.element_bytes;
  const int64_t embeddings =
      (config.tie_word_embeddings ? 1 : 2) * config.vocab_size * config.hidden_size * shape.element_bytes;
  const bool packed = shape.packed_weights && linear <= largest_packed_bytes;
  return linear * (packed ? 3 : 1) + embeddings + shape.frozen_adapters * adapter_parameters(config, shape.rank) * 4;
}

int64_t step_bytes(const ModelConfig& config, const TrainingShape& shape) {
  const auto [h, q, k, i] = widths(config);
  const int64_t e = shape.element_bytes;
  // The adapter, its gradient, both moments, the best copy; and a checkpoint of three or four of them on its way out.
  const int64_t copies = 4 + (shape.stop_early ? 1 : 0), written = 3 + (shape.stop_early ? 1 : 0);
  const int64_t adapter = adapter_parameters(config, shape.rank) * 4 * (copies + written);
  const int64_t kept = e * (2 * h + q + 2 * k + 2 * i) + 4 * (2 * h + q + i + 7 * shape.rank);
  const int64_t layers = shape.checkpoint_gradients ? 1 : config.layers;
  const int64_t inputs = shape.checkpoint_gradients ? config.layers * h * e : 0;
  const int64_t passing = 4 * (2 * h + 4 * i);
  const int64_t pass = shape.largest_pass * (kept * layers + inputs + passing);
  const int64_t panel = shape.largest_panel_pass * (e * (4 * h + q + 2 * k) + 4 * (2 * h + 3 * i));
  const int64_t at_once = std::max<int64_t>(int64_t{4} << 20, config.vocab_size);
  const int64_t logits = 3 * 4 * std::min(at_once, shape.most_responses * config.vocab_size);
  const int64_t scores = 4 * 4 * config.heads * 128 * shape.longest_path;
  return adapter + std::max(pass, panel) + logits + scores;
}

namespace {

/// The sums of `of` over the examples of each pass.
template <typename Of>
std::set<int64_t> sums_of_passes(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                                 int64_t pass_tokens, const Of& of) {
  std::set<int64_t> sums = {0};
  for (const PlannedStep& step : steps) {
    for (const std::vector<size_t>& pass : split_into_passes(step.examples, examples, pass_tokens)) {
      int64_t sum = 0;
      for (const size_t example : pass) sum += of(examples[example]);
      sums.insert(sum);
    }
  }
  return sums;
}

int64_t tokens_of(const TokenizedExample& example) {
  return example.tokens;
}

}  // namespace

int64_t largest_pass(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                     int64_t pass_tokens) {
  return *sums_of_passes(steps, examples, pass_tokens, tokens_of).rbegin();
}

int64_t most_response_tokens(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                             int64_t pass_tokens) {
  return *sums_of_passes(steps, examples, pass_tokens, response_tokens).rbegin();
}

int64_t pass_sizes(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                   int64_t pass_tokens) {
  return static_cast<int64_t>(sums_of_passes(steps, examples, pass_tokens, tokens_of).size()) - 1;
}

int64_t compiled_bytes(int64_t pass_sizes) {
  return std::min<int64_t>(pass_sizes, 100) * (int64_t{3} << 20);
}

int64_t longest_path(const std::vector<TokenizedExample>& examples) {
  size_t longest = 0;
  for (const TokenizedExample& example : examples) {
    for (const PromptGroup& group : example.groups) {
      for (const auto& response : group.responses) longest = std::max(longest, group.prompt.size() + response.size());
    }
  }
  return static_cast<int64_t>(longest);
}

double forward_flops(const ModelConfig& config, int64_t adapters, int64_t rank, const TokenizedExample& example) {
  const auto [h, q, k, i] = widths(config);
  const auto tokens = static_cast<double>(example.tokens);
  const auto weights = static_cast<double>(linear_parameters(config) + adapters * adapter_parameters(config, rank));
  // A prompt's token sees half of the prompt on average; a response's all of it.
  const auto responses = static_cast<double>(response_tokens(example));
  const auto path = static_cast<double>(longest_path({example}));
  const double seen = (tokens - responses) * path / 2 + responses * path;
  return 2 * tokens * weights + 4 * static_cast<double>(config.layers * q) * seen +
         2 * responses * static_cast<double>(config.vocab_size * h);
}

double training_flops(const ModelConfig& config, int64_t adapters, int64_t rank, const TokenizedExample& example,
                      bool checkpoint_gradients) {
  // Backward passes gradients through every weight, and gives the adapter's own; the head's logits are computed again.
  const double forward = forward_flops(config, adapters, rank, example);
  const double own = 2 * static_cast<double>(example.tokens) * static_cast<double>(adapter_parameters(config, rank));
  return forward * (checkpoint_gradients ? 3 : 2) + own;
}

}  // namespace prefscope
