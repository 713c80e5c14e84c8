// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

/// The pre-tokenizer pattern of GPT-2.
inline constexpr const char* gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A compiled Unicode pattern (PCRE2, JIT). Thread safe.
class Pattern {
 public:
  /// Throws Unsupported with PCRE2's words when the pattern cannot be compiled. \s is Unicode's White_Space (PCRE2
  /// alone would count U+180E), \p{L} and \p{N} are those of Unicode 16, as in the tokenizers package 0.23.
  explicit Pattern(const std::string& pattern);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Calls found(begin, end), in bytes, for each match that is not empty, in order. The text must be valid UTF-8.
  void matches(std::string_view text, const std::function<void(size_t, size_t)>& found) const;
  /// Appends each match and what lies between matches, in order; together they are the text. Places are counted from
  /// `offset`.
  void split(std::string_view text, uint32_t offset, std::vector<std::pair<uint32_t, uint32_t>>& pieces) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace prefscope
