// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/json_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/data/table_rows.h"

namespace prefscope {
namespace {

using nlohmann::json;

constexpr size_t max_bytes = size_t{256} << 20;  // of a file: the parsed records take some times as much memory
constexpr int max_depth = 8;                     // records need 3

/// Objects one behind the other, with or without line breaks, as a list of them. Where they are no whole objects the
/// text stays as damaged as it is.
std::string as_list(const std::string& objects) {
  std::string list = "[";
  int depth = 0;
  bool in_text = false, after_object = false;
  for (size_t i = 0; i < objects.size(); ++i) {
    const char c = objects[i];
    if (depth == 0 && after_object && c == '{') list += ',';
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\' && i + 1 < objects.size()) list += objects[i++];
    if (!in_text && c == '{') ++depth;
    if (!in_text && c == '}') after_object = --depth == 0;
    list += objects[i];
  }
  return list + "]";
}

}  // namespace

void bad_record(const InputFile& file, size_t record, const std::string& what) {
  throw Error(ErrorKind::BadFile,
              fmt::format("{} record {}: {}; mend the record, nothing was imported", file.name, record, what));
}

/// What was found in the place of something else.
std::string found_text(const json& value) {
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? "an empty text" : "a text";
  return value.is_object() ? "an object" : value.is_null() ? "null" : value.dump();
}

json read_records(const InputFile& file, ImportReport& report, const TaskContext& context) {
  std::string content = read_all(open_text(file, std::nullopt, true, report, context), max_bytes, file.name);
  const size_t start = content.find_first_not_of(" \t\r\n");
  // What is added behind the last line break would be a line that the file does not have.
  content.resize(content.find_last_not_of(" \t\r\n") + 1);
  if (start != std::string::npos && content[start] == '{') content = as_list(content);
  size_t records = 0, events = 0;
  const auto follow = [&](int depth, json::parse_event_t event, json&) {
    if (++events % 4096 == 0) context.check();
    if (depth > max_depth) bad_record(file, records + 1, fmt::format("nested more than {} deep", max_depth));
    const bool ends = event == json::parse_event_t::object_end || event == json::parse_event_t::array_end ||
                      event == json::parse_event_t::value;
    if (depth == 1 && ends) ++records;
    return true;
  };
  try {
    json root = json::parse(content, follow);
    if (!root.is_array())
      throw Error(ErrorKind::BadFile, fmt::format("{}: expected a list of records, found {}; nothing was imported",
                                                  file.name, found_text(root)));
    return root;
  } catch (const json::exception& e) {
    // The library's words hold the place; its leading code and all that it read last (which may be a whole record) are
    // of no use to a person.
    std::string words = lossy_utf8(e.what());
    words.resize(std::min(words.size(), words.find("; last read")));
    const size_t code_end = words.find("] ");
    bad_record(
        file, records + 1,
        fmt::format("the JSON is damaged: {}", code_end == std::string::npos ? words : words.substr(code_end + 2)));
  }
}

}  // namespace prefscope
