// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/bpe.h"

#include <QtTest>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

/// Tokens a 0, b 1, c 2, ab 3, bc 4, abc 5, and merges in the order given, as pairs of texts.
Bpe small(const std::vector<std::pair<std::string, std::string>>& merges) {
  Bpe bpe;
  bpe.vocabulary = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"bc", 4}, {"abc", 5}, {"aa", 6}, {"aaaa", 7}};
  bpe.byte_ids.assign(256, -1);
  for (const char byte : {'a', 'b', 'c'})
    bpe.byte_ids[static_cast<unsigned char>(byte)] = bpe.vocabulary[std::string(1, byte)];
  int32_t rank = 0;
  for (const auto& [left, right] : merges)
    bpe.merges.emplace(pair_key(bpe.vocabulary.at(left), bpe.vocabulary.at(right)),
                       Merge{rank++, bpe.vocabulary.at(left + right)});
  return bpe;
}

std::vector<int32_t> encode(const Bpe& bpe, std::string_view word) {
  std::vector<int32_t> ids;
  encode_word(bpe, word, ids);
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
    Merge merge{INT32_MAX, 0};
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = bpe.merges.find(pair_key(ids[i], ids[i + 1]));
      if (found != bpe.merges.end() && found->second.rank < merge.rank) best = i, merge = found->second;
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
    Bpe bpe = small({{"a", "b"}});
    bpe.ignore_merges = true;
    QCOMPARE(encode(bpe, "abc"), Ids{5});
    QCOMPARE(encode(bpe, "abca"), (Ids{3, 2, 0}));
    Ids kept = {9};
    encode_word(bpe, "abc", kept);
    QCOMPARE(kept, (Ids{9, 5}));  // what was there stays
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
      for (uint64_t n = random.below(14); n > 0; --n) word += "aabbcx"[random.below(6)];
      QVERIFY2(encode(bpe, word) == encode_slowly(bpe, word), word.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(BpeTest)
#include "bpe_test.moc"
