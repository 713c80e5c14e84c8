// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/pages/what_if_case.h"
#include "ui/widgets/card.h"

class QPushButton;

namespace prefscope {

class HistoryList;

/// The history of a case that is edited, with a search that adds to it.
class WhatIfHistory : public Card {
  Q_OBJECT
 public:
  WhatIfHistory(Workbench& workbench, WhatIfCase& shown, QWidget* parent = nullptr);
  /// The case changed.
  void refresh();
  void focusList();

 Q_SIGNALS:
  /// An edit is asked for. text: what it does, as "remove Salt".
  void changed(const std::vector<int64_t>& history, const QString& text);
  void failed(const QString& message);

 private:
  void remove(const std::vector<int>& rows);
  void move(const std::vector<int>& rows, int gap);
  void take(int64_t item, bool replace);
  /// Asks for an edit after which these rows are the chosen ones.
  void change(const std::vector<int64_t>& history, const QString& text, const std::vector<int>& chosen);

  WhatIfCase& m_case;
  ItemSearch* m_search;
  HistoryList* m_list;
};

}  // namespace prefscope
