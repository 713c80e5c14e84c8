// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/utf8.h"

#include <QtTest>

#include "engine/base/random.h"

using namespace prefscope;

namespace {

/// n times U+FFFD.
std::string replaced(int n) {
  std::string text;
  for (; n > 0; --n) text += "\xef\xbf\xbd";
  return text;
}

}  // namespace

class Utf8Test : public QObject {
  Q_OBJECT

 private Q_SLOTS:
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

  void controlCharactersAreShown() {
    QCOMPARE(printable(std::string_view("a\0\x1b[1m\tb\x7f\xff", 10)), "a\\x00\\x1b[1m\tb\\x7f" + replaced(1));
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
      QCOMPARE(is_utf8(bytes), once == bytes);
      QVERIFY(is_utf8(once));
      QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
      const QString text = decoder(QByteArray::fromStdString(once));
      QVERIFY(!decoder.hasError());
      QCOMPARE(text.toStdString(), once);
    }
  }

  /// Every code point there and back, beside Qt; surrogates and what lies beyond Unicode become U+FFFD.
  void codePointsAreWrittenAndRead() {
    for (char32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 37) {
      std::string text = "x";
      append_utf8(text, c);
      const bool surrogate = c >= 0xd800 && c < 0xe000;
      if (!surrogate) QCOMPARE(text, "x" + QString::fromUcs4(&c, 1).toStdString());
      QCOMPARE(code_point_at(text, 1), surrogate ? char32_t{0xfffd} : c);
      QCOMPARE(utf8_length(text[1]), text.size() - 1);
      QVERIFY(is_utf8(text));
    }
    std::string beyond;
    append_utf8(beyond, 0x110000);
    QCOMPARE(beyond, replaced(1));
  }

  /// Unicode's PropList: White_Space has 25 members. U+180E and U+200B are none.
  void whiteSpaceIsThatOfUnicode() {
    int count = 0;
    for (char32_t c = 0; c < 0x110000; ++c) count += is_white_space(c) ? 1 : 0;
    QCOMPARE(count, 25);
    for (const char32_t c : {U' ', U'\t', U'\u0085', U'\u00a0', U'\u2028', U'\u3000'}) QVERIFY(is_white_space(c));
    for (const char32_t c : {U'x', U'\u180e', U'\u200b', U'\ufeff'}) QVERIFY(!is_white_space(c));
  }
};

QTEST_GUILESS_MAIN(Utf8Test)
#include "utf8_test.moc"
