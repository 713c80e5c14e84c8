// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

#include "engine/base/error.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

// What Unicode's White_Space is, and the letters and numbers that Unicode 15 and 16 added to what PCRE2 10.42 knows.
constexpr std::string_view blanks =
    R"(\t-\r\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view new_letters =
    R"(\x{1c89}-\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3}\x{10d4a}-\x{10d65})"
    R"(\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}-\x{11240}\x{11380}-\x{11389}\x{1138b}\x{1138e})"
    R"(\x{11390}-\x{113b5}\x{113b7}\x{113d1}\x{113d3}\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10})"
    R"(\x{11f12}-\x{11f33}\x{1342f}\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d})"
    R"(\x{16d40}-\x{16d6c}\x{18cff}\x{1b132}\x{1b155}\x{1df25}-\x{1df2a}\x{1e030}-\x{1e06d})"
    R"(\x{1e4d0}-\x{1e4eb}\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739}\x{2ebf0}-\x{2ee5d}\x{31350}-\x{323af})";
constexpr std::string_view new_numbers =
    R"(\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9}\x{11f50}-\x{11f59}\x{16130}-\x{16139})"
    R"(\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9}\x{1d2c0}-\x{1d2d3}\x{1e4f0}-\x{1e4f9}\x{1e5f1}-\x{1e5fa})";

/// \s, \S, \p{L} and \p{N} as the tokenizers package's engine understands them.
std::string written_out(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  const auto put = [&](std::string_view members) {
    if (!in_class) out += '[';
    out += members;
    if (!in_class) out += ']';
  };
  for (size_t i = 0; i < pattern.size();) {
    const std::string_view rest = pattern.substr(i);
    size_t length = 1;
    if (rest.starts_with("\\s")) {
      put(blanks);
      length = 2;
    } else if (rest.starts_with("\\S") && !in_class) {
      out.append("[^").append(blanks).append("]");
      length = 2;
    } else if (rest.starts_with("\\p{L}")) {
      put(std::string("\\p{L}").append(new_letters));
      length = 5;
    } else if (rest.starts_with("\\p{N}")) {
      put(std::string("\\p{N}").append(new_numbers));
      length = 5;
    } else {
      length = rest[0] == '\\' ? std::min<size_t>(2, rest.size()) : 1;
      if (rest[0] == '[') in_class = true;
      if (rest[0] == ']') in_class = false;
      out += rest.substr(0, length);
    }
    i += length;
  }
  return out;
}

struct MatchData {
  explicit MatchData(const pcre2_code* code) : data(pcre2_match_data_create_from_pattern(code, nullptr)) {}
  ~MatchData() { pcre2_match_data_free(data); }
  MatchData(const MatchData&) = delete;
  MatchData& operator=(const MatchData&) = delete;
  pcre2_match_data* data;
};

/// Calls found(begin, end) for each match that is not empty.
template <typename Found>
void for_each_match(const pcre2_code* code, std::string_view text, Found found) {
  const MatchData match(code);
  const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.data);
  for (size_t from = 0; from < text.size();) {
    // The text was checked to be UTF-8 before.
    const int result = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                   PCRE2_NO_UTF_CHECK, match.data, nullptr);
    if (result == PCRE2_ERROR_NOMATCH) return;
    if (result < 0)
      throw Error(ErrorKind::BadInput,
                  fmt::format("splitting a text of {} bytes failed with PCRE2 error {}", text.size(), result));
    if (range[1] > range[0]) {
      found(range[0], range[1]);
      from = range[1];
    } else {  // an empty match: step over one character
      from = std::max(from, static_cast<size_t>(range[1]));
      if (from < text.size()) from += utf8_length(text[from]);
    }
  }
}

}  // namespace

struct Pattern::Code {
  pcre2_code* code = nullptr;
  ~Code() { pcre2_code_free(code); }
};

Pattern::Pattern(const std::string& pattern) : code_(std::make_unique<Code>()) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::string text = written_out(pattern);
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
  if (code_->code == nullptr) {
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(error, message.data(), message.size());
    throw Error(ErrorKind::Unsupported, fmt::format("pre-tokenizer pattern {}: {} at {}", pattern,
                                                    reinterpret_cast<const char*>(message.data()), offset));
  }
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

void Pattern::matches(std::string_view text, const std::function<void(size_t, size_t)>& found) const {
  for_each_match(code_->code, text, found);
}

void Pattern::split(std::string_view text, uint32_t offset, std::vector<std::pair<uint32_t, uint32_t>>& pieces) const {
  size_t done = 0;
  const auto add = [&](size_t begin, size_t end) {
    pieces.emplace_back(offset + static_cast<uint32_t>(begin), offset + static_cast<uint32_t>(end));
  };
  for_each_match(code_->code, text, [&](size_t begin, size_t end) {
    if (begin > done) add(done, begin);
    add(begin, end);
    done = end;
  });
  if (done < text.size()) add(done, text.size());
}

}  // namespace prefscope
