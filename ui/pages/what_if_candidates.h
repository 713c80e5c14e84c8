// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/pages/what_if_case.h"
#include "ui/widgets/card.h"

class QLabel;

namespace prefscope {

class WhatIfTable;

/// The candidates of a case that is edited, as they rank, with a search that adds to them. The target stays.
class WhatIfCandidates : public Card {
  Q_OBJECT
 public:
  WhatIfCandidates(Workbench& workbench, WhatIfCase& shown, QWidget* parent = nullptr);
  /// The case changed, or its ranking came.
  void refresh();

 Q_SIGNALS:
  /// An edit is asked for. text: what it does, as "remove candidate Salt".
  void changed(const std::vector<int64_t>& candidates, const QString& text);
  void failed(const QString& message);

 private:
  /// Without the target.
  std::vector<int64_t> chosen() const;
  void remove();
  void take(int64_t item, bool replace);

  WhatIfCase& m_case;
  QString m_protocol;  // in a few words
  ItemSearch* m_search;
  WhatIfTable* m_table;
  QLabel* m_note;
};

}  // namespace prefscope
