// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// Items of a data set by id.
class ItemIndex {
 public:
  explicit ItemIndex(std::vector<ItemText> items) : items_(std::move(items)) {
    for (const ItemText& item : items_) by_id_[item.id] = &item;
  }
  ItemIndex(const ItemIndex&) = delete;
  ItemIndex& operator=(const ItemIndex&) = delete;

  const std::vector<ItemText>& texts() const { return items_; }
  bool has(int64_t id) const { return by_id_.contains(id); }
  const ItemText* at(int64_t id) const { return by_id_.at(id); }
  std::vector<const ItemText*> all(const std::vector<int64_t>& ids) const {
    std::vector<const ItemText*> found;
    for (const int64_t id : ids) found.push_back(at(id));
    return found;
  }

 private:
  std::vector<ItemText> items_;
  std::unordered_map<int64_t, const ItemText*> by_id_;
};

}  // namespace prefscope
