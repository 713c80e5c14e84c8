// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace prefscope {

/// The pre-tokenizer pattern of GPT-2.
inline constexpr const char* gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A compiled Unicode pattern (PCRE2, JIT). Thread safe.
class Pattern {
 public:
  /// Throws Unsupported with PCRE2's words when the pattern cannot be compiled.
  explicit Pattern(const std::string& pattern);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  /// Calls piece(begin, end), in bytes, for each match and for what lies between matches, in order; together they are
  /// the text.
  void split(std::string_view text, const std::function<void(size_t, size_t)>& piece) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace prefscope
