// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/text/bpe.h"
#include "engine/text/byte_level.h"
#include "engine/text/pattern.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t max_tokenizer_bytes = size_t{256} << 20;
constexpr int32_t max_id = 4'000'000;

struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool special = false;
};

/// Bytes that a byte takes in GPT-2's alphabet, as UTF-8.
size_t alphabet_width(char byte) {
  return byte >= '!' && byte <= '~' ? 1 : 2;
}

class ByteLevelTokenizer : public Tokenizer {
 public:
  Bpe bpe;
  std::vector<std::string> bytes_of;  ///< [ids] raw bytes
  std::vector<AddedToken> added;      ///< longest first
  std::vector<Pattern> patterns;      ///< applied one after the other
  bool nfc = false, prefix_space = false, trim_offsets = false;
  std::vector<int32_t> prefix, suffix;

  Encoding encode(std::string_view input) const override {
    const std::string valid = lossy_utf8(input);
    const Normalized normalized = normalize(valid, nfc);
    Encoding encoding;
    // Added tokens that are not special (runs of blanks, say) are matched leftmost and longest; special ones never.
    size_t begin = 0;
    for (size_t i = 0; i < normalized.text.size();) {
      const auto match = std::find_if(added.begin(), added.end(), [&](const AddedToken& token) {
        return !token.special && normalized.text.compare(i, token.content.size(), token.content) == 0;
      });
      if (match == added.end()) {
        i += utf8_length(normalized.text[i]);
        continue;
      }
      encode_plain(normalized, begin, i, encoding);
      append(normalized, match->id, i, i + match->content.size(), encoding);
      begin = i += match->content.size();
    }
    encode_plain(normalized, begin, normalized.text.size(), encoding);
    return encoding;
  }

  std::string decode(const std::vector<int32_t>& ids) const override {
    std::string bytes;
    for (const int32_t id : ids) {
      if (id >= 0 && static_cast<size_t>(id) < bytes_of.size()) bytes += bytes_of[static_cast<size_t>(id)];
    }
    return lossy_utf8(bytes);
  }

  std::string bytes_of_token(int32_t id) const override {
    if (id < 0 || static_cast<size_t>(id) >= bytes_of.size()) return {};
    for (const AddedToken& token : added) {
      if (token.special && token.id == id) return {};
    }
    return bytes_of[static_cast<size_t>(id)];
  }

  int32_t vocabulary_size() const override { return static_cast<int32_t>(bytes_of.size()); }

  std::optional<int32_t> special_token(std::string_view text) const override {
    for (const AddedToken& token : added) {
      if (token.special && token.content == text) return token.id;
    }
    return std::nullopt;
  }

  std::vector<int32_t> prefix_ids() const override { return prefix; }
  std::vector<int32_t> suffix_ids() const override { return suffix; }

 private:
  void append(const Normalized& text, int32_t id, size_t begin, size_t end, Encoding& encoding) const {
    auto first = text.origin[begin].first, last = text.origin[end - 1].second;
    if (trim_offsets) {
      for (; begin < end && text.text[begin] == ' '; ++begin) ++first;
      for (; end > begin && text.text[end - 1] == ' '; --end) --last;
    }
    encoding.ids.push_back(id);
    encoding.offsets.emplace_back(first, std::max(first, last));
  }

  void encode_plain(const Normalized& text, size_t begin, size_t end, Encoding& encoding) const {
    if (begin == end) return;
    std::vector<std::pair<size_t, size_t>> pieces = {{begin, end}};
    for (const Pattern& pattern : patterns) {
      std::vector<std::pair<size_t, size_t>> finer;
      for (const auto& [from, to] : pieces) {
        pattern.split(std::string_view(text.text).substr(from, to - from),
                      [&, from = from](size_t a, size_t b) { finer.emplace_back(from + a, from + b); });
      }
      pieces = std::move(finer);
    }
    std::vector<int32_t> tokens;
    for (const auto& [from, to] : pieces) {
      std::string word = text.text.substr(from, to - from);
      const bool add_blank = prefix_space && from == 0 && word.front() != ' ';
      if (add_blank) word.insert(word.begin(), ' ');
      tokens.clear();
      encode_word(bpe, word, tokens);
      // Offsets run over the word as written in the byte alphabet, whose code points take one byte or two. That matters
      // only where the vocabulary lacks a byte: later tokens of the word then lie further left, as in the tokenizers
      // package.
      std::vector<size_t> byte_at;  // [alphabet bytes] -> byte of the word
      for (size_t i = 0; i < word.size(); ++i) byte_at.insert(byte_at.end(), alphabet_width(word[i]), i);
      byte_at.push_back(word.size());
      size_t at = 0;
      for (const int32_t token : tokens) {
        size_t next = at;
        for (const char byte : bytes_of[static_cast<size_t>(token)]) next += alphabet_width(byte);
        // The blank that was put in front stands for nothing in the text.
        const size_t shift = add_blank ? 1 : 0;
        const size_t begin = byte_at[at], end = byte_at[next - 1] + 1;
        if (end > shift) {
          append(text, token, from + std::max(begin, shift) - shift, from + end - shift, encoding);
        } else {
          encoding.ids.push_back(token);
          encoding.offsets.emplace_back(0, 0);
        }
        at = next;
      }
    }
  }
};

/// Reads tokenizer.json; errors name the file and the part.
class Reader {
 public:
  Reader(const fs::path& path, const json& root) : path_(path), root_(root) {}

  std::unique_ptr<Tokenizer> read() {
    auto tokenizer = std::make_unique<ByteLevelTokenizer>();
    read_model(*tokenizer);
    read_added(*tokenizer);
    read_normalizer(*tokenizer, part(root_, "normalizer"));
    bool byte_level = false;
    read_pre_tokenizer(*tokenizer, part(root_, "pre_tokenizer"), byte_level);
    if (!byte_level) unsupported("pre_tokenizer", "expected one with ByteLevel (byte-level BPE)");
    read_post_processor(*tokenizer, part(root_, "post_processor"));
    if (type_of(part(root_, "decoder")) != "ByteLevel")
      unsupported("decoder " + type_of(part(root_, "decoder")), "expected ByteLevel");
    return tokenizer;
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}", path_.string(), what));
  }
  [[noreturn]] void unsupported(const std::string& what, const std::string& expected) const {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: {} is not supported; {}", path_.string(), what, expected));
  }
  static const json& part(const json& object, const char* key) {
    static const json none;
    return object.is_object() && object.contains(key) ? object[key] : none;
  }
  static std::string type_of(const json& object) {
    const json& type = part(object, "type");
    return type.is_string() ? type.get<std::string>() : "(none)";
  }
  static bool flag(const json& object, const char* key, bool fallback) {
    const json& value = part(object, key);
    return value.is_boolean() ? value.get<bool>() : fallback;
  }
  int32_t id_of(const json& value, const std::string& token) const {
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > max_id) {
      bad(fmt::format("token {}: expected an id within 0 .. {}, found {}", token, max_id, value.dump()));
    }
    return value.get<int32_t>();
  }
  static void place(ByteLevelTokenizer& t, int32_t id, std::string bytes) {
    if (static_cast<size_t>(id) >= t.bytes_of.size()) t.bytes_of.resize(static_cast<size_t>(id) + 1);
    t.bytes_of[static_cast<size_t>(id)] = std::move(bytes);
  }

  void read_model(ByteLevelTokenizer& t) {
    const json& model = part(root_, "model");
    if (type_of(model) != "BPE") unsupported("model " + type_of(model), "expected BPE");
    if (flag(model, "byte_fallback", false)) unsupported("byte_fallback", "expected byte-level BPE");
    for (const char* key : {"unk_token", "dropout"}) {
      if (!part(model, key).is_null()) unsupported(fmt::format("{} {}", key, part(model, key).dump()), "expected null");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      const json& value = part(model, key);
      if (!value.is_null() && value != "") unsupported(fmt::format("{} {}", key, value.dump()), "expected none");
    }
    const json &vocabulary = part(model, "vocab"), &merges = part(model, "merges");
    if (!vocabulary.is_object() || !merges.is_array()) bad("expected model.vocab, an object, and model.merges, a list");
    t.bpe.ignore_merges = flag(model, "ignore_merges", false);
    for (const auto& [token, value] : vocabulary.items()) {
      const int32_t id = id_of(value, token);
      const auto bytes = from_byte_alphabet(token);
      place(t, id, bytes.value_or(token));
      if (bytes) t.bpe.vocabulary.emplace(*bytes, id);
    }
    t.bpe.byte_ids.assign(256, -1);
    for (int b = 0; b < 256; ++b) {
      const auto found = t.bpe.vocabulary.find(std::string(1, static_cast<char>(b)));
      if (found != t.bpe.vocabulary.end()) t.bpe.byte_ids[static_cast<size_t>(b)] = found->second;
    }
    int32_t rank = 0;
    for (const json& merge : merges) {
      std::string left, right;
      if (merge.is_string()) {  // "a b"; the alphabet has no blank of its own
        const auto text = merge.get<std::string>();
        const size_t blank = text.find(' ');
        if (blank != std::string::npos) left = text.substr(0, blank), right = text.substr(blank + 1);
      } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
        left = merge[0].get<std::string>(), right = merge[1].get<std::string>();
      }
      const auto id = [&](const std::string& token) {
        const auto bytes = from_byte_alphabet(token);
        const auto found = bytes ? t.bpe.vocabulary.find(*bytes) : t.bpe.vocabulary.end();
        if (token.empty() || found == t.bpe.vocabulary.end())
          bad(fmt::format("merge {} ({}): expected two tokens whose parts and union are in model.vocab", rank,
                          merge.dump()));
        return found->second;
      };
      const int32_t left_id = id(left), right_id = id(right), merged = id(left + right);
      t.bpe.merges.emplace(pair_key(left_id, right_id), Merge{rank++, merged});
    }
  }

  /// Text must not become a special token by merges, or by being a token as a whole. A single byte stays: it may have
  /// no other id.
  static void make_unreachable(Bpe& bpe, const AddedToken& special) {
    const auto bytes = from_byte_alphabet(special.content);
    const auto found = bytes ? bpe.vocabulary.find(*bytes) : bpe.vocabulary.end();
    if (found == bpe.vocabulary.end() || found->second != special.id || bytes->size() == 1) return;
    bpe.vocabulary.erase(found);
    std::erase_if(bpe.merges, [&](const auto& merge) { return merge.second.merged == special.id; });
  }

  void read_added(ByteLevelTokenizer& t) {
    for (const json& token : part(root_, "added_tokens")) {
      const json& content = part(token, "content");
      if (!content.is_string() || content.get<std::string>().empty())
        bad("added_tokens: expected each to have a content");
      AddedToken entry{content.get<std::string>(), id_of(part(token, "id"), content.get<std::string>()),
                       flag(token, "special", false)};
      for (const char* key : {"single_word", "lstrip", "rstrip"}) {
        if (!entry.special && flag(token, key, false))
          unsupported(fmt::format("added token {} with {}", content.dump(), key), "expected false");
      }
      if (entry.special) make_unreachable(t.bpe, entry);
      place(t, entry.id, entry.content);
      t.added.push_back(std::move(entry));
    }
    std::stable_sort(t.added.begin(), t.added.end(),
                     [](const auto& a, const auto& b) { return a.content.size() > b.content.size(); });
  }

  void read_normalizer(ByteLevelTokenizer& t, const json& object) {
    if (object.is_null()) return;
    if (type_of(object) == "NFC") {
      t.nfc = true;
    } else if (type_of(object) == "Sequence") {
      for (const json& one : part(object, "normalizers")) read_normalizer(t, one);
    } else {
      unsupported("normalizer " + type_of(object), "expected none or NFC");
    }
  }

  void read_pre_tokenizer(ByteLevelTokenizer& t, const json& object, bool& byte_level) {
    const std::string type = type_of(object);
    if (type == "Sequence") {
      for (const json& one : part(object, "pretokenizers")) read_pre_tokenizer(t, one, byte_level);
    } else if (type == "ByteLevel") {
      byte_level = true;
      t.prefix_space = flag(object, "add_prefix_space", true);
      if (flag(object, "use_regex", true)) t.patterns.emplace_back(gpt2_pattern);
    } else if (type == "Split") {
      const json& regex = part(part(object, "pattern"), "Regex");
      if (!regex.is_string() || part(object, "behavior") != "Isolated" || flag(object, "invert", false)) {
        unsupported("pre_tokenizer Split " + object.dump(), "expected a Regex, behavior Isolated, invert false");
      }
      t.patterns.emplace_back(regex.get<std::string>());
    } else {
      unsupported("pre_tokenizer " + type, "expected ByteLevel, Split or a Sequence of them");
    }
  }

  void read_post_processor(ByteLevelTokenizer& t, const json& object) {
    const std::string type = type_of(object);
    if (object.is_null()) return;
    if (type == "ByteLevel") {
      t.trim_offsets = flag(object, "trim_offsets", true);
    } else if (type == "Sequence") {
      for (const json& one : part(object, "processors")) read_post_processor(t, one);
    } else if (type == "TemplateProcessing") {
      bool before = true;
      for (const json& piece : part(object, "single")) {
        if (piece.contains("Sequence")) {
          before = false;
          continue;
        }
        const json& name = part(part(piece, "SpecialToken"), "id");
        const json& ids = part(
            part(part(object, "special_tokens"), name.is_string() ? name.get_ref<const std::string&>().c_str() : ""),
            "ids");
        if (!ids.is_array()) bad("post_processor: expected the ids of each special token of the template");
        for (const json& id : ids) (before ? t.prefix : t.suffix).push_back(id_of(id, name.dump()));
      }
    } else {
      unsupported("post_processor " + type, "expected ByteLevel, TemplateProcessing or a Sequence of them");
    }
  }

  const fs::path& path_;
  const json& root_;
};

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& tokenizer_json) {
  const json root = json::parse(read_file(tokenizer_json, max_tokenizer_bytes), nullptr, false);
  if (!root.is_object())
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected a JSON object, found damaged or other content; fetch the file again",
                            tokenizer_json.string()));
  return Reader(tokenizer_json, root).read();
}

}  // namespace prefscope
