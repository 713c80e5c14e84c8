// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <filesystem>

namespace prefscope {

/// The newest schema this program writes (PRAGMA user_version).
inline constexpr int schema_version = 9;

/// One connection to a workspace folder (workspace.db, runs/, exports/). Open one per thread: it is not shared between
/// threads. WAL, foreign keys on, busy timeout 10 s.
class Workspace {
 public:
  /// Opens the workspace in `folder`, makes it if absent, and migrates an older schema. Throws Unsupported, touching
  /// nothing, when a newer program wrote it, and BadFile when workspace.db is something else.
  explicit Workspace(const std::filesystem::path& folder);

  SQLite::Database& db() { return db_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// runs/<id>/, where a run keeps its adapter and checkpoints.
  std::filesystem::path run_folder(int64_t run) const;

 private:
  std::filesystem::path folder_;
  SQLite::Database db_;
};

}  // namespace prefscope
