// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/text/base64.h"
#include "engine/text/byte_level.h"
#include "engine/text/tokenizer_document.h"
#include "engine/text/wrong_file.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t max_id = 4'000'000;

/// Reads the parts of a document; errors name the file and the field.
class Reader {
 public:
  Reader(const fs::path& path, const TokenizerDocument& document)
      : path_(path), document_(document), root_(document.root) {}

  TokenizerParts read() {
    TokenizerParts parts;
    read_normalizer(parts, part(root_, "normalizer"));
    read_pre_tokenizer(parts, part(root_, "pre_tokenizer"));
    read_decoder(parts, part(root_, "decoder"));
    const bool bytes_back = std::any_of(parts.decoders.begin(), parts.decoders.end(),
                                        [](const auto& d) { return std::holds_alternative<DecodeBytes>(d); });
    if (byte_level_ && !bytes_back)
      unsupported("decoder " + type_of(part(root_, "decoder")), "expected ByteLevel, as the pre_tokenizer is");
    if (bytes_back && !byte_level_)
      unsupported("pre_tokenizer " + type_of(part(root_, "pre_tokenizer")), "expected ByteLevel, as the decoder is");
    read_model(parts);
    read_added(parts);
    read_post_processor(parts, part(root_, "post_processor"));
    return parts;
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}; fetch the file again", path_.string(), what));
  }
  [[noreturn]] void unsupported(const std::string& what, const std::string& expected) const {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: {} is not supported; {}", path_.string(), what, expected));
  }
  static const json& part(const json& object, const char* key) {
    static const json none;
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
  }
  static std::string type_of(const json& object) {
    const json& type = part(object, "type");
    return type.is_string() ? type.get<std::string>() : "(none)";
  }
  /// A value for a message.
  static std::string shown(const json& value) {
    if (value.is_string()) return excerpt(value.get_ref<const std::string&>());
    return value.is_structured() ? (value.is_array() ? "a list" : "an object") : value.dump();
  }
  /// An option that is not known may change what the part does, so it is refused.
  void know(const char* stage, const json& object, std::initializer_list<const char*> options) const {
    for (const auto& item : object.items()) {
      if (item.key() != "type" &&
          std::none_of(options.begin(), options.end(), [&](const char* o) { return item.key() == o; }))
        unsupported(fmt::format("{} {}: option {}", stage, type_of(object), excerpt(item.key())),
                    "expected no such option");
    }
  }
  bool flag(const std::string& where, const json& object, const char* key, bool fallback) const {
    const json& value = part(object, key);
    if (value.is_null()) return fallback;
    if (!value.is_boolean()) bad(fmt::format("{}.{}: expected true or false, found {}", where, key, shown(value)));
    return value.get<bool>();
  }
  std::string text(const std::string& where, const json& object, const char* key) const {
    const json& value = part(object, key);
    if (!value.is_string()) bad(fmt::format("{}.{}: expected a text, found {}", where, key, shown(value)));
    return value.get<std::string>();
  }
  std::string full_text(const std::string& where, const json& object, const char* key) const {
    std::string value = text(where, object, key);
    if (value.empty()) bad(fmt::format("{}.{}: expected a text that is not empty", where, key));
    return value;
  }
  int64_t count(const std::string& where, const json& object, const char* key) const {
    const json& value = part(object, key);
    if (!value.is_number_integer() || value.get<int64_t>() < 0)
      bad(fmt::format("{}.{}: expected a count, found {}", where, key, shown(value)));
    return value.get<int64_t>();
  }
  int32_t id_of(const std::string& where, const json& value) const {
    const int64_t id = value.is_number_integer() ? value.get<int64_t>() : -1;
    if (id < 0 || id > max_id)
      bad(fmt::format("{}: expected an id within 0 .. {}, found {}", where, max_id, shown(value)));
    return static_cast<int32_t>(id);
  }
  /// The items of a Sequence.
  const json& list(const std::string& where, const json& object, const char* key) const {
    const json& value = part(object, key);
    if (!value.is_array()) bad(fmt::format("{}.{}: expected a list, found {}", where, key, shown(value)));
    return value;
  }

  void read_normalizer(TokenizerParts& parts, const json& object) const {
    if (object.is_null()) return;
    const std::string type = type_of(object);
    if (type == "Sequence") {
      know("normalizer", object, {"normalizers"});
      for (const json& one : list("normalizer", object, "normalizers")) read_normalizer(parts, one);
    } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
      know("normalizer", object, {});
      parts.normalizers.emplace_back(type == "NFC"    ? UnicodeForm::nfc
                                     : type == "NFD"  ? UnicodeForm::nfd
                                     : type == "NFKC" ? UnicodeForm::nfkc
                                                      : UnicodeForm::nfkd);
    } else if (type == "Prepend") {
      know("normalizer", object, {"prepend"});
      parts.normalizers.emplace_back(Prepend{full_text("normalizer Prepend", object, "prepend")});
    } else if (type == "Replace") {
      know("normalizer", object, {"pattern", "content"});
      const json& pattern = part(object, "pattern");
      std::string content = text("normalizer Replace", object, "content");
      if (part(pattern, "String").is_string()) {
        parts.normalizers.emplace_back(
            ReplaceText{full_text("normalizer Replace.pattern", pattern, "String"), std::move(content)});
      } else {
        if (content.find_first_of("$\\") != std::string::npos)
          unsupported("normalizer Replace with the content " + excerpt(content), "expected one without groups");
        parts.normalizers.emplace_back(
            ReplacePattern{pattern_of("normalizer Replace.pattern", pattern, "Regex"), std::move(content)});
      }
    } else if (type == "Strip") {
      know("normalizer", object, {"strip_left", "strip_right"});
      parts.normalizers.emplace_back(Strip{flag("normalizer Strip", object, "strip_left", true),
                                           flag("normalizer Strip", object, "strip_right", true)});
    } else if (type == "Precompiled") {
      know("normalizer", object, {"precompiled_charsmap"});
      const json& value = part(object, "precompiled_charsmap");
      if (value.is_null()) return;
      const auto bytes = from_base64(text("normalizer Precompiled", object, "precompiled_charsmap"));
      auto map = bytes ? Charsmap::read(*bytes) : std::nullopt;
      if (!map)
        bad("normalizer Precompiled.precompiled_charsmap: expected a charsmap in base64, found damaged content");
      parts.normalizers.emplace_back(PrecompiledMap{std::move(*map)});
    } else {
      unsupported("normalizer " + type,
                  "expected none, NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip, Precompiled or a Sequence of them");
    }
  }

  Pattern pattern_of(const std::string& where, const json& object, const char* key) const {
    const std::string pattern = full_text(where, object, key);
    try {
      return Pattern(pattern);
    } catch (const Error& e) {
      throw Error(e.kind(), fmt::format("{}: {}: {}", path_.string(), where, e.what()));
    }
  }

  void read_pre_tokenizer(TokenizerParts& parts, const json& object) {
    if (object.is_null()) return;
    const std::string type = type_of(object), where = "pre_tokenizer " + type;
    if (type == "Sequence") {
      know("pre_tokenizer", object, {"pretokenizers"});
      for (const json& one : list(where, object, "pretokenizers")) read_pre_tokenizer(parts, one);
      return;
    }
    // Behind ByteLevel the text is in another alphabet, which our models over bytes do without.
    if (byte_level_) unsupported(where + " behind ByteLevel", "expected ByteLevel last");
    if (type == "ByteLevel") {
      know("pre_tokenizer", object, {"add_prefix_space", "trim_offsets", "use_regex"});
      byte_level_ = true;
      if (flag(where, object, "add_prefix_space", true)) parts.pre_tokenizers.emplace_back(AddPrefixSpace{});
      if (flag(where, object, "use_regex", true))
        parts.pre_tokenizers.emplace_back(SplitAtPattern{Pattern(gpt2_pattern)});
    } else if (type == "Split") {
      know("pre_tokenizer", object, {"pattern", "behavior", "invert"});
      const json& pattern = part(object, "pattern");
      if (!part(pattern, "Regex").is_string() || part(object, "behavior") != "Isolated" ||
          flag(where, object, "invert", false)) {
        unsupported(fmt::format("pre_tokenizer Split with {}, behavior {}, invert {}",
                                part(pattern, "Regex").is_string() ? "a Regex" : "no Regex",
                                shown(part(object, "behavior")), shown(part(object, "invert"))),
                    "expected a Regex, behavior \"Isolated\", invert false");
      }
      parts.pre_tokenizers.emplace_back(SplitAtPattern{pattern_of(where + ".pattern", pattern, "Regex")});
    } else if (type == "Metaspace") {
      know("pre_tokenizer", object, {"replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"});
      Metaspace step{replacement_of(where, object), prepend_of(where, object), flag(where, object, "split", true)};
      parts.pre_tokenizers.emplace_back(std::move(step));
    } else if (type == "WhitespaceSplit") {
      know("pre_tokenizer", object, {});
      parts.pre_tokenizers.emplace_back(SplitAtWhiteSpace{});
    } else {
      unsupported(where, "expected none, ByteLevel, Split, Metaspace, WhitespaceSplit or a Sequence of them");
    }
  }

  std::string replacement_of(const std::string& where, const json& object) const {
    std::string replacement = full_text(where, object, "replacement");
    if (replacement.size() != utf8_length(replacement[0]) || replacement == " ")
      bad(fmt::format("{}.replacement: expected one character that is no blank, found {}", where,
                      excerpt(replacement)));
    return replacement;
  }
  /// Files before tokenizers 0.15 say add_prefix_space.
  Metaspace::Prepend prepend_of(const std::string& where, const json& object) const {
    const json& scheme = part(object, "prepend_scheme");
    if (scheme.is_null())
      return flag(where, object, "add_prefix_space", true) ? Metaspace::Prepend::always : Metaspace::Prepend::never;
    if (scheme == "always") return Metaspace::Prepend::always;
    if (scheme == "first") return Metaspace::Prepend::first;
    if (scheme == "never") return Metaspace::Prepend::never;
    unsupported(fmt::format("{}.prepend_scheme {}", where, shown(scheme)), "expected always, first or never");
  }

  void read_decoder(TokenizerParts& parts, const json& object) const {
    const std::string type = type_of(object), where = "decoder " + type;
    if (type == "Sequence") {
      know("decoder", object, {"decoders"});
      for (const json& one : list(where, object, "decoders")) read_decoder(parts, one);
    } else if (type == "ByteLevel") {
      know("decoder", object, {"add_prefix_space", "trim_offsets", "use_regex"});
      if (!parts.decoders.empty()) unsupported(where + " behind others", "expected ByteLevel first");
      parts.decoders.emplace_back(DecodeBytes{});
    } else if (type == "Replace") {
      know("decoder", object, {"pattern", "content"});
      const json& pattern = part(object, "pattern");
      if (!part(pattern, "String").is_string()) unsupported(where + " without a String", "expected a pattern String");
      parts.decoders.emplace_back(
          DecodeReplace{full_text(where + ".pattern", pattern, "String"), text(where, object, "content")});
    } else if (type == "Metaspace") {
      know("decoder", object, {"replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"});
      parts.decoders.emplace_back(
          DecodeMetaspace{replacement_of(where, object), prepend_of(where, object) != Metaspace::Prepend::never});
    } else if (type == "ByteFallback") {
      know("decoder", object, {});
      parts.decoders.emplace_back(DecodeByteTokens{});
    } else if (type == "Fuse") {
      know("decoder", object, {});
      parts.decoders.emplace_back(DecodeFuse{});
    } else if (type == "Strip") {
      know("decoder", object, {"content", "start", "stop"});
      parts.decoders.emplace_back(DecodeStrip{full_text(where, object, "content"),
                                              static_cast<size_t>(count(where, object, "start")),
                                              static_cast<size_t>(count(where, object, "stop"))});
    } else {
      unsupported(where, "expected ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip or a Sequence of them");
    }
  }

  void read_model(TokenizerParts& parts) const {
    const json& model = part(root_, "model");
    const json& vocabulary = part(model, "vocab");
    std::string type = type_of(model);
    // Old files name no type; then the fields decide, as in the tokenizers package.
    if (type == "(none)" && vocabulary.is_array()) type = "Unigram";
    if (type == "(none)" && vocabulary.is_object() && part(model, "merges").is_array()) type = "BPE";
    if (type == "BPE") {
      read_bpe(parts, model);
    } else if (type == "Unigram") {
      read_unigram(parts, model);
    } else {
      unsupported("model " + type, "expected BPE or Unigram");
    }
  }

  int32_t checked_id(const TokenizerDocument::Entry& entry) const {
    if (entry.id < 0 || entry.id > max_id)
      bad(fmt::format("model.vocab: token {}: expected an id within 0 .. {}, found {}", excerpt(document_.token(entry)),
                      max_id, entry.id));
    return static_cast<int32_t>(entry.id);
  }
  void add_token(Vocabulary& vocabulary, std::string_view token, int32_t id, bool findable,
                 std::string_view shown) const {
    if (vocabulary.add(id, token, findable)) return;
    if (vocabulary.contains(id))
      bad(fmt::format("model.vocab: expected an id for one token, found {} for {} and for {}", id,
                      excerpt(vocabulary.string(id)), excerpt(shown)));
    bad(fmt::format("model.vocab: token {}: expected once, found with the ids {} and {}", excerpt(shown),
                    vocabulary.find(token), id));
  }
  static std::vector<int32_t> byte_tokens_of(const Vocabulary& vocabulary) {
    std::vector<int32_t> tokens;
    for (int b = 0; b < 256; ++b) tokens.push_back(vocabulary.find(fmt::format("<0x{:02X}>", b)));
    return tokens;
  }

  void read_bpe(TokenizerParts& parts, const json& model) const {
    know("model", model,
         {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
          "ignore_merges", "vocab", "merges"});
    if (const json& dropout = part(model, "dropout"); !dropout.is_null() && dropout != 0)
      unsupported("dropout " + shown(dropout), "expected null");
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      const json& value = part(model, key);
      if (!value.is_null() && value != "") unsupported(fmt::format("{} {}", key, shown(value)), "expected none");
    }
    if (!part(model, "vocab").is_object() || !part(model, "merges").is_array())
      bad("model: expected vocab, an object, and merges, a list");
    auto& bpe = parts.model.emplace<Bpe>();
    bpe.over_bytes = byte_level_;
    bpe.ignore_merges = flag("model", model, "ignore_merges", false);
    bpe.fuse_unknown = flag("model", model, "fuse_unk", false);
    for (const auto& entry : document_.vocabulary) {
      const std::string_view token = document_.token(entry);
      const auto bytes = byte_level_ ? from_byte_alphabet(token) : std::nullopt;
      // What is not of the alphabet no word holds.
      add_token(bpe.vocabulary, bytes ? std::string_view(*bytes) : token, checked_id(entry),
                bytes.has_value() || !byte_level_, token);
    }
    if (flag("model", model, "byte_fallback", false)) {
      if (byte_level_) unsupported("byte_fallback with ByteLevel", "expected one of them");
      bpe.byte_tokens = byte_tokens_of(bpe.vocabulary);
    }
    if (const json& unknown = part(model, "unk_token"); !unknown.is_null()) {
      const std::string token = text("model", model, "unk_token");
      for (const auto& entry : document_.vocabulary) {
        if (document_.token(entry) == token) bpe.unknown = static_cast<int32_t>(entry.id);
      }
      if (bpe.unknown < 0 && !token.empty())
        bad(fmt::format("model.unk_token: expected a token of model.vocab, found {}", excerpt(token)));
    }
    int32_t rank = 0;
    for (const auto& pair : document_.merges) {
      const std::string both = std::string(document_.left(pair)) + std::string(document_.right(pair));
      const auto id = [&](std::string_view token) {
        const auto bytes = byte_level_ ? from_byte_alphabet(token) : std::nullopt;
        const int32_t found = token.empty() || (byte_level_ && !bytes)
                                  ? -1
                                  : bpe.vocabulary.find(bytes ? std::string_view(*bytes) : token);
        if (found < 0) {
          bad(fmt::format(
              "model.merges[{}]: expected two tokens of model.vocab whose union is one too, found {} and {}, "
              "where {} is none",
              rank, excerpt(document_.left(pair)), excerpt(document_.right(pair)), excerpt(token)));
        }
        return found;
      };
      const int32_t left = id(document_.left(pair)), right = id(document_.right(pair));
      bpe.merges.add(left, right, rank, id(both));
      ++rank;
    }
  }

  void read_unigram(TokenizerParts& parts, const json& model) const {
    know("model", model, {"unk_id", "vocab", "byte_fallback"});
    if (!part(model, "vocab").is_array()) bad("model: expected vocab, a list of tokens and scores");
    if (byte_level_) unsupported("pre_tokenizer ByteLevel with model Unigram", "expected Metaspace");
    auto& unigram = parts.model.emplace<Unigram>();
    double least = std::numeric_limits<double>::infinity();
    for (const auto& entry : document_.vocabulary) {
      const std::string_view token = document_.token(entry);
      add_token(unigram.vocabulary, token, checked_id(entry), true, token);
      unigram.scores.push_back(entry.score);
      least = std::min(least, entry.score);
    }
    unigram.findable.assign(unigram.scores.size(), true);
    unigram.unknown = id_of("model.unk_id", part(model, "unk_id"));
    if (!unigram.vocabulary.contains(unigram.unknown))
      bad(fmt::format("model.unk_id: expected an id of model.vocab, which has {}, found {}", unigram.scores.size(),
                      unigram.unknown));
    unigram.unknown_score = least - 10;  // kUnkPenalty of sentencepiece
    if (flag("model", model, "byte_fallback", false)) unigram.byte_tokens = byte_tokens_of(unigram.vocabulary);
  }

  void read_added(TokenizerParts& parts) const {
    const json& tokens = part(root_, "added_tokens");
    if (tokens.is_null()) return;
    if (!tokens.is_array()) bad("added_tokens: expected a list, found " + shown(tokens));
    std::unordered_map<std::string, int32_t> model_ids;  // of contents that are tokens of the model too
    for (const json& token : tokens) {
      if (part(token, "content").is_string()) model_ids.emplace(part(token, "content").get<std::string>(), -1);
    }
    for (const auto& entry : document_.vocabulary) {
      const auto found = model_ids.find(std::string(document_.token(entry)));
      if (found != model_ids.end()) found->second = static_cast<int32_t>(entry.id);
    }
    std::unordered_map<int32_t, std::string> seen;
    for (size_t i = 0; i < tokens.size(); ++i) {
      const json& token = tokens[i];
      const std::string where = fmt::format("added_tokens[{}]", i);
      AddedToken added;
      added.content = full_text(where, token, "content");
      added.id = id_of(where + ".id", part(token, "id"));
      added.special = flag(where, token, "special", false);
      added.single_word = flag(where, token, "single_word", false);
      added.lstrip = flag(where, token, "lstrip", false);
      added.rstrip = flag(where, token, "rstrip", false);
      added.normalized = flag(where, token, "normalized", !added.special);
      const auto [before, fresh] = seen.emplace(added.id, added.content);
      if (!fresh)
        bad(fmt::format("{}.id: expected an id of its own for {}, found {}, that of {}", where, excerpt(added.content),
                        added.id, excerpt(before->second)));
      const int32_t model_id = model_ids[added.content];
      if (model_id >= 0 && model_id != added.id)
        bad(fmt::format("{}.id: expected {}, which model.vocab has for {}, found {}", where, model_id,
                        excerpt(added.content), added.id));
      if (model_id < 0 && parts.vocabulary().contains(added.id))
        bad(fmt::format("{}.id: expected an id of its own for {}, found {}, which model.vocab has for {}", where,
                        excerpt(added.content), added.id, excerpt(parts.vocabulary().string(added.id))));
      AlignedText pattern{added.content, {}, 0};
      for (const Normalizer& normalizer : parts.normalizers) {
        if (added.normalized) normalize(normalizer, pattern);
      }
      added.pattern = pattern.text;
      parts.added.push_back(std::move(added));
    }
  }

  void read_post_processor(TokenizerParts& parts, const json& object) const {
    if (object.is_null()) return;
    const std::string type = type_of(object), where = "post_processor " + type;
    if (type == "Sequence") {
      know("post_processor", object, {"processors"});
      for (const json& one : list(where, object, "processors")) read_post_processor(parts, one);
    } else if (type == "ByteLevel") {
      know("post_processor", object, {"add_prefix_space", "trim_offsets", "use_regex"});
      parts.trim_offsets = flag(where, object, "trim_offsets", true);
      parts.trim_keeps_prefix = flag(where, object, "add_prefix_space", true);
    } else if (type == "TemplateProcessing") {
      know("post_processor", object, {"single", "pair", "special_tokens"});
      read_template(parts, object);
    } else {
      unsupported(where, "expected none, ByteLevel, TemplateProcessing or a Sequence of them");
    }
  }

  void read_template(TokenizerParts& parts, const json& object) const {
    const std::string where = "post_processor TemplateProcessing";
    int sequences = 0;
    for (const json& piece : list(where, object, "single")) {
      if (!part(piece, "Sequence").is_null()) {
        ++sequences;
        continue;
      }
      const std::string name = text(where + ".single", part(piece, "SpecialToken"), "id");
      const json& ids = part(part(part(object, "special_tokens"), name.c_str()), "ids");
      if (!ids.is_array()) bad(fmt::format("{}.special_tokens: expected the ids of {}", where, excerpt(name)));
      for (const json& id : ids)
        (sequences == 0 ? parts.prefix : parts.suffix).push_back(id_of(where + " " + excerpt(name), id));
    }
    if (sequences != 1) bad(fmt::format("{}.single: expected one Sequence, found {}", where, sequences));
    for (const auto* ids : {&parts.prefix, &parts.suffix}) {
      for (const int32_t id : *ids) {
        const bool added =
            std::any_of(parts.added.begin(), parts.added.end(), [&](const auto& t) { return t.id == id; });
        if (!added && !parts.vocabulary().contains(id))
          bad(fmt::format("{}.special_tokens: expected ids of tokens, found {}", where, id));
      }
    }
  }

  const fs::path& path_;
  const TokenizerDocument& document_;
  const json& root_;
  bool byte_level_ = false;
};

}  // namespace

TokenizerParts read_tokenizer_json(const fs::path& file, std::string_view content) {
  if (const std::string instead = what_it_is_instead(content); !instead.empty())
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a tokenizer.json, found {}", file.string(), instead));
  const TokenizerDocument document = parse_tokenizer_document(file, content);
  return Reader(file, document).read();
}

}  // namespace prefscope
