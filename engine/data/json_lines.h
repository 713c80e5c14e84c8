// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/text_window.h"

namespace prefscope {

/// Separates the values of a list that became one text: no value holds it, as U+001F is blank in what is read.
inline constexpr char list_separator = '\x1f';

/// Reads lines that each hold one JSON object, of which only some keys are wanted. A line in the notation of Python
/// (single quotes, None, True), as Amazon's metadata of 2014 has, is read as well.
class JsonLinesReader {
 public:
  JsonLinesReader(ByteStream text, std::vector<std::string> keys);
  ~JsonLinesReader();
  JsonLinesReader(const JsonLinesReader&) = delete;
  JsonLinesReader& operator=(const JsonLinesReader&) = delete;

  /// The next object, or false at the end; empty lines are skipped. values: [keys], each as text: a number as it is
  /// written shortest, a list with its values (nested ones too) between list_separator, empty where the key is absent,
  /// null or an object. A number that 64 bits do not hold, NaN and Infinity stay as they are written. The values live
  /// until the next call.
  bool next(std::vector<std::string_view>& values);
  /// Line, from 1, that was read last.
  int64_t line() const { return line_; }
  double done() const { return window_.done(); }
  /// What is wrong with the line that was read last; empty when nothing is.
  const std::string& fault() const { return fault_; }
  /// All keys of the object that was read last, in order.
  std::vector<std::string> keys() const;
  /// Whether a wanted key stood twice in it (the first was read).
  bool has_twice() const { return twice_; }

 private:
  bool next_line(std::string_view& line);

  TextWindow window_;
  std::vector<std::string> keys_, texts_;
  std::vector<bool> seen_;
  struct Parser;  ///< simdjson's, which only the source knows
  std::unique_ptr<Parser> parser_;
  std::string mended_;
  size_t position_ = 0;
  int64_t line_ = 0;
  bool twice_ = false, over_ = false;
  std::string fault_;
};

/// A literal of Python as JSON: 'it\'s' becomes "it's", None null. What is no such literal gives what is no JSON.
std::string json_from_python(std::string_view literal);

/// The texts in a JSON list or a Python list: "['Action', 'Drama']". False where it is none.
bool read_list(std::string_view text, std::vector<std::string>& values);

/// The top-level keys of an object, in order; none where the line is no object.
std::vector<std::string> json_keys(std::string_view line);

/// The keys of all objects in lines of JSON, in order of first appearance; not more than `most` of them.
std::vector<std::string> all_json_keys(ByteStream lines, size_t most);

}  // namespace prefscope
