// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/candidate_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/error.h"

namespace prefscope {
namespace {

/// The target's rank by the reference's log-prob, ties by saved order as in the ranking itself.
int rank_before(const std::vector<CandidateScore>& scores, size_t target, bool by_token) {
  const auto before = [&](size_t i) {
    return (scores[i].log_prob - scores[i].log_ratio) / (by_token ? std::max(1, scores[i].tokens) : 1);
  };
  int rank = 1;
  for (size_t i = 0; i < scores.size(); ++i)
    rank += before(i) > before(target) || (i < target && before(i) == before(target)) ? 1 : 0;
  return rank;
}

}  // namespace

void check_score(const std::string& how, bool has_reference) {
  if (how != "sum" && how != "mean" && how != "ratio")
    throw Error(ErrorKind::BadInput, fmt::format("--score {}: expected sum, mean or ratio", how));
  if (how == "ratio" && !has_reference)
    throw Error(ErrorKind::BadInput,
                "--score ratio: the base model has no reference, so its log-ratios are all 0; rank it by sum or mean");
}

double ranking_score(const CandidateScore& candidate, const std::string& how) {
  if (how == "sum") return candidate.log_prob;
  return how == "mean" ? candidate.log_prob / std::max(1, candidate.tokens) : candidate.log_ratio;
}

std::vector<CandidateScore> candidate_scores(Workspace& workspace, int64_t example, const Policy& policy,
                                             const std::optional<Policy>& reference, const std::string& how) {
  check_score(how, reference.has_value());
  const auto scores = read_scores(workspace, example, policy);
  if (scores.empty())
    throw Error(ErrorKind::BadInput, fmt::format("example {} is not scored under this model yet", example));
  std::vector<CandidateScore> result;
  std::vector<double> squares, orders;
  for (const ResponseScore& s : scores) {
    const auto position = static_cast<size_t>(s.position);
    if (position >= result.size())
      result.resize(position + 1), squares.resize(position + 1), orders.resize(position + 1);
    result[position].log_prob += s.log_prob;
    result[position].tokens = static_cast<int>(s.token_ids.size());
    squares[position] += s.log_prob * s.log_prob;
    orders[position] += 1;
  }
  for (size_t i = 0; i < result.size(); ++i) {
    if (orders[i] == 0) continue;
    result[i].log_prob /= orders[i];
    if (orders[i] > 1)
      result[i].spread = std::sqrt(std::max(
          0.0, (squares[i] / orders[i] - result[i].log_prob * result[i].log_prob) * orders[i] / (orders[i] - 1)));
  }
  if (reference) {
    const auto before = candidate_scores(workspace, example, *reference, std::nullopt, "sum");
    for (size_t i = 0; i < result.size() && i < before.size(); ++i)
      result[i].log_ratio = result[i].log_prob - before[i].log_prob;
  }
  for (CandidateScore& c : result) c.score = ranking_score(c, how);
  return result;
}

RankResult ranked_case(const Example& example, const ItemIndex& items, const std::vector<CandidateScore>& scores,
                       const std::string& how, bool has_reference) {
  RankResult result;
  result.example = example;
  result.target = example.target;
  result.score = how;
  result.has_reference = has_reference;
  for (const ItemText* item : items.all(example.history)) result.history.push_back(*item);
  std::vector<size_t> order(example.candidates.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores.at(a).score > scores.at(b).score; });
  for (const size_t position : order) {
    const ItemText* item = items.at(example.candidates[position]);
    const CandidateScore& s = scores.at(position);
    result.candidates.push_back({item->id, item->title, s.score, s.log_prob, s.log_ratio, s.spread, s.tokens});
    result.items.push_back(*item);
    if (item->id != example.target) continue;
    result.target_rank = static_cast<int>(result.candidates.size());
    if (has_reference) result.reference_rank = rank_before(scores, position, how == "mean");
  }
  return result;
}

std::vector<int> ranks_of(const std::vector<CandidateScore>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a].score > scores[b].score; });
  std::vector<int> ranks(scores.size());
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<int>(i) + 1;
  return ranks;
}

}  // namespace prefscope
