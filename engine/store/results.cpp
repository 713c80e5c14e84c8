// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/results.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/bind.h"

namespace prefscope {
namespace {

using nlohmann::json;

std::string metrics_json(const std::map<std::string, Interval>& metrics) {
  json object = json::object();
  for (const auto& [name, interval] : metrics) object[name] = {interval.value, interval.low, interval.high};
  return object.dump();
}

std::map<std::string, Interval> metrics_from(const std::string& text) {
  std::map<std::string, Interval> metrics;
  try {
    const json object = json::parse(text);
    for (const auto& [name, value] : object.items()) metrics[name] = {value.at(0), value.at(1), value.at(2)};
  } catch (const json::exception&) {
    throw Error(ErrorKind::Storage,
                fmt::format("workspace.db: an evaluation's metrics are damaged: expected [value, low, high], found {}",
                            text.substr(0, 80)));
  }
  return metrics;
}

}  // namespace

int64_t save_evaluation(Workspace& workspace, const Evaluation& evaluation,
                        const std::vector<std::vector<UserResult>>& per_user) {
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(
      workspace.db(),
      "INSERT INTO evaluation(preparation, created_at, protocol, score, users, seed) VALUES (?, ?, ?, ?, ?, ?)");
  insert.bind(1, evaluation.preparation);
  insert.bind(2, evaluation.created_at);
  insert.bind(3, evaluation.protocol);
  insert.bind(4, evaluation.score);
  insert.bind(5, evaluation.users);
  insert.bind(6, static_cast<int64_t>(evaluation.seed));
  insert.exec();
  const int64_t id = workspace.db().getLastInsertRowid();
  SQLite::Statement row(workspace.db(),
                        "INSERT INTO evaluation_row(evaluation, position, model, run, metrics) VALUES (?, ?, ?, ?, ?)");
  SQLite::Statement user(
      workspace.db(),
      "INSERT INTO evaluation_user(evaluation, position, example, auc, target_rank) VALUES (?, ?, ?, ?, ?)");
  for (size_t r = 0; r < evaluation.rows.size(); ++r) {
    row.bind(1, id);
    row.bind(2, static_cast<int64_t>(r));
    row.bind(3, evaluation.rows[r].model);
    bind_optional(row, 4, evaluation.rows[r].run);
    row.bind(5, metrics_json(evaluation.rows[r].metrics));
    row.exec();
    row.reset();
    for (const UserResult& result : per_user.at(r)) {
      user.bind(1, id);
      user.bind(2, static_cast<int64_t>(r));
      user.bind(3, result.example);
      user.bind(4, result.auc);
      user.bind(5, result.target_rank);
      user.exec();
      user.reset();
    }
  }
  transaction.commit();
  return id;
}

std::vector<Evaluation> list_evaluations(Workspace& workspace, int64_t preparation) {
  SQLite::Statement query(workspace.db(),
                          "SELECT id, preparation, users, created_at, protocol, score, seed FROM evaluation WHERE "
                          "preparation = ? ORDER BY id");
  SQLite::Statement rows(workspace.db(),
                         "SELECT model, run, metrics FROM evaluation_row WHERE evaluation = ? ORDER BY position");
  query.bind(1, preparation);
  std::vector<Evaluation> all;
  while (query.executeStep()) {
    Evaluation e{query.getColumn(0).getInt64(),
                 query.getColumn(1).getInt64(),
                 query.getColumn(2).getInt64(),
                 query.getColumn(3).getString(),
                 query.getColumn(4).getString(),
                 query.getColumn(5).getString(),
                 static_cast<uint64_t>(query.getColumn(6).getInt64()),
                 {}};
    rows.bind(1, e.id);
    while (rows.executeStep())
      e.rows.push_back(
          {rows.getColumn(0).getString(), optional_id(rows.getColumn(1)), metrics_from(rows.getColumn(2).getString())});
    rows.reset();
    all.push_back(std::move(e));
  }
  return all;
}

std::vector<UserResult> read_user_results(Workspace& workspace, int64_t evaluation, int row) {
  SQLite::Statement query(
      workspace.db(),
      "SELECT example, auc, target_rank FROM evaluation_user WHERE evaluation = ? AND position = ? ORDER BY example");
  query.bind(1, evaluation);
  query.bind(2, row);
  std::vector<UserResult> results;
  while (query.executeStep())
    results.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getDouble(), query.getColumn(2).getDouble()});
  return results;
}

int64_t save_rationale(Workspace& workspace, const SavedRationale& rationale) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO rationale(example, model, run, item, seed, temperature, prompt, text, "
                           "created_at, held_titles) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, rationale.example);
  insert.bind(2, rationale.model);
  bind_optional(insert, 3, rationale.run);
  insert.bind(4, rationale.item);
  insert.bind(5, static_cast<int64_t>(rationale.seed));
  insert.bind(6, rationale.temperature);
  insert.bind(7, rationale.prompt);
  insert.bind(8, rationale.text);
  insert.bind(9, rationale.created_at.empty() ? utc_now() : rationale.created_at);
  insert.bind(10, rationale.held_titles ? 1 : 0);
  insert.exec();
  return workspace.db().getLastInsertRowid();
}

std::vector<SavedRationale> read_rationales(Workspace& workspace, int64_t example) {
  SQLite::Statement query(workspace.db(),
                          "SELECT id, model, item, run, seed, temperature, held_titles, prompt, text, created_at FROM "
                          "rationale "
                          "WHERE example = ? ORDER BY id");
  query.bind(1, example);
  std::vector<SavedRationale> all;
  while (query.executeStep()) {
    all.push_back({query.getColumn(0).getInt64(), example, query.getColumn(1).getInt64(), query.getColumn(2).getInt64(),
                   optional_id(query.getColumn(3)), static_cast<uint64_t>(query.getColumn(4).getInt64()),
                   query.getColumn(5).getDouble(), query.getColumn(6).getInt() != 0, query.getColumn(7).getString(),
                   query.getColumn(8).getString(), query.getColumn(9).getString()});
  }
  return all;
}

}  // namespace prefscope
