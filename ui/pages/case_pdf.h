// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// Kept cases as PDF: the text and tables of their Markdown, the figures drawn. A4, each case on a page of its own.
/// May run on any thread. Throws Storage where the file cannot be written.
void writeNotebookPdf(const std::vector<KeptCase>& cases, const QString& file);

}  // namespace prefscope
