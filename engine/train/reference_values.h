// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/llm/policy.h"
#include "engine/store/reference_log_probs.h"
#include "engine/train/examples.h"

namespace prefscope {

/// Summed log-probs under the reference by response_key, as a training knows them.
using KnownLogProbs = std::unordered_map<std::string, float>;
/// Log-probs that were kept by earlier runs; nothing where there is none.
using FindLogProbs = std::function<std::vector<std::optional<double>>(const std::vector<std::string>& responses)>;

/// Keeps of `known` what these examples need, and asks `find` (if set) for the rest.
void look_up_log_probs(KnownLogProbs& known, std::span<const std::vector<TokenizedExample>* const> all,
                       const FindLogProbs& find, const TaskContext& context);

/// Log-probs under the reference of a pass's responses [responses], float32 on the CPU, in the order of `packed`. Where
/// one of them is not known, all are computed in this packing, so that policy and reference take the same path; the new
/// ones enter `known` and are added to `fresh`. The first value seen of a response is the one that counts.
at::Tensor reference_log_probs(const LoadedPolicy& reference, std::span<const size_t> pass,
                               const std::vector<TokenizedExample>& examples, const PackedForest& packed,
                               KnownLogProbs& known, std::vector<ReferenceLogProb>& fresh);

/// A pass as a forest, a tree for each example.
PackedForest pack_pass(std::span<const size_t> pass, const std::vector<TokenizedExample>& examples);

}  // namespace prefscope
