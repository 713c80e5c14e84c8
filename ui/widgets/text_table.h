// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableWidget>
#include <vector>

namespace prefscope {

/// A column of a TextTable. One of them takes the room that the others leave, and its lines are wrapped.
struct TextColumn {
  QString title;
  bool number = false;  ///< right-aligned
  bool wide = false;
};

/// A table of plain text, as high as its rows, so that the page around it scrolls as a whole; above a limit it scrolls
/// itself. Whatever stands in a cell is shown as it is.
class TextTable : public QTableWidget {
  Q_OBJECT
 public:
  /// name: what it holds, for those who hear the screen. mostPixels: the height above which it scrolls.
  TextTable(const QString& name, const std::vector<TextColumn>& columns, int mostPixels, QWidget* parent = nullptr);
  /// A row has as many texts as there are columns. No row is then the current one.
  void setRows(const std::vector<QStringList>& rows);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void fit();

  std::vector<TextColumn> m_columns;
  int m_mostPixels, m_fittedWidth = 0;
};

}  // namespace prefscope
