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

}  // namespace

class TokenizerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// ids, offsets and decoded text as printed by tokenizers 0.23.3, where the text holds no special token (which we
  /// never parse).
  void equalsTokenizers_data() {
    QTest::addColumn<QString>("family");
    for (const char* name : {"phi-2_gpt2-bytelevel", "qwen2-style_tiny2000", "llama3-style_tiny2000"})
      QTest::newRow(name) << QString::fromUtf8(name);
  }
  void equalsTokenizers() {
    QFETCH(QString, family);
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) QSKIP("../shared/data/tokenizers is not here");
    const auto tokenizer = load_tokenizer(root / family.toStdString() / "tokenizer.json");
    std::ifstream lines(root / "expected" / (family.toStdString() + ".jsonl"));
    int compared = 0;
    for (std::string line; std::getline(lines, line);) {
      const json expected = json::parse(line);
      const auto text = expected["text"].get<std::string>();
      const auto ids = expected["ids"].get<std::vector<int32_t>>();
      const auto got = tokenizer->encode(text);
      if (text.find("<|") != std::string::npos) {
        for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
          const auto id = tokenizer->special_token(special);
          QVERIFY(!id || std::find(got.ids.begin(), got.ids.end(), *id) == got.ids.end());
        }
        if (got.ids != ids) continue;
      }
      QVERIFY2(got.ids == ids, line.c_str());
      QCOMPARE(tokenizer->decode(got.ids), expected["decoded"].get<std::string>());
      QVERIFY2((got.offsets == expected["offsets"].get<std::vector<std::pair<int32_t, int32_t>>>()), line.c_str());
      ++compared;
    }
    QVERIFY(compared >= 428);
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
    unsupported("model_unigram", "model Unigram");
    unsupported("model_without_type", "model (none)");
    unsupported("model_missing", "model (none)");
    unsupported("byte_fallback", "byte_fallback");
    unsupported("unk_token", "unk_token \"<unk>\"");
    unsupported("dropout", "dropout 0.1");
    unsupported("word_suffix", "end_of_word_suffix \"</w>\"");
    unsupported("added_token_strips", "added token \"x\" with lstrip");
    unsupported("normalizer_lowercase", "normalizer Lowercase");
    unsupported("pre_tokenizer_missing", "pre_tokenizer (none)");
    unsupported("pre_tokenizer_metaspace", "pre_tokenizer Metaspace");
    unsupported("split_removes",
                "pre_tokenizer Split {\"behavior\":\"Removed\",\"invert\":false,\"pattern\":{\"Regex\":\" "
                "\"},\"type\":\"Split\"}");
    unsupported("post_processor_bert", "post_processor BertProcessing");
    unsupported("decoder_wordpiece", "decoder WordPiece");
    damaged("vocab_is_a_list", "expected model.vocab, an object, and model.merges, a list");
    damaged("merges_missing", "expected model.vocab, an object, and model.merges, a list");
    damaged("id_negative", "token l: expected an id within 0 .. 4000000, found -1");
    damaged("id_huge", "token l: expected an id within 0 .. 4000000, found 2000000000");
    damaged("id_is_text", "token l: expected an id within 0 .. 4000000, found \"2\"");
    damaged("merge_of_unknown_token",
            "merge 0 ([\"l\",\"x\"]): expected two tokens whose parts and union are in model.vocab");
    damaged("merge_without_union", "merge 0 ([\"l\",\"o\"]): expected two tokens");
    damaged("merge_of_one", "merge 0 (\"lo\"): expected two tokens");
    damaged("merge_of_three", "merge 0 ([\"l\",\"o\",\"l\"]): expected two tokens");
    damaged("merge_is_a_number", "merge 0 (5): expected two tokens");
    damaged("added_token_without_content", "added_tokens: expected each to have a content");
    damaged("added_token_without_id", "token x: expected an id within 0 .. 4000000, found null");
    damaged("template_without_ids", "post_processor: expected the ids of each special token of the template");
    for (const char* file : {"truncated", "a_list", "empty"})
      damaged(file, "expected a JSON object, found damaged or other content; fetch the file again");
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

  /// Families that are not byte-level BPE are refused by name.
  void otherFamiliesAreRefused() {
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) QSKIP("../shared/data/tokenizers is not here");
    for (const char* family : {"t5-small_unigram", "phi-3-mini_llama-spm-bpe"}) {
      try {
        load_tokenizer(root / family / "tokenizer.json");
        QFAIL("expected an error");
      } catch (const Error& e) {
        QCOMPARE(e.kind(), ErrorKind::Unsupported);
        QVERIFY2(std::string(e.what()).find("tokenizer.json: ") != std::string::npos, e.what());
        qInfo("%s", e.what() + root.string().size());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
