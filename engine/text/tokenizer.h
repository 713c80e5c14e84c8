// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

struct TokenizerParts;

/// A stretch of a prompt. What a title, a history or a person says comes from outside and can never become a special
/// token; what a chat format or a template of ours says may.
struct PromptPart {
  std::string_view text;
  bool may_hold_special_tokens = false;
};

/// Text to token ids and back: normalizers, pre-tokenizers, a model, a post-processor and decoders, as plain data read
/// from a file (tokenizer_parts.h). Thread safe.
class Tokenizer {
 public:
  explicit Tokenizer(TokenizerParts parts);
  ~Tokenizer();

  struct Encoding {
    std::vector<int32_t> ids;
    std::vector<std::pair<int32_t, int32_t>> offsets;  ///< [begin, end) in code points of the input
  };
  /// Text from outside. Never adds special tokens and never parses one out of the text: "</s>" in a title is ordinary
  /// characters. The one exception stands for characters: the token that a model gives to unknown ones, where it has no
  /// bytes.
  Encoding encode(std::string_view text) const;
  /// The parts one after the other, encoded as one text (words may reach from one part into the next). Special tokens
  /// are found where all their characters lie in parts that may hold some.
  Encoding encode_prompt(std::span<const PromptPart> parts) const;
  /// As the tokenizers package's decode with skip_special_tokens as given; invalid UTF-8 becomes U+FFFD, ids out of
  /// range are left out.
  std::string decode(const std::vector<int32_t>& ids, bool skip_special_tokens = false) const;
  /// The token as the vocabulary writes it: "Ġlow", "▁low", "<0x0A>"; empty for an id out of range.
  std::string token(int32_t id) const;
  /// The bytes that an id stands for within a text; none for a special token and an id out of range.
  std::string bytes_of_token(int32_t id) const;
  /// One more than the highest id.
  int32_t vocabulary_size() const;
  /// The special token of that text ("<s>"), if there is one.
  std::optional<int32_t> special_token(std::string_view text) const;
  /// Whether text from outside must not become this token: those that the file calls special, and added ones that look
  /// like markup ("<think>", "[INST]").
  bool is_special(int32_t id) const;
  /// Ids that the tokenizer's post-processor puts before and after a single sequence (Llama-3: BOS before).
  std::vector<int32_t> prefix_ids() const;
  std::vector<int32_t> suffix_ids() const;

 private:
  std::unique_ptr<const TokenizerParts> parts_;
};

/// Reads a tokenizer.json (byte-level BPE, BPE with byte fallback, Unigram), a tokenizer.model of sentencepiece (BPE,
/// Unigram), or of a folder its tokenizer.json, else its tokenizer.model. Throws BadFile for a damaged file and
/// Unsupported for an option that is not implemented, naming file and field.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& file_or_folder);

struct BpeTrainingOptions {
  int32_t vocabulary_size = 2048;                                      ///< special tokens and the 256 bytes included
  std::vector<std::string> special_tokens = {"<s>", "</s>", "<pad>"};  ///< get the first ids
};
/// Trains byte-level BPE (GPT-2 pre-tokenizer; most frequent pair first, ties by the smaller ids) and returns the
/// tokenizer.json.
std::string train_bpe(const std::vector<std::string>& texts, const BpeTrainingOptions& options);

}  // namespace prefscope
