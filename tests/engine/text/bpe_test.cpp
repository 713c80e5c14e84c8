// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/bpe.h"

#include <QtTest>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

/// Tokens a 0, b 1, c 2, ab 3, bc 4, abc 5, aa 6, aaaa 7, and merges in the order given, as pairs of texts.
Bpe small(const std::vector<std::pair<std::string, std::string>>& merges, bool ignore_merges = false) {
  Bpe bpe;
  bpe.ignore_merges = ignore_merges;
  int32_t id = 0;
  for (const char* token : {"a", "b", "c", "ab", "bc", "abc", "aa", "aaaa"}) bpe.vocabulary.add(id++, token);
  int32_t rank = 0;
  for (const auto& [left, right] : merges)
    bpe.merges.add(bpe.vocabulary.find(left), bpe.vocabulary.find(right), rank++, bpe.vocabulary.find(left + right));
  prepare(bpe);
  return bpe;
}

std::vector<WordPiece> pieces_of(const Bpe& bpe, std::string_view word) {
  std::vector<WordPiece> pieces;
  BpeScratch scratch;
  encode_word(bpe, word, scratch, pieces);
  return pieces;
}

std::vector<int32_t> encode(const Bpe& bpe, std::string_view word) {
  std::vector<int32_t> ids;
  for (const WordPiece& piece : pieces_of(bpe, word)) ids.push_back(piece.id);
  return ids;
}

/// The same by the definition: look for the lowest rank, leftmost, join it, begin again.
std::vector<int32_t> encode_slowly(const Bpe& bpe, std::string_view word) {
  std::vector<int32_t> ids;
  for (const char byte : word) {
    if (const int32_t id = bpe.byte_ids[static_cast<unsigned char>(byte)]; id >= 0) ids.push_back(id);
  }
  for (;;) {
    size_t best = ids.size();
    Merge merge{0, INT32_MAX, 0};
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const Merge* found = bpe.merges.find(ids[i], ids[i + 1]);
      if (found != nullptr && found->rank < merge.rank) best = i, merge = *found;
    }
    if (best == ids.size()) return ids;
    ids[best] = merge.merged;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

}  // namespace

class BpeTest : public QObject {
  Q_OBJECT

  using Ids = std::vector<int32_t>;

 private Q_SLOTS:
  /// "bc" before "ab": a bc, not ab c; with "a bc" as a third merge it is one token.
  void lowerRanksGoFirst() {
    QCOMPARE(encode(small({{"b", "c"}, {"a", "b"}}), "abc"), (Ids{0, 4}));
    QCOMPARE(encode(small({{"a", "b"}, {"b", "c"}}), "abc"), (Ids{3, 2}));
    QCOMPARE(encode(small({{"b", "c"}, {"a", "b"}, {"a", "bc"}}), "abc"), Ids{5});
    QCOMPARE(encode(small({}), "abc"), (Ids{0, 1, 2}));
  }

  /// From the left: five a are aa aa a, and with "aa aa" aaaa a.
  void equalRanksGoFromTheLeft() {
    QCOMPARE(encode(small({{"a", "a"}}), "aaaaa"), (Ids{6, 6, 0}));
    QCOMPARE(encode(small({{"a", "a"}, {"aa", "aa"}}), "aaaaa"), (Ids{7, 0}));
  }

  void bytesThatAreLackingAreLeftOut() {
    const Bpe bpe = small({{"a", "b"}});
    QCOMPARE(encode(bpe, "axb"), Ids{3});
    QVERIFY(encode(bpe, "xyz").empty() && encode(bpe, "").empty());
  }

  void wholeWordsAreTakenWhereTheTokenizerSaysSo() {
    const Bpe bpe = small({{"a", "b"}}, true);
    QCOMPARE(encode(bpe, "abc"), Ids{5});
    QCOMPARE(encode(bpe, "abca"), (Ids{3, 2, 0}));
    std::vector<WordPiece> kept = {{9, 1}};
    BpeScratch scratch;
    encode_word(bpe, "abc", scratch, kept);
    QVERIFY(kept.size() == 2 && kept[0].id == 9 && kept[1].id == 5 && kept[1].bytes == 3);  // what was there stays
  }

  /// 4,000 random words and merges: the queue gives what the definition gives.
  void queueAgreesWithTheDefinition() {
    const std::vector<std::pair<std::string, std::string>> all = {{"a", "b"},  {"b", "c"}, {"a", "bc"},
                                                                  {"ab", "c"}, {"a", "a"}, {"aa", "aa"}};
    Random random(7);
    for (int round = 0; round < 4000; ++round) {
      auto merges = all;
      random.shuffle(merges);
      merges.resize(random.below(all.size() + 1));
      const Bpe bpe = small(merges);
      std::string word;
      // Long words take another way than short ones.
      for (uint64_t n = random.below(round % 4 == 0 ? 200 : 14); n > 0; --n) word += "aabbcx"[random.below(6)];
      QVERIFY2(encode(bpe, word) == encode_slowly(bpe, word), word.c_str());
    }
  }

  /// Over code points: tokens a 0, "é" 1, "aé" 2, <unk> 3 and no bytes. "☃" is unknown; neighbours are one where so
  /// said, and cover their bytes.
  void unknownCodePoints() {
    Bpe bpe;
    bpe.over_bytes = false;
    int32_t id = 0;
    for (const char* token : {"a", "é", "aé", "<unk>"}) bpe.vocabulary.add(id++, token);
    bpe.merges.add(0, 1, 0, 2);
    bpe.unknown = 3;
    prepare(bpe);
    QCOMPARE(encode(bpe, "aé☃☃a"), (Ids{2, 3, 3, 0}));
    bpe.fuse_unknown = true;
    prepare(bpe);
    const auto fused = pieces_of(bpe, "aé☃☃a");
    QCOMPARE(encode(bpe, "aé☃☃a"), (Ids{2, 3, 0}));
    QVERIFY(fused[0].bytes == 3 && fused[1].bytes == 6 && fused[2].bytes == 1);
  }

  /// With tokens for bytes, "☃" (E2 98 83) becomes three of one byte each; where one of them is absent it is unknown.
  void bytesStandForUnknownCodePoints() {
    Bpe bpe;
    bpe.over_bytes = false;
    bpe.vocabulary.add(0, "<unk>");
    bpe.vocabulary.add(1, "a");
    bpe.byte_tokens.assign(256, -1);
    bpe.byte_tokens[0xe2] = 2, bpe.byte_tokens[0x98] = 3, bpe.byte_tokens[0x83] = 4;
    bpe.unknown = 0;
    prepare(bpe);
    QCOMPARE(encode(bpe, "a☃é"), (Ids{1, 2, 3, 4, 0}));
    bpe.unknown = -1;
    QCOMPARE(encode(bpe, "a☃é"), (Ids{1, 2, 3, 4}));
  }

  /// Cutting before "▁" changes nothing: 2,000 random words beside the same model that may not cut. A token with "▁"
  /// behind something else forbids it.
  void cutsAtMetaspaceAreExact() {
    const auto model = [](bool with_inner) {
      Bpe bpe;
      bpe.over_bytes = false;
      std::vector<std::string> tokens = {"▁", "a", "b", "▁▁", "▁a", "ab", "▁ab", "▁▁a"};
      tokens.emplace_back(with_inner ? "a▁" : "<unk>");
      bpe.unknown = static_cast<int32_t>(tokens.size()) - 1;
      for (size_t i = 0; i < tokens.size(); ++i) bpe.vocabulary.add(static_cast<int32_t>(i), tokens[i]);
      const auto merge = [&](const char* left, const char* right) {
        const auto find = [&](const std::string& t) { return bpe.vocabulary.find(t); };
        bpe.merges.add(find(left), find(right), static_cast<int32_t>(bpe.merges.size()),
                       find(std::string(left) + right));
      };
      merge("▁", "a"), merge("a", "b"), merge("▁", "▁"), merge("▁", "ab"), merge("▁▁", "a");
      if (with_inner) merge("a", "▁");
      prepare(bpe);
      return bpe;
    };
    const Bpe cuts = model(false);
    Bpe whole = cuts;
    whole.cuts_at_metaspace = false;
    QVERIFY(cuts.cuts_at_metaspace && !model(true).cuts_at_metaspace);
    Bpe drops = cuts;  // "▁x▁" would become "▁▁"
    drops.unknown = -1;
    prepare(drops);
    QVERIFY(!drops.cuts_at_metaspace);
    Random random(4);
    for (int round = 0; round < 2000; ++round) {
      std::string word;
      for (uint64_t n = random.below(40); n > 0; --n)
        word += std::vector<std::string>{"▁", "a", "b", "x"}[random.below(4)];
      QVERIFY2(encode(cuts, word) == encode(whole, word), word.c_str());
    }
  }

  /// A token that no text may give is reached neither whole nor by merges.
  void hiddenTokensAreNotReached() {
    Bpe bpe = small({{"a", "b"}, {"ab", "c"}}, true);
    QCOMPARE(encode(bpe, "abc"), Ids{5});
    bpe.vocabulary.hide(5);
    bpe.merges.drop(5);
    prepare(bpe);
    QCOMPARE(encode(bpe, "abc"), (Ids{3, 2}));
    QCOMPARE(bpe.vocabulary.find("abc"), -1);
    QCOMPARE(bpe.vocabulary.string(5), std::string_view("abc"));
  }
};

QTEST_GUILESS_MAIN(BpeTest)
#include "bpe_test.moc"
