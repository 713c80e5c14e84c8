// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/import_report.h"
#include "engine/store/data_sets.h"

namespace prefscope {

struct CombineOptions {
  std::filesystem::path workspace;
  std::vector<std::string> data_sets;  ///< names, two or more; sets of interactions, all with ratings or all without
  std::string name;                    ///< of the new set
};

struct CombineResult {
  DataSet data_set;
  ImportReport report;  ///< its parts say what was joined
  double seconds = 0;
};

/// What an item's attribute is called that has the name of the set that it came from.
inline constexpr const char* domain_attribute = "domain";

/// Makes a new set of several, so that one training can learn from all of them. Nobody and nothing is made the same:
/// keys of users and items begin with their set's name ("movies/17"), items keep their titles and attributes and have
/// the set's name as one more, "domain". The sets stay as they are. The content hash is made of theirs and their names.
/// One transaction. Throws BadInput, naming the set, where they cannot be joined, and Storage where the workspace cannot
/// be read or written.
CombineResult combine(const CombineOptions& options, const TaskContext& context);

}  // namespace prefscope
