// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QListWidget>
#include <vector>

namespace prefscope {

/// A history as a list to edit: dragging or Alt+Up and Alt+Down move the chosen rows, Delete takes them out. It asks by
/// signals and shows what it is told; nothing changes by itself.
class HistoryList : public QListWidget {
  Q_OBJECT
 public:
  struct Line {
    QString title, about;
    bool added = false;  ///< not in the case as it was
  };

  explicit HistoryList(QWidget* parent = nullptr);
  /// The rows chosen stay chosen, where they are there.
  void setLines(const std::vector<Line>& lines);
  /// The first becomes the current one; rows that are not there are left out.
  void selectRows(const std::vector<int>& rows);
  /// In ascending order.
  std::vector<int> selectedRows() const;
  void removeSelected();
  void moveSelected(bool up);
  /// As when the chosen rows are let go there, by the place within the view.
  void dropRows(const QPoint& at);

 Q_SIGNALS:
  void removeRequested(const std::vector<int>& rows);
  /// gap: before this row as it is now; the number of rows: to the end.
  void moveRequested(const std::vector<int>& rows, int gap);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void dropEvent(QDropEvent* event) override;
};

}  // namespace prefscope
