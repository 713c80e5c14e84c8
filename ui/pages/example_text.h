// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/preparations.h"

class QTextEdit;

namespace prefscope {

/// Writes an example out as plain text under small headings: target, history, candidates, negatives; or, of an imported
/// one, its pairs word for word.
void writeExample(Workspace& workspace, const Example& example, QTextEdit* view);

}  // namespace prefscope
