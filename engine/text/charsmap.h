// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// sentencepiece's precompiled map of texts to texts: a double array (darts-clone) and the texts it leads to.
class Charsmap {
 public:
  Charsmap() = default;
  /// Reads the bytes as sentencepiece writes them: the trie's size in bytes, the trie, the texts with a zero after
  /// each. Nothing where they are damaged.
  static std::optional<Charsmap> read(std::string_view bytes);
  bool empty() const { return units_.empty(); }

  struct Match {
    size_t length = 0;  ///< of the text that is replaced, in bytes
    std::string_view replacement;
  };
  /// The shortest and the longest entry that the text begins with.
  std::optional<Match> shortest(std::string_view text) const;
  std::optional<Match> longest(std::string_view text) const;
  /// Whether an entry begins with this ASCII character.
  bool begins_with(char ascii) const { return ascii_[static_cast<unsigned char>(ascii) & 0x7f]; }

 private:
  std::optional<Match> match(std::string_view text, bool longest) const;
  std::vector<uint32_t> units_;
  std::string texts_;
  std::array<bool, 128> ascii_{};
};

}  // namespace prefscope
