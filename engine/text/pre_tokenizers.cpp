// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/pre_tokenizers.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

using Ranges = std::vector<std::pair<uint32_t, uint32_t>>;

void apply(const SplitAtPattern& step, Words& words) {
  Ranges finer;
  finer.reserve(words.text.text.size() / 4);
  const std::string_view text = words.text.text;
  for (const auto& [begin, end] : words.ranges) step.pattern.split(text.substr(begin, end - begin), begin, finer);
  words.ranges = std::move(finer);
}

/// Writes words anew: a word is copied, with a text in front that stands for the word's first code point.
class Rewriter {
 public:
  explicit Rewriter(Words& words) : words_(words), old_(std::move(words.text)), old_ranges_(std::move(words.ranges)) {
    materialize(old_);
    words_.text = {};
    words_.text.base = old_.base;
    words_.text.text.reserve(old_.text.size() + 8);
    words_.text.origin.reserve(old_.text.size() + 8);
    words_.ranges.clear();
  }
  const Ranges& ranges() const { return old_ranges_; }
  const AlignedText& old() const { return old_; }
  uint32_t size() const { return static_cast<uint32_t>(words_.text.text.size()); }
  void put(std::string_view text, ByteRange range) {
    words_.text.text += text;
    words_.text.origin.resize(words_.text.text.size(), range);
  }
  void copy(size_t begin, size_t end) {
    words_.text.text.append(old_.text, begin, end - begin);
    words_.text.origin.insert(words_.text.origin.end(), old_.origin.begin() + static_cast<std::ptrdiff_t>(begin),
                              old_.origin.begin() + static_cast<std::ptrdiff_t>(end));
  }
  void word(uint32_t begin, uint32_t end) {
    if (begin < end) words_.ranges.emplace_back(begin, end);
  }
  /// What the first code point of a word stands for.
  ByteRange first(size_t begin) const { return old_.origin_of(begin, begin + utf8_length(old_.text[begin])); }

 private:
  Words& words_;
  AlignedText old_;
  Ranges old_ranges_;
};

void apply(const AddPrefixSpace&, Words& words) {
  const std::string& text = words.text.text;
  if (std::all_of(words.ranges.begin(), words.ranges.end(), [&](const auto& r) { return text[r.first] == ' '; }))
    return;
  Rewriter out(words);
  for (const auto& [begin, end] : out.ranges()) {
    const uint32_t start = out.size();
    if (out.old().text[begin] != ' ') out.put(" ", out.first(begin));
    out.copy(begin, end);
    out.word(start, out.size());
  }
}

void apply(const Metaspace& step, Words& words) {
  Rewriter out(words);
  const std::string& text = out.old().text;
  const std::string_view mark = step.replacement;
  for (const auto& [begin, end] : out.ranges()) {
    uint32_t start = out.size();
    const bool has_mark = text[begin] == ' ' || text.compare(begin, mark.size(), mark) == 0;
    // "first" is where the input begins, not where a stretch between special tokens does.
    if (!has_mark && (step.prepend == Metaspace::Prepend::always ||
                      (step.prepend == Metaspace::Prepend::first && out.first(begin).begin == 0)))
      out.put(mark, out.first(begin));
    for (size_t at = begin; at < end;) {
      const bool blank = text[at] == ' ';
      const bool is_mark = blank || text.compare(at, mark.size(), mark) == 0;
      if (is_mark && step.split) {
        out.word(start, out.size());
        start = out.size();
      }
      if (blank) {
        out.put(mark, out.old().origin[at]);
        ++at;
      } else {
        size_t next = at + (is_mark ? mark.size() : 1);
        while (!is_mark && next < end && text[next] != ' ' && text[next] != mark.front()) ++next;
        out.copy(at, next);
        at = next;
      }
    }
    out.word(start, out.size());
  }
}

void apply(const SplitAtWhiteSpace&, Words& words) {
  Ranges finer;
  const std::string& text = words.text.text;
  for (const auto& [begin, end] : words.ranges) {
    uint32_t start = begin;
    for (uint32_t at = begin; at < end;) {
      const auto length = static_cast<uint32_t>(utf8_length(text[at]));
      if (is_white_space(code_point_at(text, at))) {
        if (start < at) finer.emplace_back(start, at);
        start = at + length;
      }
      at += length;
    }
    if (start < end) finer.emplace_back(start, end);
  }
  words.ranges = std::move(finer);
}

}  // namespace

void pre_tokenize(const PreTokenizer& step, Words& words) {
  std::visit([&](const auto& one) { apply(one, words); }, step);
}

}  // namespace prefscope
