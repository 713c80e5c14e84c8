// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// An example as a line of a table.
struct ExampleRow {
  int64_t id = 0, position = 0;
  Role role = Role::Train;
  std::string user;    ///< the user's key; of an imported one "file.json record 12"
  std::string target;  ///< the target's title; of an imported one the chosen text of the first pair
  int64_t history = 0, candidates = 0, negatives = 0;  ///< items; negatives of an imported one: pairs
};

/// Examples in saved order. search: part of the target's title (ASCII letters in any case) or the user's whole key;
/// empty: all.
int64_t count_example_rows(Workspace& workspace, int64_t preparation, const std::string& search);
std::vector<ExampleRow> read_example_rows(Workspace& workspace, int64_t preparation, const std::string& search,
                                          int64_t offset, int64_t limit);

/// The held-out example after (or before) a position in saved order; nothing at the end.
std::optional<int64_t> next_held_out(Workspace& workspace, int64_t preparation, int64_t position, bool forward);
/// The same of examples of any role.
std::optional<int64_t> next_example(Workspace& workspace, int64_t preparation, int64_t position, bool forward);
/// The key of each example's user, by example; of an imported pair its source.
std::map<int64_t, std::string> read_example_keys(Workspace& workspace, int64_t preparation);
/// The titles of items, in the order asked for; an unknown id gives an empty one.
std::vector<std::string> read_titles(Workspace& workspace, const std::vector<int64_t>& items);

}  // namespace prefscope
