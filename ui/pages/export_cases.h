// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// Writes kept cases by format: html, md (figures in a folder beside), pdf or json (case.json). May run on any thread.
/// Throws Error where the file cannot be written.
void exportCases(const std::vector<KeptCase>& cases, const QString& format, const QString& file);

/// What a file dialog says of a format: "HTML page (*.html)".
QString exportFilter(const QString& format);

}  // namespace prefscope
