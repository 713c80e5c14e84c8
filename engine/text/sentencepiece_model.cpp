// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/sentencepiece_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "engine/base/error.h"
#include "engine/base/utf8.h"
#include "engine/text/metaspace.h"
#include "engine/text/protobuf.h"
#include "engine/text/tokenizer_document.h"
#include "engine/text/wrong_file.h"

// Field numbers and defaults are those of sentencepiece_model.proto (sentencepiece 0.2).

namespace prefscope {
namespace {

namespace fs = std::filesystem;

enum PieceType { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
enum ModelType { unigram_model = 1, bpe_model = 2 };

constexpr size_t max_pieces = 4'000'000;
constexpr size_t max_piece_bytes = 1024;  // a BPE piece is cut at each of its characters

struct Piece {
  std::string_view text;
  float score = 0;
  uint64_t type = normal;
};

struct Spec {
  std::vector<Piece> pieces;
  uint64_t model_type = unigram_model;
  bool byte_fallback = false, suffix_blanks = false;
  std::string_view unknown_surface = " \xe2\x81\x87 ", bos = "<s>", eos = "</s>";
  std::string_view charsmap;
  bool dummy_prefix = true, remove_extra_blanks = true, escape_blanks = true;
};

class Reader {
 public:
  explicit Reader(const fs::path& path) : path_(path) {}

  TokenizerParts read(std::string_view content, std::optional<SequenceEnds> ends) const {
    const Spec spec = read_spec(content);
    TokenizerParts parts;
    SentencePieceRules rules;
    if (!spec.charsmap.empty()) {
      auto map = Charsmap::read(spec.charsmap);
      if (!map) bad("normalizer_spec.precompiled_charsmap: expected a charsmap, found damaged content");
      rules.map = std::move(*map);
    }
    rules.dummy_prefix = spec.dummy_prefix;
    rules.remove_extra_blanks = spec.remove_extra_blanks;
    rules.escape_blanks = spec.escape_blanks;
    if (spec.suffix_blanks) unsupported("trainer_spec.treat_whitespace_as_suffix", "expected false");
    const bool bpe = spec.model_type == bpe_model;
    if (!bpe && spec.model_type != unigram_model)
      unsupported(fmt::format("trainer_spec.model_type {}", spec.model_type), "expected 1 (unigram) or 2 (BPE)");

    Vocabulary vocabulary;
    int32_t unknown_id = -1;
    for (size_t i = 0; i < spec.pieces.size(); ++i) {
      const Piece& piece = spec.pieces[i];
      const auto id = static_cast<int32_t>(i);
      if (piece.text.empty() || piece.text.size() > max_piece_bytes || !is_utf8(piece.text))
        bad(fmt::format("pieces[{}]: expected a text of 1 .. {} bytes, found {}", i, max_piece_bytes,
                        excerpt(piece.text)));
      if (!std::isfinite(piece.score))
        bad(fmt::format("pieces[{}].score: expected a number, found {}", i, piece.score));
      if (piece.type < normal || piece.type > byte)
        unsupported(fmt::format("pieces[{}].type {}", i, piece.type), "expected 1 .. 6");
      if (piece.type == unused && bpe) unsupported(fmt::format("pieces[{}], unused, in BPE", i), "expected none");
      if (!vocabulary.add(id, piece.text))
        bad(fmt::format("pieces[{}]: expected each piece once, found {} as {} too", i, excerpt(piece.text),
                        vocabulary.find(piece.text)));
      if (piece.type == unknown) {
        if (unknown_id >= 0) bad(fmt::format("pieces[{}]: expected one unknown piece, found {} too", i, unknown_id));
        unknown_id = id;
      }
      if (piece.type == control || piece.type == unknown) {
        AddedToken token;
        token.content = token.pattern = piece.text;
        token.id = id;
        token.special = true;
        parts.added.push_back(std::move(token));
      } else if (piece.type == user_defined) {
        rules.kept.insert(piece.text, id);
        if (bpe) {  // taken out of the text before anything is merged
          AddedToken token;
          token.content = token.pattern = piece.text;
          token.id = id;
          token.normalized = true;
          parts.added.push_back(std::move(token));
        }
      }
    }
    if (unknown_id < 0) bad("pieces: expected one of the type unknown, found none");
    std::vector<int32_t> byte_tokens;
    if (spec.byte_fallback) {
      for (int b = 0; b < 256; ++b) byte_tokens.push_back(vocabulary.find(fmt::format("<0x{:02X}>", b)));
      if (std::find(byte_tokens.begin(), byte_tokens.end(), -1) != byte_tokens.end())
        bad("pieces: expected <0x00> .. <0xFF>, as trainer_spec.byte_fallback says, found some absent");
    }
    const int32_t bos = vocabulary.find(spec.bos), eos = vocabulary.find(spec.eos);
    if (!ends) ends = SequenceEnds{is_control(spec, bos), false};
    if (ends->begin && is_control(spec, bos)) parts.prefix = {bos};
    if (ends->end && is_control(spec, eos)) parts.suffix = {eos};

    parts.normalizers.emplace_back(std::move(rules));
    if (bpe) {
      make_bpe(spec, std::move(vocabulary), unknown_id, std::move(byte_tokens), parts);
    } else {
      make_unigram(spec, std::move(vocabulary), unknown_id, std::move(byte_tokens), parts);
    }
    if (spec.escape_blanks && (spec.remove_extra_blanks || spec.dummy_prefix))
      parts.decoders.emplace_back(DecodeLeadingMarks{
          std::string(metaspace), spec.remove_extra_blanks ? std::numeric_limits<size_t>::max() : 1});
    const std::string unknown_text(spec.pieces[static_cast<size_t>(unknown_id)].text);
    parts.decoders.emplace_back(DecodeReplace{unknown_text, std::string(spec.unknown_surface)});
    if (spec.escape_blanks) parts.decoders.emplace_back(DecodeReplace{std::string(metaspace), " "});
    parts.decoders.emplace_back(DecodeByteTokens{});
    return parts;
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}; fetch the file again", path_.string(), what));
  }
  [[noreturn]] void unsupported(const std::string& what, const std::string& expected) const {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: {} is not supported; {}", path_.string(), what, expected));
  }
  static bool is_control(const Spec& spec, int32_t id) {
    return id >= 0 && spec.pieces[static_cast<size_t>(id)].type == control;
  }

  template <typename Take>
  void read_fields(const char* where, std::string_view message, Take take) const {
    ProtobufReader reader(message);
    while (const auto field = reader.next()) take(*field);
    if (reader.damaged()) bad(fmt::format("{}: expected a protocol buffers message, found damaged content", where));
  }

  Spec read_spec(std::string_view content) const {
    Spec spec;
    read_fields("the file", content, [&](const ProtobufReader::Field& field) {
      if (field.number == 1 && field.is_bytes) {
        if (spec.pieces.size() == max_pieces) bad(fmt::format("pieces: expected at most {}", max_pieces));
        Piece& piece = spec.pieces.emplace_back();
        read_fields("pieces", field.bytes, [&](const ProtobufReader::Field& f) {
          if (f.number == 1 && f.is_bytes) piece.text = f.bytes;
          if (f.number == 2) piece.score = std::bit_cast<float>(static_cast<uint32_t>(f.value));
          if (f.number == 3) piece.type = f.value;
        });
      } else if (field.number == 2 && field.is_bytes) {
        read_fields("trainer_spec", field.bytes, [&](const ProtobufReader::Field& f) {
          if (f.number == 3) spec.model_type = f.value;
          if (f.number == 24) spec.suffix_blanks = f.value != 0;
          if (f.number == 35) spec.byte_fallback = f.value != 0;
          if (f.number == 44 && f.is_bytes) spec.unknown_surface = f.bytes;
          if (f.number == 46 && f.is_bytes) spec.bos = f.bytes;
          if (f.number == 47 && f.is_bytes) spec.eos = f.bytes;
        });
      } else if (field.number == 3 && field.is_bytes) {
        read_fields("normalizer_spec", field.bytes, [&](const ProtobufReader::Field& f) {
          if (f.number == 2 && f.is_bytes) spec.charsmap = f.bytes;
          if (f.number == 3) spec.dummy_prefix = f.value != 0;
          if (f.number == 4) spec.remove_extra_blanks = f.value != 0;
          if (f.number == 5) spec.escape_blanks = f.value != 0;
        });
      } else if (field.number == 5 && field.is_bytes) {
        read_fields("denormalizer_spec", field.bytes, [&](const ProtobufReader::Field& f) {
          if (f.number == 2 && f.is_bytes && !f.bytes.empty())
            unsupported("denormalizer_spec.precompiled_charsmap", "expected none");
        });
      }
    });
    if (spec.pieces.empty()) bad("pieces: expected a sentencepiece model with pieces, found none");
    return spec;
  }

  /// sentencepiece joins the neighbours whose union has the best score; as merges: every cut of a piece into two
  /// pieces, ranked by the piece's score.
  static void make_bpe(const Spec& spec, Vocabulary vocabulary, int32_t unknown_id, std::vector<int32_t> byte_tokens,
                       TokenizerParts& parts) {
    auto& bpe = parts.model.emplace<Bpe>();
    bpe.over_bytes = false;
    bpe.unknown = unknown_id;
    bpe.fuse_unknown = true;
    bpe.byte_tokens = std::move(byte_tokens);
    bpe.vocabulary = std::move(vocabulary);
    std::map<float, int32_t, std::greater<>> ranks;
    for (const Piece& piece : spec.pieces) ranks[piece.score] = 0;
    int32_t rank = 0;
    for (auto& [score, r] : ranks) r = rank++;
    for (size_t i = 0; i < spec.pieces.size(); ++i) {
      const auto id = static_cast<int32_t>(i);
      if (spec.pieces[i].type != normal) {
        bpe.vocabulary.hide(id);
        continue;
      }
    }
    for (size_t i = 0; i < spec.pieces.size(); ++i) {
      const Piece& piece = spec.pieces[i];
      if (piece.type != normal) continue;
      for (size_t at = utf8_length(piece.text[0]); at < piece.text.size(); at += utf8_length(piece.text[at])) {
        const int32_t left = bpe.vocabulary.find(piece.text.substr(0, at));
        const int32_t right = bpe.vocabulary.find(piece.text.substr(at));
        if (left >= 0 && right >= 0) bpe.merges.add(left, right, ranks[piece.score], static_cast<int32_t>(i));
      }
    }
  }

  static void make_unigram(const Spec& spec, Vocabulary vocabulary, int32_t unknown_id,
                           std::vector<int32_t> byte_tokens, TokenizerParts& parts) {
    auto& unigram = parts.model.emplace<Unigram>();
    unigram.as_sentencepiece = true;
    unigram.unknown = unknown_id;
    unigram.byte_tokens = std::move(byte_tokens);
    unigram.vocabulary = std::move(vocabulary);
    float least = std::numeric_limits<float>::max(), most = std::numeric_limits<float>::lowest();
    for (const Piece& piece : spec.pieces) {
      if (piece.type == normal) least = std::min(least, piece.score), most = std::max(most, piece.score);
    }
    for (const Piece& piece : spec.pieces) {
      // A user defined piece is better than all others together.
      const double bonus = static_cast<double>(static_cast<float>(piece.text.size()) * most) - 0.1;
      unigram.scores.push_back(piece.type == user_defined ? bonus : static_cast<double>(piece.score));
      unigram.findable.push_back(piece.type == normal || piece.type == user_defined);
    }
    unigram.unknown_score = static_cast<double>(least - 10.0f);
  }

  const fs::path& path_;
};

}  // namespace

TokenizerParts read_sentencepiece_model(const fs::path& file, std::string_view content,
                                        std::optional<SequenceEnds> ends) {
  if (const std::string instead = what_it_is_instead(content); !instead.empty())
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected a sentencepiece model, found {}", file.string(), instead));
  return Reader(file).read(content, ends);
}

}  // namespace prefscope
