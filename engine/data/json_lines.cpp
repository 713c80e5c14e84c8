// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/json_lines.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cctype>
#include <charconv>
#include <cstring>
#include <set>
#include <utility>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

namespace dom = simdjson::dom;

constexpr size_t max_depth = 64;

void append_blank_free(std::string& out, std::string_view text) {
  for (const char c : text) out += c == list_separator ? ' ' : c;
}

/// A value as text; the parts of a list between list_separator, whatever their depth (which the parser limits).
void append_text(std::string& out, const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::STRING:
      append_blank_free(out, std::string_view(value));
      break;
    case dom::element_type::INT64:
      fmt::format_to(std::back_inserter(out), "{}", int64_t(value));
      break;
    case dom::element_type::UINT64:
      fmt::format_to(std::back_inserter(out), "{}", uint64_t(value));
      break;
    case dom::element_type::DOUBLE: {
      const double number = value;
      // 1.6e9 is how some programs write a time: as long as a double counts seconds, they are written out.
      const bool whole = number > -1e15 && number < 1e15 && number == static_cast<double>(static_cast<int64_t>(number));
      if (whole) {
        fmt::format_to(std::back_inserter(out), "{}", static_cast<int64_t>(number));
      } else {
        fmt::format_to(std::back_inserter(out), "{}", number);
      }
      break;
    }
    case dom::element_type::BOOL:
      out += bool(value) ? "true" : "false";
      break;
    case dom::element_type::ARRAY: {
      const dom::array list = value;
      for (const dom::element part : list) {
        // The lists within write their own separators.
        const size_t before = out.size();
        const bool leaf = part.type() != dom::element_type::ARRAY;
        if (leaf && before > 0) out += list_separator;
        const size_t begin = out.size();
        append_text(out, part);
        if (leaf && out.size() == begin) out.resize(before);
      }
      break;
    }
    case dom::element_type::OBJECT:
    case dom::element_type::NULL_VALUE:
      break;
  }
}

bool parse_into(dom::parser& parser, std::string_view text, bool padded, dom::element& root) {
  if (parser.max_depth() != max_depth && parser.allocate(1024, max_depth) != simdjson::SUCCESS) return false;
  return parser.parse(text.data(), text.size(), !padded).get(root) == simdjson::SUCCESS;
}

/// Puts quotes around what no 64 bits hold, and around Python's NaN and Infinity, as a text keeps them.
std::string with_large_numbers_quoted(std::string_view json) {
  std::string out;
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, json.size());
    } else if (std::isalnum(static_cast<unsigned char>(json[i])) != 0 || json[i] == '-') {
      while (end < json.size() && (std::isalnum(static_cast<unsigned char>(json[end])) != 0 ||
                                   std::string_view("+-.").find(json[end]) != std::string_view::npos))
        ++end;
      const std::string_view word = json.substr(i, end - i);
      const bool whole = word.find_first_of(".eE") == std::string_view::npos;
      int64_t integer = 0;
      uint64_t positive = 0;
      double real = 0;
      const char* const last = word.data() + word.size();
      const bool too_large = whole ? std::from_chars(word.data(), last, integer).ec == std::errc::result_out_of_range &&
                                         std::from_chars(word.data(), last, positive).ec != std::errc()
                                   : std::from_chars(word.data(), last, real).ec == std::errc::result_out_of_range;
      if (too_large || word == "NaN" || word == "Infinity" || word == "-Infinity") {
        out += '"';
        out += word;
        out += '"';
        i = end;
        continue;
      }
    }
    out += json.substr(i, end - i);
    i = end;
  }
  return out;
}

void append_code_point(std::string& out, std::string_view hex) {
  char32_t code = 0;
  for (const char c : hex) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c - 'A' + 10;
    code = code * 16 + static_cast<char32_t>(digit);
  }
  if (code < 0x20 || code == '"' || code == '\\') {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(code));
  } else {
    append_utf8(out, code);
  }
}

bool are_hex(std::string_view text, size_t count) {
  if (text.size() < count) return false;
  for (const char c : text.substr(0, count)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

/// A line as JSON, with numbers as they are written, or in Python's notation; `mended` holds what was changed for it.
bool parse_line(dom::parser& parser, std::string_view line, bool padded, std::string& mended, dom::element& root) {
  if (parse_into(parser, line, padded, root)) return true;
  if (!line.starts_with('{')) return false;
  mended = with_large_numbers_quoted(line);
  if (parse_into(parser, mended, false, root)) return true;
  mended = with_large_numbers_quoted(json_from_python(line));
  return parse_into(parser, mended, false, root);
}

}  // namespace

std::string json_from_python(std::string_view literal) {
  std::string out;
  char quote = '\0';
  for (size_t i = 0; i < literal.size(); ++i) {
    const char c = literal[i];
    if (quote == '\0') {
      const bool word_before = i > 0 && std::isalnum(static_cast<unsigned char>(literal[i - 1])) != 0;
      const std::string_view rest = literal.substr(i);
      if (c == '\'' || c == '"') {
        quote = c;
        out += '"';
      } else if (!word_before && (c == 'u' || c == 'b') && rest.size() > 1 && (rest[1] == '\'' || rest[1] == '"')) {
        continue;  // u'text'
      } else if (!word_before && rest.starts_with("None")) {
        out += "null";
        i += 3;
      } else if (!word_before && rest.starts_with("True")) {
        out += "true";
        i += 3;
      } else if (!word_before && rest.starts_with("False")) {
        out += "false";
        i += 4;
      } else {
        out += c == '(' ? '[' : c == ')' ? ']' : c;
      }
    } else if (c == quote) {
      quote = '\0';
      out += '"';
    } else if (c == '"') {
      out += "\\\"";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      append_code_point(out, fmt::format("{:02x}", static_cast<unsigned>(c)));
    } else if (c == '\\' && i + 1 < literal.size()) {
      const char next = literal[++i];
      const std::string_view rest = literal.substr(i + 1);
      if (next == 'x' && are_hex(rest, 2)) {
        append_code_point(out, rest.substr(0, 2));
        i += 2;
      } else if (next == 'u' && are_hex(rest, 4)) {
        out += "\\u";  // as JSON has it, halves of pairs too
      } else if (next == '\'') {
        out += '\'';
      } else if (std::strchr("\"\\/bfnrt", next) != nullptr) {
        out += '\\';
        out += next;
      } else {
        out += "\\\\";  // Python keeps a backslash that begins nothing
        out += next;
      }
    } else {
      out += c;
    }
  }
  return out;
}

bool read_list(std::string_view text, std::vector<std::string>& values) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  dom::parser parser;
  dom::element root;
  if (!parse_into(parser, text, false, root) && !parse_into(parser, json_from_python(text), false, root)) return false;
  std::string joined;
  append_text(joined, root);
  for (size_t begin = 0; begin < joined.size();) {
    const size_t end = std::min(joined.find(list_separator, begin), joined.size());
    values.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return true;
}

std::vector<std::string> json_keys(std::string_view line) {
  dom::parser parser;
  dom::element root;
  dom::object object;
  std::vector<std::string> keys;
  std::string mended;
  if (!parse_line(parser, line, false, mended, root) || root.get(object) != simdjson::SUCCESS) return keys;
  for (const auto field : object) keys.emplace_back(field.key);
  return keys;
}

struct JsonLinesReader::Parser {
  dom::parser parser;
  dom::element root;
};

JsonLinesReader::JsonLinesReader(ByteStream text, std::vector<std::string> keys)
    : window_(std::move(text)),
      keys_(std::move(keys)),
      texts_(keys_.size()),
      seen_(keys_.size()),
      parser_(std::make_unique<Parser>()) {}

JsonLinesReader::~JsonLinesReader() = default;

std::vector<std::string> JsonLinesReader::keys() const {
  std::vector<std::string> keys;
  dom::object object;
  if (!fault_.empty() || parser_->root.get(object) != simdjson::SUCCESS) return keys;
  for (const auto field : object) keys.emplace_back(field.key);
  return keys;
}

bool JsonLinesReader::next_line(std::string_view& line) {
  for (size_t searched = 0;;) {
    const char* const begin = window_.data() + position_;
    const size_t size = window_.end() - position_;
    const void* const found = std::memchr(begin + searched, '\n', size - searched);
    if (found == nullptr && !window_.at_end() && size <= max_record_bytes) {
      searched = size;
      window_.slide(position_);
      position_ = 0;
      continue;
    }
    if (found == nullptr && size == 0) return false;
    ++line_;
    const size_t length = found == nullptr ? size : static_cast<size_t>(static_cast<const char*>(found) - begin);
    position_ += length + (found == nullptr ? 0 : 1);
    line = {begin, length};
    if (length > max_record_bytes) {
      fault_ = fmt::format("a line of more than {} MiB; a line break is probably missing", max_record_bytes >> 20);
      over_ = true;
      return true;
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (!line.empty()) return true;
    searched = 0;
  }
}

bool JsonLinesReader::next(std::vector<std::string_view>& values) {
  fault_.clear();
  twice_ = false;
  values.assign(keys_.size(), {});
  std::string_view line;
  if (over_ || !next_line(line)) return false;
  if (!fault_.empty()) return true;
  dom::object object;
  const bool read = parse_line(parser_->parser, line, true, mended_, parser_->root);
  if (!read || parser_->root.get(object) != simdjson::SUCCESS) {
    fault_ = fmt::format("expected a JSON object, found {} \"{}\"", read ? "another value," : "damaged JSON,",
                         printable(line.substr(0, 60)));
    return true;
  }
  seen_.assign(keys_.size(), false);
  for (const auto field : object) {
    for (size_t k = 0; k < keys_.size(); ++k) {
      if (keys_[k].empty() || field.key != keys_[k]) continue;
      if (seen_[k]) {
        twice_ = true;
        continue;
      }
      seen_[k] = true;
      if (field.value.type() == dom::element_type::STRING) {  // where most of the text is: no copy
        const std::string_view text = field.value;
        if (text.find(list_separator) == std::string_view::npos) {
          values[k] = text;
          continue;
        }
      }
      texts_[k].clear();
      append_text(texts_[k], field.value);
      values[k] = texts_[k];
    }
  }
  return true;
}

std::vector<std::string> all_json_keys(ByteStream lines, size_t most) {
  JsonLinesReader reader(std::move(lines), {});
  std::vector<std::string> all;
  std::set<std::string> seen;
  for (std::vector<std::string_view> values; reader.next(values);) {
    for (const std::string& key : reader.keys()) {
      if (all.size() < most && seen.insert(key).second) all.push_back(key);
    }
    if (all.size() == most) break;
  }
  return all;
}

}  // namespace prefscope
