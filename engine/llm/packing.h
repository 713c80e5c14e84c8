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

/// Tokens without a branch between them. Rows [begin, end) are its own, rows [end, exit) those of all that hangs below.
struct TokenRun {
  int64_t begin = 0, end = 0, exit = 0;
  int64_t parent = -1;  ///< index of the run above; -1: the root of a tree
};

/// A prefix forest: the sequences (prompt, response) of each tree merged where they begin alike, so that a shared
/// prefix is there once. A response's last token predicts nothing and has no row. Rows lie in depth-first order; row i
/// sees row j exactly when j <= i < exit of the run of j. The position of a row is its depth.
struct PackedForest {
  std::vector<int64_t> ids, positions;  ///< [tokens]
  std::vector<TokenRun> runs;           ///< in the order of begin; together they hold every row once
  std::vector<int64_t> tree_begin;      ///< [trees + 1] first row of each tree
  /// For every response token, in order of tree, group, response, token: the row whose hidden state predicts it (for a
  /// response's first token that of the prompt's last), and the token itself.
  std::vector<int64_t> predicting_row, target;  ///< [response tokens]
  std::vector<int64_t> response_begin;          ///< [responses + 1] into predicting_row
};

/// Prefixes shorter than this are not merged (unless a sequence ends there): a branch costs more than a few tokens.
inline constexpr int64_t usual_shared_tokens = 8;

/// One tree for each element. Groups may have prompts that begin alike (the pairs of a paired example). Throws BadInput
/// for an empty prompt or response.
PackedForest pack_trees(std::span<const std::vector<PromptGroup>> trees, int64_t shared_tokens = usual_shared_tokens);
/// Each group a tree of its own.
PackedForest pack(std::span<const PromptGroup> groups);
/// Rows that a tree of these groups has.
int64_t packed_tokens(const std::vector<PromptGroup>& groups);

}  // namespace prefscope
