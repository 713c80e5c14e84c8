// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/text_match.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace prefscope {
namespace {

std::string_view text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_value_bytes(value))};
}

void contains(sqlite3_context* context, int, sqlite3_value** values) {
  sqlite3_result_int(context, folded(text_of(values[0])).find(text_of(values[1])) != std::string::npos ? 1 : 0);
}

void equals(sqlite3_context* context, int, sqlite3_value** values) {
  sqlite3_result_int(context, folded(without_edges(text_of(values[0]))) == text_of(values[1]) ? 1 : 0);
}

}  // namespace

std::string_view without_edges(std::string_view text) {
  constexpr const char* blanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string folded(std::string_view text) {
  std::string plain(text);
  bool ascii = true;
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return plain;
  utf8proc_uint8_t* out = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &out, options);
  if (size >= 0) plain.assign(reinterpret_cast<const char*>(out), static_cast<size_t>(size));
  std::free(out);
  return plain;
}

std::vector<std::string> folded_words(std::string_view search) {
  std::vector<std::string> words;
  const std::string all = folded(search);
  for (size_t at = 0; at < all.size();) {
    const size_t begin = all.find_first_not_of(" \t", at);
    if (begin == std::string::npos) break;
    at = std::min(all.find_first_of(" \t", begin), all.size());
    words.push_back(all.substr(begin, at - begin));
  }
  return words;
}

void add_matches(Workspace& workspace) {
  const auto add = [&](const char* name, void (*function)(sqlite3_context*, int, sqlite3_value**)) {
    sqlite3_create_function_v2(workspace.db().getHandle(), name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                               function, nullptr, nullptr, nullptr);
  };
  add("contains", &contains);
  add("equals", &equals);
}

}  // namespace prefscope
