// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/item_search.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTimer>
#include <algorithm>

#include "ui/theme.h"

namespace prefscope {
namespace {

constexpr int pauseMs = 80;  // while someone types on
constexpr int shownRows = 6;
constexpr int itemRole = Qt::UserRole;

}  // namespace

ItemSearch::ItemSearch(const QString& prompt, const QString& replace, QWidget* parent) : QWidget(parent) {
  m_line = new QLineEdit(this);
  m_line->setPlaceholderText(prompt);
  m_line->setAccessibleName(prompt);
  m_line->setClearButtonEnabled(true);
  m_line->installEventFilter(this);
  m_replace = new QPushButton(replace, this);
  m_replace->setCheckable(true);
  m_replace->setAutoDefault(false);
  m_replace->setProperty("pill", true);
  m_found = new QListWidget(this);
  m_found->setAccessibleName(tr("Items found"));
  m_found->setFocusPolicy(Qt::NoFocus);  // the line has the keys
  m_found->setTextElideMode(Qt::ElideRight);
  m_found->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_found->setUniformItemSizes(true);
  m_found->hide();
  m_pause = new QTimer(this);
  m_pause->setSingleShot(true);
  m_pause->setInterval(pauseMs);
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(m_line, 1);
  line->addWidget(m_replace);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit / 2);
  layout->addLayout(line);
  layout->addWidget(m_found);
  connect(m_pause, &QTimer::timeout, this, [this] { Q_EMIT searched(m_line->text()); });
  connect(m_line, &QLineEdit::textChanged, this, [this](const QString& text) {
    if (!text.trimmed().isEmpty()) return m_pause->start();
    m_pause->stop();
    m_found->clear();
    m_found->hide();
  });
  connect(m_found, &QListWidget::itemClicked, this, &ItemSearch::take);
}

void ItemSearch::setToolTips(const QString& search, const QString& replace) {
  m_line->setToolTip(search);
  m_replace->setToolTip(replace);
}

void ItemSearch::setReplaceable(bool on) {
  m_replace->setEnabled(on);
  if (!on) m_replace->setChecked(false);
}

void ItemSearch::setFound(const QString& text, const std::vector<Found>& found) {
  if (text != m_line->text()) return;
  m_found->clear();
  for (const Found& each : found) {
    // On one line, and not longer than a list draws quickly.
    QString shown = each.title.left(300).simplified();
    if (!each.refused.isEmpty()) shown += QStringLiteral(" · ") + each.refused;
    auto* item = new QListWidgetItem(shown, m_found);
    item->setData(itemRole, each.item);
    item->setToolTip(
        QStringLiteral("<p><b>%1</b></p><p>%2</p>").arg(each.title.toHtmlEscaped(), each.about.toHtmlEscaped()));
    if (!each.refused.isEmpty()) item->setFlags(Qt::NoItemFlags);
  }
  if (found.empty()) (new QListWidgetItem(tr("No title or id has this text."), m_found))->setFlags(Qt::NoItemFlags);
  for (int row = 0; row < m_found->count() && m_found->currentRow() < 0; ++row) {
    if (m_found->item(row)->flags() & Qt::ItemIsEnabled) m_found->setCurrentRow(row);
  }
  m_found->setFixedHeight(m_found->sizeHintForRow(0) * std::min(shownRows, m_found->count()) + gridUnit / 2);
  m_found->show();
}

void ItemSearch::focusLine() {
  m_line->setFocus(Qt::ShortcutFocusReason);
  m_line->selectAll();
}

void ItemSearch::take() {
  const QListWidgetItem* chosen = m_found->currentItem();
  if (m_found->isHidden() || !chosen || !(chosen->flags() & Qt::ItemIsEnabled)) return;
  const qint64 item = chosen->data(itemRole).toLongLong();
  const bool replace = m_replace->isChecked();
  m_replace->setChecked(false);  // for one item each time
  m_line->clear();
  Q_EMIT taken(item, replace);
}

bool ItemSearch::eventFilter(QObject* watched, QEvent* event) {
  const auto* key = static_cast<QKeyEvent*>(event);
  if (event->type() == QEvent::ShortcutOverride && m_line->text().isEmpty() &&
      (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo))) {
    event->ignore();  // an empty line has nothing to undo: the window's undo is meant
    return true;
  }
  if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
  switch (key->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down: {
      const int step = key->key() == Qt::Key_Up ? -1 : 1;
      for (int row = m_found->currentRow() + step; row >= 0 && row < m_found->count(); row += step) {
        if (!(m_found->item(row)->flags() & Qt::ItemIsEnabled)) continue;
        m_found->setCurrentRow(row);
        break;
      }
      return true;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
      take();
      return true;
    case Qt::Key_Escape:
      m_line->clear();
      return true;
    default:
      return QWidget::eventFilter(watched, event);
  }
}

}  // namespace prefscope
