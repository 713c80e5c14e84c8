// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "engine/explain/occlusion.h"
#include "engine/explain/rationale_agreement.h"

namespace prefscope {

/// What the rationales of a case name: for each item of the history and each attribute, the share of samples that name
/// it and what was measured, model by model.
class NamedModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  /// Columns: Name, What, then a share for each model, then All, then an effect for each model.
  enum Column { Name, What, FirstShare };
  enum Role { SortRole = Qt::UserRole, ShareRole, EffectRole, ModelRole };
  /// What was measured of a thing under a model, as it is drawn. Nats.
  struct Effect {
    double value = 0, low = 0, high = 0, bandLow = 0, bandHigh = 0;
    bool beyond = false;
    double largest = 1;  ///< at the ends of the axis: one for all items, one for all attributes
  };

  using QAbstractTableModel::QAbstractTableModel;

  /// Titles of the models, base first.
  void setModels(const QStringList& models);
  void setAgreement(RationaleAgreement agreement);
  /// [models]; absent: not measured.
  void setEffects(std::vector<std::optional<Occlusion>> effects);

  const NamedThing* thingAt(int row) const;
  /// The row of what a rationale names; -1: none.
  int rowOf(const NamedPart& part) const;
  std::optional<Effect> effectAt(int row, size_t model) const;
  int allColumn() const { return FirstShare + static_cast<int>(m_models.size()); }
  static int firstEffectOf(int models) { return FirstShare + models + 1; }
  int firstEffect() const { return firstEffectOf(static_cast<int>(m_models.size())); }
  /// The table, numbers with all their digits.
  QString csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString whatText(const NamedThing& thing) const;
  QString shareText(const NamedThing& thing, int column) const;
  QString effectText(int row, size_t model) const;
  QString effectTip(int row, size_t model) const;
  /// Samples that name it, and samples there are.
  std::pair<int, int> share(const NamedThing& thing, int column) const;

  QStringList m_models;
  RationaleAgreement m_agreement;
  std::vector<std::optional<Occlusion>> m_effects;
  double m_largestItem = 1, m_largestAttribute = 1;
};

}  // namespace prefscope

Q_DECLARE_METATYPE(prefscope::NamedModel::Effect)
