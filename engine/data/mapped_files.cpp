// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/mapped_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/base/utf8.h"
#include "engine/data/json_lines.h"
#include "engine/data/table_rows.h"

namespace prefscope {
namespace {

bool is_number(std::string_view field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return !field.empty() && error == std::errc() && end == field.data() + field.size();
}

/// The fields of a file's first line behind those that are skipped.
std::vector<std::string> first_fields(const InputFile& file, const TableForm& form) {
  std::string_view text = file.head;
  for (int64_t line = 0; line < form.skip_lines; ++line) {
    const size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  DelimitedReader reader(open_memory(std::string(text)), form.delimited);
  std::vector<std::string_view> fields;
  if (!reader.next(fields)) return {};
  return {fields.begin(), fields.end()};
}

[[noreturn]] void bad_part(std::string_view part, const std::string& expected) {
  throw Error(ErrorKind::BadInput, fmt::format("--map {}: expected {}", lossy_utf8(part), expected));
}

/// The parts between commas; ",," is a comma within a part.
std::vector<std::string> parts_of(std::string_view words) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != ',') {
      parts.back() += words[i];
    } else if (i + 1 < words.size() && words[i + 1] == ',') {
      parts.back() += words[i++];
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

bool yes_or_no(std::string_view part, std::string_view value) {
  if (value != "yes" && value != "no") bad_part(part, "yes or no");
  return value == "yes";
}

MappedAttribute attribute_of(const std::string& value) {
  // "genres:genre:|"; a column of RecBole's holds a colon of its own and has no name here.
  const size_t first = value.find(':'), second = first == std::string::npos ? first : value.find(':', first + 1);
  MappedAttribute attribute{value.substr(0, first), value.substr(0, first)};
  if (first != std::string::npos) attribute.name = value.substr(first + 1, second - first - 1);
  if (second != std::string::npos) attribute.separator = value.substr(second + 1);
  return attribute;
}

void set_separator(std::string_view part, const std::string& value, TableForm& form) {
  form.delimited.separator = value == "tab" || value == "\\t" ? "\t" : value == "comma" ? "," : value;
  const std::string& separator = form.delimited.separator;
  if (separator.empty() || separator.size() > 2 || separator.find_first_of("\"\r\n") != std::string::npos)
    bad_part(part, "tab, comma, or one or two characters such as ; | ::");
}

bool has_columns(const InputFile& file, const TableMapping& mapping) {
  const std::vector<std::string> names = column_names(file, mapping.form);
  std::vector<std::string> wanted = {mapping.user, mapping.item};
  if (!mapping.form.json_lines) {  // an object may lack a key that others have
    wanted.insert(wanted.end(), {mapping.rating, mapping.time, mapping.title});
    for (const MappedAttribute& attribute : mapping.attributes) wanted.push_back(attribute.column);
  }
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& column) {
    const size_t number = mapping.form.json_lines ? 0 : column_number(column);  // keys have no numbers
    return column.empty() || (number > 0 && number <= names.size()) ||
           std::find(names.begin(), names.end(), column) != names.end();
  });
}

}  // namespace

TableForm guess_form(const InputFile& file) {
  TableForm form;
  const std::string_view line = first_line(file);
  if (line.starts_with('{')) {
    form.json_lines = true;
    return form;
  }
  size_t most = 0;
  DelimitedForm best;
  for (const char* separator : {",", "\t", "::", ";", "|"}) {
    form.delimited = {separator, std::string_view(separator) != "::", false};
    const size_t fields = first_fields(file, form).size();
    if (fields > most) {
      most = fields;
      best = form.delimited;
    }
  }
  form.delimited = best;
  const std::vector<std::string> fields = first_fields(file, form);
  form.header = std::none_of(fields.begin(), fields.end(), is_number);
  return form;
}

std::vector<std::string> column_names(const InputFile& file, const TableForm& form) {
  if (form.json_lines) return json_keys(first_line(file));
  std::vector<std::string> names = first_fields(file, form);
  if (!form.header) {
    for (size_t c = 0; c < names.size(); ++c) names[c] = fmt::format("#{}", c + 1);
  }
  return names;
}

TableMapping parse_mapping(std::string_view words, const TableForm& guessed) {
  TableMapping mapping;
  mapping.form = guessed;
  std::set<std::string> said;
  for (const std::string& part : parts_of(words)) {
    const size_t equals = part.find('=');
    const std::string key = part.substr(0, equals), value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (value.empty())
      bad_part(part,
               "what=column, where what is user, item, rating, time, title or attribute, or one of separator, "
               "quote, escape, header, skip, encoding, date and json");
    if (key != "attribute" && !said.insert(key).second)
      bad_part(part, fmt::format("{} once, found it twice", printable(key)));
    if (key == "user") {
      mapping.user = value;
    } else if (key == "item") {
      mapping.item = value;
    } else if (key == "rating") {
      mapping.rating = value;
    } else if (key == "time") {
      mapping.time = value;
    } else if (key == "title") {
      mapping.title = value;
    } else if (key == "attribute") {
      mapping.attributes.push_back(attribute_of(value));
    } else if (key == "separator") {
      set_separator(part, value, mapping.form);
    } else if (key == "quote") {
      if (value != "none" && value != "\"") bad_part(part, "none or \"");
      mapping.form.delimited.quoted = value != "none";
    } else if (key == "escape") {
      if (value != "backslash") bad_part(part, "backslash");
      mapping.form.delimited.backslash_escapes = true;
    } else if (key == "header") {
      mapping.form.header = yes_or_no(part, value);
    } else if (key == "json") {
      mapping.form.json_lines = yes_or_no(part, value);
    } else if (key == "skip") {
      const char* const end = value.data() + value.size();
      const auto result = std::from_chars(value.data(), end, mapping.form.skip_lines);
      if (result.ec != std::errc() || result.ptr != end || mapping.form.skip_lines < 0)
        bad_part(part, "a number of lines");
    } else if (key == "encoding") {
      mapping.form.encoding = encoding_from_name(value);
    } else if (key == "date") {
      check_date_format(value);
      mapping.date_format = value;
    } else {
      bad_part(part,
               "user, item, rating, time, title, attribute, separator, quote, escape, header, skip, encoding, date "
               "or json before the =");
    }
  }
  if (mapping.item.empty()) bad_part(words, "item=column");
  return mapping;
}

RecognisedSet map_files(const std::vector<InputFile>& files, std::string_view interactions, std::string_view items) {
  RecognisedSet found{{"mapped", {}, {}, UnknownItem::Keep, {}, false}, {}};
  std::string seen;
  for (const InputFile& file : files) {
    TableForm form = guess_form(file);
    TableMapping mapping = parse_mapping(interactions, form);
    if (mapping.user.empty()) bad_part(interactions, "user=column");
    // "#1" is a column of any text: one beside the data is not taken for them.
    const bool has_named = !found.set.interactions.empty() && !found.set.interactions[0].file->by_content;
    if (has_columns(file, mapping) && !(file.by_content && has_named)) {
      found.set.interactions.push_back({&file, std::move(mapping)});
      continue;
    }
    std::string names;
    for (const std::string& name : column_names(file, mapping.form)) names += (names.empty() ? "" : ", ") + name;
    seen += fmt::format("{}{} with {}{}", seen.empty() ? "" : "; ", file.name,
                        mapping.form.json_lines ? "the keys, which have no numbers, " : "",
                        printable(names.substr(0, 200)));
    if (!items.empty()) {
      TableMapping of_items = parse_mapping(items, form);
      if (!of_items.user.empty()) bad_part(items, "a mapping of items, which has no user");
      if (has_columns(file, of_items)) {
        found.set.items.push_back({&file, std::move(of_items)});
        continue;
      }
    }
    found.notes.push_back({RemarkKind::Note, file.name, "the whole file: it lacks the mapped columns", {}, 1, {}});
  }
  if (found.set.interactions.empty())
    throw Error(ErrorKind::BadInput,
                fmt::format("--map {}: expected a file with these columns, found {}", lossy_utf8(interactions), seen));
  if (!items.empty() && found.set.items.empty())
    throw Error(ErrorKind::BadInput,
                fmt::format("--map-items {}: expected a file with these columns, found {}", lossy_utf8(items), seen));
  return found;
}

}  // namespace prefscope
