// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// The strings of a tokenizer by id and ids by string. All strings lie in one block; the index is an open hash table.
class Vocabulary {
 public:
  /// Gives an id its string. findable: find() shall lead from the string to the id. Returns false, and changes nothing,
  /// where the id has a string already, or where findable and another id has this string.
  bool add(int32_t id, std::string_view string, bool findable = true);
  /// The id of a string; -1 where there is none.
  int32_t find(std::string_view string) const;
  /// From now on find() does not lead to this id.
  void hide(int32_t id);
  /// The string of an id; empty for an id that has none.
  std::string_view string(int32_t id) const {
    return contains(id) ? std::string_view(block_).substr(spans_[static_cast<size_t>(id)].begin,
                                                          spans_[static_cast<size_t>(id)].length)
                        : std::string_view();
  }
  bool contains(int32_t id) const { return id >= 0 && id < size() && spans_[static_cast<size_t>(id)].length != absent; }
  /// One more than the highest id.
  int32_t size() const { return static_cast<int32_t>(spans_.size()); }

 private:
  static constexpr uint32_t absent = UINT32_MAX;
  struct Span {
    uint32_t begin = 0, length = absent;
  };
  void grow();
  size_t slot_of(std::string_view string) const;

  std::string block_;
  std::vector<Span> spans_;     // [ids]
  std::vector<int32_t> slots_;  // [power of two] id, empty or hidden
  size_t used_ = 0;
};

}  // namespace prefscope
