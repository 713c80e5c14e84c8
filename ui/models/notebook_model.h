// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <vector>

#include "engine/store/saved_cases.h"

namespace prefscope {

/// The saved cases of a notebook as a table. It writes nothing: what a person edits in it is asked for by a signal.
class NotebookModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Star, User, Model, Saved, Tags, Note, ColumnCount };

  using QAbstractTableModel::QAbstractTableModel;

  void setCases(std::vector<SavedCase> cases);
  /// Takes over what was written on one.
  void setCase(const SavedCase& saved);
  /// Null: there is no such row.
  const SavedCase* caseAt(int row) const;
  /// -1: it is not among them.
  int rowOf(qint64 id) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  /// Tags alone.
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

 Q_SIGNALS:
  /// A person wants this of a case.
  void changeAsked(const prefscope::SavedCase& changed);

 private:
  std::vector<SavedCase> m_cases;
};

}  // namespace prefscope
