// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/packing.h"

#include <algorithm>

#include "engine/base/error.h"

namespace prefscope {
namespace {

/// A prompt and one of its responses as one line of tokens, and the rows that they got.
struct Sequence {
  std::span<const int32_t> prompt, response;
  std::vector<int64_t> rows;

  /// Tokens that need a row: all but a response's last, from which nothing is predicted.
  int64_t size() const { return static_cast<int64_t>(prompt.size() + response.size()) - (response.empty() ? 0 : 1); }
  int32_t at(int64_t depth) const {
    const auto i = static_cast<size_t>(depth);
    return i < prompt.size() ? prompt[i] : response[i - prompt.size()];
  }
};

using Branch = std::vector<Sequence*>;

/// The depth up to which all sequences of a branch are the same, from a depth at which they are.
int64_t common_depth(const Branch& branch, int64_t depth) {
  int64_t shortest = branch.front()->size();
  for (const Sequence* s : branch) shortest = std::min(shortest, s->size());
  for (; depth < shortest; ++depth) {
    for (const Sequence* s : branch) {
      if (s->at(depth) != branch.front()->at(depth)) return depth;
    }
  }
  return depth;
}

void add_branches(PackedForest& forest, Branch rest, int64_t depth, int64_t parent, int64_t shared_tokens);

/// Adds the run that a branch has in common from `depth` on, then what hangs below it. Recursion is as deep as the
/// branches, not as the tokens.
void add_branch(PackedForest& forest, const Branch& branch, int64_t depth, int64_t parent, int64_t shared_tokens) {
  const int64_t end = common_depth(branch, depth);
  const auto run = static_cast<int64_t>(forest.runs.size());
  const auto begin = static_cast<int64_t>(forest.ids.size());
  forest.runs.push_back({begin, begin + end - depth, 0, parent});
  for (int64_t d = depth; d < end; ++d) {
    for (Sequence* s : branch) s->rows.push_back(static_cast<int64_t>(forest.ids.size()));
    forest.ids.push_back(branch.front()->at(d));
    forest.positions.push_back(d);
  }
  Branch rest;
  for (Sequence* s : branch) {
    if (s->size() > end) rest.push_back(s);
  }
  add_branches(forest, std::move(rest), end, run, shared_tokens);
  forest.runs[static_cast<size_t>(run)].exit = static_cast<int64_t>(forest.ids.size());
}

/// Divides sequences that are the same before `depth`, in order of first appearance: those that share at least
/// shared_tokens with the first, or all of one of both, go on together.
void add_branches(PackedForest& forest, Branch rest, int64_t depth, int64_t parent, int64_t shared_tokens) {
  while (!rest.empty()) {
    Branch close = {rest.front()}, other;
    for (size_t i = 1; i < rest.size(); ++i) {
      const int64_t shared = common_depth({rest.front(), rest[i]}, depth) - depth;
      const int64_t whole = std::min(rest.front()->size(), rest[i]->size()) - depth;
      (shared >= std::min(shared_tokens, whole) && shared > 0 ? close : other).push_back(rest[i]);
    }
    add_branch(forest, close, depth, parent, shared_tokens);
    rest = std::move(other);
  }
}

void add_tree(PackedForest& forest, const std::vector<PromptGroup>& groups, int64_t shared_tokens) {
  std::vector<Sequence> sequences;
  for (const PromptGroup& group : groups) {
    if (group.prompt.empty())
      throw Error(ErrorKind::BadInput,
                  "a prompt must have at least one token; check the prompt template and the tokenizer");
    if (group.responses.empty()) sequences.push_back({group.prompt, {}, {}});
    for (const auto& response : group.responses) {
      if (response.empty())
        throw Error(ErrorKind::BadInput, "a response must have at least one token; check the tokenizer's EOS");
      sequences.push_back({group.prompt, response, {}});
    }
  }
  Branch rest;
  for (Sequence& s : sequences) rest.push_back(&s);
  add_branches(forest, std::move(rest), 0, -1, shared_tokens);
  for (const Sequence& s : sequences) {
    if (s.response.empty()) continue;
    for (size_t t = 0; t < s.response.size(); ++t) {
      forest.predicting_row.push_back(s.rows[s.prompt.size() + t - 1]);
      forest.target.push_back(s.response[t]);
    }
    forest.response_begin.push_back(static_cast<int64_t>(forest.target.size()));
  }
  forest.tree_begin.push_back(static_cast<int64_t>(forest.ids.size()));
}

}  // namespace

PackedForest pack_trees(std::span<const std::vector<PromptGroup>> trees, int64_t shared_tokens) {
  PackedForest forest;
  forest.tree_begin.push_back(0);
  forest.response_begin.push_back(0);
  for (const auto& groups : trees) add_tree(forest, groups, shared_tokens);
  return forest;
}

PackedForest pack(std::span<const PromptGroup> groups) {
  PackedForest forest;
  forest.tree_begin.push_back(0);
  forest.response_begin.push_back(0);
  for (const PromptGroup& group : groups) add_tree(forest, {group}, usual_shared_tokens);
  return forest;
}

int64_t packed_tokens(const std::vector<PromptGroup>& groups) {
  return static_cast<int64_t>(pack_trees(std::span(&groups, 1)).ids.size());
}

}  // namespace prefscope
