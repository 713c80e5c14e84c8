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
};

/// Continues a prompt with cached keys and values until EOS or max_tokens; on_token sees each id as it is chosen (EOS
/// left out). Throws Cancelled on a stop, within one token.
std::vector<int32_t> generate(const ModelWeights& model, LoraStack adapters, const std::vector<int32_t>& prompt,
                              const GenerationOptions& options, const std::function<void(int32_t)>& on_token,
                              std::stop_token stop);

}  // namespace prefscope
