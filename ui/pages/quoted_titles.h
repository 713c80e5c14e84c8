// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <vector>

namespace prefscope {

/// A part of a text: where it begins, and how long it is.
struct TextPart {
  qsizetype at = 0, length = 0;
};

/// What a text puts in quotes (“ ” or " ") that is no title of the catalogue: invented titles, without their quotes. A
/// title may hold quotes itself. A quote that the text's end cuts off counts where no title begins so.
std::vector<TextPart> inventedTitles(const QString& text, const std::vector<QString>& catalogue);

/// A title that a text names.
struct NamedTitle {
  size_t title = 0;  ///< which of the titles asked for
  TextPart part;
};
/// Where a text names these titles, as whole words, by place in the text; of titles within one another the longest.
std::vector<NamedTitle> namedTitles(const QString& text, const std::vector<QString>& titles);

}  // namespace prefscope
