// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QDirIterator>
#include <QPushButton>
#include <QtTest>
#include <cmath>

using namespace prefscope;

class ThemeTest : public QObject {
  Q_OBJECT

  /// WCAG 2.1: contrast of two colours, 1 .. 21.
  static double contrast(const QColor& a, const QColor& b) {
    const auto luminance = [](const QColor& c) {
      const auto part = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
      return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
    };
    const double high = std::max(luminance(a), luminance(b)), low = std::min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
  }

 private Q_SLOTS:
  void initTestCase() { installTheme(*qApp, Appearance::System); }

  void textIsReadable_data() {
    QTest::addColumn<int>("look");
    QTest::newRow("light") << static_cast<int>(Appearance::Light);
    QTest::newRow("dark") << static_cast<int>(Appearance::Dark);
  }

  void textIsReadable() {
    QFETCH(int, look);
    setAppearance(static_cast<Appearance>(look));
    const Theme& t = theme();
    QCOMPARE(t.dark, look == static_cast<int>(Appearance::Dark));
    const std::pair<const char*, QColor> roles[] = {
        {"text", t.text},     {"muted", t.muted},       {"accent", t.accent},     {"target", t.target},
        {"chosen", t.chosen}, {"rejected", t.rejected}, {"base", t.base},         {"sft", t.sft},
        {"dmpo", t.dmpo},     {"classic", t.classic},   {"positive", t.positive}, {"negative", t.negative}};
    for (const auto& [name, color] : roles) {
      for (const QColor& behind : {t.surface, t.field}) {
        const double c = contrast(color, behind);
        QVERIFY2(c >= 4.5, qPrintable(QStringLiteral("%1: %2").arg(QLatin1String(name)).arg(c)));
      }
    }
    for (const auto& [text, behind] :
         {std::pair(t.text, t.window), std::pair(t.muted, t.window), std::pair(t.text, t.selection),
          std::pair(t.accent, t.selection), std::pair(t.muted, t.hover), std::pair(t.onAccent, t.accent),
          std::pair(t.warning, t.warningSurface)})
      QVERIFY2(contrast(text, behind) >= 4.5, qPrintable(text.name() + behind.name()));
  }

  void followsTheSystemsPalette() {
    setAppearance(Appearance::System);
    QPalette dark;
    dark.setColor(QPalette::Window, Qt::black);
    dark.setColor(QPalette::WindowText, Qt::white);
    QApplication::setPalette(dark);
    QTRY_VERIFY(theme().dark);
    QApplication::setPalette(QPalette());
    QTRY_VERIFY(!theme().dark);
  }

  void everyColourOfTheSheetIsKnown() {
    QVERIFY(!qApp->styleSheet().isEmpty());
    QVERIFY2(!qApp->styleSheet().remove(QStringLiteral("/* @role is replaced")).contains(QLatin1Char('@')),
             qPrintable(qApp->styleSheet()));
  }

  void everyIconIsThere() {
    for (const char* name : {"data", "train", "evaluate", "case", "close"})
      QVERIFY2(!icon(QString::fromLatin1(name), theme().text).isNull(), name);
    QVERIFY(icon(QStringLiteral("no such icon"), theme().text).isNull());
  }
};

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
