// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/workspace.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "engine/base/error.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/schema.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr int application_id = 0x50665363;  // "PfSc", so that a stranger's database is not taken for ours

/// What tells whose database a file is.
struct Marks {
  int tables = 0, version = 0, id = 0;
  bool empty() const { return tables == 0 && version == 0 && id == 0; }
};

/// "file:" and the path, with what has a meaning in a URI escaped.
std::string uri_of(const fs::path& file, const char* parameters) {
  std::string uri = "file:";
  for (const char c : fs::absolute(file).string()) {
    const bool plain = c == '/' || c == '.' || c == '-' || c == '_' || (c >= '0' && c <= '9') ||
                       (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    uri += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return uri + parameters;
}

/// Reads the marks without a trace. A reader of a write-ahead log leaves files beside the database; where there is no
/// log to read, the file alone is opened.
Marks read_marks(const fs::path& file) {
  std::error_code code;
  const bool log = fs::exists(file.string() + "-wal", code);
  SQLite::Database db(uri_of(file, log ? "" : "?immutable=1"), SQLite::OPEN_READONLY | SQLite::OPEN_URI, 10'000);
  // Our mark is read last: another process may be making the workspace, which marks it in one transaction with its
  // tables.
  Marks marks;
  marks.tables = db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  marks.version = db.execAndGet("PRAGMA user_version").getInt();
  marks.id = db.execAndGet("PRAGMA application_id").getInt();
  return marks;
}

/// Throws where the file is no workspace of this program's; a refused file stays as it was.
void refuse_foreign(const fs::path& file) {
  try {
    const Marks marks = read_marks(file);
    if (marks.id == application_id && marks.version > schema_version) {
      throw Error(ErrorKind::Unsupported, fmt::format("{}: this workspace has schema version {}, this program knows "
                                                      "versions up to {}. Nothing was changed; open it "
                                                      "with a newer Prefscope or choose another folder.",
                                                      file.string(), marks.version, schema_version));
    }
    if (marks.id != application_id && !marks.empty()) {
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

/// SQLite does not wait where two programs switch a new file to its write-ahead log at once, it says busy.
void use_write_ahead_log(SQLite::Database& db) {
  for (int tries = 0;; ++tries) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& e) {
      if ((e.getErrorCode() & 0xff) != SQLITE_BUSY || tries == 1000) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
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
    // A new file takes it, another keeps its own. With SQLite's 4096 bytes the tree of 25 million rows gets a level
    // more, whose pages are written twice in one import; the commit then takes 0.5 s instead of 0.1 s.
    db_.exec("PRAGMA page_size = 16384");
    use_write_ahead_log(db_);
    db_.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536");
    if (db_.execAndGet("PRAGMA user_version").getInt() == schema_version) return;
    // IMMEDIATE, and the version is read again inside: two programs may open a new workspace at once.
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    for (int version = db_.execAndGet("PRAGMA user_version").getInt(); version < schema_version; ++version) {
      db_.exec(migrations()[static_cast<size_t>(version)]);
      db_.exec(fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {}", version + 1, application_id));
    }
    write_missing_orders(*this);
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
