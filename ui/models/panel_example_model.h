// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "engine/evaluate/panel.h"

namespace prefscope {

/// A panel example at an evaluation, and what has changed since the first.
struct PanelExample {
  int64_t example = 0;
  QString user, target;
  double ratioChosen = 0, ratioRejected = 0, rank = 1;  ///< nats; rank of the target, from 1
  double chosenChange = 0, marginChange = 0;            ///< nats
  double rankBefore = 1;
};

/// A part of a training: steps and log-ratios in nats, both ends included.
struct PanelRange {
  double firstStep = 0, lastStep = 0, low = 0, high = 0;
};

/// Every example at the last evaluation, in the order of the scores, without names. scores are sorted by step.
std::vector<PanelExample> panelExamples(const std::vector<PanelScore>& scores);
/// Ids of the examples whose log-ratio, of the chosen or of the rejected, lies within at some evaluation. Where no
/// evaluation lies between the steps, the one nearest to their middle counts. Ascending.
std::vector<int64_t> examplesWithin(const std::vector<PanelScore>& scores, const PanelRange& range);
/// Examples whose target ranks better, worse and the same as at the first evaluation.
struct RankChanges {
  int improved = 0, worsened = 0, same = 0;
};
RankChanges rankChanges(const std::vector<PanelExample>& examples);

/// Panel examples, those that lost most first; sortable by every column.
class PanelExampleModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { User, Target, Chosen, Rejected, Rank, ChosenChange, MarginChange, Columns };

  using QAbstractTableModel::QAbstractTableModel;

  void setExamples(std::vector<PanelExample> examples);
  const PanelExample* exampleAt(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  void arrange();

  std::vector<PanelExample> m_examples;
  int m_column = ChosenChange;
  Qt::SortOrder m_order = Qt::AscendingOrder;
};

/// "+0.42", "-1.10": nats with their sign.
QString signedText(double nats);

}  // namespace prefscope
