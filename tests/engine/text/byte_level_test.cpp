// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/byte_level.h"

#include <QtTest>
#include <set>

using namespace prefscope;

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
};

QTEST_GUILESS_MAIN(ByteLevelTest)
#include "byte_level_test.moc"
