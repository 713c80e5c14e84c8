// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/workspace.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "engine/base/error.h"
#include "engine/store/schema.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr int application_id = 0x50665363;  // "PfSc", so that a stranger's database is not taken for ours

/// Reads both marks without writing a byte, so that a refused file stays as it was.
void refuse_foreign(const fs::path& file) {
  try {
    SQLite::Database db(file.string(), SQLite::OPEN_READONLY, 10'000);
    const int version = db.execAndGet("PRAGMA user_version").getInt();
    const int id = db.execAndGet("PRAGMA application_id").getInt();
    const int tables = db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
    if (id == application_id && version > schema_version) {
      throw Error(ErrorKind::Unsupported, fmt::format("{}: this workspace has schema version {}, this program knows "
                                                      "versions up to {}. Nothing was changed; open it "
                                                      "with a newer Prefscope or choose another folder.",
                                                      file.string(), version, schema_version));
    }
    if (id != application_id && tables > 0) {
      throw Error(
          ErrorKind::BadFile,
          fmt::format("{}: expected a Prefscope workspace, found another program's database; choose another folder",
                      file.string()));
    }
  } catch (const SQLite::Exception& e) {
    throw Error(
        ErrorKind::BadFile,
        fmt::format(
            "{}: expected a Prefscope workspace, but SQLite says: {}; choose another folder or restore the file",
            file.string(), e.what()));
  }
}

SQLite::Database open(const fs::path& folder) {
  const fs::path file = folder / "workspace.db";
  std::error_code code;
  if (fs::exists(file, code)) {
    refuse_foreign(file);
  } else if (fs::create_directories(folder, code); code) {
    throw Error(ErrorKind::Storage,
                fmt::format("{}: the workspace folder cannot be made: {}; choose a folder you may write to",
                            folder.string(), code.message()));
  }
  try {
    return SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 10'000);
  } catch (const SQLite::Exception& e) {
    throw Error(ErrorKind::Storage, fmt::format("{}: cannot be opened for writing: {}; check the folder's permissions",
                                                file.string(), e.what()));
  }
}

}  // namespace

Workspace::Workspace(const fs::path& folder) : folder_(folder), db_(open(folder)) {
  try {
    db_.exec(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536");
    if (db_.execAndGet("PRAGMA user_version").getInt() == schema_version) return;
    // IMMEDIATE, and the version is read again inside: two programs may open a new workspace at once.
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    for (int version = db_.execAndGet("PRAGMA user_version").getInt(); version < schema_version; ++version) {
      db_.exec(migrations()[static_cast<size_t>(version)]);
      db_.exec(fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {}", version + 1, application_id));
    }
    transaction.commit();
  } catch (const SQLite::Exception& e) {
    throw Error(ErrorKind::Storage,
                fmt::format("{}: {}; check free space and permissions", (folder_ / "workspace.db").string(), e.what()));
  }
}

fs::path Workspace::run_folder(int64_t run) const {
  return folder_ / "runs" / std::to_string(run);
}

}  // namespace prefscope
