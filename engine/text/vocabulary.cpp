// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/vocabulary.h"

#include "engine/text/hash.h"

namespace prefscope {
namespace {

constexpr int32_t empty = -1, hidden = -2;

}  // namespace

/// The slot that holds the string, or the empty one where it would go.
size_t Vocabulary::slot_of(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash_of(text) & mask;
  while (slots_[slot] != empty && (slots_[slot] == hidden || string(slots_[slot]) != text)) slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow() {
  std::vector<int32_t> old = std::move(slots_);
  slots_.assign(old.empty() ? 1024 : old.size() * 2, empty);
  used_ = 0;
  for (const int32_t id : old) {
    if (id < 0) continue;
    slots_[slot_of(string(id))] = id;
    ++used_;
  }
}

bool Vocabulary::add(int32_t id, std::string_view text, bool findable) {
  if (id < 0 || contains(id) || (findable && find(text) >= 0)) return false;
  if (id >= size()) spans_.resize(static_cast<size_t>(id) + 1);
  spans_[static_cast<size_t>(id)] = {static_cast<uint32_t>(block_.size()), static_cast<uint32_t>(text.size())};
  block_ += text;
  if (findable) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    slots_[slot_of(text)] = id;
    ++used_;
  }
  return true;
}

int32_t Vocabulary::find(std::string_view text) const {
  return slots_.empty() ? -1 : slots_[slot_of(text)];
}

void Vocabulary::hide(int32_t id) {
  if (!contains(id) || find(string(id)) != id) return;
  slots_[slot_of(string(id))] = hidden;
}

}  // namespace prefscope
