// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/base/utf8.h"
#include "engine/text/tokenizer.h"

using namespace prefscope;
using nlohmann::json;

class BpeTrainerTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  using Merges = std::vector<std::pair<std::string, std::string>>;

  static json train(const std::vector<std::string>& texts, int32_t size, std::vector<std::string> specials = {}) {
    return json::parse(train_bpe(texts, {size, std::move(specials)}));
  }
  std::unique_ptr<Tokenizer> load(const std::string& tokenizer_json) {
    const std::filesystem::path path = dir_.filePath(QStringLiteral("tokenizer.json")).toStdString();
    write_file_atomically(path, tokenizer_json);
    return load_tokenizer(path);
  }

 private Q_SLOTS:
  /// Words: "low", " low", " lower", "er", once each. Counts of pairs: l-o 3, o-w 3, blank-l 2, e-r 2, w-e 1. The tie
  /// of l-o and o-w goes to the smaller ids (108 before 111): "lo". Then lo-w 3: "low". Then blank-low 2 and e-r 2: the
  /// blank (32) is smaller than e (101). Then e-r. What is left was seen once: it ends at 260 of 300.
  void mergesWorkedByHand() {
    const json root = train({"low low lower", "er"}, 300);
    QCOMPARE(root["model"]["merges"].get<Merges>(), (Merges{{"l", "o"}, {"lo", "w"}, {"Ġ", "low"}, {"e", "r"}}));
    QCOMPARE(root["model"]["vocab"].size(), size_t{260});
    QCOMPARE(root["model"]["vocab"]["lo"], json(256));
    QCOMPARE(root["model"]["vocab"]["Ġlow"], json(258));
    QCOMPARE(root["model"]["vocab"]["Ġ"], json(32));
    const auto tokenizer = load(root.dump());
    const auto encoding = tokenizer->encode("lower low");
    QCOMPARE(encoding.ids, (std::vector<int32_t>{257, 259, 258}));
    QCOMPARE(encoding.offsets, (std::vector<std::pair<int32_t, int32_t>>{{0, 3}, {3, 5}, {5, 9}}));
    QCOMPARE(tokenizer->vocabulary_size(), 260);
  }

  /// "aaaa" twice: a-a is counted three times a word; joined from the left it leaves aa aa, seen twice: "aaaa".
  void overlapsAreJoinedFromTheLeft() {
    QCOMPARE(train({"aaaa", "aaaa"}, 300)["model"]["merges"].get<Merges>(), (Merges{{"a", "a"}, {"aa", "aa"}}));
    QCOMPARE(train({"aaa", "aaa"}, 300)["model"]["merges"].get<Merges>(), (Merges{{"a", "a"}, {"aa", "a"}}));
    QVERIFY(train({"ab"}, 300)["model"]["merges"].empty());  // once is not enough
  }

  void sizeIsTheMost() {
    QCOMPARE(train({"low low lower", "er"}, 258)["model"]["merges"].get<Merges>(), (Merges{{"l", "o"}, {"lo", "w"}}));
    QVERIFY(train({"low low"}, 256)["model"]["merges"].empty());
    QCOMPARE(train({}, 300)["model"]["vocab"].size(), size_t{256});
    try {
      train_bpe({"low"}, {258, {"<s>", "</s>", "<pad>"}});
      QFAIL("expected an error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::BadInput);
      QCOMPARE(std::string(e.what()),
               std::string("vocabulary: expected at least 259 (256 bytes and 3 special tokens), found 258"));
    }
  }

  /// Special tokens have the first ids, and no text gives them, also where it was trained on.
  void specialTokensComeFirstAndStayApart() {
    std::vector<std::string> texts(50, "<s> </s> pad <s></s>pad");
    const auto tokenizer = load(train_bpe(texts, {400, {"<s>", "</s>", "pad"}}));
    QCOMPARE(tokenizer->special_token("<s>"), std::optional<int32_t>(0));
    QCOMPARE(tokenizer->special_token("pad"), std::optional<int32_t>(2));
    QVERIFY(!tokenizer->special_token("<pad>"));
    for (const char* text : {"<s>", "</s>", "pad", " pad", "<s> </s> pad <s></s>pad", "<<s>s>"}) {
      const auto encoding = tokenizer->encode(text);
      for (const int32_t id : encoding.ids) QVERIFY2(id >= 3, text);
      QCOMPARE(tokenizer->decode(encoding.ids), std::string(text));
    }
  }

  /// The same texts in another order, or a text that is not UTF-8, change what they should and no more.
  void trainingDependsOnCountsAlone() {
    std::vector<std::string> texts = {"the lantern of the north", "the river", "north by the river", "lantern"};
    const std::string once = train_bpe(texts, {300, {}});
    Random random(1);
    random.shuffle(texts);
    QCOMPARE(train_bpe(texts, {300, {}}), once);
    texts.push_back("\xff\xfe");
    QVERIFY(!train_bpe(texts, {300, {}}).empty());
  }

  /// Any valid text comes back from its tokens, bytes that are not UTF-8 as U+FFFD; offsets run over the code points
  /// from the first to the last without a gap.
  void anyTextComesBack() {
    const std::vector<std::string> corpus = {
        "the lantern of the north, 1999", "the river's <b>bend</b> and the sea",
        "\u00c9t\u00e9 \u0432\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440, \u4e03\u4eba\u306e\u4f8d",
        "  two  blanks\n\nand lines\t"};
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) texts.insert(texts.end(), corpus.begin(), corpus.end());
    const auto tokenizer = load(train_bpe(texts, {380, {"<s>"}}));
    QVERIFY(tokenizer->vocabulary_size() > 330);
    Random random(9);
    for (int round = 0; round < 3000; ++round) {
      std::string text;
      for (uint64_t n = random.below(6); n > 0; --n) {
        const std::string& from = corpus[random.below(corpus.size())];
        const size_t begin = random.below(from.size());
        text += random.below(8) == 0 ? std::string(1, static_cast<char>(random.below(256)))
                                     : from.substr(begin, 1 + random.below(12));
      }
      const auto encoding = tokenizer->encode(text);
      const std::string valid = lossy_utf8(text);
      QCOMPARE(tokenizer->decode(encoding.ids), valid);
      QCOMPARE(encoding.offsets.size(), encoding.ids.size());
      const auto points = static_cast<int32_t>(QString::fromStdString(valid).toUcs4().size());
      int32_t reached = 0;
      for (size_t i = 0; i < encoding.ids.size(); ++i) {
        QVERIFY(encoding.ids[i] > 0 && encoding.ids[i] < tokenizer->vocabulary_size());
        const auto [begin, end] = encoding.offsets[i];
        // A character of several tokens is the range of each of them.
        QVERIFY(begin <= reached && end >= reached && begin < end);
        reached = std::max(reached, end);
      }
      QCOMPARE(reached, points);
    }
  }

  /// A megabyte of one letter, of blanks, of lines, of a mixture: encoded whole, in good time.
  void longTextsAreEncodedWhole() {
    const auto tokenizer = load(train_bpe({"aaaa aaaa", "bb  bb\n\n\nb"}, {300, {}}));
    std::string mixed;
    while (mixed.size() < 1'000'000) mixed += "a1 \n!\u00e9";
    for (const std::string& text :
         {std::string(1'000'000, 'a'), std::string(1'000'000, ' ') + "x", std::string(1'000'000, '\n'), mixed})
      QVERIFY(tokenizer->decode(tokenizer->encode(text).ids) == text);
  }
};

QTEST_GUILESS_MAIN(BpeTrainerTest)
#include "bpe_trainer_test.moc"
