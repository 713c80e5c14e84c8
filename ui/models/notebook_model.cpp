// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/notebook_model.h"

#include <QDateTime>
#include <QLocale>

#include "ui/workbench.h"

namespace prefscope {

void NotebookModel::setCases(std::vector<SavedCase> cases) {
  beginResetModel();
  m_cases = std::move(cases);
  endResetModel();
}

void NotebookModel::setCase(const SavedCase& saved) {
  const int row = rowOf(saved.id);
  if (row < 0) return;
  m_cases[static_cast<size_t>(row)] = saved;
  Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

const SavedCase* NotebookModel::caseAt(int row) const {
  return row >= 0 && static_cast<size_t>(row) < m_cases.size() ? &m_cases[static_cast<size_t>(row)] : nullptr;
}

int NotebookModel::rowOf(qint64 id) const {
  for (size_t i = 0; i < m_cases.size(); ++i) {
    if (m_cases[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

int NotebookModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_cases.size());
}

int NotebookModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QVariant NotebookModel::data(const QModelIndex& index, int role) const {
  const SavedCase* saved = caseAt(index.row());
  if (!saved) return {};
  if (role == Qt::UserRole && index.column() == Saved) return toQt(saved->created_at);  // to sort by, to the second
  if (role == Qt::UserRole && index.column() == Star) return saved->starred ? 1 : 0;
  if (role == Qt::UserRole) return data(index, Qt::EditRole);
  if (role == Qt::ToolTipRole && index.column() != Star) {
    const QString whole = data(index, Qt::EditRole).toString();
    return whole.isEmpty() ? QVariant() : QVariant(whole.left(1000).toHtmlEscaped());
  }
  if (role == Qt::ToolTipRole) return saved->starred ? tr("Starred; Space takes it off") : tr("Space stars it");
  if (role == Qt::AccessibleTextRole && index.column() == Star)
    return saved->starred ? tr("starred") : tr("not starred");
  if (role == Qt::TextAlignmentRole && index.column() == Star) return static_cast<int>(Qt::AlignCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  switch (index.column()) {
    case Star:
      return saved->starred ? QStringLiteral("★") : QStringLiteral("☆");
    case User:
      return toQt(saved->user_key);
    case Model:
      return toQt(saved->model_name);
    case Saved: {
      const QDateTime time = QDateTime::fromString(toQt(saved->created_at), Qt::ISODate).toLocalTime();
      return time.isValid() ? time.toString(QStringLiteral("yyyy-MM-dd HH:mm")) : toQt(saved->created_at);
    }
    case Tags:
      return toQt(tags_text(saved->tags));
    case Note:
      return role == Qt::EditRole ? toQt(saved->note) : toQt(saved->note).simplified();
    default:
      return {};
  }
}

QVariant NotebookModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Star:
      return QStringLiteral("★");
    case User:
      return tr("User");
    case Model:
      return tr("Model");
    case Saved:
      return tr("Frozen");
    case Tags:
      return tr("Tags");
    case Note:
      return tr("Note");
    default:
      return {};
  }
}

Qt::ItemFlags NotebookModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  if (index.column() == Tags) flags |= Qt::ItemIsEditable;
  return flags;
}

bool NotebookModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const SavedCase* saved = caseAt(index.row());
  if (!saved || role != Qt::EditRole || index.column() != Tags) return false;
  SavedCase changed = *saved;
  changed.tags = tags_of(value.toString().toStdString());
  if (changed.tags == saved->tags) return false;
  Q_EMIT changeAsked(changed);
  return true;
}

}  // namespace prefscope
