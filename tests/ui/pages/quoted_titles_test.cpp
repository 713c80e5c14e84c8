// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/quoted_titles.h"

#include <QtTest>

using namespace prefscope;

class QuotedTitlesTest : public QObject {
  Q_OBJECT

  QStringList invented(const QString& text, const std::vector<QString>& catalogue) const {
    QStringList parts;
    for (const TextPart& part : inventedTitles(text, catalogue)) parts << text.mid(part.at, part.length);
    return parts;
  }

 private Q_SLOTS:
  void whatIsInNoCatalogueIsInvented() {
    const std::vector<QString> catalogue = {QStringLiteral("Salt"), QStringLiteral("The Salt Orchard"),
                                            QStringLiteral("The “Best” Film"), QStringLiteral("Say \"Yes\"")};
    QCOMPARE(invented(QStringLiteral("Like “The Salt Orchard” and “Salt”, it is warm."), catalogue), QStringList());
    QCOMPARE(invented(QStringLiteral("Like “The Glass Harbour” and “Salt”."), catalogue),
             QStringList(QStringLiteral("The Glass Harbour")));
    // A known title at the front does not make a longer one known.
    QCOMPARE(invented(QStringLiteral("Like “Salt Wind”."), catalogue), QStringList(QStringLiteral("Salt Wind")));
    QCOMPARE(invented(QStringLiteral("Like \"Salt\" and \"Pepper\"."), catalogue),
             QStringList(QStringLiteral("Pepper")));
    // Titles that hold quotes themselves.
    QCOMPARE(invented(QStringLiteral("Like “The “Best” Film” and \"Say \"Yes\"\"."), catalogue), QStringList());
    QCOMPARE(invented(QStringLiteral("No quotes at all: The Glass Harbour."), catalogue), QStringList());
    QCOMPARE(invented(QStringLiteral("Like “”."), catalogue), QStringList());
  }

  void aTextThatIsCutOffIsJudgedByWhatIsThere() {
    const std::vector<QString> catalogue = {QStringLiteral("The Salt Orchard")};
    QCOMPARE(invented(QStringLiteral("Like “The Salt"), catalogue), QStringList());
    QCOMPARE(invented(QStringLiteral("Like “The Glass"), catalogue), QStringList(QStringLiteral("The Glass")));
  }

  void ofTitlesWithinOneAnotherTheLongestIsNamed() {
    const std::vector<QString> titles = {QStringLiteral("Salt"), QStringLiteral("Salt Orchard"), QString()};
    const auto named = namedTitles(QStringLiteral("“Salt Orchard”, Salt, Salty and Salt Orchard."), titles);
    QCOMPARE(named.size(), size_t{3});
    // Places counted by hand: the quote is 0, so the first begins at 1; "Salt" at 15; "Salt Orchard" at 31.
    QCOMPARE(named[0].title, size_t{1});
    QCOMPARE(named[0].part.at, 1);
    QCOMPARE(named[1].title, size_t{0});
    QCOMPARE(named[1].part.at, 16);
    QCOMPARE(named[1].part.length, 4);
    QCOMPARE(named[2].title, size_t{1});
    QCOMPARE(named[2].part.at, 32);
  }
};

QTEST_MAIN(QuotedTitlesTest)
#include "quoted_titles_test.moc"
