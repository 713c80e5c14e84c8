// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/analyses.h"

#include "engine/base/files.h"
#include "engine/store/bind.h"

namespace prefscope {
namespace {

void bind_question(SQLite::Statement& query, int64_t example, const Policy& policy, const std::string& kind,
                   const std::string& settings) {
  query.bind(1, example);
  query.bind(2, policy.model);
  bind_optional(query, 3, policy.run);
  query.bind(4, kind);
  query.bind(5, settings);
}

}  // namespace

void save_analysis(Workspace& workspace, int64_t example, const Policy& policy, const std::string& kind,
                   const std::string& settings, const std::string& result) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT OR REPLACE INTO analysis(example, model, run, kind, settings, result, created_at) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?)");
  bind_question(insert, example, policy, kind, settings);
  insert.bind(6, result);
  insert.bind(7, utc_now());
  insert.exec();
}

std::optional<std::string> find_analysis(Workspace& workspace, int64_t example, const Policy& policy,
                                         const std::string& kind, const std::string& settings) {
  SQLite::Statement query(workspace.db(),
                          "SELECT result FROM analysis WHERE example = ? AND model = ? AND ifnull(run, 0) = ifnull(?, "
                          "0) AND kind = ? AND settings = ?");
  bind_question(query, example, policy, kind, settings);
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getString();
}

}  // namespace prefscope
