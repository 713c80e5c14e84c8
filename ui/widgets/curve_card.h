// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "ui/widgets/card.h"

class QCustomPlot;

namespace prefscope {

/// A line of a CurveCard; values by step, NaN where there is none.
struct Curve {
  QString name;
  QColor color;
  std::vector<double> values;
};

/// Curves of a training by step: zero marked, the last values beside the title, the exact values of a step on hover.
class CurveCard : public Card {
  Q_OBJECT
 public:
  explicit CurveCard(QWidget* parent = nullptr);

  /// unit: "nats". zero: the axis holds zero, with a dashed line. emptyText: shown while there are no values.
  void setUp(const QString& title, const QString& unit, bool zero, const QString& emptyText);
  void setData(const std::vector<double>& steps, const std::vector<Curve>& curves);
  QCustomPlot* plot() const { return m_plot; }

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void paintTheme();
  void showValues(int index);

  QCustomPlot* m_plot = nullptr;
  QLabel* m_readout;
  QLabel* m_empty;
  QString m_unit;
  bool m_zero = false;
  std::vector<double> m_steps;
  std::vector<Curve> m_curves;
};

}  // namespace prefscope
