// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// A tokenizer.json as read: everything small as a document, the two long lists apart and flat.
struct TokenizerDocument {
  nlohmann::json root;  ///< model.vocab and model.merges are there, but empty

  struct Entry {
    uint32_t begin = 0, length = 0;  ///< of the token, in `block`
    int64_t id = 0;                  ///< of an object's member; its place in a list
    double score = 0;                ///< of a list's member
  };
  struct MergePair {
    uint32_t begin = 0, left = 0, right = 0;  ///< lengths of both parts, one after the other in `block`
  };
  std::string block;
  std::vector<Entry> vocabulary;
  std::vector<MergePair> merges;

  std::string_view token(const Entry& entry) const { return std::string_view(block).substr(entry.begin, entry.length); }
  std::string_view left(const MergePair& pair) const { return std::string_view(block).substr(pair.begin, pair.left); }
  std::string_view right(const MergePair& pair) const {
    return std::string_view(block).substr(pair.begin + pair.left, pair.right);
  }
};

/// Parses a tokenizer.json. Throws BadFile, naming the place, where it is no JSON object, is nested or large beyond
/// what any tokenizer is, or where the lists hold something else than tokens.
TokenizerDocument parse_tokenizer_document(const std::filesystem::path& file, std::string_view content);

/// A text from a file for a message: quoted, cut to 60 bytes.
std::string excerpt(std::string_view text);

}  // namespace prefscope
