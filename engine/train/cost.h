// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/llm/weights.h"
#include "engine/train/plan.h"

namespace prefscope {

/// What the memory and time of a training follow from, beside the model's shape.
struct TrainingShape {
  int64_t rank = 16, frozen_adapters = 0;
  int64_t element_bytes = 4;   ///< of weights and activations: 4, or 2 for bfloat16 and float16
  bool packed_weights = true;  ///< two more copies of the linear weights, where they are small (engine/llm/linear.h)
  bool checkpoint_gradients = false, stop_early = false;
  int64_t largest_pass = 1024, longest_path = 1024;  ///< packed tokens; of a prompt with one response
  int64_t largest_panel_pass = 0;                    ///< packed tokens, without gradients
  int64_t most_responses = 1024;                     ///< response tokens of a pass
  int64_t pass_sizes = 1;                            ///< different numbers of tokens that passes have
};

/// Bytes per type: float32, bfloat16, float16.
int64_t element_bytes(const std::string& dtype);
/// Weights of the seven linear layers of all layers, [out_features x in_features] each, summed.
int64_t linear_parameters(const ModelConfig& config);
/// A and B of an adapter on all linear layers: the most that one has.
int64_t adapter_parameters(const ModelConfig& config, int64_t rank);
/// Bytes of the model, its packed copies and the frozen adapters.
int64_t model_bytes(const ModelConfig& config, const TrainingShape& shape);
/// Bytes that training takes beside the model: the adapter with its gradients, moments and best copy, what autograd
/// keeps of the largest pass, and what is passing.
int64_t step_bytes(const ModelConfig& config, const TrainingShape& shape);

/// The largest pass of a plan, in packed tokens.
int64_t largest_pass(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                     int64_t pass_tokens);
/// Response tokens of the pass that has most of them.
int64_t most_response_tokens(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                             int64_t pass_tokens);
/// How many different numbers of tokens the passes have.
int64_t pass_sizes(const std::vector<PlannedStep>& steps, const std::vector<TokenizedExample>& examples,
                   int64_t pass_tokens);
/// What oneDNN keeps: compiled products for the last 1,024 shapes it has met. A pass of a new size brings about a
/// dozen, together 3 MiB (measured); 100 such sizes fill it.
int64_t compiled_bytes(int64_t pass_sizes);
/// Tokens of the longest prompt with one of its responses.
int64_t longest_path(const std::vector<TokenizedExample>& examples);

/// Multiplications and additions of forward, and of forward with backward, over examples: linear layers and adapters
/// at every token, attention over the tokens above it, the head at response tokens.
double forward_flops(const ModelConfig& config, int64_t adapters, int64_t rank, const TokenizedExample& example);
double training_flops(const ModelConfig& config, int64_t adapters, int64_t rank, const TokenizedExample& example,
                      bool checkpoint_gradients);

}  // namespace prefscope
