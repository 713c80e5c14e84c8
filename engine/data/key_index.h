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
  size_t place_of(std::string_view key, size_t hash) const;
  std::vector<std::string> keys_;
  /// A key's number, -1 where the place is free, beside a part of its hash, which spares most looks at other keys.
  struct Place {
    uint32_t hash = 0;
    int32_t number = -1;
  };
  std::vector<Place> places_ = std::vector<Place>(1024);  ///< [a power of two]
};

}  // namespace prefscope
