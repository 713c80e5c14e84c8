// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// What speaks for a recommendation, in any unit; more is more.
struct Causes {
  std::vector<double> attributes;  ///< [attributes of the item]
  std::vector<double> items;       ///< [history]
};

/// A title as a rationale quotes it, so that it can be found again: “The Salt Orchard”.
std::string quoted(const std::string& title);

/// A sentence that says truthfully why an item is recommended: the attribute with the largest cause among those that a
/// history item shares, the one or two items sharing it with the largest causes, and at times a second attribute with
/// an item of its own. Drawn from several forms; says so where nothing is shared. For training a model to write
/// rationales.
std::string rationale_sentence(const std::vector<const ItemText*>& history, const ItemText& item, const Causes& causes,
                               Random& random);

}  // namespace prefscope
