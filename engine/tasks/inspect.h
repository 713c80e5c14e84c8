// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// Where a model computes, and in which numbers.
struct ComputeOptions {
  std::string device = "cpu";     ///< auto, cpu, cuda
  std::string dtype = "float32";  ///< of weights and activations: float32, bfloat16, float16
};

/// Summed log-probs, in nats, of responses to a prompt; tokenised apart, a response ends in EOS, or in what the chat
/// format (one of chat_choices()) ends it with. Text never yields special tokens. model: a Hugging Face folder, or
/// starter, here and below.
std::vector<double> score_responses(const std::string& model, const std::string& prompt,
                                    const std::vector<std::string>& responses, const ComputeOptions& compute = {},
                                    const TaskContext& context = {}, const std::string& chat = "none");
/// [token][vocabulary] logits of a sequence of ids.
std::vector<std::vector<float>> logits_of(const std::string& model, const std::vector<int64_t>& ids,
                                          const ComputeOptions& compute = {}, const TaskContext& context = {});
/// JSON lines {"text"} in, {"ids","offsets","decoded"} out; offsets in code points; no special tokens added.
void tokenize_lines(const std::filesystem::path& tokenizer, std::istream& in, std::ostream& out);

}  // namespace prefscope
