// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace prefscope {

/// Token ids of one prompt and the responses that hang below it (EOS included in each response).
struct PromptGroup {
  std::vector<int32_t> prompt;                  ///< at least one token
  std::vector<std::vector<int32_t>> responses;  ///< each at least one token
};

/// Several groups laid out one after the other: prompt, then its responses, each response at positions that follow the
/// prompt. Token i sees token j of its group exactly when enter[j] <= i < exit[j] (the prefix forest with one level of
/// branches).
struct PackedGroups {
  std::vector<int64_t> ids, positions;  ///< [tokens]
  std::vector<int64_t> enter, exit;     ///< [tokens]
  std::vector<int64_t> group_begin;     ///< [groups + 1] first token of each group
  /// For every response token, in order of group, response, token: the row whose hidden state predicts it (for a
  /// response's first token the last token of the prompt, once per branch), and the token itself.
  std::vector<int64_t> predicting_row, target;  ///< [response tokens]
  std::vector<int64_t> response_begin;          ///< [responses + 1] into predicting_row
};

PackedGroups pack(std::span<const PromptGroup> groups);

}  // namespace prefscope
