// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/workspace.h"

namespace prefscope {

/// A row of data_set.
struct DataSet {
  int64_t id = 0;
  std::string name, format, source, content_hash, imported_at;
  int64_t users = 0, items = 0, interactions = 0, examples = 0;  ///< examples: imported preference examples only
  bool has_ratings = false;
};

/// Something a reader left out. line: line or record number from 1; 0: the file as a whole.
struct Dropped {
  std::string file;
  int64_t line = 0;
  std::string reason;
};

std::vector<DataSet> list_data_sets(Workspace& workspace);
/// Throws BadInput, naming the sets there are, when there is none of that name.
DataSet find_data_set(Workspace& workspace, const std::string& name);
/// What was stored of the import's report, JSON; empty for sets that were imported before there was one.
std::string report_json(Workspace& workspace, int64_t data_set);
std::vector<Dropped> dropped_of(Workspace& workspace, int64_t data_set);
/// Deletes the set and everything made from it (preparations, runs with their folders, evaluations, cases), in one
/// transaction, with progress; a stop leaves it whole. Throws BadInput while one of its runs is training, or a run on
/// another set builds on one of its runs.
void delete_data_set(Workspace& workspace, int64_t data_set, const TaskContext& context = {});

}  // namespace prefscope
