// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableWidget>
#include <vector>

#include "ui/pages/what_if_edit.h"

namespace prefscope {

/// The candidates of an edited case in rank order: rank now and before, how far each moved, its score and what changed.
class WhatIfTable : public QTableWidget {
  Q_OBJECT
 public:
  enum Column { Rank, Before, Move, Title, Score, Change };

  explicit WhatIfTable(QWidget* parent = nullptr);
  /// The items chosen stay chosen. unit: of the score.
  void setRows(const std::vector<WhatIfRow>& rows, const KnownItems& items, const QString& unit);
  /// In the order of the rows.
  std::vector<int64_t> selectedItems() const;
  void select(int64_t item);

 Q_SIGNALS:
  void removeRequested();

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  std::vector<WhatIfRow> m_rows;
};

}  // namespace prefscope
