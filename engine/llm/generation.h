// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/llm/held_titles.h"
#include "engine/llm/lora.h"
#include "engine/llm/weights.h"

namespace prefscope {

struct GenerationOptions {
  int max_tokens = 96;
  double temperature = 0;  ///< 0: greedy
  uint64_t seed = 0;
  std::optional<HeldTitles> held = {};  ///< absent: any token may come
  double repetition_penalty = 1;        ///< of ids in the prompt or written (sampling.h); 1: none
  // Where temperature is above 0 (sampling.h):
  int top_k = 0;                                ///< 0: all
  double top_p = 1;                             ///< 1: all
  double min_p = 0;                             ///< 0: all
  std::vector<int32_t> more_ends = {};          ///< ids that end the text beside the model's EOS
  bool keep_end = false;                        ///< the id that ends the text is given back with it
  std::function<bool(int32_t)> ends_with = {};  ///< asked of each id after on_token: whether the text ends with it
};

/// Throws BadInput, naming the setting, for one that is out of its range.
void check_generation(const GenerationOptions& options);

/// Continues a prompt with cached keys and values until EOS or max_tokens; on_token sees each id as it is chosen (EOS
/// left out). Throws Cancelled on a stop, within one layer of the model.
std::vector<int32_t> generate(const ModelWeights& model, LoraStack adapters, const std::vector<int32_t>& prompt,
                              const GenerationOptions& options, const std::function<void(int32_t)>& on_token,
                              std::stop_token stop);

}  // namespace prefscope
