// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHeaderView>
#include <QTimer>
#include <map>

class QLineEdit;

namespace prefscope {

class PagedTableModel;

/// The header of a table with, below it, a field for each column that can be filtered. A click sorts by a column, a
/// click with Shift by a further one. What a field cannot mean is said in its tool tip, and its border is red.
class FilterHeader : public QHeaderView {
  Q_OBJECT
 public:
  FilterHeader(PagedTableModel* model, QWidget* parent = nullptr);
  /// The field of a column; null where it has none.
  QLineEdit* field(int column) const;
  /// Puts the keyboard into the first field.
  void focusFirst();
  QSize sizeHint() const override;

 Q_SIGNALS:
  /// Down or Return in a field: on to the rows.
  void left();

 protected:
  void updateGeometries() override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void makeFields();
  void place();
  void apply();
  void showWish();

  PagedTableModel* m_model;
  std::map<int, QLineEdit*> m_fields;  // by column
  QTimer m_delay;
  bool m_applying = false;  // the fields are being read
};

}  // namespace prefscope
