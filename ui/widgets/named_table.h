// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableView>
#include <optional>
#include <vector>

#include "engine/explain/occlusion.h"
#include "engine/explain/rationale_agreement.h"

class QSortFilterProxyModel;

namespace prefscope {

class NamedModel;

/// What the rationales of a case name, as a table that sorts by every column. What is selected stays selected when more
/// is written.
class NamedTable : public QTableView {
  Q_OBJECT
 public:
  explicit NamedTable(const QStringList& models, QWidget* parent = nullptr);
  void setAgreement(RationaleAgreement agreement);
  /// [models]; absent: not measured.
  void setEffects(std::vector<std::optional<Occlusion>> effects);
  /// Selects the row of what a rationale names.
  void choose(const NamedPart& part);
  /// Whether a part of a rationale is what is selected.
  bool isChosen(const NamedPart& part) const;
  const NamedModel& rows() const { return *m_named; }

 Q_SIGNALS:
  void chosenChanged();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  NamedModel* m_named;
  QSortFilterProxyModel* m_sorted;
};

}  // namespace prefscope
