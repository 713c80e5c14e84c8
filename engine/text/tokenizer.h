// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prefscope {

/// Text to token ids and back. Thread safe after construction.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  struct Encoding {
    std::vector<int32_t> ids;
    std::vector<std::pair<int32_t, int32_t>> offsets;  ///< [begin, end) in code points of the input
  };
  /// Never adds special tokens and never parses one out of the text: "</s>" in a title is five ordinary characters.
  virtual Encoding encode(std::string_view text) const = 0;
  /// As the tokenizers package's decode with skip_special_tokens = false; invalid UTF-8 becomes U+FFFD.
  virtual std::string decode(const std::vector<int32_t>& ids) const = 0;
  /// The bytes that an id stands for within a text; none for a special token and an id out of range.
  virtual std::string bytes_of_token(int32_t id) const = 0;
  virtual int32_t vocabulary_size() const = 0;
  /// The special token of that text ("<s>"), if there is one.
  virtual std::optional<int32_t> special_token(std::string_view text) const = 0;
  /// Ids that the tokenizer's post-processor puts before and after a single sequence (Llama-3: BOS before).
  virtual std::vector<int32_t> prefix_ids() const = 0;
  virtual std::vector<int32_t> suffix_ids() const = 0;
};

/// Reads a tokenizer.json with byte-level BPE (GPT-2, Llama-3 and Qwen2 patterns). Throws Unsupported, naming the part,
/// for others.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& tokenizer_json);

struct BpeTrainingOptions {
  int32_t vocabulary_size = 2048;                                      ///< special tokens and the 256 bytes included
  std::vector<std::string> special_tokens = {"<s>", "</s>", "<pad>"};  ///< get the first ids
};
/// Trains byte-level BPE (GPT-2 pre-tokenizer; most frequent pair first, ties by the smaller ids) and returns the
/// tokenizer.json.
std::string train_bpe(const std::vector<std::string>& texts, const BpeTrainingOptions& options);

}  // namespace prefscope
