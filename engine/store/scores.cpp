// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/scores.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "engine/base/error.h"
#include "engine/store/bind.h"
#include "engine/store/runs.h"

namespace prefscope {
namespace {

void bind_policy(SQLite::Statement& query, int first, const Policy& policy) {
  query.bind(first, policy.model);
  query.bind(first + 1, policy.run.value_or(0));
}

template <typename T>
std::vector<T> read_blob(const SQLite::Column& column) {
  std::vector<T> values(static_cast<size_t>(column.getBytes()) / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), column.getBlob(), values.size() * sizeof(T));
  return values;
}

/// Mean log-prob over prompt orders by (example, position).
using Sums = std::map<std::pair<int64_t, int>, double>;

Sums read_means(Workspace& workspace, int64_t preparation, const Policy& policy) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT s.example, s.position, avg(s.log_prob) FROM response_score s JOIN example e ON e.id = s.example "
      "WHERE e.preparation = ? AND e.role = 'held_out' AND s.model = ? AND ifnull(s.run, 0) = ? GROUP BY s.example, "
      "s.position");
  query.bind(1, preparation);
  bind_policy(query, 2, policy);
  Sums sums;
  while (query.executeStep())
    sums[{query.getColumn(0).getInt64(), query.getColumn(1).getInt()}] = query.getColumn(2).getDouble();
  return sums;
}

/// Mean log-probs of an example's responses by position; empty when one of them is not scored.
std::vector<double> log_probs_of(const Example& e, const Sums& sums) {
  const size_t responses = e.pairs.empty() ? e.candidates.size() : 2 * e.pairs.size();
  std::vector<double> values;
  for (size_t position = 0; position < responses; ++position) {
    const auto found = sums.find({e.id, static_cast<int>(position)});
    if (found == sums.end()) return {};
    values.push_back(found->second);
  }
  return values;
}

/// Log-probs of the chosen and of the rejected: their means, and those of the hardest rejected.
struct Sides {
  double chosen = 0, rejected = 0;
  double hardest_chosen = 0, hardest_rejected = 0;
  size_t rejected_count = 0;
  double rank = 0;  // of the target
};

Sides sides_of(const Example& e, const std::vector<double>& log_probs) {
  Sides sides;
  if (e.pairs.empty()) {
    const auto target =
        static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin());
    sides.rejected_count = log_probs.size() - 1;
    sides.chosen = sides.hardest_chosen = log_probs.at(target);
    sides.hardest_rejected = -INFINITY;
    sides.rank = 1;
    for (size_t i = 0; i < log_probs.size(); ++i) {
      if (i == target) continue;
      sides.rejected += log_probs[i] / static_cast<double>(sides.rejected_count);
      sides.hardest_rejected = std::max(sides.hardest_rejected, log_probs[i]);
      sides.rank += log_probs[i] > sides.chosen ? 1 : log_probs[i] == sides.chosen ? 0.5 : 0;
    }
    return sides;
  }
  sides.rejected_count = e.pairs.size();
  for (size_t i = 0; i < log_probs.size(); i += 2) {
    sides.chosen += log_probs[i] / static_cast<double>(e.pairs.size());
    sides.rejected += log_probs[i + 1] / static_cast<double>(e.pairs.size());
    if (i > 0 && log_probs[i] - log_probs[i + 1] >= sides.hardest_chosen - sides.hardest_rejected) continue;
    sides.hardest_chosen = log_probs[i];
    sides.hardest_rejected = log_probs[i + 1];
  }
  return sides;
}

}  // namespace

void save_scores(Workspace& workspace, const Policy& policy, const std::vector<ResponseScore>& scores) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement erase(workspace.db(),
                          "DELETE FROM response_score WHERE example = ? AND model = ? AND ifnull(run, 0) = ? AND "
                          "position = ? AND prompt_order = ?");
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO response_score(example, model, run, position, prompt_order, log_prob, tokens, "
                           "token_ids, token_log_probs) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const ResponseScore& s : scores) {
    erase.bind(1, s.example);
    bind_policy(erase, 2, policy);
    erase.bind(4, s.position);
    erase.bind(5, s.prompt_order);
    erase.exec();
    erase.reset();
    insert.bind(1, s.example);
    insert.bind(2, policy.model);
    bind_optional(insert, 3, policy.run);
    insert.bind(4, s.position);
    insert.bind(5, s.prompt_order);
    insert.bind(6, s.log_prob);
    insert.bind(7, static_cast<int64_t>(s.token_ids.size()));
    insert.bind(8, s.token_ids.data(), static_cast<int>(s.token_ids.size() * sizeof(int32_t)));
    insert.bind(9, s.token_log_probs.data(), static_cast<int>(s.token_log_probs.size() * sizeof(float)));
    insert.exec();
    insert.reset();
  }
  transaction.commit();
}

std::vector<ResponseScore> read_scores(Workspace& workspace, int64_t example, const Policy& policy) {
  SQLite::Statement query(workspace.db(),
                          "SELECT position, prompt_order, log_prob, token_ids, token_log_probs FROM response_score "
                          "WHERE example = ? AND model = ? AND ifnull(run, 0) = ? ORDER BY prompt_order, position");
  query.bind(1, example);
  bind_policy(query, 2, policy);
  std::vector<ResponseScore> scores;
  while (query.executeStep()) {
    scores.push_back({example, query.getColumn(0).getInt(), query.getColumn(1).getInt(), query.getColumn(2).getDouble(),
                      read_blob<int32_t>(query.getColumn(3)), read_blob<float>(query.getColumn(4))});
  }
  return scores;
}

bool is_scored(Workspace& workspace, int64_t example, const Policy& policy) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT EXISTS (SELECT 1 FROM response_score WHERE example = ? AND model = ? AND ifnull(run, 0) = ?)");
  query.bind(1, example);
  bind_policy(query, 2, policy);
  query.executeStep();
  return query.getColumn(0).getInt() != 0;
}

std::vector<int64_t> unscored_examples(Workspace& workspace, int64_t preparation, Role role, const Policy& policy) {
  SQLite::Statement query(workspace.db(),
                          "SELECT e.id FROM example e WHERE e.preparation = ? AND e.role = ? AND NOT EXISTS "
                          "(SELECT 1 FROM response_score s WHERE s.example = e.id AND s.model = ? AND ifnull(s.run, 0) "
                          "= ?) ORDER BY e.position");
  query.bind(1, preparation);
  query.bind(2, role_name(role));
  bind_policy(query, 3, policy);
  std::vector<int64_t> ids;
  while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
  return ids;
}

Policy reference_of(Workspace& workspace, int64_t run) {
  const Run row = read_run(workspace, run);
  return {row.model, row.parent};
}

Margin margin_of(const MarginPoint& point, bool hardest) {
  return hardest ? point.hardest : Margin{point.reference, point.policy, point.ratio_chosen, point.ratio_rejected};
}

std::vector<MarginPoint> read_margin_points(Workspace& workspace, int64_t preparation, int64_t run) {
  const Policy reference = reference_of(workspace, run);
  const Sums under_policy = read_means(workspace, preparation, {reference.model, run}),
             under_reference = read_means(workspace, preparation, reference);
  std::vector<MarginPoint> points;
  for (const Example& e : read_examples(workspace, preparation, Role::HeldOut)) {
    const auto now = log_probs_of(e, under_policy), was = log_probs_of(e, under_reference);
    if (now.empty() || was.empty()) continue;
    const Sides policy = sides_of(e, now), before = sides_of(e, was);
    if (policy.rejected_count == 0) continue;
    MarginPoint point{e.id, e.user, e.user_key.empty() ? e.source : e.user_key};
    point.reference = before.chosen - before.rejected;
    point.policy = policy.chosen - policy.rejected;
    point.ratio_chosen = policy.chosen - before.chosen;
    point.ratio_rejected = policy.rejected - before.rejected;
    point.hardest = {before.hardest_chosen - before.hardest_rejected, policy.hardest_chosen - policy.hardest_rejected,
                     policy.hardest_chosen - before.hardest_chosen, policy.hardest_rejected - before.hardest_rejected};
    point.chosen_first = point.hardest.policy > 0;
    point.chosen_first_reference = point.hardest.reference > 0;
    point.rank_reference = before.rank;
    point.rank_policy = policy.rank;
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace prefscope
