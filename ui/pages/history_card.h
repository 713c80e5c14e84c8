// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "engine/store/preparations.h"
#include "ui/widgets/card.h"

class QTextEdit;

namespace prefscope {

/// The history of a case, oldest first, with attributes; what a rationale names is marked.
class HistoryCard : public Card {
  Q_OBJECT
 public:
  explicit HistoryCard(QWidget* parent = nullptr);
  void setHistory(const std::vector<ItemText>& items);
  /// Positions in the history.
  void setCited(const std::vector<size_t>& positions);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void write();

  QTextEdit* m_view = nullptr;
  std::vector<ItemText> m_items;
  std::vector<size_t> m_cited;
};

}  // namespace prefscope
