// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rank_hardest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/data/item_index.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/scoring.h"

namespace prefscope {
namespace {

/// Where the hardest rejected stands among an example's responses; the first of equals.
size_t hardest_position(const Example& e, const std::vector<CandidateScore>& scores) {
  size_t hardest = scores.size();
  for (size_t i = 0; i < e.candidates.size(); ++i) {
    if (e.candidates[i] == e.target) continue;
    if (hardest == scores.size() || scores[i].log_prob > scores[hardest].log_prob) hardest = i;
  }
  for (size_t i = 1; i < 2 * e.pairs.size(); i += 2) {  // chosen and rejected in turn
    if (hardest == scores.size() ||
        scores[i - 1].log_prob - scores[i].log_prob < scores[hardest - 1].log_prob - scores[hardest].log_prob)
      hardest = i;
  }
  return hardest;
}

std::string response_text(const Example& e, const ItemIndex& items, size_t position) {
  if (e.pairs.empty()) return items.at(e.candidates.at(position))->title;
  const TextPair& pair = e.pairs.at(position / 2);
  return position % 2 == 0 ? pair.chosen : pair.rejected.value_or("");
}

}  // namespace

std::vector<HardestRejected> hardest_rejected(const HardestOptions& options, const TaskContext& context) {
  if (options.users && *options.users < 1)
    throw Error(ErrorKind::BadInput, fmt::format("--users: expected at least 1, found {}", *options.users));
  Workspace workspace(options.workspace);
  const ChosenModel chosen = find_chosen_model(workspace, options.run, "", "", options.preparation);
  const Policy reference = reference_of(workspace, options.run);
  const std::vector<Example> examples =
      read_examples(workspace, chosen.preparation.id, Role::HeldOut, options.users.value_or(0));
  if (examples.empty()) throw Error(ErrorKind::BadInput, "no user is held out; prepare with a larger --held-out");
  std::map<int64_t, const Example*> by_id;
  std::vector<int64_t> ids;
  for (const Example& e : examples) {
    ids.push_back(e.id);
    by_id[e.id] = &e;
  }
  score_examples(workspace, chosen.preparation, ids, chosen.policy, options.device, context);
  score_examples(workspace, chosen.preparation, ids, reference, options.device, context);
  const ItemIndex items(read_item_texts(workspace, chosen.preparation.data_set));

  std::vector<HardestRejected> all;
  for (MarginPoint& point : read_margin_points(workspace, chosen.preparation.id, options.run)) {
    context.check();
    const auto found = by_id.find(point.example);
    if (found == by_id.end()) continue;  // beyond the first N
    const Example& e = *found->second;
    const auto position = [&](const Policy& policy) {
      return hardest_position(e, candidate_scores(workspace, e.id, policy, std::nullopt, "sum"));
    };
    const size_t now = position(chosen.policy), before = position(reference);
    HardestRejected one{std::move(point),
                        e.pairs.empty() ? items.at(e.target)->title : response_text(e, items, now - 1),
                        response_text(e, items, now), response_text(e, items, before)};
    all.push_back(std::move(one));
  }
  std::stable_sort(all.begin(), all.end(), [](const HardestRejected& a, const HardestRejected& b) {
    return a.point.hardest.policy < b.point.hardest.policy;
  });
  return all;
}

}  // namespace prefscope
