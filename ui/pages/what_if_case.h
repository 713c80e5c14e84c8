// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>

#include "ui/pages/what_if_edit.h"

namespace prefscope {

class ItemSearch;
class Workbench;

/// What the window that edits a case knows of it; its cards read it.
struct WhatIfCase {
  RankOptions options;      ///< how it was asked for
  QString model;            ///< its name
  int64_t dataSet = 0;      ///< whose catalogue is searched
  CaseEdit original, edit;  ///< as it was, and now
  RankResult before, now;   ///< now: of the newest edit that is ranked
  KnownItems items;         ///< of both lists, and what was found
};

/// Searches the catalogue in the background and tells the box what it found, the items that most users acted on first.
/// refused: why an item cannot be taken; empty: it can. failed: gets why it could not be searched.
void searchCatalogue(Workbench& workbench, WhatIfCase& shown, ItemSearch* box, const QString& text,
                     std::function<QString(int64_t)> refused, std::function<void(const QString&)> failed);
/// A title that is short enough for a line of a menu.
QString shortTitle(const WhatIfCase& shown, int64_t item);

}  // namespace prefscope
