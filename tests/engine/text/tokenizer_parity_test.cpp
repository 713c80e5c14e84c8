// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/text/tokenizer.h"

using namespace prefscope;
using nlohmann::json;

namespace {

const std::filesystem::path fixtures = std::filesystem::path(PREFSCOPE_PARITY) / "tokenizers";
using Ids = std::vector<int32_t>;
using Offsets = std::vector<std::pair<int32_t, int32_t>>;

void add_rows() {
  QTest::addColumn<QString>("file");
  for (const char* file : {"gpt2.json", "llama3.json", "qwen2.json", "llama2.json", "mistral.json", "no_bytes.json",
                           "unigram.json", "sentencepiece_bpe.model", "sentencepiece_unigram.model"})
    QTest::newRow(file) << QString::fromUtf8(file);
}

}  // namespace

/// Tiny tokenizers of each family (tests/parity/make_tokenizer_fixtures.py).
class TokenizerParityTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void equalsTheReference_data() { add_rows(); }
  /// tokenizers parses special tokens out of a text, as we do of a template; sentencepiece never does, as we of text
  /// from outside.
  void equalsTheReference() {
    QFETCH(QString, file);
    const auto tokenizer = load_tokenizer(fixtures / file.toStdString());
    const json expected = json::parse(read_file(fixtures / "expected.json"))[file.toStdString()];
    QVERIFY(expected.size() >= 34);
    for (const json& one : expected) {
      const auto text = one["text"].get<std::string>();
      const PromptPart part{text, file.endsWith(QStringLiteral(".json"))};
      const auto got = tokenizer->encode_prompt({&part, 1});
      QVERIFY2(got.ids == one["ids"].get<Ids>(), text.c_str());
      QVERIFY2(got.offsets == one["offsets"].get<Offsets>(), text.c_str());
      QCOMPARE(tokenizer->decode(got.ids), one["decoded"].get<std::string>());
      if (!one.contains("ids_with_special")) continue;
      Ids whole = tokenizer->prefix_ids();
      whole.insert(whole.end(), got.ids.begin(), got.ids.end());
      for (const int32_t id : tokenizer->suffix_ids()) whole.push_back(id);
      QVERIFY2(whole == one["ids_with_special"].get<Ids>(), text.c_str());
    }
  }

  void outsideTextGivesNoSpecialToken_data() { add_rows(); }
  /// Random texts of letters, blanks, marks and parts of special tokens: from outside none becomes one (but the one for
  /// unknown characters); offsets lie within the text and begin in order, but where a character is several tokens.
  void outsideTextGivesNoSpecialToken() {
    QFETCH(QString, file);
    const auto tokenizer = load_tokenizer(fixtures / file.toStdString());
    const auto unknown = tokenizer->special_token("<unk>");
    const std::vector<std::string> parts = {
        "<",  "s",      ">",      "</s>",   "<s>",    "[INST]",        "<|user|>", "<mask>", "<unk>", " ",
        "\n", "the",    "\u2581", "\uff1c", "\uff1e", "\ufe64s\ufe65", "::",       "sea",    "\xff",  "\u0301",
        "e",  "\u4e03", "<0x0A>", "|",      "/"};
    Random random(12);
    for (int round = 0; round < 3000; ++round) {
      std::string text;
      for (uint64_t n = random.below(9); n > 0; --n) text += parts[random.below(parts.size())];
      const auto got = tokenizer->encode(text);
      QCOMPARE(got.offsets.size(), got.ids.size());
      const auto points = static_cast<int32_t>(QString::fromStdString(text).toUcs4().size());
      for (size_t i = 0; i < got.ids.size(); ++i) {
        QVERIFY2(!tokenizer->is_special(got.ids[i]) || got.ids[i] == unknown, text.c_str());
        QVERIFY(got.ids[i] >= 0 && got.ids[i] < tokenizer->vocabulary_size());
        QVERIFY2(got.offsets[i].first >= 0 && got.offsets[i].first <= got.offsets[i].second &&
                     got.offsets[i].second <= points,
                 text.c_str());
      }
    }
  }

  void specialTokensOfATemplate() {
    const auto mistral = load_tokenizer(fixtures / "mistral.json");
    const auto inst = mistral->special_token("[INST]"), bos = mistral->special_token("<s>");
    QVERIFY(inst && bos);
    const std::vector<PromptPart> parts = {
        {"<s>", true}, {"[INST] ", true}, {"the [/INST] sea", false}, {"[/INST]", true}};
    const Ids ids = mistral->encode_prompt(parts).ids;
    QVERIFY(ids[0] == *bos && ids[1] == *inst && ids.back() == mistral->special_token("[/INST]"));
    QCOMPARE(std::count_if(ids.begin(), ids.end(), [&](int32_t id) { return mistral->is_special(id); }), 3);
    QCOMPARE(mistral->decode(ids, true), std::string("the [/INST] sea"));
  }

  /// tokenizer_config.json beside a tokenizer.model says which special tokens stand around a text; without it BOS in
  /// front.
  void endsOfASentencepieceModel() {
    QTemporaryDir dir;
    const std::filesystem::path folder = dir.path().toStdString();
    const std::string model = read_file(fixtures / "sentencepiece_bpe.model");
    write_file_atomically(folder / "tokenizer.model", model);
    const auto ends = [&] {
      const auto tokenizer = load_tokenizer(folder);
      return std::pair(tokenizer->prefix_ids(), tokenizer->suffix_ids());
    };
    QCOMPARE(ends(), std::pair(Ids{1}, Ids{}));
    const auto configured = [&](const json& config) {
      write_file_atomically(folder / "tokenizer_config.json", config.dump());
      return ends();
    };
    QCOMPARE(configured({{"tokenizer_class", "LlamaTokenizer"}}), std::pair(Ids{1}, Ids{}));
    QCOMPARE(configured({{"tokenizer_class", "T5Tokenizer"}}), std::pair(Ids{}, Ids{2}));
    QCOMPARE(configured({{"add_bos_token", false}, {"add_eos_token", true}}), std::pair(Ids{}, Ids{2}));
    write_file_atomically(folder / "tokenizer_config.json", "{");
    QVERIFY_THROWS_EXCEPTION(Error, ends());
  }

  /// A sentencepiece model cut anywhere or with any byte changed is refused or read, never more.
  void damagedSentencepieceModels() {
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath(QStringLiteral("tokenizer.model")).toStdString();
    const std::string model = read_file(fixtures / "sentencepiece_bpe.model");
    Random random(5);
    int refused = 0;
    for (int round = 0; round < 400; ++round) {
      std::string damaged = model;
      if (round % 2 == 0) {
        damaged.resize(1 + random.below(model.size() - 1));
      } else {
        for (int i = 0; i < 3; ++i) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      }
      write_file_atomically(path, damaged);
      try {
        load_tokenizer(path)->encode("the lantern of the sea");
      } catch (const Error& e) {
        QVERIFY2(std::string(e.what()).starts_with(path.string()), e.what());
        ++refused;
      }
    }
    QVERIFY(refused > 200);
  }
};

QTEST_GUILESS_MAIN(TokenizerParityTest)
#include "tokenizer_parity_test.moc"
