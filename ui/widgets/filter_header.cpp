// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/filter_header.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStyle>

#include "ui/models/paged_table_model.h"

namespace prefscope {
namespace {

constexpr int fieldHeight = 26, fieldSpace = 4, applyDelayMs = 300;

}  // namespace

FilterHeader::FilterHeader(PagedTableModel* model, QWidget* parent)
    : QHeaderView(Qt::Horizontal, parent), m_model(model) {
  setSectionsClickable(true);
  setHighlightSections(false);
  m_delay.setSingleShot(true);
  m_delay.setInterval(applyDelayMs);
  connect(&m_delay, &QTimer::timeout, this, &FilterHeader::apply);
  connect(this, &QHeaderView::sectionResized, this, &FilterHeader::place);
  connect(this, &QHeaderView::geometriesChanged, this, &FilterHeader::place);
  connect(this, &QHeaderView::sectionCountChanged, this, &FilterHeader::place);
  connect(this, &QHeaderView::sectionClicked, this, [this](int column) {
    if (QApplication::keyboardModifiers().testFlag(Qt::ShiftModifier)) {
      m_model->sortAlso(column);
      return;
    }
    // Ascending, descending, and as in the file.
    const int place = m_model->sortPlace(column);
    const bool only = place == 0 && m_model->wish().order.size() == 1;
    if (only && m_model->wish().order[0].descending) {
      m_model->sort(-1, Qt::AscendingOrder);
    } else {
      m_model->sort(column, only ? Qt::DescendingOrder : Qt::AscendingOrder);
    }
  });
  connect(model, &QAbstractItemModel::modelReset, this, &FilterHeader::makeFields);
  connect(model, &PagedTableModel::wishChanged, this, &FilterHeader::showWish);
}

QLineEdit* FilterHeader::field(int column) const {
  const auto found = m_fields.find(column);
  return found == m_fields.end() ? nullptr : found->second;
}

void FilterHeader::focusFirst() {
  for (const auto& [column, field] : m_fields) {
    if (!field->isVisibleTo(this)) continue;
    field->setFocus(Qt::ShortcutFocusReason);
    field->selectAll();
    return;
  }
}

QSize FilterHeader::sizeHint() const {
  QSize size = QHeaderView::sizeHint();
  if (!m_fields.empty()) size.setHeight(size.height() + fieldHeight + fieldSpace);
  return size;
}

void FilterHeader::makeFields() {
  const auto& columns = m_model->source().columns;
  bool same = true;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const QLineEdit* has = field(i);
    const TableColumn& column = columns[static_cast<size_t>(i)];
    same = same && column.column.has_value() == (has != nullptr) && (!has || has->property("of") == column.title);
  }
  if (same && m_fields.size() <= columns.size()) return place();
  for (const auto& [column, field] : m_fields) field->deleteLater();
  m_fields.clear();
  QWidget* before = parentWidget();
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const TableColumn& column = columns[static_cast<size_t>(i)];
    if (!column.column) continue;
    auto* field = new QLineEdit(this);
    field->setObjectName(QStringLiteral("filter%1").arg(i));
    field->setProperty("of", column.title);
    field->setProperty("small", true);
    field->setAccessibleName(tr("Filter by %1").arg(column.title));
    field->setPlaceholderText(is_text(*column.column)             ? tr("contains")
                              : *column.column == RowColumn::Time ? tr("2015..2017")
                                                                  : tr(">= 4"));
    field->installEventFilter(this);
    connect(field, &QLineEdit::textEdited, &m_delay, qOverload<>(&QTimer::start));
    if (before != parentWidget()) setTabOrder(before, field);
    before = field;
    m_fields[i] = field;
  }
  showWish();
  updateGeometries();
  Q_EMIT geometriesChanged();
}

void FilterHeader::place() {
  const int top = QHeaderView::sizeHint().height();
  for (const auto& [column, field] : m_fields) {
    if (column >= count()) continue;
    field->setGeometry(sectionViewportPosition(column) + fieldSpace, top,
                       std::max(sectionSize(column) - 2 * fieldSpace, 0), fieldHeight);
    field->setVisible(!isSectionHidden(column));
  }
}

void FilterHeader::updateGeometries() {
  setViewportMargins(0, 0, 0, m_fields.empty() ? 0 : fieldHeight + fieldSpace);
  QHeaderView::updateGeometries();
  place();
}

void FilterHeader::apply() {
  if (m_applying) return;
  m_delay.stop();
  m_applying = true;
  for (const auto& [column, field] : m_fields) {
    const auto& typed = m_model->wish().filters;
    if (column >= typed.size()) continue;
    QString wrong;
    if (field->text().trimmed() != typed[column]) wrong = m_model->setFilter(column, field->text());
    if (field->property("wrong").toBool() != !wrong.isEmpty()) {
      field->setProperty("wrong", !wrong.isEmpty());
      field->style()->unpolish(field);
      field->style()->polish(field);
    }
    const TableColumn& of = m_model->source().columns[static_cast<size_t>(column)];
    const QString hint = is_text(*of.column) ? tr("A part of the text; = before it: the whole text")
                         : *of.column == RowColumn::Time
                             ? tr("2015, 2015-03, >= 2015-03-01, 2001..2005, or none for rows without a time")
                             : tr("4, >= 4, < 10, 3..5, or none for rows without a value");
    field->setToolTip(QStringLiteral("<p>") + (wrong.isEmpty() ? hint : wrong).toHtmlEscaped() +
                      QStringLiteral("</p>"));
  }
  m_applying = false;
}

void FilterHeader::showWish() {
  if (m_applying) return;  // the other fields are read next
  for (const auto& [column, field] : m_fields) {
    const auto& typed = m_model->wish().filters;
    // What is being typed stays: the wish follows it.
    if (column < typed.size() && !m_delay.isActive() && !field->property("wrong").toBool() &&
        field->text().trimmed() != typed[column])
      field->setText(typed[column]);
  }
  if (!m_delay.isActive()) apply();
}

bool FilterHeader::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    auto* field = static_cast<QLineEdit*>(watched);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Down) {
      apply();
      Q_EMIT left();
      return true;
    }
    if (key == Qt::Key_Escape && !field->text().isEmpty()) {
      field->clear();
      apply();
      return true;
    }
  }
  return QHeaderView::eventFilter(watched, event);
}

}  // namespace prefscope
