// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/aligned_text.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace prefscope {

void materialize(AlignedText& text) {
  if (!text.origin.empty()) return;
  text.origin.reserve(text.text.size());
  for (uint32_t i = 0; i < text.text.size(); ++i) text.origin.push_back({text.base + i, text.base + i + 1});
}

void transform(AlignedText& text, const std::vector<NewCodePoint>& form) {
  materialize(text);
  const std::string& old = text.text;
  std::string out;
  std::vector<ByteRange> origin;
  out.reserve(old.size());
  origin.reserve(old.size());
  size_t at = 0;
  for (const auto& [code_point, change] : form) {
    ByteRange range{text.base, text.base};  // put in before all others: stands for nothing
    if (change <= 0 && at < old.size()) {
      range = text.origin[at];
      for (int32_t taken = change; taken <= 0 && at < old.size(); ++taken) at += utf8_length(old[at]);
    } else if (at > 0) {
      range = text.origin[at - 1];
    }
    append_utf8(out, code_point);
    origin.resize(out.size(), range);
  }
  text.text = std::move(out);
  text.origin = std::move(origin);
}

void replace(AlignedText& text, const std::vector<std::pair<size_t, size_t>>& ranges, std::string_view content) {
  if (ranges.empty()) return;
  materialize(text);
  std::string out;
  std::vector<ByteRange> origin;
  out.reserve(text.text.size() + ranges.size() * content.size());
  origin.reserve(out.capacity());
  size_t done = 0;
  const auto copy = [&](size_t end) {
    out.append(text.text, done, end - done);
    origin.insert(origin.end(), text.origin.begin() + static_cast<std::ptrdiff_t>(done),
                  text.origin.begin() + static_cast<std::ptrdiff_t>(end));
  };
  for (const auto& [begin, end] : ranges) {
    copy(begin);
    out += content;
    origin.resize(out.size(), end > 0 ? text.origin[end - 1] : ByteRange{text.base, text.base});
    done = end;
  }
  copy(text.text.size());
  text.text = std::move(out);
  text.origin = std::move(origin);
}

void prepend(AlignedText& text, std::string_view content) {
  if (text.text.empty()) return;
  materialize(text);
  const ByteRange first{text.origin[0].begin, text.origin[utf8_length(text.text[0]) - 1].end};
  text.text.insert(0, content);
  text.origin.insert(text.origin.begin(), content.size(), first);
}

void keep(AlignedText& text, size_t begin, size_t end) {
  if (text.origin.empty()) {
    text.base += static_cast<uint32_t>(begin);
  } else {
    text.origin.erase(text.origin.begin() + static_cast<std::ptrdiff_t>(end), text.origin.end());
    text.origin.erase(text.origin.begin(), text.origin.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  text.text = text.text.substr(begin, end - begin);
}

}  // namespace prefscope
