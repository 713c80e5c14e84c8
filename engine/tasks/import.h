// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/import_report.h"
#include "engine/store/data_sets.h"

namespace prefscope {

struct ImportOptions {
  std::filesystem::path workspace;
  std::vector<std::filesystem::path> paths;  ///< an archive, a folder, or files that belong together
  std::string name;                          ///< empty: from the path, made unique
  std::string format;                        ///< empty: recognised by content; else one of format_names()
  std::string
      role;  ///< of a preference file's examples: train, held_out; empty: held_out where a file's name holds "eval"
  /// Tables of no known format: which column is what, as map_files in engine/data/mapped_files.h has it. Empty: none.
  std::string map = {}, map_items = {};
};

struct ImportResult {
  DataSet data_set;
  std::vector<Dropped> dropped;  ///< the report's remarks, line by line
  ImportReport report;
  double seconds = 0;
};

/// Reads files into a new data set in one transaction: cancelled or killed half-way, nothing of it remains. Items keep
/// the file's order, as do interactions (`position`), which decides ties in time. content_hash is the SHA-256 of the
/// files' hashes in ascending order, so that a folder and a zip of it have the same. Preference examples come with a
/// preparation (split "given"). Throws BadFile with file, line, expected, found; BadInput when the name is taken;
/// Storage when the workspace cannot be written.
ImportResult import_data(const ImportOptions& options, const TaskContext& context);

}  // namespace prefscope
