// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// Different keys, numbered from 0 in the order they came. Open addressing, since tens of millions of rows look theirs
/// up: one place of a table and one key a look.
class KeyIndex {
 public:
  /// -1 where it is not there.
  int32_t find(std::string_view key) const;
  /// The number of the key, which is new when it was not there.
  int32_t add(std::string_view key);
  size_t size() const { return keys_.size(); }
  const std::vector<std::string>& keys() const { return keys_; }
  std::vector<std::string> take() && { return std::move(keys_); }

 private:
  size_t place_of(std::string_view key) const;
  std::vector<std::string> keys_;
  std::vector<int32_t> places_ = std::vector<int32_t>(1024, -1);  ///< [a power of two]
};

}  // namespace prefscope
