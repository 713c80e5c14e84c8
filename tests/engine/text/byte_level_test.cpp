// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/byte_level.h"

#include <QtTest>
#include <set>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

/// n times U+FFFD.
std::string replaced(int n) {
  std::string text;
  for (; n > 0; --n) text += "\xef\xbf\xbd";
  return text;
}

using Ranges = std::vector<std::pair<int32_t, int32_t>>;

}  // namespace

class ByteLevelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// GPT-2: '!' .. '~', U+00A1 .. U+00AC and U+00AE .. U+00FF stand for themselves; the other 68 bytes are U+0100 on,
  /// in order: 0 -> U+0100, blank (33rd) -> U+0120, 0x7F -> U+0121, 0x80 -> U+0122, 0xA0 -> U+0142, 0xAD -> U+0143.
  void alphabetIsThatOfGpt2() {
    QCOMPARE(to_byte_alphabet(std::string("\0 \n!a~\x7f\x80\xa0\xad\xae\xff", 12)), std::string("ĀĠĊ!a~ġĢłŃ®ÿ"));
    std::set<std::string> seen;
    for (int b = 0; b < 256; ++b) {
      const std::string byte(1, static_cast<char>(b)), letter = to_byte_alphabet(byte);
      seen.insert(letter);
      QCOMPARE(from_byte_alphabet(letter), std::optional<std::string>(byte));
    }
    QCOMPARE(seen.size(), size_t{256});
    QCOMPARE(from_byte_alphabet(""), std::optional<std::string>(""));
  }

  void otherCodePointsAreNoBytes() {
    for (const char* text :
         {" ", "\n", "a b", "\xe4\xb8\xad", "\xc5\x84" /* U+0144, the first beyond */, "\xff", "a\xc4", "\xc2\xad"})
      QVERIFY2(!from_byte_alphabet(text), text);
  }

  /// Tables 3-8 to 3-11 of the Unicode standard 15.0: each maximal part of an ill-formed sequence becomes one U+FFFD.
  void invalidPartsAreReplacedAsUnicodeRecommends() {
    QCOMPARE(lossy_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), replaced(8) + "A");
    QCOMPARE(lossy_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), replaced(8) + "A");
    QCOMPARE(lossy_utf8("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), replaced(5) + "A" + replaced(2) + "B");
    QCOMPARE(lossy_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), replaced(4) + "A");
    QCOMPARE(lossy_utf8("ab\xe4\xb8"), "ab" + replaced(1));
    for (const char* valid : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                              "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
      QCOMPARE(lossy_utf8(valid), std::string(valid));
    QCOMPARE(lossy_utf8(std::string_view("a\0b", 3)), std::string("a\0b", 3));
  }

  /// Any bytes become valid text, and valid text stays: Qt's decoder agrees that nothing is left to replace.
  void anyBytesBecomeValid() {
    Random random(2);
    for (int round = 0; round < 3000; ++round) {
      std::string bytes;
      for (uint64_t n = random.below(12); n > 0; --n) {
        static constexpr std::string_view leads("a\x80\xbf\xc2\xc3\xe0\xe1\xed\xf0\xf4\xf5\xff\xa0\x9f\x90\x8f");
        bytes += leads[random.below(leads.size())];
      }
      const std::string once = lossy_utf8(bytes);
      QCOMPARE(lossy_utf8(once), once);
      QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
      const QString text = decoder(QByteArray::fromStdString(once));
      QVERIFY(!decoder.hasError());
      QCOMPARE(text.toStdString(), once);
    }
  }

  void withoutCompositionEachCodePointStandsForItself() {
    const Normalized n = normalize("e\u0301\xf0\x9f\x99\x82z", false);
    QCOMPARE(n.text, std::string("e\u0301\xf0\x9f\x99\x82z"));
    QCOMPARE(n.origin, (Ranges{{0, 1}, {1, 2}, {1, 2}, {2, 3}, {2, 3}, {2, 3}, {2, 3}, {3, 4}}));
    QVERIFY(normalize("", true).text.empty() && normalize("", true).origin.empty());
  }

  /// "e" and an acute accent become one; what follows keeps its place in the input.
  void compositionKeepsPlaces() {
    const Normalized accent = normalize("e\u0301x", true);
    QCOMPARE(accent.text, std::string("\u00e9x"));
    QCOMPARE(accent.origin, (Ranges{{0, 1}, {0, 1}, {2, 3}}));
    // Three Hangul letters become one syllable.
    const Normalized syllable = normalize("a\u1112\u1161\u11abb", true);
    QCOMPARE(syllable.text, std::string("a\ud55cb"));
    QCOMPARE(syllable.origin.back(), (std::pair<int32_t, int32_t>(4, 5)));
    // U+0958 is excluded from composition: one becomes two, both stand for it.
    const Normalized nukta = normalize("\u0958z", true);
    QCOMPARE(nukta.text, std::string("\u0915\u093cz"));
    QCOMPARE(nukta.origin, (Ranges{{0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {1, 2}}));
  }

  /// Random text from letters, marks of two classes, Hangul and an excluded letter: the text is Qt's form C, ranges lie
  /// within the input, in order, one for each byte.
  void compositionAgreesWithQt() {
    static const std::vector<std::u32string> parts = {U"a",      U"e",      U"\u0301", U"\u0316",
                                                      U"\u0327", U"\u1112", U"\u1161", U"\u11ab",
                                                      U"\u0958", U" ",      U"\u00e9", U"\U0001f642"};
    Random random(3);
    int changed = 0;
    for (int round = 0; round < 3000; ++round) {
      std::u32string text;
      for (uint64_t n = random.below(9); n > 0; --n) text += parts[random.below(parts.size())];
      const QString plain = QString::fromStdU32String(text);
      const std::string input = plain.toStdString();
      const Normalized n = normalize(input, true);
      QCOMPARE(QString::fromStdString(n.text), plain.normalized(QString::NormalizationForm_C));
      QCOMPARE(n.origin.size(), n.text.size());
      for (size_t b = 0; b < n.origin.size(); ++b) {
        QVERIFY(n.origin[b].first >= 0 && n.origin[b].first < n.origin[b].second &&
                n.origin[b].second <= static_cast<int32_t>(text.size()));
        QVERIFY(b == 0 || n.origin[b].first >= n.origin[b - 1].first);
      }
      changed += n.text != input ? 1 : 0;
    }
    QVERIFY(changed > 1000);
  }

  /// 4,000 marks in disorder are sorted in good time.
  void manyMarksAreNoTrouble() {
    std::string text = "a";
    for (int i = 0; i < 2'000; ++i) text += "\u0301\u0316";
    QElapsedTimer timer;
    timer.start();
    const Normalized n = normalize(text, true);
    QCOMPARE(n.origin.size(), n.text.size());
    QVERIFY2(timer.elapsed() < 2000, std::to_string(timer.elapsed()).c_str());
  }
};

QTEST_GUILESS_MAIN(ByteLevelTest)
#include "byte_level_test.moc"
