// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/scoring.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/llm/forward.h"
#include "engine/llm/policy.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

constexpr int64_t pass_tokens = 2048;  // packed tokens of a forward pass; several examples share one

/// One prompt of an example with the responses to score; positions[i] is that of responses[i].
struct Piece {
  int64_t example = 0;
  int prompt_order = 0;
  std::vector<int> positions;
  PromptGroup group;
};

int64_t tokens_of(const PromptGroup& group) {
  auto tokens = static_cast<int64_t>(group.prompt.size());
  for (const auto& response : group.responses) tokens += static_cast<int64_t>(response.size());
  return tokens;
}

std::vector<Piece> pieces_of(const Example& e, const Preparation& preparation, const ItemIndex& items,
                             const LanguageModel& model) {
  std::vector<Piece> pieces;
  for (size_t p = 0; p < e.pairs.size(); ++p) {
    const int first = 2 * static_cast<int>(p);
    Piece piece{e.id, 0, {first}, {prompt_ids(model, e.pairs[p].prompt), {response_ids(model, e.pairs[p].chosen)}}};
    if (e.pairs[p].rejected) {
      piece.positions.push_back(first + 1);
      piece.group.responses.push_back(response_ids(model, *e.pairs[p].rejected));
    }
    pieces.push_back(std::move(piece));
  }
  if (!e.pairs.empty()) return pieces;
  for (int order = 0; order < preparation.orders; ++order) {
    std::vector<const ItemText*> listed;
    if (preparation.prompt == "listed") {
      for (const int position : candidate_order(e.candidates.size(), preparation.seed, e.position, order))
        listed.push_back(items.at(e.candidates[static_cast<size_t>(position)]));
    }
    Piece piece{e.id,
                order,
                {},
                {prompt_ids(model, render_prompt(preparation.prompt_template, items.all(e.history), listed)), {}}};
    for (size_t c = 0; c < e.candidates.size(); ++c) {
      piece.positions.push_back(static_cast<int>(c));
      piece.group.responses.push_back(response_ids(model, render_response(*items.at(e.candidates[c]))));
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

void check_length(const Piece& piece, const Example& e, const ModelConfig& config) {
  for (const auto& response : piece.group.responses) {
    const size_t length = piece.group.prompt.size() + response.size();
    if (static_cast<int64_t>(length) <= config.max_positions) continue;
    throw Error(ErrorKind::BadInput,
                e.pairs.empty()
                    ? fmt::format("user {}: the prompt and a response take {} tokens, but the model has {} positions; "
                                  "prepare with a shorter --history",
                                  e.user_key, length, config.max_positions)
                    : fmt::format("{}: the prompt and a response take {} tokens, but the model has {} positions; use a "
                                  "model with more of them",
                                  e.source, length, config.max_positions));
  }
}

std::vector<ResponseScore> score_pass(const LoadedPolicy& policy, const std::vector<Piece>& pieces) {
  const at::InferenceMode inference;
  std::vector<ResponseScore> scores;
  std::vector<std::vector<PromptGroup>> trees;  // the prompts of an example share its history
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i == 0 || pieces[i].example != pieces[i - 1].example) trees.emplace_back();
    trees.back().push_back(pieces[i].group);
  }
  const PackedForest packed = pack_trees(trees);
  const at::Tensor log_probs = response_log_probs(policy.model.weights, policy.stack(), packed).cpu().contiguous();
  const auto* values = log_probs.const_data_ptr<float>();
  size_t response = 0;
  for (const Piece& piece : pieces) {
    for (size_t r = 0; r < piece.positions.size(); ++r, ++response) {
      ResponseScore score{piece.example, piece.positions[r], piece.prompt_order, 0, piece.group.responses[r], {}};
      for (int64_t t = packed.response_begin[response]; t < packed.response_begin[response + 1]; ++t) {
        score.token_log_probs.push_back(values[t]);
        score.log_prob += values[t];
      }
      if (!std::isfinite(score.log_prob)) {
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: expected log-probs that are numbers, found {}; the weights are broken or the "
                                "training diverged, so train again with a smaller --lr",
                                policy.model.folder.string(), score.log_prob));
      }
      scores.push_back(std::move(score));
    }
  }
  return scores;
}

}  // namespace

void score_examples(Workspace& workspace, const Preparation& preparation, const std::vector<int64_t>& examples,
                    const Policy& policy, const std::string& device, const TaskContext& context) {
  std::vector<int64_t> open;
  for (const int64_t id : examples) {
    if (!is_scored(workspace, id, policy)) open.push_back(id);
  }
  if (open.empty()) return;
  with_torch_errors([&] {
    const LoadedPolicy loaded = load_policy(workspace, policy, choose_device(device));
    const ItemIndex items(read_item_texts(workspace, preparation.data_set));
    ProgressClock clock(context, "Scoring candidates");
    std::vector<Piece> pieces;
    int64_t tokens = 0;
    // A pass holds whole examples and is saved at once, so that a stop keeps what is done and no example is kept in
    // part.
    const auto flush = [&] {
      if (!pieces.empty()) save_scores(workspace, policy, score_pass(loaded, pieces));
      pieces.clear();
      tokens = 0;
    };
    for (size_t i = 0; i < open.size(); ++i) {
      clock.update(static_cast<double>(i) / static_cast<double>(open.size()),
                   fmt::format("user {} of {}", i + 1, open.size()));
      const Example e = read_example(workspace, open[i]);
      for (Piece& piece : pieces_of(e, preparation, items, loaded.model)) {
        check_length(piece, e, loaded.model.weights.config);
        tokens += tokens_of(piece.group);
        pieces.push_back(std::move(piece));
      }
      if (tokens >= pass_tokens) flush();
    }
    flush();
    clock.update(1);
  });
}

}  // namespace prefscope
