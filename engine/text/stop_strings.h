// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/tokenizer.h"

namespace prefscope {

/// Notices in a text that is written token by token when one of some strings is complete, however tokens cut it. The
/// prompt does not count.
class StopStrings {
 public:
  /// Throws BadInput for an empty string. The tokenizer must outlive this.
  StopStrings(const Tokenizer& tokenizer, std::vector<std::string> strings);
  /// Takes the next token; whether the text ends with it: a string is complete within its bytes.
  bool push(int32_t id);
  /// How much of a text may be shown while more is to come: up to where a string begins, or may have begun.
  size_t shown(std::string_view text) const;
  /// The text before the first of the strings.
  std::string_view before(std::string_view text) const;

 private:
  const Tokenizer& tokenizer_;
  std::vector<std::string> strings_;
  std::string tail_;  ///< the last bytes, fewer than the longest string has
};

}  // namespace prefscope
