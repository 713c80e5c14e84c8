// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// Writes kept cases by format: html, md (figures in a folder beside), pdf or json (case.json). May run on any thread.
/// Throws Error where the file cannot be written.
void exportCases(const std::vector<KeptCase>& cases, const QString& format, const QString& file);

/// What of a text can be part of a file's name: lower-case letters and digits, all else "-"; may be empty.
QString plainName(const QString& text);
/// A name without its ending that says whose case it is, under which model: "user-1045-dmpo-2". All but letters and
/// digits becomes "-", so that no id leads to another folder.
QString caseFileName(const QString& user, const QString& model);

/// What a file dialog says of a format: "HTML page (*.html)".
QString exportFilter(const QString& format);

}  // namespace prefscope
