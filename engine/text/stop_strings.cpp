// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/stop_strings.h"

#include <algorithm>
#include <utility>

#include "engine/base/error.h"

namespace prefscope {

StopStrings::StopStrings(const Tokenizer& tokenizer, std::vector<std::string> strings)
    : tokenizer_(tokenizer), strings_(std::move(strings)) {
  for (const std::string& string : strings_) {
    if (string.empty()) throw Error(ErrorKind::BadInput, "--stop: expected a text, found an empty one");
  }
}

bool StopStrings::push(int32_t id) {
  const std::string bytes = tokenizer_.bytes_of_token(id);
  tail_ += bytes.empty() ? tokenizer_.decode({id}) : bytes;  // a special token is the text that it shows
  size_t longest = 0;
  for (const std::string& string : strings_) {
    if (tail_.find(string) != std::string::npos) return true;
    longest = std::max(longest, string.size());
  }
  if (longest > 0 && tail_.size() >= longest) tail_.erase(0, tail_.size() - (longest - 1));
  return false;
}

size_t StopStrings::shown(std::string_view text) const {
  size_t end = before(text).size();
  if (end < text.size()) return end;
  for (const std::string& string : strings_) {
    for (size_t n = std::min(string.size() - 1, text.size()); n > 0; --n) {
      if (text.ends_with(std::string_view(string).substr(0, n))) end = std::min(end, text.size() - n);
    }
  }
  return end;
}

std::string_view StopStrings::before(std::string_view text) const {
  size_t end = text.size();
  for (const std::string& string : strings_) end = std::min(end, text.find(string));
  return text.substr(0, end);
}

}  // namespace prefscope
