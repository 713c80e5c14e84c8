// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace prefscope {

/// Strings of bytes, each with a number: answers which of them a text begins with.
class Trie {
 public:
  static constexpr int32_t none = -1;

  Trie();
  /// Inserts a string that is not empty; value at least 0. A later value replaces an earlier one.
  void insert(std::string_view string, int32_t value);
  bool empty() const { return values_.size() == 1; }

  /// Calls found(length, value) for each string that text begins with at `from`, the shortest first.
  template <typename Found>
  void prefixes(std::string_view text, size_t from, Found found) const {
    if (from >= text.size()) return;
    int32_t node = roots_[static_cast<unsigned char>(text[from])];
    for (size_t at = from; node != none;) {
      ++at;
      if (values_[static_cast<size_t>(node)] >= 0) found(at - from, values_[static_cast<size_t>(node)]);
      if (at >= text.size()) return;
      node = child(node, text[at]);
    }
  }

 private:
  struct Edge {
    int32_t node = none;  // from here
    int32_t child = none;
    uint8_t byte = 0;
  };
  size_t place_of(int32_t node, char byte) const;
  int32_t child(int32_t node, char byte) const { return edges_[place_of(node, byte)].child; }

  std::array<int32_t, 256> roots_{};  // [first byte]
  std::vector<int32_t> values_;       // [nodes]
  std::vector<Edge> edges_;           // open hash table by (node, byte)
  size_t used_ = 0;
};

}  // namespace prefscope
