// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/readers.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/data/json_lines.h"
#include "engine/data/mapped_files.h"
#include "engine/data/preference_json.h"
#include "engine/data/table_formats.h"

namespace prefscope {
namespace {

/// What a file is that is no text, where its first bytes say so; else nothing.
std::string kind_of(const InputFile& file) {
  std::string head(256, '\0');  // as it is: what is no text has no encoding
  head.resize(read_fully(file.open(), head.data(), head.size()));
  if (head.starts_with("BZh")) return "bzip2, which is not read: unpack it first";
  if (head.starts_with(std::string_view("\xfd\x37zXZ\0", 6))) return "xz, which is not read: unpack it first";
  if (head.starts_with("7z\xbc\xaf\x27\x1c")) return "a 7z archive, which is not read: unpack it first";
  if (head.starts_with("Rar!\x1a\x07")) return "a rar archive, which is not read: unpack it first";
  if (head.starts_with("\x28\xb5\x2f\xfd")) return "Zstandard, which is not read: unpack it first";
  // Of UTF-16 every second byte is NUL, as most letters of tables are ASCII.
  size_t nuls[2] = {0, 0};
  for (size_t i = 0; i < head.size(); ++i) nuls[i % 2] += head[i] == '\0' ? 1 : 0;
  if ((nuls[0] == 0 || nuls[1] == 0) && nuls[0] + nuls[1] > head.size() * 2 / 5)
    return "UTF-16 without its byte order mark: save it as UTF-8";
  return file.head.find('\0') != std::string::npos ? "no text: it holds NUL bytes" : "";
}

/// What the files are instead: "a.csv beginning "id,name", b.json (empty)".
std::string beginnings(const std::vector<InputFile>& files) {
  constexpr size_t most_files = 5, most_characters = 60;
  std::string seen;
  for (size_t i = 0; i < std::min(files.size(), most_files); ++i) {
    seen += (seen.empty() ? "" : ", ") + files[i].name;
    const std::string kind = kind_of(files[i]);
    seen += files[i].head.empty()
                ? " (empty)"
                : fmt::format(" beginning \"{}\"", printable(first_line(files[i]).substr(0, most_characters)));
    if (!kind.empty()) seen += " (" + kind + ")";
  }
  if (files.size() > most_files) seen += fmt::format(" and {} more files", files.size() - most_files);
  return seen;
}

std::string json_format(const InputFile& file) {
  const std::string& head = file.head;
  if (head.find("\"trueSelection\"") != std::string::npos || head.find("\"historyList\"") != std::string::npos)
    return "sdpo-json";
  const size_t output = head.find("\"output\"");
  if (output != std::string::npos) {
    const size_t quote = head.find('"', output + 8);
    const std::string_view answer = std::string_view(head).substr(std::min(quote, head.size()), 4);
    if (answer == "\"Yes" || answer.starts_with("\"No.") || answer == "\"No\"") return "tallrec-json";
  }
  return "dmpo-json";
}

/// JSON lines of another kind are a table that a person can map.
bool may_be_preferences(const InputFile& file) {
  const std::vector<std::string> keys = json_keys(first_line(file));
  const auto is_known = [](const std::string& key) {
    return key == "instruction" || key == "input" || key == "output" || key == "historyList" || key == "itemList" ||
           key == "trueSelection";
  };
  return keys.empty() || std::any_of(keys.begin(), keys.end(), is_known);
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names = table_format_names();
  names.insert(names.end(), {"dmpo-json", "sdpo-json", "tallrec-json"});
  return names;
}

std::string recognise_format(const std::vector<InputFile>& files) {
  // A table's header says more than a brace: a sample world's folder holds truth.json as well.
  if (const auto tables = recognise_tables(files, "")) return tables->set.format;
  for (const InputFile& file : files) {
    if (looks_like_json(file) && may_be_preferences(file)) return json_format(file);
  }
  std::string names;
  for (const std::string& name : format_names()) names += (names.empty() ? "" : ", ") + name;
  throw Error(
      ErrorKind::BadFile,
      fmt::format("unknown format: expected one of {}, found {}; give all files of a set, or say which column is "
                  "what (--map user=...,item=...)",
                  names, beginnings(files)));
}

RawDataSet read_data_set(const std::vector<InputFile>& files, const std::string& format, std::optional<Role> role,
                         const TaskContext& context) {
  if (format == "dmpo-json") return read_preference_json(files, role, context);
  if (format == "sdpo-json") return read_candidate_records(files, role, context);
  if (format == "tallrec-json") return read_yes_no_instructions(files, role, context);
  const std::vector<std::string> names = table_format_names();
  if (std::find(names.begin(), names.end(), format) == names.end()) {
    std::string all;
    for (const std::string& name : format_names()) all += (all.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::BadInput, fmt::format("format {}: expected {}", format, all));
  }
  if (role) throw Error(ErrorKind::BadInput, fmt::format("a role: only preference files have one, this is {}", format));
  const auto tables = recognise_tables(files, format);
  if (!tables)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected {}, found {}; give all files, the folder or the archive",
                                                format, mark_of_format(format), beginnings(files)));
  return read_tables(tables->set, tables->notes, context);
}

RawDataSet read_mapped(const std::vector<InputFile>& files, const std::string& interactions, const std::string& items,
                       const TaskContext& context) {
  const RecognisedSet mapped = map_files(files, interactions, items);
  return read_tables(mapped.set, mapped.notes, context);
}

}  // namespace prefscope
