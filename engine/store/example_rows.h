// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"
#include "engine/store/row_query.h"

namespace prefscope {

/// An example as a line of a table.
struct ExampleRow {
  int64_t id = 0, position = 0;
  Role role = Role::Train;
  std::string user;    ///< the user's key; of an imported one "file.json record 12"
  std::string target;  ///< the target's title; of an imported one the chosen text of the first pair
  int64_t history = 0, candidates = 0, negatives = 0;  ///< items; negatives of an imported one: pairs
};

/// The examples of a preparation that a query finds, without a sort in saved order; its data_set is not looked at.
/// Columns: User, Title, Role and History. Throws BadInput for another.
FoundRows find_examples(Workspace& workspace, int64_t preparation, const RowQuery& query, const TaskContext& context);
std::vector<ExampleRow> read_example_rows(Workspace& workspace, const FoundRows& found, int64_t offset = 0,
                                          int64_t limit = 200);

/// The held-out example after (or before) a position in saved order; nothing at the end.
std::optional<int64_t> next_held_out(Workspace& workspace, int64_t preparation, int64_t position, bool forward);
/// The same of examples of any role.
std::optional<int64_t> next_example(Workspace& workspace, int64_t preparation, int64_t position, bool forward);
/// The key of each example's user, by example; of an imported pair its source.
std::map<int64_t, std::string> read_example_keys(Workspace& workspace, int64_t preparation);
/// The titles of items, in the order asked for; an unknown id gives an empty one.
std::vector<std::string> read_titles(Workspace& workspace, const std::vector<int64_t>& items);

}  // namespace prefscope
