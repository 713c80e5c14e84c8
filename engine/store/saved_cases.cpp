// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/saved_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/store/bind.h"

namespace prefscope {
namespace {

// The report is large and is read by itself.
constexpr const char* columns =
    "SELECT id, data_set, example, model, run, user_key, model_name, note, created_at, starred, tags FROM saved_case";

std::vector<SavedCase> read_all(SQLite::Statement& query) {
  std::vector<SavedCase> cases;
  while (query.executeStep()) {
    SavedCase c;
    c.id = query.getColumn(0).getInt64();
    c.data_set = query.getColumn(1).getInt64();
    c.example = optional_id(query.getColumn(2));
    c.model = optional_id(query.getColumn(3));
    c.run = optional_id(query.getColumn(4));
    c.user_key = query.getColumn(5).getString();
    c.model_name = query.getColumn(6).getString();
    c.note = query.getColumn(7).getString();
    c.created_at = query.getColumn(8).getString();
    c.starred = query.getColumn(9).getInt() != 0;
    c.tags = tags_of(query.getColumn(10).getString());
    cases.push_back(std::move(c));
  }
  return cases;
}

[[noreturn]] void refuse(Workspace& workspace, int64_t id) {
  const int64_t count = workspace.db().execAndGet("SELECT count(*) FROM saved_case").getInt64();
  throw Error(ErrorKind::BadInput,
              count == 0 ? fmt::format("there is no saved case {}: none is saved yet", id)
                         : fmt::format("there is no saved case {}: {} are saved, the newest is {}", id, count,
                                       workspace.db().execAndGet("SELECT max(id) FROM saved_case").getInt64()));
}

}  // namespace

std::vector<std::string> tags_of(const std::string& typed) {
  std::vector<std::string> tags;
  for (size_t at = 0; at <= typed.size();) {
    const size_t comma = std::min(typed.find(',', at), typed.size());
    std::string tag = typed.substr(at, comma - at);
    std::replace_if(
        tag.begin(), tag.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    tag.erase(0, std::min(tag.find_first_not_of(' '), tag.size()));
    tag.erase(tag.find_last_not_of(' ') + 1);
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
    at = comma + 1;
  }
  return tags;
}

std::string tags_text(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) text += (text.empty() ? "" : ", ") + tag;
  return text;
}

int64_t save_case(Workspace& workspace, const SavedCase& saved, const std::string& report) {
  SQLite::Statement insert(workspace.db(),
                           "INSERT INTO saved_case(id, data_set, example, model, run, user_key, model_name, note, "
                           "created_at, starred, tags, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_optional(insert, 1, saved.id > 0 ? std::optional<int64_t>(saved.id) : std::nullopt);
  insert.bind(2, saved.data_set);
  bind_optional(insert, 3, saved.example);
  bind_optional(insert, 4, saved.model);
  bind_optional(insert, 5, saved.run);
  insert.bind(6, saved.user_key);
  insert.bind(7, saved.model_name);
  insert.bind(8, saved.note);
  insert.bind(9, saved.created_at.empty() ? utc_now() : saved.created_at);
  insert.bind(10, saved.starred ? 1 : 0);
  insert.bind(11, tags_text(saved.tags));
  insert.bind(12, report);
  insert.exec();
  return workspace.db().getLastInsertRowid();
}

std::vector<SavedCase> list_cases(Workspace& workspace, int64_t data_set) {
  SQLite::Statement query(workspace.db(), std::string(columns) + " WHERE data_set = ? ORDER BY id");
  query.bind(1, data_set);
  return read_all(query);
}

std::vector<SavedCase> list_cases(Workspace& workspace) {
  SQLite::Statement query(workspace.db(), std::string(columns) + " ORDER BY id");
  return read_all(query);
}

SavedCase read_case(Workspace& workspace, int64_t id) {
  SQLite::Statement query(workspace.db(), std::string(columns) + " WHERE id = ?");
  query.bind(1, id);
  const std::vector<SavedCase> found = read_all(query);
  if (found.empty()) refuse(workspace, id);
  return found.front();
}

std::string read_case_report(Workspace& workspace, int64_t id) {
  SQLite::Statement query(workspace.db(), "SELECT report FROM saved_case WHERE id = ?");
  query.bind(1, id);
  if (!query.executeStep()) refuse(workspace, id);
  return query.getColumn(0).getString();
}

void update_case(Workspace& workspace, const SavedCase& saved) {
  SQLite::Statement update(workspace.db(), "UPDATE saved_case SET starred = ?, tags = ?, note = ? WHERE id = ?");
  update.bind(1, saved.starred ? 1 : 0);
  update.bind(2, tags_text(saved.tags));
  update.bind(3, saved.note);
  update.bind(4, saved.id);
  if (update.exec() == 0) refuse(workspace, saved.id);
}

void delete_case(Workspace& workspace, int64_t id) {
  SQLite::Statement erase(workspace.db(), "DELETE FROM saved_case WHERE id = ?");
  erase.bind(1, id);
  erase.exec();
}

}  // namespace prefscope
