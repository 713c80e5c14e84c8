// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/scores.h"

#include <cstring>
#include <map>

#include "engine/base/error.h"
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
    if (policy.run) {
      insert.bind(3, *policy.run);
    } else {
      insert.bind(3);
    }
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

std::vector<int64_t> unscored_examples(Workspace& workspace, int64_t preparation, Role role, const Policy& policy) {
  SQLite::Statement query(workspace.db(),
                          "SELECT e.id FROM example e WHERE e.preparation = ? AND e.role = ? AND NOT EXISTS "
                          "(SELECT 1 FROM response_score s WHERE s.example = e.id AND s.model = ? AND ifnull(s.run, 0) "
                          "= ?) ORDER BY e.position");
  query.bind(1, preparation);
  query.bind(2, role == Role::Train ? "train" : "held_out");
  bind_policy(query, 3, policy);
  std::vector<int64_t> ids;
  while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
  return ids;
}

Policy reference_of(Workspace& workspace, int64_t run) {
  const Run row = read_run(workspace, run);
  return {row.model, row.parent};
}

std::vector<MarginPoint> read_margin_points(Workspace& workspace, int64_t preparation, int64_t run) {
  const Policy reference = reference_of(workspace, run);
  const Sums under_policy = read_means(workspace, preparation, {reference.model, run}),
             under_reference = read_means(workspace, preparation, reference);
  std::vector<MarginPoint> points;
  for (const Example& e : read_examples(workspace, preparation, Role::HeldOut)) {
    // Which positions are chosen: the target of a candidate list, the even ones of given pairs.
    MarginPoint point{e.id, e.user, e.user_key.empty() ? e.source : e.user_key};
    double policy[2] = {0, 0}, before[2] = {0, 0};
    int count[2] = {0, 0};
    double best_rejected = -1e300, best_rejected_before = -1e300;
    bool complete = true;
    const int responses = static_cast<int>(e.pairs.empty() ? e.candidates.size() : 2 * e.pairs.size());
    for (int position = 0; position < responses && complete; ++position) {
      const auto now = under_policy.find({e.id, position}), was = under_reference.find({e.id, position});
      complete = now != under_policy.end() && was != under_reference.end();
      if (!complete) break;
      const bool chosen = e.pairs.empty() ? e.candidates[static_cast<size_t>(position)] == e.target : position % 2 == 0;
      policy[chosen] += now->second;
      before[chosen] += was->second;
      ++count[chosen];
      if (!chosen) {
        best_rejected = std::max(best_rejected, now->second);
        best_rejected_before = std::max(best_rejected_before, was->second);
      }
    }
    if (!complete || count[0] == 0 || count[1] == 0) continue;
    for (const int side : {0, 1}) {
      policy[side] /= count[side];
      before[side] /= count[side];
    }
    point.reference = before[1] - before[0];
    point.policy = policy[1] - policy[0];
    point.ratio_chosen = policy[1] - before[1];
    point.ratio_rejected = policy[0] - before[0];
    point.chosen_first = policy[1] > best_rejected;
    point.chosen_first_reference = before[1] > best_rejected_before;
    points.push_back(point);
  }
  return points;
}

}  // namespace prefscope
