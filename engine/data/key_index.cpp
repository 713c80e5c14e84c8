// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/key_index.h"

#include <fmt/format.h>

#include <functional>
#include <limits>

#include "engine/base/error.h"

namespace prefscope {

/// Where the key is, or the free place where it belongs.
size_t KeyIndex::place_of(std::string_view key, size_t hash) const {
  const size_t mask = places_.size() - 1;
  const auto part = static_cast<uint32_t>(hash >> 32);
  size_t place = hash & mask;
  while (places_[place].number >= 0 &&
         (places_[place].hash != part || keys_[static_cast<size_t>(places_[place].number)] != key))
    place = (place + 1) & mask;
  return place;
}

int32_t KeyIndex::find(std::string_view key) const {
  return places_[place_of(key, std::hash<std::string_view>()(key))].number;
}

int32_t KeyIndex::add(std::string_view key) {
  const size_t hash = std::hash<std::string_view>()(key), place = place_of(key, hash);
  if (places_[place].number >= 0) return places_[place].number;
  if (keys_.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    throw Error(ErrorKind::BadFile,
                fmt::format("expected at most {} users and as many items, found more", keys_.size()));
  const auto number = static_cast<int32_t>(keys_.size());
  places_[place] = {static_cast<uint32_t>(hash >> 32), number};
  keys_.emplace_back(key);
  if (2 * keys_.size() > places_.size()) {  // half full: twice the places
    places_.assign(2 * places_.size(), {});
    for (size_t i = 0; i < keys_.size(); ++i) {
      const size_t again = std::hash<std::string_view>()(keys_[i]);
      places_[place_of(keys_[i], again)] = {static_cast<uint32_t>(again >> 32), static_cast<int32_t>(i)};
    }
  }
  return number;
}

}  // namespace prefscope
