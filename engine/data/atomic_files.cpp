// SPDX-License-Identifier: GPL-3.0-or-later
// RecBole's atomic files (recbole.io/docs/user_guide/data/atomic_files.html): tabs, and a header of name:type, where
// type is token, token_seq, float or float_seq and values of a sequence are separated by blanks.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/data/table_formats.h"

namespace prefscope {
namespace {

struct AtomicColumn {
  std::string whole, name, type;
};

/// The columns of a typed header; none where one of them has no type.
std::vector<AtomicColumn> atomic_columns(const InputFile& file) {
  std::vector<AtomicColumn> columns;
  const std::string line(first_line(file));
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find('\t', begin), line.size());
    const std::string whole = line.substr(begin, end - begin);
    const size_t colon = whole.rfind(':');
    const std::string type = colon == std::string::npos ? "" : whole.substr(colon + 1);
    if (type != "token" && type != "token_seq" && type != "float" && type != "float_seq") return {};
    columns.push_back({whole, whole.substr(0, colon), type});
    begin = end + 1;
  }
  return columns;
}

const AtomicColumn* find_column(const std::vector<AtomicColumn>& columns, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    for (const AtomicColumn& column : columns) {
      if (column.name == name) return &column;
    }
  }
  return nullptr;
}

/// The names of the columns that hold a user's and an item's id.
struct KeyNames {
  std::string user, item;
};

/// Sets name an item as they like (artist_id, business_id): the only other id that a file with users has. Empty where
/// there is none.
KeyNames key_names(const std::vector<AtomicColumn>& columns) {
  const AtomicColumn* user = find_column(columns, {"user_id", "session_id"});
  if (user == nullptr) return {};
  if (find_column(columns, {"item_id"}) != nullptr) return {user->name, "item_id"};
  std::vector<std::string> ids;
  for (const AtomicColumn& column : columns) {
    if (column.type == "token" && column.name.ends_with("_id") && column.name != "user_id" &&
        column.name != "session_id" && column.name != "review_id")
      ids.push_back(column.name);
  }
  return ids.size() == 1 ? KeyNames{user->name, ids[0]} : KeyNames{};
}

/// Those of the files of a set: "item_id" where one has it.
KeyNames key_names(const std::vector<InputFile>& files) {
  KeyNames found = {"user_id", "item_id"};
  for (const InputFile& file : files) {
    const KeyNames names = key_names(atomic_columns(file));
    if (names.item.empty()) continue;
    found = names;
    if (names.item == "item_id") break;
  }
  return found;
}

TableMapping atomic_mapping() {
  TableMapping mapping;
  mapping.form.delimited = {"\t", false, false};
  return mapping;
}

TableMapping items_of(const std::vector<AtomicColumn>& columns, const AtomicColumn& item) {
  TableMapping mapping = atomic_mapping();
  mapping.item = item.whole;
  const AtomicColumn* title =
      find_column(columns, {"title", "movie_title", "item_name", "name", "book_title", "item_title"});
  if (title != nullptr) mapping.title = title->whole;
  for (const AtomicColumn& column : columns) {
    if (&column == &item || &column == title || column.type == "float_seq") continue;
    mapping.attributes.push_back({column.whole, column.name, column.type == "token_seq" ? " " : ""});
  }
  return mapping;
}

Remark note(const InputFile& file, const std::string& text) {
  return {RemarkKind::Note, file.name, text, {}, 1, {}};
}

}  // namespace

bool is_atomic_file(const InputFile& file) {
  return !atomic_columns(file).empty();
}

std::optional<RecognisedSet> recognise_atomic_files(const std::vector<InputFile>& files) {
  RecognisedSet found;
  found.set.format = "recbole";
  const KeyNames names = key_names(files);
  for (const InputFile& file : files) {
    const std::vector<AtomicColumn> columns = atomic_columns(file);
    const AtomicColumn* user = find_column(columns, {names.user.c_str()});
    const AtomicColumn* item = find_column(columns, {names.item.c_str(), "id"});
    if (columns.empty()) {
      found.notes.push_back(note(file, "the whole file: it is no atomic file"));
    } else if (user != nullptr && item != nullptr) {
      TableMapping mapping = atomic_mapping();
      mapping.user = user->whole;
      mapping.item = item->whole;
      if (const AtomicColumn* rating = find_column(columns, {"rating"})) mapping.rating = rating->whole;
      if (const AtomicColumn* time = find_column(columns, {"timestamp"})) mapping.time = time->whole;
      found.set.interactions.push_back({&file, std::move(mapping)});
      for (const AtomicColumn& column : columns) {
        if (&column != user && &column != item && column.name != "rating" && column.name != "timestamp")
          found.notes.push_back(note(file, fmt::format("the column {} is not used", lossy_utf8(column.whole))));
      }
    } else if (item != nullptr && find_column(columns, {"entity_id"}) == nullptr) {
      found.set.items.push_back({&file, items_of(columns, *item)});
    } else {
      found.notes.push_back(note(file, user != nullptr ? "the whole file: users have no attributes here"
                                                       : "the whole file: knowledge graphs are not used"));
    }
  }
  if (found.set.interactions.empty()) return std::nullopt;
  if (found.set.interactions.size() > 1)
    found.notes.push_back({RemarkKind::Note,
                           "",
                           "the files of interactions were read one behind the other: a split that "
                           "they give is not kept",
                           {},
                           1,
                           {}});
  return found;
}

}  // namespace prefscope
