// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/unicode_forms.h"

#include <QtTest>

#include "engine/base/random.h"
#include "engine/base/utf8.h"

using namespace prefscope;

namespace {

using Ranges = std::vector<std::pair<int32_t, int32_t>>;

/// A text in a form, and for each of its bytes the code points of the input that it stands for.
struct Normalized {
  std::string text;
  Ranges origin;
};

Normalized in_form(UnicodeForm form, const std::string& input) {
  AlignedText aligned{input, {}, 0};
  apply(form, aligned);
  std::vector<int32_t> index;  // [bytes]
  int32_t points = -1;
  for (const char c : input) index.push_back((static_cast<unsigned char>(c) & 0xc0) == 0x80 ? points : ++points);
  Normalized result{aligned.text, {}};
  for (size_t b = 0; b < aligned.text.size(); ++b) {
    const ByteRange range = aligned.origin_of(b, b + 1);
    result.origin.emplace_back(index[range.begin], index[range.end - 1] + 1);
  }
  return result;
}

Normalized nfc(const std::string& input) {
  return in_form(UnicodeForm::nfc, input);
}

}  // namespace

class UnicodeFormsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// A text in form C stands for itself, byte by byte.
  void composedTextStays() {
    for (const char* text : {"", "plain", "caf\u00e9 \xf0\x9f\x99\x82z", "\ud55c"}) {
      AlignedText aligned{text, {}, 7};
      apply(UnicodeForm::nfc, aligned);
      QCOMPARE(aligned.text, std::string(text));
      QVERIFY(aligned.text.empty() || aligned.origin_of(0, 1) == (ByteRange{7, 8}));
    }
  }

  /// "e" and an acute accent become one; what follows keeps its place in the input.
  void compositionKeepsPlaces() {
    const Normalized accent = nfc("e\u0301x");
    QCOMPARE(accent.text, std::string("\u00e9x"));
    QCOMPARE(accent.origin, (Ranges{{0, 1}, {0, 1}, {2, 3}}));
    // Three Hangul letters become one syllable.
    const Normalized syllable = nfc("a\u1112\u1161\u11abb");
    QCOMPARE(syllable.text, std::string("a\ud55cb"));
    QCOMPARE(syllable.origin.back(), (std::pair<int32_t, int32_t>(4, 5)));
    // U+0958 is excluded from composition: one becomes two, both stand for it.
    const Normalized nukta = nfc("\u0958z");
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
      const Normalized n = nfc(input);
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
    const Normalized n = nfc(text);
    QCOMPARE(n.origin.size(), n.text.size());
    QVERIFY2(timer.elapsed() < 2000, std::to_string(timer.elapsed()).c_str());
  }

  /// All four forms of every code point below U+3000, before and behind a letter with a mark, beside Qt.
  void formsAgreeWithQt() {
    const std::pair<UnicodeForm, QString::NormalizationForm> all[] = {
        {UnicodeForm::nfc, QString::NormalizationForm_C},
        {UnicodeForm::nfd, QString::NormalizationForm_D},
        {UnicodeForm::nfkc, QString::NormalizationForm_KC},
        {UnicodeForm::nfkd, QString::NormalizationForm_KD}};
    for (char32_t c = 1; c < 0x3000; ++c) {
      std::string input;
      append_utf8(input, c);
      input += "a\u0323";
      append_utf8(input, c);
      const QString plain = QString::fromStdString(input);
      for (const auto& [form, qt] : all)
        QVERIFY2(in_form(form, input).text == plain.normalized(qt).toStdString(), std::to_string(c).c_str());
    }
  }
};

QTEST_GUILESS_MAIN(UnicodeFormsTest)
#include "unicode_forms_test.moc"
