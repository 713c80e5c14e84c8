// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/data/collector.h"
#include "engine/data/inputs.h"
#include "engine/data/table_mapping.h"

namespace prefscope {

/// A file and how it is read.
struct MappedFile {
  const InputFile* file = nullptr;
  TableMapping mapping;
};

/// Tags that users or readers gave to items, in two tables: an item's most frequent ones become its attributes "tag".
struct MappedTags {
  MappedFile names;      ///< item: the tag's id; title: its text
  MappedFile uses;       ///< item: the item; title: the tag's id; rating: how often (once, where it is not mapped)
  std::string item_key;  ///< the column of the file of items that `uses` means by an item; empty: the item's id
};

/// Files that make a data set together.
struct MappedSet {
  std::string format;
  std::vector<MappedFile> interactions;  ///< at least one
  std::vector<MappedFile> items;
  UnknownItem unknown = UnknownItem::Keep;
  std::optional<MappedTags> tags = {};
  bool known_items_only = false;  ///< the files of items are larger than the set: what has no interaction is left out
};

/// Reads the items, then the interactions (the other way round for known_items_only). Throws BadFile with file, line,
/// expected and found; nothing is read whole.
RawDataSet read_tables(const MappedSet& set, const std::vector<Remark>& notes, const TaskContext& context);

/// A row as it would be imported.
struct PreviewRow {
  int64_t line = 0;
  std::string user, item, rating, time, title;  ///< time as "2015-03-01 10:00:00"; empty where there is none
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string problem;  ///< why the row would be dropped; empty where it would not
};
/// The first 50 rows of a file as they would be read, for whoever says which column is what. Throws as read_tables
/// does.
std::vector<PreviewRow> preview(const InputFile& file, const TableMapping& mapping, const TaskContext& context);

/// A row as it stands in a file.
struct FileRow {
  int64_t line = 0;
  std::vector<std::string> cells;  ///< one a column
};
/// The first 50 rows of a file in some of its columns, for whoever does not know yet which is what. Throws as
/// read_tables does.
std::vector<FileRow> first_rows(const InputFile& file, const TableForm& form, const std::vector<std::string>& columns,
                                const TaskContext& context);

}  // namespace prefscope
