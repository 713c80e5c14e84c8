// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer: any bytes as lines of JSON or of Python's dictionaries, and as lists in a cell.
#include "engine/base/utf8.h"
#include "engine/data/json_lines.h"

using namespace prefscope;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string content(reinterpret_cast<const char*>(data), size);
  JsonLinesReader reader(open_memory(content), {"a", "asin", "title", "categories"});
  int64_t line = 0;
  for (std::vector<std::string_view> values; reader.next(values);) {
    if (reader.line() <= line) __builtin_trap();
    line = reader.line();
    if (!is_utf8(reader.fault())) __builtin_trap();
    for (const std::string_view value : values) {
      if (!is_utf8(value)) __builtin_trap();
    }
  }
  json_from_python(content);
  json_keys(content);
  std::vector<std::string> values;
  read_list(content, values);
  return 0;
}
