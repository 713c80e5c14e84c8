// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/panel_scoring.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/evaluate/metrics.h"
#include "engine/llm/forward.h"
#include "engine/train/plan.h"

namespace prefscope {
namespace {

std::vector<PromptGroup> given_panel_groups(const Example& e, const LanguageModel& model) {
  std::vector<PromptGroup> groups;
  for (const TextPair& pair : e.pairs) {
    if (!pair.rejected) return {};
    groups.push_back(
        {prompt_ids(model, pair.prompt), {response_ids(model, pair.chosen), response_ids(model, *pair.rejected)}});
  }
  return groups;
}

std::vector<PromptGroup> prepared_panel_groups(const Example& e, const Preparation& preparation, const ItemIndex& items,
                                               const LanguageModel& model) {
  const auto listed = preparation.prompt == "listed" ? items.all(e.candidates) : std::vector<const ItemText*>();
  PromptGroup group{prompt_ids(model, render_prompt(preparation.prompt_template, items.all(e.history), listed)), {}};
  group.responses.push_back(response_ids(model, render_response(*items.at(e.target))));
  for (const int64_t item : e.candidates) {
    if (item != e.target) group.responses.push_back(response_ids(model, render_response(*items.at(item))));
  }
  return {std::move(group)};
}

/// Sums of one example's responses, in its order, under both.
PanelScore score_of(const TokenizedExample& example, bool paired, const float* policy, const float* reference) {
  PanelScore score;
  score.example = example.id;
  const auto n = static_cast<size_t>(response_count(example));
  std::vector<double> sums(policy, policy + n);
  const size_t width = paired ? 2 : n;  // each list: the chosen, then its rejected
  const auto lists = static_cast<double>(n / width);
  score.target_rank = 0;
  for (size_t list = 0; list < n; list += width) {
    score.ratio_chosen += (sums[list] - reference[list]) / lists;
    for (size_t i = list + 1; i < list + width; ++i)
      score.ratio_rejected += (sums[i] - reference[i]) / (lists * static_cast<double>(width - 1));
    score.target_rank += user_metrics(std::span(sums).subspan(list, width), 0).target_rank / lists;
  }
  return score;
}

}  // namespace

TrainingExamples panel_examples(Workspace& workspace, const Preparation& preparation, const LanguageModel& model,
                                int count, const TaskContext& context) {
  TrainingExamples panel;
  if (count <= 0) return panel;
  const Role role = preparation.panel_examples == 0 ? Role::HeldOut : Role::Panel;
  const ItemIndex items(read_item_texts(workspace, preparation.data_set));
  const bool given = preparation.prompt == "given";
  panel.paired = given;
  for (const Example& e : read_examples(workspace, preparation.id, role, count)) {
    context.check();
    TokenizedExample example;
    example.id = e.id;
    example.groups = given ? given_panel_groups(e, model) : prepared_panel_groups(e, preparation, items, model);
    if (example.groups.empty() || response_count(example) < 2) continue;
    for (const PromptGroup& group : example.groups) {
      for (const auto& response : group.responses) {
        const auto length = static_cast<int64_t>(group.prompt.size() + response.size());
        if (length > model.weights.config.max_positions) {
          throw Error(ErrorKind::BadInput,
                      fmt::format("{} of the panel: {} tokens, but the model has {} positions; {}, or train with "
                                  "--panel 0",
                                  given ? e.source : "user " + e.user_key, length, model.weights.config.max_positions,
                                  given ? "use a model with more of them" : "prepare with a shorter --history"));
        }
      }
    }
    example.tokens = static_cast<int64_t>(pack_trees(std::span(&example.groups, 1)).ids.size());
    panel.examples.push_back(std::move(example));
  }
  return panel;
}

std::vector<PanelScore> score_panel(const LoadedPolicy& reference, LoraStack policy, const TrainingExamples& panel,
                                    int64_t step, int64_t pass_tokens, KnownLogProbs& known,
                                    std::vector<ReferenceLogProb>& fresh, const TaskContext& context) {
  const at::NoGradGuard no_grad;
  std::vector<size_t> all(panel.examples.size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<PanelScore> scores;
  for (const std::vector<size_t>& pass : split_into_passes(all, panel.examples, pass_tokens)) {
    context.check();
    const PackedForest packed = pack_pass(pass, panel.examples);
    const at::Tensor before = reference_log_probs(reference, pass, panel.examples, packed, known, fresh);
    context.check();
    const at::Tensor now =
        sum_by_response(response_log_probs(reference.model.weights, policy, packed), packed.response_begin)
            .to(at::kFloat)
            .cpu()
            .contiguous();
    int64_t row = 0;
    for (const size_t e : pass) {
      PanelScore score = score_of(panel.examples[e], panel.paired, now.const_data_ptr<float>() + row,
                                  before.const_data_ptr<float>() + row);
      if (!std::isfinite(score.ratio_chosen) || !std::isfinite(score.ratio_rejected)) {
        throw Error(ErrorKind::BadInput,
                    fmt::format("after step {}: a log-prob is not finite at example {} of the panel; lower the "
                                "learning rate or beta. The last checkpoint is kept",
                                step, score.example));
      }
      score.step = step;
      scores.push_back(score);
      row += response_count(panel.examples[e]);
    }
  }
  return scores;
}

const std::vector<std::string>& panel_metrics() {
  static const std::vector<std::string> names = {"ndcg@5", "hr@1", "mrr", "margin"};
  return names;
}

double panel_metric(const PanelSummary& summary, const std::string& name) {
  if (name == "ndcg@5") return summary.ndcg_5;
  if (name == "hr@1") return summary.hr_1;
  if (name == "mrr") return summary.mrr;
  return summary.margin;
}

}  // namespace prefscope
