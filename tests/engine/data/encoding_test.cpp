// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/encoding.h"

#include <QtTest>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/base/utf8.h"

using namespace prefscope;

namespace {

/// Judged in pieces of one size.
Encoding judged(std::string_view text, size_t piece) {
  EncodingJudge judge;
  for (size_t at = 0; at < text.size(); at += piece) judge.add(text.substr(at, piece));
  return judge.encoding();
}

std::string decode(const std::string& text, Encoding encoding) {
  return read_all(decoded(open_memory(text), encoding), 1 << 24, "");
}

}  // namespace

class EncodingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// However the text is cut into pieces, the judgement is the same.
  void encodingsAreJudged() {
    const std::vector<std::pair<std::string, Encoding>> texts = {
        {"", Encoding::Utf8},
        {"a,b\n", Encoding::Utf8},
        {"caf\xc3\xa9 \xf0\x9f\x98\x80\n", Encoding::Utf8},
        {"\xef\xbb\xbf"
         "a\n",
         Encoding::Utf8Mark},
        {"\xef\xbb\xbf\xe9\xe9\n", Encoding::Utf8Mark},
        {"caf\xe9, \x80 5\n", Encoding::Windows1252},
        {"caf\xe9", Encoding::Windows1252},
        {"\xc3\xa9\xc3\xa9 and one wrong \xff\n", Encoding::Utf8},
        {std::string("\xff\xfe"
                     "a\0",
                     4),
         Encoding::Utf16Little},
        {std::string("\xfe\xff\0a", 4), Encoding::Utf16Big},
        {"\xff\xfe", Encoding::Utf16Little}};
    for (const auto& [text, expected] : texts) {
      for (size_t piece = 1; piece <= 5; ++piece)
        QVERIFY2(judged(text, piece) == expected, (text + " in pieces of " + std::to_string(piece)).c_str());
    }
  }

  /// UTF-8 may be asked for by name, with or without a mark in the file; only a whole one at its start is one.
  void aMarkIsTakenOff() {
    for (const Encoding encoding : {Encoding::Utf8, Encoding::Utf8Mark}) {
      QCOMPARE(decode("\xef\xbb\xbfuser,item\n", encoding), std::string("user,item\n"));
      for (const char* text : {"", "a", "user", "\xef\xbb", "\xef\xbb\xbe."})
        QCOMPARE(decode(text, encoding), std::string(text));
      QCOMPARE(decode("a\xef\xbb\xbf", encoding), std::string("a\xef\xbb\xbf"));
    }
  }

  void windows1252IsDecoded() {
    QCOMPARE(decode("caf\xe9 \x80 5 \x93x\x94", Encoding::Windows1252),
             std::string("caf\xc3\xa9 \xe2\x82\xac 5 \xe2\x80\x9cx\xe2\x80\x9d"));
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    QVERIFY(is_utf8(decode(all, Encoding::Windows1252)));
  }

  /// U+1F600 is d83d de00; a half without its other and an odd byte at the end become U+FFFD.
  void utf16IsDecoded() {
    const std::string smile = "\xf0\x9f\x98\x80";
    QCOMPARE(decode(std::string("\xff\xfe"
                                "a\0\x3d\xd8\0\xde",
                                8),
                    Encoding::Utf16Little),
             "a" + smile);
    QCOMPARE(decode(std::string("\xfe\xff\0a\xd8\x3d\xde\0", 8), Encoding::Utf16Big), "a" + smile);
    QCOMPARE(decode(std::string("\0a\xd8\x3d\0b", 6), Encoding::Utf16Big), std::string("a\xef\xbf\xbd"
                                                                                       "b"));
    QCOMPARE(decode(std::string("\0a\xde\0\xd8", 5), Encoding::Utf16Big), std::string("a\xef\xbf\xbd\xef\xbf\xbd"));
    Random random(3);
    for (int round = 0; round < 200; ++round) {
      std::string bytes;
      for (uint64_t n = random.below(40); n > 0; --n) bytes += static_cast<char>(random.below(256));
      QVERIFY(is_utf8(decode(bytes, Encoding::Utf16Little)));
    }
  }

  /// A text longer than a piece, with a character across each border.
  void longTextsAreWhole() {
    std::string wide = "\xff\xfe";
    wide += std::string("x\0", 2);
    std::string expected = "x";
    for (int i = 0; i < 50'000; ++i) wide += std::string("\x3d\xd8\0\xde", 4), expected += "\xf0\x9f\x98\x80";
    QVERIFY(decode(wide, Encoding::Utf16Little) == expected);
    QVERIFY(decode("\xef\xbb\xbf" + expected, Encoding::Utf8Mark) == expected);
  }

  void namesAreRead() {
    QVERIFY(encoding_from_name("Latin-1") == Encoding::Windows1252 && encoding_from_name("UTF8") == Encoding::Utf8);
    QVERIFY(encoding_from_name("utf-16le") == Encoding::Utf16Little);
    QVERIFY_THROWS_EXCEPTION(Error, encoding_from_name("koi8-r"));
  }
};

QTEST_GUILESS_MAIN(EncodingTest)
#include "encoding_test.moc"
