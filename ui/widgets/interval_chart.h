// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <QWidget>
#include <optional>
#include <string>

#include "engine/store/results.h"

namespace prefscope {

/// A metric of several models on one axis from 0 to 1: a dot for the mean over users, whiskers for the 95 % bootstrap
/// interval, and what a random order would have, dashed. The numbers stand beside.
class IntervalChart : public QWidget {
  Q_OBJECT
 public:
  explicit IntervalChart(QWidget* parent = nullptr);
  /// metric: auc, hr@1, hr@5, ndcg@5, mrr. chance: a random order's value; nothing where it is not known.
  /// titles: how the rows are called.
  void setData(const Evaluation& evaluation, const QStringList& titles, const std::string& metric,
               std::optional<double> chance);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Evaluation m_evaluation;
  QStringList m_titles;
  std::string m_metric;
  std::optional<double> m_chance;
};

/// The colour of a model by its title: base model, "SFT 1", "DMPO 2", or a classic model.
QColor modelColor(const QString& title);

}  // namespace prefscope
