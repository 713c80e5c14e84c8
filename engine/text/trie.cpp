// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/trie.h"

#include "engine/text/hash.h"

namespace prefscope {

Trie::Trie() : values_(1, none), edges_(64) {
  roots_.fill(none);
}

size_t Trie::place_of(int32_t node, char byte) const {
  const auto b = static_cast<uint8_t>(byte);
  const size_t mask = edges_.size() - 1;
  size_t place = mixed(static_cast<uint64_t>(node) << 8 | b) & mask;
  while (edges_[place].node != none && (edges_[place].node != node || edges_[place].byte != b))
    place = (place + 1) & mask;
  return place;
}

void Trie::insert(std::string_view string, int32_t value) {
  int32_t node = none;
  const auto add_node = [&] {
    values_.push_back(none);
    return static_cast<int32_t>(values_.size()) - 1;
  };
  for (size_t i = 0; i < string.size(); ++i) {
    if (i == 0) {
      int32_t& root = roots_[static_cast<unsigned char>(string[0])];
      if (root == none) root = add_node();
      node = root;
      continue;
    }
    if (2 * (used_ + 1) > edges_.size()) {
      std::vector<Edge> old(edges_.size() * 2);
      old.swap(edges_);
      for (const Edge& edge : old) {
        if (edge.node != none) edges_[place_of(edge.node, static_cast<char>(edge.byte))] = edge;
      }
    }
    Edge& edge = edges_[place_of(node, string[i])];
    if (edge.node == none) {
      edge = {node, add_node(), static_cast<uint8_t>(string[i])};
      ++used_;
    }
    node = edge.child;
  }
  if (node != none) values_[static_cast<size_t>(node)] = value;
}

}  // namespace prefscope
