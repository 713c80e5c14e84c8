// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/raw_data_set.h"
#include "engine/store/data_sets.h"

namespace prefscope {

/// What a new set is called and where it comes from.
struct NewDataSet {
  std::string name, source, content_hash;
  std::string role;  ///< of preference examples, as it was asked for on import; empty: by their files' names
};

/// Throws BadInput where a set of that name is there, or the name is no UTF-8.
void check_new_name(Workspace& workspace, const std::string& name);

/// Writes a set with its rows, examples and remarks, within the caller's transaction. Takes what raw holds of
/// interactions. Returns its id.
int64_t save_data_set(Workspace& workspace, const NewDataSet& set, RawDataSet& raw, const TaskContext& context);

/// The remarks of a report as lines of a list: the first rows of each, and how many more there are.
std::vector<Dropped> remark_lines(const ImportReport& report);

/// A part of a task as a task of its own: its progress is mapped to [begin, end], the time left is estimated from the
/// whole, which began at start and must live as long.
TaskContext part_of(const TaskContext& whole, double begin, double end, std::chrono::steady_clock::time_point start);

}  // namespace prefscope
