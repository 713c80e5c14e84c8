// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QFont>
#include <QIcon>
#include <QString>

class QApplication;

namespace prefscope {

/// The colours of the moment. Roles are fixed, safe for colour-blind eyes, and have a contrast of 4.5:1 as text on
/// `surface`.
struct Theme {
  bool dark = false;
  QColor window;   ///< behind the cards
  QColor surface;  ///< of a card
  QColor text, muted;
  QColor line;      ///< borders and grids
  QColor accent;    ///< the one thing to press, and what is selected
  QColor onAccent;  ///< text on it
  QColor target;    ///< what the user really took
  QColor chosen, rejected;
  QColor base, sft, dmpo, classic;  ///< models
  QColor positive, negative;        ///< signed numbers: diverging pair
  QColor field;                     ///< inputs and plot areas
  QColor hover, selection;          ///< backgrounds of rows and buttons
  QColor warning;                   ///< text of trouble
  QColor warningSurface;            ///< behind it
};

/// Follows the system's palette, or what the person chose.
enum class Appearance { System, Light, Dark };

/// The theme of the moment. When it changes every widget gets QEvent::StyleChange; what is painted by hand is
/// painted again on it.
const Theme& theme();

/// Sets the application's style, style sheet and fonts and keeps them in step with the system's palette.
void installTheme(QApplication& application, Appearance appearance);
void setAppearance(Appearance appearance);
Appearance appearance();

/// Three sizes, from the system's font.
QFont titleFont();  ///< semi-bold: the line a page is about
QFont bodyFont();
QFont smallFont();

/// Distances on the 8-pixel grid.
inline constexpr int gridUnit = 8;
inline constexpr int cardMargin = 12;
inline constexpr int pageMargin = 16;
inline constexpr int tableRowHeight = 28;

/// resources/icons/<name>.svg, drawn in a colour.
QIcon icon(const QString& name, const QColor& color);

}  // namespace prefscope
