// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "engine/store/data_sets.h"

namespace prefscope {

/// Whether they are the same import: an id may be given anew after a set was deleted.
inline bool sameSet(const std::optional<DataSet>& a, const std::optional<DataSet>& b) {
  if (!a || !b) return !a && !b;
  return a->id == b->id && a->imported_at == b->imported_at && a->content_hash == b->content_hash;
}

}  // namespace prefscope
