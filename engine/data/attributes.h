// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <string>
#include <utility>

#include "engine/store/preparations.h"

namespace prefscope {

/// Name and value of an attribute: ("genre", "mystery").
using Attribute = std::pair<std::string, std::string>;

inline bool has_attribute(const ItemText& item, const Attribute& attribute) {
  return std::find(item.attributes.begin(), item.attributes.end(), attribute) != item.attributes.end();
}

}  // namespace prefscope
