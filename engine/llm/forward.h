// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include "engine/llm/decoder.h"
#include "engine/llm/lora.h"
#include "engine/llm/packing.h"
#include "engine/llm/weights.h"

namespace prefscope {

/// Hidden states after the last layer, before the final norm: [tokens, hidden].
at::Tensor hidden_states(const ModelWeights& model, LoraStack adapters, const PackedForest& packed);

/// Log-probs of every response token, [response tokens], float32, nats. Norm, head and log-softmax run at those rows
/// alone, in chunks that are recomputed in backward, so no [tokens, vocabulary] tensor exists.
at::Tensor response_log_probs(const ModelWeights& model, LoraStack adapters, const PackedForest& packed,
                              const PassOptions& options = {});

/// Sums of token log-probs by response: [responses]. response_begin as in PackedForest.
at::Tensor sum_by_response(const at::Tensor& token_log_probs, const std::vector<int64_t>& response_begin);

/// Logits of a plain sequence: [tokens, vocabulary]. For inspection and tests.
at::Tensor sequence_logits(const ModelWeights& model, LoraStack adapters, const std::vector<int64_t>& ids);

}  // namespace prefscope
