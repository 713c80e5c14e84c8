// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>
#include <set>
#include <tuple>
#include <unordered_map>

#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/text/bpe.h"
#include "engine/text/byte_level.h"
#include "engine/text/pattern.h"
#include "engine/text/tokenizer.h"

// The corpus is kept as its distinct words with counts. Each step joins the most frequent pair of neighbours
// everywhere. Pair counts are corrected only in the words that hold the pair; a priority queue whose outdated entries
// are dropped on the way out finds the next one.

namespace prefscope {
namespace {

struct Word {
  std::vector<int32_t> ids;
  int64_t count = 0;
};

struct Entry {
  int64_t count;
  int32_t left, right;
  /// Most frequent first, then the smaller ids.
  bool operator<(const Entry& other) const {
    return std::tie(count, other.left, other.right) < std::tie(other.count, left, right);
  }
};

}  // namespace

std::string train_bpe(const std::vector<std::string>& texts, const BpeTrainingOptions& options) {
  const auto specials = static_cast<int32_t>(options.special_tokens.size());
  if (options.vocabulary_size < specials + 256) {
    throw Error(ErrorKind::BadInput,
                fmt::format("vocabulary: expected at least {} (256 bytes and {} special tokens), found {}",
                            specials + 256, specials, options.vocabulary_size));
  }
  const Pattern pattern(gpt2_pattern);
  std::map<std::string, int64_t> counts;
  for (const std::string& text : texts) {
    const std::string valid = lossy_utf8(text);
    std::vector<std::pair<uint32_t, uint32_t>> words;
    pattern.split(valid, 0, words);
    for (const auto& [begin, end] : words) ++counts[valid.substr(begin, end - begin)];
  }
  std::vector<std::string> tokens(options.special_tokens);
  for (int b = 0; b < 256; ++b) tokens.emplace_back(1, static_cast<char>(b));

  std::vector<Word> words;
  std::unordered_map<uint64_t, int64_t> pair_counts;
  std::unordered_map<uint64_t, std::set<size_t>> pair_words;
  for (const auto& [text, count] : counts) {
    Word word{{}, count};
    for (const char byte : text) word.ids.push_back(specials + static_cast<unsigned char>(byte));
    for (size_t i = 0; i + 1 < word.ids.size(); ++i) {
      const uint64_t key = pair_key(word.ids[i], word.ids[i + 1]);
      pair_counts[key] += count;
      pair_words[key].insert(words.size());
    }
    words.push_back(std::move(word));
  }
  std::priority_queue<Entry> queue;
  const auto push = [&](uint64_t key) {
    queue.push({pair_counts[key], static_cast<int32_t>(key >> 32), static_cast<int32_t>(key & 0xffffffff)});
  };
  for (const auto& [key, count] : pair_counts) push(key);

  nlohmann::json merges = nlohmann::json::array();
  std::map<std::string, int32_t> known;  // two different merges can give the same text
  for (size_t i = static_cast<size_t>(specials); i < tokens.size(); ++i)
    known.emplace(tokens[i], static_cast<int32_t>(i));
  while (static_cast<int32_t>(tokens.size()) < options.vocabulary_size && !queue.empty()) {
    const Entry top = queue.top();
    queue.pop();
    const uint64_t key = pair_key(top.left, top.right);
    if (top.count != pair_counts[key] || top.count < 2) continue;  // outdated, or seen once
    const std::string joined = tokens[static_cast<size_t>(top.left)] + tokens[static_cast<size_t>(top.right)];
    // A text has one id: what reads like a special token is not joined.
    if (std::find(options.special_tokens.begin(), options.special_tokens.end(), to_byte_alphabet(joined)) !=
        options.special_tokens.end())
      continue;
    const auto [place, fresh] = known.emplace(joined, static_cast<int32_t>(tokens.size()));
    const int32_t merged = place->second;
    merges.push_back({to_byte_alphabet(tokens[static_cast<size_t>(top.left)]),
                      to_byte_alphabet(tokens[static_cast<size_t>(top.right)])});
    if (fresh) tokens.push_back(joined);

    std::set<uint64_t> changed;
    for (const size_t w : pair_words[key]) {
      Word& word = words[w];
      for (size_t i = 0; i + 1 < word.ids.size(); ++i) {  // take the old neighbours out
        const uint64_t old = pair_key(word.ids[i], word.ids[i + 1]);
        pair_counts[old] -= word.count;
        changed.insert(old);
      }
      std::vector<int32_t> next;
      for (size_t i = 0; i < word.ids.size(); ++i) {
        const bool match = i + 1 < word.ids.size() && word.ids[i] == top.left && word.ids[i + 1] == top.right;
        next.push_back(match ? merged : word.ids[i]);
        if (match) ++i;
      }
      word.ids = std::move(next);
      for (size_t i = 0; i + 1 < word.ids.size(); ++i) {
        const uint64_t now = pair_key(word.ids[i], word.ids[i + 1]);
        pair_counts[now] += word.count;
        pair_words[now].insert(w);
        changed.insert(now);
      }
    }
    pair_words.erase(key);
    for (const uint64_t pair : changed) {
      if (pair_counts[pair] > 0) push(pair);
    }
  }

  nlohmann::json vocabulary = nlohmann::json::object(), added = nlohmann::json::array();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool special = static_cast<int32_t>(i) < specials;
    vocabulary[special ? tokens[i] : to_byte_alphabet(tokens[i])] = i;
    if (special) {
      added.push_back({{"id", i},
                       {"content", tokens[i]},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", true}});
    }
  }
  nlohmann::ordered_json root;
  root["version"] = "1.0";
  root["truncation"] = nullptr;
  root["padding"] = nullptr;
  root["added_tokens"] = added;
  root["normalizer"] = nullptr;
  root["pre_tokenizer"] = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  root["post_processor"] = nullptr;
  root["decoder"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}};
  root["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", false},
                   {"vocab", vocabulary},
                   {"merges", merges}};
  return root.dump(1, ' ', false) + "\n";
}

}  // namespace prefscope
