// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_candidates.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <algorithm>

#include "ui/pages/what_if_table.h"
#include "ui/theme.h"
#include "ui/widgets/item_search.h"
#include "ui/workbench.h"

namespace prefscope {

WhatIfCandidates::WhatIfCandidates(Workbench& workbench, WhatIfCase& shown, QWidget* parent)
    : Card(tr("Candidates"), parent), m_case(shown), m_protocol(workbench.protocolText()) {
  setNote(tr("ranked by %1 · before: the case as it was").arg(shown.model));
  m_search = new ItemSearch(tr("Add a title or an id"), tr("re&place"), this);
  m_search->setObjectName(QStringLiteral("candidateSearch"));
  m_search->setToolTips(tr("Return adds what is found to the candidates (Ctrl+Shift+F)"),
                        tr("What is found stands in for the chosen candidate (Alt+P)"));
  auto* find = new QShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_F, this);
  connect(find, &QShortcut::activated, m_search, &ItemSearch::focusLine);
  m_table = new WhatIfTable(this);
  m_table->setObjectName(QStringLiteral("whatIfCandidates"));
  auto* button = new QPushButton(tr("Remove"), this);
  button->setObjectName(QStringLiteral("removeCandidate"));
  button->setToolTip(tr("Take the selected candidates out (Delete); the chosen item stays"));
  button->setAutoDefault(false);
  m_note = makeLabel({}, "small", this);
  m_note->setObjectName(QStringLiteral("whatIfNote"));
  m_note->setWordWrap(true);
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(button);
  line->addWidget(m_note, 1);
  body()->addWidget(m_search);
  body()->addWidget(m_table, 1);
  body()->addLayout(line);
  const auto follow = [this, button] {
    button->setEnabled(!chosen().empty());
    m_search->setReplaceable(chosen().size() == 1 && m_table->selectedItems().size() == 1);
  };
  follow();
  connect(m_table, &QTableWidget::itemSelectionChanged, this, follow);
  connect(button, &QPushButton::clicked, this, &WhatIfCandidates::remove);
  connect(m_table, &WhatIfTable::removeRequested, this, &WhatIfCandidates::remove);
  connect(m_search, &ItemSearch::taken, this, &WhatIfCandidates::take);
  connect(m_search, &ItemSearch::searched, this, [this, &workbench](const QString& text) {
    const auto refused = [this](int64_t item) {
      const std::vector<int64_t>& all = m_case.edit.candidates;
      return std::find(all.begin(), all.end(), item) == all.end() ? QString() : tr("a candidate already");
    };
    searchCatalogue(workbench, m_case, m_search, text, refused,
                    [this](const QString& message) { Q_EMIT failed(message); });
  });
  refresh();
}

void WhatIfCandidates::refresh() {
  m_table->setRows(whatIfRows(m_case.before, m_case.now, m_case.edit.candidates), m_case.items,
                   m_case.now.score == "mean" ? tr("nats a token") : tr("score, nats"));
  const bool spread = std::any_of(m_case.now.candidates.begin(), m_case.now.candidates.end(),
                                  [](const RankedCandidate& c) { return c.spread > 0; });
  QString note = m_protocol + u'.';
  if (spread) note += tr(" ≈ not distinguishable: the score changed less than it is spread over prompt orders.");
  m_note->setText(note);
}

std::vector<int64_t> WhatIfCandidates::chosen() const {
  std::vector<int64_t> items = m_table->selectedItems();
  std::erase(items, m_case.before.target);
  return items;
}

void WhatIfCandidates::remove() {
  const std::vector<int64_t> items = chosen();
  if (items.empty()) return;
  std::vector<int64_t> rest = m_case.edit.candidates;
  for (const int64_t item : items) std::erase(rest, item);
  const int row = m_table->currentRow();
  Q_EMIT changed(rest, items.size() == 1 ? tr("remove candidate %1").arg(shortTitle(m_case, items.front()))
                                         : tr("remove %1 candidates").arg(items.size()));
  m_table->setFocus();  // and on the row that took the place, so that Delete goes on
  m_table->selectRow(std::clamp(row, 0, m_table->rowCount() - 1));
}

void WhatIfCandidates::take(int64_t item, bool replace) {
  std::vector<int64_t> rest = m_case.edit.candidates;
  if (replace) {
    for (const int64_t gone : chosen()) std::erase(rest, gone);
  }
  Q_EMIT changed(withCandidate(m_case.original.candidates, rest, item),
                 tr("add candidate %1").arg(shortTitle(m_case, item)));
  m_table->clearSelection();
  m_table->select(item);
}

}  // namespace prefscope
