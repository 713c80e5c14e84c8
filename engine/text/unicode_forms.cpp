// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/unicode_forms.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

int class_of(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

/// Nothing below this changes in a form (ASCII in all; composed Latin-1 stays in NFC).
char32_t first_that_may_change(UnicodeForm form) {
  return form == UnicodeForm::nfc ? 0x300 : 0x80;
}

std::optional<char32_t> composed(char32_t first, char32_t second) {
  std::array<utf8proc_int32_t, 2> pair = {static_cast<utf8proc_int32_t>(first), static_cast<utf8proc_int32_t>(second)};
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  if (utf8proc_normalize_utf32(pair.data(), 2, options) != 1) return std::nullopt;
  return static_cast<char32_t>(pair[0]);
}

/// Full decomposition with marks in canonical order. The first code point of a decomposition takes its place, the
/// others are put in.
std::vector<NewCodePoint> decomposed(std::string_view text, bool compatible) {
  std::vector<NewCodePoint> form;
  form.reserve(text.size());
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                      (compatible ? UTF8PROC_COMPAT : UTF8PROC_STABLE));
  size_t marks = 0;  // where the marks at the end of `form` begin
  const auto sort_marks = [&] {
    std::stable_sort(form.begin() + static_cast<std::ptrdiff_t>(marks), form.end(),
                     [](const auto& a, const auto& b) { return class_of(a.code_point) < class_of(b.code_point); });
  };
  for (size_t i = 0; i < text.size(); i += utf8_length(text[i])) {
    std::array<utf8proc_int32_t, 32> parts{};  // the longest decomposition has 18
    int boundary = 0;
    const char32_t c = code_point_at(text, i);
    const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                                           static_cast<utf8proc_ssize_t>(parts.size()), options, &boundary);
    if (n <= 0 || n > static_cast<utf8proc_ssize_t>(parts.size())) parts[0] = static_cast<utf8proc_int32_t>(c);
    const size_t count = n <= 0 || n > static_cast<utf8proc_ssize_t>(parts.size()) ? 1 : static_cast<size_t>(n);
    for (size_t p = 0; p < count; ++p) {
      const auto part = static_cast<char32_t>(parts[p]);
      if (class_of(part) == 0) {
        sort_marks();
        marks = form.size() + 1;
      }
      form.push_back({part, p == 0 ? 0 : 1});
    }
  }
  sort_marks();
  return form;
}

/// Canonical composition of a decomposed text (UAX 15, D117): a mark joins the last starter unless one of its class or
/// a higher one stands between.
std::vector<NewCodePoint> recomposed(const std::vector<NewCodePoint>& form) {
  std::vector<NewCodePoint> out;
  out.reserve(form.size());
  std::optional<size_t> starter;  // in out
  int last_class = -1;            // of the marks kept since, -1: none
  for (const NewCodePoint& next : form) {
    const int next_class = class_of(next.code_point);
    if (starter && last_class < next_class) {
      if (const auto joined = composed(out[*starter].code_point, next.code_point)) {
        out[*starter] = {*joined, out[*starter].change + next.change - 1};
        continue;
      }
    }
    if (next_class == 0) {
      starter = out.size();
      last_class = -1;
    } else if (starter) {
      last_class = next_class;
    }
    out.push_back(next);
  }
  return out;
}

}  // namespace

void apply(UnicodeForm form, AlignedText& text) {
  const char32_t limit = first_that_may_change(form);
  bool may_change = false;
  for (size_t i = 0; i < text.text.size() && !may_change; i += utf8_length(text.text[i]))
    may_change = static_cast<unsigned char>(text.text[i]) >= 0x80 && code_point_at(text.text, i) >= limit;
  if (!may_change) return;
  auto points = decomposed(text.text, form == UnicodeForm::nfkc || form == UnicodeForm::nfkd);
  if (form == UnicodeForm::nfc || form == UnicodeForm::nfkc) points = recomposed(points);
  if (std::all_of(points.begin(), points.end(), [](const NewCodePoint& p) { return p.change == 0; })) {
    std::string same;
    for (const NewCodePoint& p : points) append_utf8(same, p.code_point);
    if (same == text.text) return;
  }
  transform(text, points);
}

}  // namespace prefscope
