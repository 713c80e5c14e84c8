// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QTextCharFormat>
#include <functional>
#include <string>
#include <vector>

#include "engine/explain/rationale_facts.h"

class QTextDocument;

namespace prefscope {

/// Generated text as it is shown: control characters and line breaks are blanks, so that places stay the same.
QString shownText(const std::string& text);

/// What a part of a rationale is, in words: "of the history", "invented, in no catalogue".
QString namedInWords(Named what);

/// How a part looks: each kind has a line of its own, not a colour alone.
QTextCharFormat markFormat(Named what);

/// Marks the parts of a text that stands in a document from `begin` on, as plain text, and makes each a link.
/// linkOf: where the part of this index leads to.
void markParts(QTextDocument* document, int begin, const std::string& text, const std::vector<NamedPart>& parts,
               const std::function<QString(size_t)>& linkOf);

}  // namespace prefscope
