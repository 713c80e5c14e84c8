// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_history.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QShortcut>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/history_list.h"
#include "ui/widgets/item_search.h"

namespace prefscope {

WhatIfHistory::WhatIfHistory(Workbench& workbench, WhatIfCase& shown, QWidget* parent)
    : Card(tr("History"), parent), m_case(shown) {
  setNote(tr("oldest first"));
  m_search = new ItemSearch(tr("Add a title or an id"), tr("&replace"), this);
  m_search->setObjectName(QStringLiteral("historySearch"));
  m_search->setToolTips(tr("Return adds what is found at the end of the history (Ctrl+F)"),
                        tr("What is found takes the place of the chosen item (Alt+R)"));
  m_list = new HistoryList(this);
  m_list->setObjectName(QStringLiteral("whatIfHistory"));
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, m_search, &ItemSearch::focusLine);
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  std::vector<QPushButton*> buttons;
  const auto add = [&](const QString& text, const QString& tip, auto pressed) {
    auto* button = new QPushButton(text, this);
    button->setToolTip(tip);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, m_list, pressed);
    line->addWidget(button);
    buttons.push_back(button);
  };
  add(tr("Remove"), tr("Take the chosen items out (Delete)"), [this] { m_list->removeSelected(); });
  add(tr("Earlier"), tr("Move the chosen items up (Alt+Up); they can be dragged too"),
      [this] { m_list->moveSelected(true); });
  add(tr("Later"), tr("Move the chosen items down (Alt+Down); they can be dragged too"),
      [this] { m_list->moveSelected(false); });
  line->addStretch(1);
  body()->addWidget(m_search);
  body()->addWidget(m_list, 1);
  body()->addLayout(line);
  connect(m_list, &QListWidget::itemSelectionChanged, this, [this, buttons] {
    const std::vector<int> rows = m_list->selectedRows();
    for (QPushButton* button : buttons) button->setEnabled(!rows.empty());
    m_search->setReplaceable(rows.size() == 1);
  });
  connect(m_list, &HistoryList::removeRequested, this, &WhatIfHistory::remove);
  connect(m_list, &HistoryList::moveRequested, this, &WhatIfHistory::move);
  connect(m_search, &ItemSearch::taken, this, &WhatIfHistory::take);
  connect(m_search, &ItemSearch::searched, this, [this, &workbench](const QString& text) {
    const auto any = [](int64_t) { return QString(); };  // a history may have an item twice
    searchCatalogue(workbench, m_case, m_search, text, any, [this](const QString& message) { Q_EMIT failed(message); });
  });
  refresh();
  m_list->setCurrentRow(0);
}

void WhatIfHistory::refresh() {
  const std::vector<int64_t> added = listChange(m_case.original.history, m_case.edit.history).added;
  std::vector<HistoryList::Line> lines;
  for (const int64_t item : m_case.edit.history) {
    const KnownItem& known = m_case.items.at(item);
    lines.push_back({known.title, known.about, std::find(added.begin(), added.end(), item) != added.end()});
  }
  m_list->setLines(lines);
}

void WhatIfHistory::focusList() {
  m_list->setFocus();
}

void WhatIfHistory::change(const std::vector<int64_t>& history, const QString& text, const std::vector<int>& chosen) {
  Q_EMIT changed(history, text);
  m_list->selectRows(chosen);
}

void WhatIfHistory::remove(const std::vector<int>& rows) {
  std::vector<int64_t> history = m_case.edit.history;
  const QString text = rows.size() == 1
                           ? tr("remove %1").arg(shortTitle(m_case, history.at(static_cast<size_t>(rows.front()))))
                           : tr("remove %1 items").arg(rows.size());
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) history.erase(history.begin() + *row);
  change(history, text, {std::min(rows.front(), static_cast<int>(history.size()) - 1)});
  m_list->setFocus();  // not to where it falls from a button that is off while the list is filled anew
}

void WhatIfHistory::move(const std::vector<int>& rows, int gap) {
  const std::vector<int64_t>& history = m_case.edit.history;
  const QString text = rows.size() == 1
                           ? tr("move %1").arg(shortTitle(m_case, history.at(static_cast<size_t>(rows.front()))))
                           : tr("move %1 items").arg(rows.size());
  const auto above = std::count_if(rows.begin(), rows.end(), [gap](int row) { return row < gap; });
  std::vector<int> chosen;
  for (size_t i = 0; i < rows.size(); ++i) chosen.push_back(gap - static_cast<int>(above) + static_cast<int>(i));
  change(movedRows(history, rows, gap), text, chosen);
  m_list->setFocus();
}

void WhatIfHistory::take(int64_t item, bool replace) {
  std::vector<int64_t> history = m_case.edit.history;
  const std::vector<int> rows = m_list->selectedRows();
  if (replace && rows.size() == 1) {
    history.at(static_cast<size_t>(rows.front())) = item;
    return change(history, tr("put in %1").arg(shortTitle(m_case, item)), rows);
  }
  history.push_back(item);
  change(history, tr("add %1").arg(shortTitle(m_case, item)), {static_cast<int>(history.size()) - 1});
}

}  // namespace prefscope
