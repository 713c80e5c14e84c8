// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/same_users.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "engine/data/import_report.h"
#include "engine/store/data_sets.h"

namespace prefscope {
namespace {

/// Content that users come from, with what their keys begin with in this set.
struct Origin {
  std::string content_hash, prefix;
};

std::vector<Origin> origins_of(Workspace& workspace, int64_t data_set) {
  const std::vector<DataSet> sets = list_data_sets(workspace);
  const auto set = std::find_if(sets.begin(), sets.end(), [&](const DataSet& s) { return s.id == data_set; });
  const std::string kept = report_json(workspace, data_set);
  std::vector<Origin> origins;
  for (const JoinedPart& part : kept.empty() ? std::vector<JoinedPart>() : read_report(kept).parts)
    origins.push_back({part.content_hash, part.name + "/"});
  if (origins.empty() && set != sets.end()) origins.push_back({set->content_hash, ""});
  return origins;
}

/// The users of a preparation's examples of a role (of imported pairs the records), by the content that they come from:
/// "hash key".
std::set<std::string> users_of(Workspace& workspace, const Preparation& p, Role role,
                               const std::set<std::string>& contents) {
  const std::vector<Origin> origins = origins_of(workspace, p.data_set);
  SQLite::Statement query(workspace.db(),
                          "SELECT DISTINCT ifnull(u.key, e.source) FROM example e LEFT JOIN user u ON u.id = e.user "
                          "WHERE e.preparation = ? "
                          "AND e.role = ? AND ifnull(u.key, e.source) IS NOT NULL");
  query.bind(1, p.id);
  query.bind(2, role_name(role));
  std::set<std::string> users;
  while (query.executeStep()) {
    const std::string key = query.getColumn(0).getString();
    for (const Origin& origin : origins) {
      if (key.starts_with(origin.prefix) && contents.contains(origin.content_hash))
        users.insert(origin.content_hash + " " + key.substr(origin.prefix.size()));
    }
  }
  return users;
}

}  // namespace

int64_t users_learned_from(Workspace& workspace, const Run& run, const Preparation& preparation) {
  std::set<std::string> trained, tested, common;
  for (const Origin& origin : origins_of(workspace, run.data_set)) trained.insert(origin.content_hash);
  for (const Origin& origin : origins_of(workspace, preparation.data_set)) tested.insert(origin.content_hash);
  std::set_intersection(trained.begin(), trained.end(), tested.begin(), tested.end(),
                        std::inserter(common, common.end()));
  if (common.empty()) return 0;
  const auto learned = users_of(workspace, read_preparation(workspace, run.preparation), Role::Train, common);
  const auto held_out = users_of(workspace, preparation, Role::HeldOut, common);
  return std::count_if(held_out.begin(), held_out.end(),
                       [&](const std::string& user) { return learned.contains(user); });
}

}  // namespace prefscope
