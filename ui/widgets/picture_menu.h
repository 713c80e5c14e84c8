// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QStringList>
#include <functional>

class QPaintDevice;
class QWidget;

namespace prefscope {

/// Draws a widget's picture on a device of its size; false where that cannot be begun.
using DrawPicture = std::function<bool(QPaintDevice*)>;

/// A context menu on a widget: copy its picture or its data, save it as PNG, SVG or PDF, or its data as CSV. name: of
/// the file that is offered, without its ending. csv: the data as it stands now. draw: empty where the widget paints
/// itself.
void addPictureMenu(QWidget* widget, const QString& name, std::function<QString()> csv, DrawPicture draw = {});

/// Writes a widget's picture, or its data, by the file's ending: png (twice the size on the screen), svg, pdf or csv.
/// False where it cannot be written or the ending is another.
bool savePicture(QWidget* widget, const QString& file, const QString& csv, const DrawPicture& draw = {});

/// One line of CSV. Fields are quoted where they must be, and one that a spreadsheet would run as a formula (=, +, -,
/// @, unless it is a number) begins with an apostrophe.
QString csvLine(const QStringList& fields);
/// A number with all its digits.
QString exact(double value);

}  // namespace prefscope
