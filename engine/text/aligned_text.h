// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

/// [begin, end) in bytes of the input.
struct ByteRange {
  uint32_t begin = 0, end = 0;
  bool operator==(const ByteRange&) const = default;
};

/// A stretch of the input as normalizers and pre-tokenizers rewrite it, and what each of its bytes stands for. Always
/// valid UTF-8. Ranges of the input may begin or end within a code point of it; they stand for the code points they
/// touch.
struct AlignedText {
  std::string text;
  std::vector<ByteRange> origin;  ///< [text.size()], or empty: the text is the input from `base` on, unchanged
  uint32_t base = 0;              ///< where the stretch begins in the input

  /// What text[begin, end) stands for; begin < end.
  ByteRange origin_of(size_t begin, size_t end) const {
    if (origin.empty()) return {base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(end)};
    return {origin[begin].begin, origin[end - 1].end};
  }
};

/// Fills origin where it is empty.
void materialize(AlignedText& text);

/// A code point of a text's new form, as tokenizers' NormalizedString::transform takes them: change 0 takes the place
/// of one of the old code points, -n takes the place of one and of the n after it, 1 and more is put in (and stands for
/// what the code point before it stands for).
struct NewCodePoint {
  char32_t code_point;
  int32_t change;
};
void transform(AlignedText& text, const std::vector<NewCodePoint>& form);

/// Replaces ranges of the text, in order and apart, by a content that stands for the last code point of what it
/// replaces.
void replace(AlignedText& text, const std::vector<std::pair<size_t, size_t>>& ranges, std::string_view content);

/// Puts text in front; it stands for the first code point. Nothing where the text is empty.
void prepend(AlignedText& text, std::string_view content);

/// Keeps text[begin, end) alone.
void keep(AlignedText& text, size_t begin, size_t end);

}  // namespace prefscope
