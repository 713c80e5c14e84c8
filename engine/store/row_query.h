// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/data/value_range.h"

namespace prefscope {

/// What the tables of a data set can be filtered and sorted by. A table has some of them.
enum class RowColumn {
  User,          ///< the user's key
  Title,         ///< an item's; of an example its target's, or the chosen text of its first pair
  ItemKey,       ///< the item's id in the file
  Attributes,    ///< "genre: Drama"; not sortable
  Interactions,  ///< how many rows a user or an item has
  Rating,
  Time,     ///< seconds since 1970, UTC
  Role,     ///< train, panel, held out
  History,  ///< items in an example's history
};

/// Whether a column holds text; else it holds numbers, or times.
bool is_text(RowColumn column);

/// What a column must hold. Text: a part of it, in any case and any script, or after "=" the whole of it; %, _ and
/// quotes are plain text.
struct RowCondition {
  RowColumn column = RowColumn::Title;
  std::string text;  ///< of text columns
  ValueRange range;  ///< of the others

  bool operator==(const RowCondition&) const = default;
};

/// One key of a sort.
struct SortKey {
  RowColumn column = RowColumn::Title;
  bool descending = false;

  bool operator==(const SortKey&) const = default;
};

/// Which rows of a table are wanted, in which order.
struct RowQuery {
  int64_t data_set = 0;
  /// Words that must all be found in a row, in any order and case: of an item in its title, key and attributes; of a
  /// user in the key; of an interaction in its item's title and attributes, or it is the user's whole key; of
  /// an example in the target's title, or it is the user's whole key. Empty: all rows.
  std::string search = {};
  std::vector<RowCondition> where = {};  ///< all of them must hold
  std::vector<SortKey> order = {};       ///< the first decides, ties go on to the next; none: the order of the file
  int64_t item = 0;                      ///< of interactions: those of this item alone; 0: of all items

  bool operator==(const RowQuery&) const = default;
};

/// The rows that a query found, in its order: ids in 4 bytes each, or none of them written out where they are all rows
/// in the order of the file. Rows with equal keys stand in the order of the file, in a table whose first key is
/// descending in its reverse.
struct FoundRows {
  int64_t first = 0;              ///< id of the table's first row
  int64_t count = 0;              ///< rows that were found
  std::vector<uint32_t> offsets;  ///< [count] id - first; empty: 0, 1, 2 ..

  int64_t id(int64_t place) const {
    return first + (offsets.empty() ? place : static_cast<int64_t>(offsets[static_cast<size_t>(place)]));
  }
};

}  // namespace prefscope
