// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer.h"

#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"

using namespace prefscope;
using nlohmann::json;

namespace {

const std::filesystem::path own = std::filesystem::path(PREFSCOPE_TEST_DATA) / "tokenizers";
using Ids = std::vector<int32_t>;
using Offsets = std::vector<std::pair<int32_t, int32_t>>;

Tokenizer::Encoding encode_template(const Tokenizer& tokenizer, std::string_view text) {
  const PromptPart part{text, true};
  return tokenizer.encode_prompt({&part, 1});
}

}  // namespace

class TokenizerTest : public QObject {
  Q_OBJECT

  static std::string error_of(const std::filesystem::path& path, ErrorKind kind) {
    try {
      load_tokenizer(path);
    } catch (const Error& e) {
      return e.kind() == kind ? e.what() : std::string("another kind: ") + e.what();
    }
    return "no error";
  }

 private Q_SLOTS:
  /// ids, offsets and decoded text of all 430 strings, as printed by tokenizers 0.23.3; the strings stand as templates
  /// do, where special tokens are found. From outside they give the same, but where one holds a special token, none.
  void equalsTokenizers_data() {
    QTest::addColumn<QString>("family");
    for (const char* name : {"phi-2_gpt2-bytelevel", "qwen2-style_tiny2000", "llama3-style_tiny2000",
                             "phi-3-mini_llama-spm-bpe", "t5-small_unigram"})
      QTest::newRow(name) << QString::fromUtf8(name);
  }
  void equalsTokenizers() {
    QFETCH(QString, family);
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) QSKIP("../shared/data/tokenizers is not here");
    const auto tokenizer = load_tokenizer(root / family.toStdString());
    std::ifstream lines(root / "expected" / (family.toStdString() + ".jsonl"));
    int compared = 0;
    for (std::string line; std::getline(lines, line); ++compared) {
      const json expected = json::parse(line);
      const auto text = expected["text"].get<std::string>();
      const auto ids = expected["ids"].get<std::vector<int32_t>>();
      const auto got = encode_template(*tokenizer, text);
      QVERIFY2(got.ids == ids, line.c_str());
      QVERIFY2((got.offsets == expected["offsets"].get<Offsets>()), line.c_str());
      QCOMPARE(tokenizer->decode(got.ids), expected["decoded"].get<std::string>());
      std::vector<int32_t> whole = tokenizer->prefix_ids();
      whole.insert(whole.end(), ids.begin(), ids.end());
      for (const int32_t id : tokenizer->suffix_ids()) whole.push_back(id);
      QCOMPARE(whole, expected["ids_with_special"].get<std::vector<int32_t>>());

      const auto outside = tokenizer->encode(text);
      const std::optional<int32_t> unknown = tokenizer->special_token("<unk>");
      const auto special = [&](int32_t id) { return tokenizer->is_special(id) && id != unknown; };
      QVERIFY2(std::none_of(outside.ids.begin(), outside.ids.end(), special), line.c_str());
      if (std::none_of(ids.begin(), ids.end(), special)) {
        QCOMPARE(outside.ids, ids);
        QCOMPARE(outside.offsets, got.offsets);
      }
    }
    QCOMPARE(compared, 430);
  }

  /// small.json: <s> 0, </s> 1, byte b is 2 + b, then lo 258, low 259, Ġlow 260, er 261.
  void readsASmallFile() {
    const auto tokenizer = load_tokenizer(own / "small.json");
    QCOMPARE(tokenizer->vocabulary_size(), 262);
    const auto encoding = tokenizer->encode("low lower");
    QCOMPARE(encoding.ids, (std::vector<int32_t>{259, 260, 261}));
    QCOMPARE(encoding.offsets, (std::vector<std::pair<int32_t, int32_t>>{{0, 3}, {3, 7}, {7, 9}}));
    QCOMPARE(tokenizer->decode({259, 261, 0, 2 + 'x', -5, 999, 2 + 0xff}), std::string("lower<s>x\xef\xbf\xbd"));
    QVERIFY(tokenizer->encode("").ids.empty() && tokenizer->decode({}).empty());
    QVERIFY(tokenizer->prefix_ids().empty() && tokenizer->suffix_ids().empty());
    QCOMPARE(tokenizer->special_token("</s>"), std::optional<int32_t>(1));
    QVERIFY(!tokenizer->special_token("low"));
  }

  /// Wherever it stands, "<s>" is three or so ordinary characters, also where the vocabulary, its merges and whole
  /// words would lead to it.
  void textNeverGivesSpecialTokens_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"small.json", "special_tokens_reachable.json", "template.json"})
      QTest::newRow(file) << QString::fromLatin1(file);
  }
  void textNeverGivesSpecialTokens() {
    QFETCH(QString, file);
    const auto tokenizer = load_tokenizer(own / file.toStdString());
    for (const std::string text : {"<s>", "</s>", " <s>", "<s></s>", "<s>low</s> lower <s>", "<<s>s>", "</s", "s>"}) {
      const auto encoding = tokenizer->encode(text);
      for (const int32_t id : encoding.ids) QVERIFY2(id > 1, text.c_str());
      QCOMPARE(tokenizer->decode(encoding.ids), text);
    }
    QCOMPARE(tokenizer->special_token("<s>"), std::optional<int32_t>(0));
    QCOMPARE(tokenizer->decode({0, 259, 1}), std::string("<s>low</s>"));
  }

  /// The template puts <s> before and </s> after, for whoever asks; encode never does. Form C joins the accent.
  void templateAndNormalizerAreRead() {
    const auto tokenizer = load_tokenizer(own / "template.json");
    QCOMPARE(tokenizer->prefix_ids(), std::vector<int32_t>{0});
    QCOMPARE(tokenizer->suffix_ids(), std::vector<int32_t>{1});
    QCOMPARE(tokenizer->encode("e\u0301").ids, (std::vector<int32_t>{2 + 0xc3, 2 + 0xa9}));
    QCOMPARE(load_tokenizer(own / "small.json")->encode("e\u0301").ids,
             (std::vector<int32_t>{2 + 'e', 2 + 0xcc, 2 + 0x81}));
  }

  /// One file per way of being wrong: the error names the file and the part.
  void badFilesAreNamed_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("unsupported");
    const auto unsupported = [](const char* file, const char* what) {
      QTest::newRow(file) << QStringLiteral("%1 is not supported; ").arg(QString::fromUtf8(what)) << true;
    };
    const auto damaged = [](const char* file, const char* what) {
      QTest::newRow(file) << QString::fromUtf8(what) << false;
    };
    unsupported("model_wordpiece", "model WordPiece");
    unsupported("model_without_type", "model (none)");
    unsupported("model_missing", "model (none)");
    unsupported("model_option", "model BPE: option \"sampling\"");
    unsupported("byte_fallback", "byte_fallback with ByteLevel");
    unsupported("dropout", "dropout 0.1");
    unsupported("word_suffix", "end_of_word_suffix \"</w>\"");
    unsupported("normalizer_lowercase", "normalizer Lowercase");
    unsupported("pre_tokenizer_missing", "pre_tokenizer (none)");
    unsupported("pre_tokenizer_metaspace_bytes", "pre_tokenizer Metaspace");
    unsupported("pre_tokenizer_digits", "pre_tokenizer Digits");
    unsupported("split_removes", "pre_tokenizer Split with a Regex, behavior \"Removed\", invert false");
    unsupported("post_processor_bert", "post_processor BertProcessing");
    unsupported("decoder_wordpiece", "decoder WordPiece");
    unsupported("decoder_of_another_family", "decoder Fuse");
    unsupported("model_unigram", "model Unigram: option \"continuing_subword_prefix\"");
    damaged("unigram_without_unknown", "model.unk_id: expected an id within 0 .. 4000000, found null");
    damaged("unigram_unknown_beyond", "model.unk_id: expected an id of model.vocab, which has 2, found 7");
    damaged("unigram_score_is_text", "model.vocab[1]: expected a list of a token and its score, found \"x\"");
    damaged("unigram_charsmap", "normalizer Precompiled.precompiled_charsmap: expected a charsmap in base64");
    damaged("pre_tokenizer_metaspace", "pre_tokenizer Metaspace.replacement: expected a text, found null");
    damaged("unk_token", "model.unk_token: expected a token of model.vocab, found \"<unk>\"");
    damaged("vocab_is_a_list", "model: expected vocab, an object, and merges, a list");
    damaged("merges_missing", "model: expected vocab, an object, and merges, a list");
    damaged("vocab_twice", "model.vocab: expected once, found twice");
    damaged("id_negative", "model.vocab: token \"l\": expected an id within 0 .. 4000000, found -1");
    damaged("id_huge", "model.vocab: token \"l\": expected an id within 0 .. 4000000, found 2000000000");
    damaged("id_is_text", "model.vocab: token \"l\": expected an id, found \"2\"");
    damaged("id_twice", "model.vocab: expected an id for one token, found 2 for \"l\" and for \"o\"");
    damaged("token_twice", "model.vocab: token \"l\": expected once, found with the ids 2 and 3");
    damaged("merge_of_unknown_token",
            "model.merges[0]: expected two tokens of model.vocab whose union is one too, found \"l\" and \"x\", where "
            "\"x\" is none");
    damaged("merge_without_union",
            "model.merges[0]: expected two tokens of model.vocab whose union is one too, found \"l\" and \"o\", where "
            "\"lo\" is none");
    damaged("merge_of_one", "model.merges[0]: expected two tokens of model.vocab whose union is one too, found \"lo\"");
    damaged("merge_of_three", "model.merges[0]: expected two tokens, found \"l\"");
    damaged("merge_is_a_number", "model.merges[0]: expected two tokens, found 5");
    damaged("added_token_without_content", "added_tokens[2].content: expected a text, found null");
    damaged("added_token_without_id", "added_tokens[2].id: expected an id within 0 .. 4000000, found null");
    damaged("added_token_id_twice",
            "added_tokens[1].id: expected an id of its own for \"</s>\", found 0, that of \"<s>\"");
    damaged("added_token_id_of_another",
            "added_tokens[2].id: expected an id of its own for \"x\", found 2, which model.vocab has for \"l\"");
    damaged("added_token_other_id", "added_tokens[1].id: expected 1, which model.vocab has for \"</s>\", found 9");
    damaged("template_without_ids", "post_processor TemplateProcessing.special_tokens: expected the ids of \"<s>\"");
    damaged("template_of_absent_id",
            "post_processor TemplateProcessing.special_tokens: expected ids of tokens, found 77");
    damaged("template_without_text", "post_processor TemplateProcessing.single: expected one Sequence, found 0");
    damaged("truncated", "expected JSON, found damaged content at byte 1654 of 1653");
    damaged("a_list", "expected a JSON object, found array; fetch the file again");
    damaged("empty", "expected a tokenizer.json, found an empty file; fetch it again");
  }
  void badFilesAreNamed() {
    QFETCH(QString, message);
    QFETCH(bool, unsupported);
    const std::filesystem::path path = own / "bad" / (std::string(QTest::currentDataTag()) + ".json");
    try {
      load_tokenizer(path);
      QFAIL("expected an error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), unsupported ? ErrorKind::Unsupported : ErrorKind::BadFile);
      QVERIFY2(std::string(e.what()).starts_with(path.string() + ": " + message.toStdString()), e.what());
    }
  }
  void brokenPatternsAndAbsentFilesAreNamed() {
    try {
      load_tokenizer(own / "bad" / "pattern_broken.json");
      QFAIL("expected an error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::Unsupported);
      QVERIFY2(std::string(e.what()).find("pattern (a: missing closing parenthesis") != std::string::npos, e.what());
    }
    QVERIFY_THROWS_EXCEPTION(Error, load_tokenizer(own / "absent.json"));
  }

  /// Parts are one text: "low" and " lower" give what "low lower" gives, and special tokens are found where all of them
  /// is from a template, also across its parts.
  void partsOfAPromptAreOneText() {
    const auto tokenizer = load_tokenizer(own / "small.json");
    const auto encode = [&](std::vector<PromptPart> parts) { return tokenizer->encode_prompt(parts).ids; };
    QCOMPARE(encode({{"lo", true}, {"w low", false}, {"er", true}}), (Ids{259, 260, 261}));
    QCOMPARE(encode({{"<s>", true}, {"low", false}, {"</s>", true}}), (Ids{0, 259, 1}));
    QCOMPARE(encode({{"<", true}, {"s>", true}, {"low", false}}), (Ids{0, 259}));
    for (const auto& parts : std::vector<std::vector<PromptPart>>{{{"<s", true}, {">", false}},
                                                                  {{"<", false}, {"s>", true}},
                                                                  {{"<", true}, {"s", false}, {">", true}},
                                                                  {{"x", true}, {"<s>", false}}}) {
      for (const int32_t id : encode(parts)) QVERIFY(id > 1);
    }
    QVERIFY(encode({}).empty() && encode({{"", true}, {"", false}}).empty());
    QCOMPARE(encode({{"\xff", false}, {"low", true}}), (Ids{2 + 0xef, 2 + 0xbf, 2 + 0xbd, 259}));  // U+FFFD
  }

  /// What a normalizer makes of a title is no special token either: the charsmap of T5 turns these into "</s>".
  void normalizedTextGivesNoSpecialTokens() {
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) QSKIP("../shared/data/tokenizers is not here");
    const auto tokenizer = load_tokenizer(root / "t5-small_unigram");
    for (const char* text : {"\uff1c/s\uff1e", "\uff1cextra_id_0\uff1e", "x \ufe64/s\ufe65"}) {
      const Ids ids = encode_template(*tokenizer, text).ids;
      QVERIFY(!ids.empty());
      for (const int32_t id : ids) QVERIFY2(id == 2 || !tokenizer->is_special(id), text);
    }
    const auto phi = load_tokenizer(root / "phi-3-mini_llama-spm-bpe");
    QCOMPARE(phi->special_token("</s>"), std::optional<int32_t>(2));  // which its file does not call special
    for (const int32_t id : phi->encode("the end</s>").ids) QVERIFY(id != 2);
  }

  /// Tokens as they are written, and the bytes that they stand for within a text.
  void tokensAndTheirBytes() {
    const auto small = load_tokenizer(own / "small.json");
    QCOMPARE(small->token(260), std::string("\u0120low"));
    QCOMPARE(small->bytes_of_token(260), std::string(" low"));
    QCOMPARE(small->token(0), std::string("<s>"));
    QVERIFY(small->bytes_of_token(0).empty() && small->token(-1).empty() && small->token(999).empty());
    QVERIFY(small->is_special(1) && !small->is_special(259) && !small->is_special(999));
    QCOMPARE(small->decode({0, 259, 1}, true), std::string("low"));
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) return;
    const auto phi = load_tokenizer(root / "phi-3-mini_llama-spm-bpe");
    QCOMPARE(phi->bytes_of_token(3 + 0xe4), std::string("\xe4"));
    QCOMPARE(phi->token(3 + 0xe4), std::string("<0xE4>"));
    QCOMPARE(phi->bytes_of_token(1919), std::string(" ,"));
    const auto t5 = load_tokenizer(root / "t5-small_unigram");
    QCOMPARE(t5->bytes_of_token(1374), std::string(" leading"));
  }

  /// Files that are something else: the error says what.
  void otherFilesAreRecognised_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    QTest::newRow("lfs") << QByteArray("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 9085657\n")
                         << QStringLiteral("found a git-LFS pointer, not the file itself; run \"git lfs pull\"");
    QTest::newRow("html") << QByteArray("\n<!DOCTYPE html><html>") << QStringLiteral("found a web page, not the file");
    QTest::newRow("empty") << QByteArray() << QStringLiteral("found an empty file");
    QTest::newRow("gzip") << QByteArray("\x1f\x8b\x08") << QStringLiteral("found an archive");
  }
  void otherFilesAreRecognised() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    QTemporaryDir dir;
    for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
      const std::filesystem::path path = dir.filePath(QString::fromUtf8(name)).toStdString();
      write_file_atomically(path, content.toStdString());
      const std::string what = error_of(path, ErrorKind::BadFile);
      QVERIFY2(what.find(message.toStdString()) != std::string::npos && what.starts_with(path.string()), what.c_str());
      std::filesystem::remove(path);
    }
    const std::string neither = error_of(dir.path().toStdString(), ErrorKind::BadFile);
    QVERIFY2(neither.find("expected a tokenizer.json or a tokenizer.model, found neither") != std::string::npos,
             neither.c_str());
  }

  /// A file cut anywhere is refused, and says where it breaks; depth and number of values are bounded before memory is
  /// taken.
  void damageIsFoundWhereverItIs() {
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath(QStringLiteral("tokenizer.json")).toStdString();
    const std::string whole = read_file(own / "template.json");
    for (size_t size = 1; size + 2 < whole.size(); size += 13) {
      write_file_atomically(path, whole.substr(0, size));
      const std::string what = error_of(path, ErrorKind::BadFile);
      QVERIFY2(what.find("expected JSON, found damaged content at byte ") != std::string::npos, what.c_str());
    }
    write_file_atomically(path, "{\"a\": " + std::string(100'000, '['));
    QVERIFY(error_of(path, ErrorKind::BadFile).find("expected at most 32 levels, found more") != std::string::npos);
    std::string many = "{\"a\": [0";
    for (int i = 0; i < 4'000'001; ++i) many += ",0";
    write_file_atomically(path, many + "]}");
    QVERIFY(error_of(path, ErrorKind::BadFile).find("expected at most 4000000 values") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
