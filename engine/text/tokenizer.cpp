// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/text/byte_level.h"
#include "engine/text/tokenizer_parts.h"

namespace prefscope {
namespace {

constexpr size_t max_text_bytes = size_t{1} << 30;

/// Rust's \w: letters, marks, decimal digits, connecting punctuation and joiners.
bool is_word_character(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return c == 0x200c || c == 0x200d;
  }
}

size_t begin_of_last(std::string_view text, size_t end) {
  size_t at = end - 1;
  while ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

/// A stretch of a text: an added token, or what lies between (added: null).
struct Stretch {
  size_t begin = 0, end = 0;
  const AddedToken* added = nullptr;
};

/// Cuts a text at its added tokens: the leftmost, of these the longest. allowed(begin, end) says whether a token from
/// templates only may stand there.
template <typename Allowed>
std::vector<Stretch> cut_at_added(const Trie& trie, const std::vector<AddedToken>& added, std::string_view text,
                                  Allowed allowed) {
  std::vector<Stretch> stretches;
  size_t done = 0;
  for (size_t at = 0; at < text.size() && !trie.empty();) {
    const AddedToken* token = nullptr;
    size_t end = at;
    trie.prefixes(text, at, [&](size_t length, int32_t index) {
      const AddedToken& found = added[static_cast<size_t>(index)];
      if (found.from_templates_only && !allowed(at, at + length)) return;
      token = &found;
      end = at + length;
    });
    if (token == nullptr) {
      at += utf8_length(text[at]);
      continue;
    }
    size_t begin = at;
    at = end;  // matches do not overlap, taken or not
    if (token->single_word && ((begin > 0 && is_word_character(code_point_at(text, begin_of_last(text, begin)))) ||
                               (end < text.size() && is_word_character(code_point_at(text, end)))))
      continue;
    while (token->lstrip && begin > done && is_white_space(code_point_at(text, begin_of_last(text, begin))))
      begin = begin_of_last(text, begin);
    while (token->rstrip && end < text.size() && is_white_space(code_point_at(text, end)))
      end += utf8_length(text[end]);
    begin = std::max(begin, done);
    if (begin > done) stretches.push_back({done, begin, nullptr});
    stretches.push_back({begin, end, token});
    done = end;
    at = std::max(at, done);
  }
  if (done < text.size()) stretches.push_back({done, text.size(), nullptr});
  return stretches;
}

/// One encoding on its way.
class Encoder {
 public:
  /// trusted: where tokens from templates may stand, in order and apart.
  Encoder(const TokenizerParts& parts, std::string_view input, const std::vector<ByteRange>& trusted)
      : parts_(parts), input_(input), trusted_(trusted) {
    // Code points before each byte, where they are not the bytes themselves.
    if (std::all_of(input.begin(), input.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return;
    code_points_.reserve(input.size() + 1);
    int32_t count = -1;
    for (const char c : input) code_points_.push_back((static_cast<unsigned char>(c) & 0xc0) == 0x80 ? count : ++count);
    code_points_.push_back(count + 1);
  }

  Tokenizer::Encoding run() {
    result_.ids.reserve(input_.size() / 3 + 4);
    result_.offsets.reserve(input_.size() / 3 + 4);
    const auto allowed = [&](size_t begin, size_t end) { return is_trusted(begin, end); };
    for (const Stretch& stretch : cut_at_added(parts_.raw, parts_.added, input_, allowed)) {
      if (stretch.added != nullptr) {
        append(stretch.added->id, {static_cast<uint32_t>(stretch.begin), static_cast<uint32_t>(stretch.end)},
               input_.substr(stretch.begin, stretch.end - stretch.begin));
      } else {
        encode_stretch(stretch.begin, stretch.end);
      }
    }
    return std::move(result_);
  }

 private:
  bool is_trusted(size_t begin, size_t end) const {
    return std::any_of(trusted_.begin(), trusted_.end(),
                       [&](const ByteRange& range) { return begin >= range.begin && end <= range.end; });
  }

  void encode_stretch(size_t begin, size_t end) {
    AlignedText text{std::string(input_.substr(begin, end - begin)), {}, static_cast<uint32_t>(begin)};
    for (const Normalizer& normalizer : parts_.normalizers) normalize(normalizer, text);
    if (text.text.empty()) return;
    if (parts_.normalized.empty()) return encode_words(std::move(text));
    const auto allowed = [&](size_t from, size_t to) {
      const ByteRange range = text.origin_of(from, to);
      return is_trusted(range.begin, range.end);
    };
    const auto stretches = cut_at_added(parts_.normalized, parts_.added, text.text, allowed);
    if (stretches.size() == 1 && stretches[0].added == nullptr) return encode_words(std::move(text));
    for (const Stretch& stretch : stretches) {
      if (stretch.added != nullptr) {
        append(stretch.added->id, text.origin_of(stretch.begin, stretch.end),
               std::string_view(text.text).substr(stretch.begin, stretch.end - stretch.begin));
      } else {
        AlignedText part = text;
        keep(part, stretch.begin, stretch.end);
        encode_words(std::move(part));
      }
    }
  }

  void encode_words(AlignedText text) {
    const auto size = static_cast<uint32_t>(text.text.size());
    Words words{std::move(text), {{0, size}}};
    for (const PreTokenizer& step : parts_.pre_tokenizers) pre_tokenize(step, words);
    for (const auto& [begin, end] : words.ranges) {
      const std::string_view word = std::string_view(words.text.text).substr(begin, end - begin);
      pieces_.clear();
      if (const auto* bpe = std::get_if<Bpe>(&parts_.model)) {
        encode_word(*bpe, word, bpe_scratch_, pieces_);
      } else {
        encode_word(std::get<Unigram>(parts_.model), word, unigram_scratch_, pieces_);
      }
      append_pieces(words.text, begin, end);
    }
  }

  void append_pieces(const AlignedText& text, size_t begin, size_t end) {
    size_t covered = 0;
    for (const WordPiece& piece : pieces_) covered += piece.bytes;
    if (parts_.over_bytes() && covered < end - begin) return append_with_gaps(text, begin, end);
    size_t at = begin;
    ByteRange range;
    for (const WordPiece& piece : pieces_) {
      if (piece.bytes > 0) range = text.origin_of(at, at + piece.bytes);  // else one of several bytes of one character
      append(piece.id, range);
      at += piece.bytes;
    }
  }

  /// The vocabulary lacks bytes of the word. In the tokenizers package offsets run over the word as written in the byte
  /// alphabet, whose code points take one byte or two, so later tokens of the word lie further left.
  void append_with_gaps(const AlignedText& text, size_t begin, size_t end) {
    std::vector<size_t> byte_at;  // [alphabet bytes] -> byte of the text
    for (size_t i = begin; i < end; ++i) byte_at.insert(byte_at.end(), alphabet_width(text.text[i]), i);
    size_t at = 0;
    for (const WordPiece& piece : pieces_) {
      size_t next = at;
      for (const char byte : parts_.vocabulary().string(piece.id)) next += alphabet_width(byte);
      next = std::min(next, byte_at.size());
      append(piece.id, text.origin_of(byte_at[at], byte_at[next - 1] + 1));
      at = next;
    }
  }

  /// added: the text of an added token, with the white space that it took; empty for the model's own.
  void append(int32_t id, ByteRange range, std::string_view added = {}) {
    int32_t begin = static_cast<int32_t>(range.begin), end = static_cast<int32_t>(range.end);
    if (!code_points_.empty()) {
      end = range.end > range.begin ? code_points_[range.end - 1] + 1 : code_points_[range.begin];
      begin = code_points_[range.begin];
    }
    if (parts_.trim_offsets) trim(id, added, begin, end);
    result_.ids.push_back(id);
    result_.offsets.emplace_back(begin, end);
  }

  /// The post-processor ByteLevel with trim_offsets.
  void trim(int32_t id, std::string_view added_text, int32_t& begin, int32_t& end) const {
    const bool added = !added_text.empty();
    const std::string_view token = added ? added_text : parts_.vocabulary().string(id);
    const auto blank = [&](size_t at) { return added ? is_white_space(code_point_at(token, at)) : token[at] == ' '; };
    int32_t leading = 0, trailing = 0;
    const auto length = [&](size_t at) { return added ? utf8_length(token[at]) : 1; };
    for (size_t at = 0; at < token.size() && blank(at); at += length(at)) ++leading;
    for (size_t to = token.size(); to > 0; ++trailing) {
      const size_t last = added ? begin_of_last(token, to) : to - 1;
      if (!blank(last)) break;
      to = last;
    }
    if (leading == 1 && parts_.trim_keeps_prefix && (result_.ids.empty() || begin == 0)) leading = 0;
    begin = std::min(begin + leading, end);
    if (trailing > 0 && end >= trailing) end = std::max(end - trailing, begin);
  }

  const TokenizerParts& parts_;
  std::string_view input_;
  const std::vector<ByteRange>& trusted_;
  std::vector<int32_t> code_points_;  // [bytes + 1], or empty: the input is ASCII
  std::vector<WordPiece> pieces_;
  BpeScratch bpe_scratch_;
  UnigramScratch unigram_scratch_;
  Tokenizer::Encoding result_;
};

void check_size(size_t bytes) {
  if (bytes > max_text_bytes)
    throw Error(ErrorKind::BadInput,
                fmt::format("a text to tokenize: expected at most {} bytes, found {}", max_text_bytes, bytes));
}

}  // namespace

Tokenizer::Tokenizer(TokenizerParts parts) {
  finish(parts);
  parts_ = std::make_unique<const TokenizerParts>(std::move(parts));
}

Tokenizer::~Tokenizer() = default;

Tokenizer::Encoding Tokenizer::encode(std::string_view text) const {
  const PromptPart part{text, false};
  return encode_prompt({&part, 1});
}

Tokenizer::Encoding Tokenizer::encode_prompt(std::span<const PromptPart> parts) const {
  std::vector<ByteRange> trusted;
  if (parts.size() == 1 && !parts[0].may_hold_special_tokens && is_utf8(parts[0].text)) {
    check_size(parts[0].text.size());
    return Encoder(*parts_, parts[0].text, trusted).run();  // nothing is copied
  }
  std::string input;
  for (const PromptPart& part : parts) {
    check_size(part.text.size());
    const auto begin = static_cast<uint32_t>(input.size());
    input += lossy_utf8(part.text);
    check_size(input.size());
    const auto end = static_cast<uint32_t>(input.size());
    if (!part.may_hold_special_tokens || begin == end) continue;
    if (!trusted.empty() && trusted.back().end == begin) {
      trusted.back().end = end;
    } else {
      trusted.push_back({begin, end});
    }
  }
  return Encoder(*parts_, input, trusted).run();
}

std::string Tokenizer::decode(const std::vector<int32_t>& ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (const int32_t id : ids) {
    const auto added = parts_->added_by_id.find(id);
    if (added != parts_->added_by_id.end()) {
      const AddedToken& token = parts_->added[added->second];
      if (token.special && skip_special_tokens) continue;
      const auto bytes = parts_->over_bytes() ? from_byte_alphabet(token.content) : std::nullopt;
      tokens.push_back(bytes.value_or(token.content));
    } else if (parts_->vocabulary().contains(id)) {
      tokens.emplace_back(parts_->vocabulary().string(id));
    }
  }
  for (const Decoder& step : parts_->decoders) prefscope::decode(step, tokens);
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

std::string Tokenizer::token(int32_t id) const {
  const auto added = parts_->added_by_id.find(id);
  if (added != parts_->added_by_id.end()) return parts_->added[added->second].content;
  const std::string_view text = parts_->vocabulary().string(id);
  return parts_->over_bytes() ? to_byte_alphabet(text) : std::string(text);
}

std::string Tokenizer::bytes_of_token(int32_t id) const {
  if (is_special(id)) return {};
  const auto added = parts_->added_by_id.find(id);
  if (added != parts_->added_by_id.end()) return parts_->added[added->second].content;
  const std::string_view text = parts_->vocabulary().string(id);
  if (parts_->over_bytes()) return std::string(text);
  std::vector<std::string> tokens = {std::string(text)};
  for (const Decoder& step : parts_->decoders) {
    if (std::holds_alternative<DecodeByteTokens>(step) && byte_of_token(text) >= 0)
      return std::string(1, static_cast<char>(byte_of_token(text)));
    // What is dropped at a text's beginning is there within it.
    if (const auto* marks = std::get_if<DecodeMetaspace>(&step)) {
      prefscope::decode(DecodeMetaspace{marks->replacement, false}, tokens);
    } else if (!std::holds_alternative<DecodeStrip>(step) && !std::holds_alternative<DecodeLeadingMarks>(step)) {
      prefscope::decode(step, tokens);
    }
  }
  return tokens.empty() ? std::string() : tokens[0];
}

int32_t Tokenizer::vocabulary_size() const {
  int32_t size = parts_->vocabulary().size();
  for (const AddedToken& token : parts_->added) size = std::max(size, token.id + 1);
  return size;
}

std::optional<int32_t> Tokenizer::special_token(std::string_view text) const {
  for (const AddedToken& token : parts_->added) {
    if (token.from_templates_only && token.content == text) return token.id;
  }
  return std::nullopt;
}

bool Tokenizer::is_special(int32_t id) const {
  const auto added = parts_->added_by_id.find(id);
  return added != parts_->added_by_id.end() && parts_->added[added->second].from_templates_only;
}

std::vector<int32_t> Tokenizer::prefix_ids() const {
  return parts_->prefix;
}
std::vector<int32_t> Tokenizer::suffix_ids() const {
  return parts_->suffix;
}

}  // namespace prefscope
