// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/normalizers.h"

#include <utf8proc.h>

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/text/metaspace.h"

namespace prefscope {
namespace {

void apply(const Prepend& step, AlignedText& text) {
  prepend(text, step.text);
}

void apply(const ReplaceText& step, AlignedText& text) {
  std::vector<std::pair<size_t, size_t>> ranges;
  for (size_t at = 0; (at = text.text.find(step.text, at)) != std::string::npos; at += step.text.size())
    ranges.emplace_back(at, at + step.text.size());
  replace(text, ranges, step.content);
}

void apply(const ReplacePattern& step, AlignedText& text) {
  std::vector<std::pair<size_t, size_t>> ranges;
  step.pattern.matches(text.text, [&](size_t begin, size_t end) { ranges.emplace_back(begin, end); });
  replace(text, ranges, step.content);
}

void apply(const Strip& step, AlignedText& text) {
  size_t begin = 0, end = text.text.size();
  while (step.left && begin < end && is_white_space(code_point_at(text.text, begin)))
    begin += utf8_length(text.text[begin]);
  while (step.right && begin < end) {
    size_t last = end - 1;
    while ((static_cast<unsigned char>(text.text[last]) & 0xc0) == 0x80) --last;
    if (!is_white_space(code_point_at(text.text, last))) break;
    end = last;
  }
  if (begin > 0 || end < text.text.size()) keep(text, begin, end);
}

/// End of the grapheme cluster that begins at `begin`.
size_t end_of_grapheme(std::string_view text, size_t begin) {
  utf8proc_int32_t state = 0;
  auto before = static_cast<utf8proc_int32_t>(code_point_at(text, begin));
  size_t at = begin + utf8_length(text[begin]);
  while (at < text.size()) {
    const auto next = static_cast<utf8proc_int32_t>(code_point_at(text, at));
    if (utf8proc_grapheme_break_stateful(before, next, &state)) break;
    before = next;
    at += utf8_length(text[at]);
  }
  return at;
}

void apply(const PrecompiledMap& step, AlignedText& text) {
  const std::string& t = text.text;
  if (std::all_of(t.begin(), t.end(),
                  [&](char c) { return static_cast<unsigned char>(c) < 0x80 && !step.map.begins_with(c); }))
    return;
  std::vector<NewCodePoint> form;
  bool changed = false;
  const auto count_of = [](std::string_view part) {
    return static_cast<int32_t>(std::count_if(part.begin(), part.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  };
  const auto take = [&](std::string_view part) {
    const auto found = step.map.shortest(part);
    if (!found) return false;
    // One by one; what is too many at the end is put in, what is too few is taken out with the last one.
    const std::string_view content = found->replacement;
    const int32_t more = count_of(content) - count_of(part);
    for (size_t i = 0; i < content.size(); i += utf8_length(content[i])) form.push_back({code_point_at(content, i), 0});
    for (int32_t i = 0; i < more; ++i) form[form.size() - 1 - static_cast<size_t>(i)].change = 1;
    if (more < 0 && !form.empty()) form.back().change += more;
    return changed = true;
  };
  for (size_t begin = 0; begin < t.size();) {
    const size_t end = end_of_grapheme(t, begin);
    if (end - begin >= 6 || !take(std::string_view(t).substr(begin, end - begin))) {
      for (size_t i = begin; i < end; i += utf8_length(t[i])) {
        if (!take(std::string_view(t).substr(i, utf8_length(t[i])))) form.push_back({code_point_at(t, i), 0});
      }
    }
    begin = end;
  }
  if (changed) transform(text, form);
}

/// The next part of a text as sentencepiece's NormalizePrefix gives it: what it becomes and how many bytes it takes.
std::pair<std::string_view, size_t> next_part(const SentencePieceRules& step, std::string_view text, size_t at) {
  size_t kept = 0;
  step.kept.prefixes(text, at, [&](size_t length, int32_t) { kept = length; });
  if (kept > 0) return {text.substr(at, kept), kept};
  if (const auto found = step.map.longest(text.substr(at))) return {found->replacement, found->length};
  const size_t one = utf8_length(text[at]);
  return {text.substr(at, one), one};
}

void apply(const SentencePieceRules& step, AlignedText& text) {
  const std::string& old = text.text;
  size_t at = 0;
  while (step.remove_extra_blanks && at < old.size()) {
    const auto [part, length] = next_part(step, old, at);
    if (part != " ") break;
    at += length;
  }
  AlignedText out;
  out.base = text.base;
  const std::string_view blank = step.escape_blanks ? metaspace : std::string_view(" ");
  const auto put = [&](std::string_view part, ByteRange range) {
    out.text += part;
    out.origin.resize(out.text.size(), range);
  };
  // The blank in front stands for nothing; it lies where the text begins.
  if (step.dummy_prefix && at < old.size()) {
    const uint32_t begin = text.origin_of(at, at + 1).begin;
    put(blank, {begin, begin});
  }
  bool after_blank = step.remove_extra_blanks;
  while (at < old.size()) {
    auto [part, length] = next_part(step, old, at);
    while (after_blank && part.starts_with(' ')) part.remove_prefix(1);
    const ByteRange range = text.origin_of(at, at + length);
    for (const char c : part) put(c == ' ' ? blank : std::string_view(&c, 1), range);
    if (!part.empty()) after_blank = part.back() == ' ' && step.remove_extra_blanks;
    at += length;
  }
  // sentencepiece knows where each character begins; it ends where the next one begins.
  uint32_t end = old.empty() ? text.base : text.origin_of(old.size() - 1, old.size()).end;
  for (size_t last = out.text.size(); last > 0;) {
    size_t first = last - 1;
    while ((static_cast<unsigned char>(out.text[first]) & 0xc0) == 0x80) --first;
    for (size_t i = first; i < last; ++i) out.origin[i].end = end;
    end = out.origin[first].begin;
    last = first;
  }
  while (step.remove_extra_blanks && out.text.ends_with(blank)) {
    out.text.resize(out.text.size() - blank.size());
    out.origin.resize(out.text.size());
  }
  text = std::move(out);
}

}  // namespace

void normalize(const Normalizer& normalizer, AlignedText& text) {
  std::visit([&](const auto& step) { apply(step, text); }, normalizer);
}

}  // namespace prefscope
