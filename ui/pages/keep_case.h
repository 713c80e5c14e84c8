// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <functional>
#include <vector>

#include "engine/explain/case.h"

class QWidget;

namespace prefscope {

class Workbench;

/// A case as it stands on the page.
struct ShownCase {
  CaseReport report;
  int64_t run = 0;  ///< 0: the base model
};

/// Saves a case in the workspace, in the background; then done.
void saveCase(Workbench& workbench, const ShownCase& shown, std::function<void()> done);
/// Asks for a file and writes a case into it, with the hashes of what it came from: HTML, Markdown, PDF or case.json by
/// its ending.
void askCaseFile(Workbench& workbench, const ShownCase& shown, QWidget* parent);

}  // namespace prefscope
