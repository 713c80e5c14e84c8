// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QFontDatabase>
#include <QPainter>
#include <QPalette>
#include <QStyleFactory>
#include <QSvgRenderer>

/// A static library's resources are not registered by themselves; the macro must stand outside of a namespace.
static void registerResources() {
  Q_INIT_RESOURCE(prefscope);
}

namespace prefscope {
namespace {

QColor rgb(uint value) {
  return QColor::fromRgb(value);
}

Theme lightTheme() {
  Theme t;
  t.dark = false;
  t.window = rgb(0xf5f6f8);
  t.surface = rgb(0xffffff);
  t.field = rgb(0xfbfcfe);
  t.text = rgb(0x1f2430);
  t.muted = rgb(0x5b6472);
  t.line = rgb(0xdde1e7);
  t.accent = rgb(0x2563eb);
  t.onAccent = rgb(0xffffff);
  t.target = rgb(0xb45309);
  t.chosen = rgb(0x0f766e);
  t.rejected = rgb(0xb5391b);
  t.base = rgb(0x667080);
  t.sft = rgb(0x2f74d0);
  t.dmpo = rgb(0x1b3fb5);
  t.classic = rgb(0x7c4d8f);
  t.positive = rgb(0x0f766e);
  t.negative = rgb(0xb5391b);
  t.hover = rgb(0xeef1f5);
  t.selection = rgb(0xebf2fe);
  t.warning = rgb(0x8a3d0a);
  t.warningSurface = rgb(0xfff4e8);
  return t;
}

Theme darkTheme() {
  Theme t;
  t.dark = true;
  t.window = rgb(0x14171c);
  t.surface = rgb(0x1d2128);
  t.field = rgb(0x191d23);
  t.text = rgb(0xe6e9ee);
  t.muted = rgb(0xa3acb9);
  t.line = rgb(0x353b45);
  t.accent = rgb(0x7aa5ff);
  t.onAccent = rgb(0x0d1526);
  t.target = rgb(0xf0a64b);
  t.chosen = rgb(0x43c2b1);
  t.rejected = rgb(0xf28263);
  t.base = rgb(0xa3acb9);
  t.sft = rgb(0x8ecbff);
  t.dmpo = rgb(0x6a9bff);
  t.classic = rgb(0xc79ae0);
  t.positive = rgb(0x43c2b1);
  t.negative = rgb(0xf28263);
  t.hover = rgb(0x272c34);
  t.selection = rgb(0x25344f);
  t.warning = rgb(0xffc78a);
  t.warningSurface = rgb(0x3a2a1a);
  return t;
}

/// What the application's own dialogs are drawn with when the person chose light or dark.
QPalette paletteOf(const Theme& t) {
  QPalette p;
  p.setColor(QPalette::Window, t.window);
  p.setColor(QPalette::WindowText, t.text);
  p.setColor(QPalette::Base, t.surface);
  p.setColor(QPalette::AlternateBase, t.window);
  p.setColor(QPalette::Text, t.text);
  p.setColor(QPalette::Button, t.surface);
  p.setColor(QPalette::ButtonText, t.text);
  p.setColor(QPalette::BrightText, t.text);
  p.setColor(QPalette::ToolTipBase, t.surface);
  p.setColor(QPalette::ToolTipText, t.text);
  p.setColor(QPalette::PlaceholderText, t.muted);
  p.setColor(QPalette::Highlight, t.accent);
  p.setColor(QPalette::HighlightedText, t.onAccent);
  p.setColor(QPalette::Link, t.accent);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, t.muted);
  return p;
}

Theme current = lightTheme();
Appearance chosenAppearance = Appearance::System;
double systemPointSize = 10;

QFont scaled(double factor, QFont::Weight weight) {
  QFont font = QApplication::font();
  font.setPointSizeF(systemPointSize * factor);
  font.setWeight(weight);
  return font;
}

/// resources/style.qss with @role in place of colours and @small, @title in place of sizes.
QString styleSheet(const Theme& t) {
  QFile file(QStringLiteral(":/style.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QString sheet = QString::fromUtf8(file.readAll());
  // Longer names first, since a name may begin another's.
  const std::pair<const char*, QColor> colors[] = {{"@warningSurface", t.warningSurface},
                                                   {"@selection", t.selection},
                                                   {"@onAccent", t.onAccent},
                                                   {"@warning", t.warning},
                                                   {"@surface", t.surface},
                                                   {"@window", t.window},
                                                   {"@accent", t.accent},
                                                   {"@muted", t.muted},
                                                   {"@field", t.field},
                                                   {"@hover", t.hover},
                                                   {"@text", t.text},
                                                   {"@line", t.line}};
  for (const auto& [name, color] : colors) sheet.replace(QLatin1String(name), color.name());
  sheet.replace(QLatin1String("@theme"), t.dark ? QStringLiteral("dark") : QStringLiteral("light"));
  const auto points = [](const QFont& font) {
    return QString::number(font.pointSizeF(), 'f', 2) + QStringLiteral("pt");
  };
  sheet.replace(QLatin1String("@titleSize"), points(titleFont()));
  sheet.replace(QLatin1String("@smallSize"), points(smallFont()));
  return sheet;
}

bool paletteIsDark() {
  const QPalette palette = QApplication::palette();
  return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

void refresh(QApplication& application) {
  const bool dark = chosenAppearance == Appearance::Dark || (chosenAppearance == Appearance::System && paletteIsDark());
  current = dark ? darkTheme() : lightTheme();
  const QString sheet = styleSheet(current);
  if (application.styleSheet() != sheet) application.setStyleSheet(sheet);
}

class PaletteFollower : public QObject {
 public:
  explicit PaletteFollower(QApplication& application) : QObject(&application), m_application(application) {
    application.installEventFilter(this);
  }
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (watched == &m_application && event->type() == QEvent::ApplicationPaletteChange) refresh(m_application);
    return QObject::eventFilter(watched, event);
  }

 private:
  QApplication& m_application;
};

}  // namespace

const Theme& theme() {
  return current;
}

Appearance appearance() {
  return chosenAppearance;
}

void setAppearance(Appearance appearance) {
  chosenAppearance = appearance;
  // An empty palette hands the choice back to the system.
  QApplication::setPalette(appearance == Appearance::System ? QPalette()
                           : appearance == Appearance::Dark ? paletteOf(darkTheme())
                                                            : paletteOf(lightTheme()));
  refresh(*qApp);
}

void installTheme(QApplication& application, Appearance appearance) {
  registerResources();
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QFont font = QApplication::font();
  if (QFontDatabase::families().contains(QStringLiteral("Inter"))) font.setFamily(QStringLiteral("Inter"));
  systemPointSize = std::max(font.pointSizeF(), 9.5);
  font.setPointSizeF(systemPointSize);
  QApplication::setFont(font);
  new PaletteFollower(application);
  setAppearance(appearance);
}

QFont titleFont() {
  return scaled(1.3, QFont::DemiBold);
}

QFont bodyFont() {
  return scaled(1, QFont::Normal);
}

QFont smallFont() {
  return scaled(0.86, QFont::Normal);
}

QIcon icon(const QString& name, const QColor& color) {
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QByteArray svg = file.readAll();
  svg.replace("currentColor", color.name().toLatin1());
  QSvgRenderer renderer(svg);
  QIcon result;
  for (const int size : {16, 20, 24, 32, 40, 48, 64, 80}) {
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    painter.end();
    result.addPixmap(pixmap);
  }
  return result;
}

}  // namespace prefscope
