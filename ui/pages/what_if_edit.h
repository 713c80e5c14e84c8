// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/tasks/open_case.h"

// An edited case in words and numbers, free of widgets.

namespace prefscope {

/// An item as the window that edits a case shows it.
struct KnownItem {
  QString key;  ///< its id in the file
  QString title, about;
};
using KnownItems = std::map<int64_t, KnownItem>;
KnownItem knownItem(const ItemText& item);

/// Of one list: what is gone, what is new, and whether the items that stayed have another order.
struct ListChange {
  std::vector<int64_t> removed, added;
  bool moved = false;
};
ListChange listChange(const std::vector<int64_t>& before, const std::vector<int64_t>& after);

bool isEdited(const CaseEdit& original, const CaseEdit& edit);
/// "Edited: removed: Salt, Key and 2 more; added: Lamp; in another order; candidate added: Rye", titles cut as a line
/// needs it; empty where nothing differs.
QString editSummary(const CaseEdit& original, const CaseEdit& edit, const KnownItems& items);
/// The same with all titles whole, as it stands in an exported case; empty where nothing differs.
QString editNote(const CaseEdit& original, const CaseEdit& edit, const KnownItems& items);

/// The items at these rows, moved before the item that is now at `gap` (0 .. size).
std::vector<int64_t> movedRows(const std::vector<int64_t>& list, const std::vector<int>& rows, int gap);
/// The candidates with one more: a saved one returns to its place, another comes last.
std::vector<int64_t> withCandidate(const std::vector<int64_t>& saved, const std::vector<int64_t>& now, int64_t item);

/// The line for a POSIX shell by which prefscope-cli gives the same ranking. The candidates of `edit` must be some of
/// the saved ones in their order, then others, as withCandidate() leaves them.
QString whatIfCommand(const RankOptions& options, const CaseEdit& original, const CaseEdit& edit,
                      const KnownItems& items);

/// A line of the edited ranking.
struct WhatIfRow {
  int64_t item = 0;
  bool target = false;
  std::optional<int> rank, before;      ///< from 1; absent: not ranked yet, not a candidate before
  std::optional<double> score, change;  ///< nats, by token where that ranks; change: since the case as it was
  bool withinSpread = false;            ///< the score changed less than it is spread over prompt orders
};
/// The ranking `now` without what is no candidate any more, then the candidates that it does not have yet.
std::vector<WhatIfRow> whatIfRows(const RankResult& before, const RankResult& now,
                                  const std::vector<int64_t>& candidates);

/// " First is now Salt, was Paper." where the first place has changed, else " First is still Salt."; empty without a
/// ranking.
QString firstPlaceText(const RankResult& before, const RankResult& now, const KnownItems& items);

}  // namespace prefscope
