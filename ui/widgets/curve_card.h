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
  bool exact = false;               ///< no running mean is drawn: nothing in it is chance
  std::vector<double> errors = {};  ///< standard errors, drawn as a band; as long as values, or empty
};

/// The same figure of another run, in grey below; only its running mean is drawn.
struct GhostCurve {
  QString name;
  std::vector<double> steps, values;
  bool exact = false;
};

/// Curves of a training by step: zero marked, the last values beside the title, the exact values of a step on hover.
/// Of many points only what the pixels can show is drawn.
class CurveCard : public Card {
  Q_OBJECT
 public:
  explicit CurveCard(QWidget* parent = nullptr);

  /// What the vertical axis holds: just the values; zero too (a dashed line); zero, and values with their sign; or all
  /// of 0 .. 1.
  enum class Range { Values, Zero, Signed, Unit };
  /// unit: "nats". emptyText: shown while there are no values.
  void setUp(const QString& title, const QString& unit, Range range, const QString& emptyText);
  /// total: steps that the horizontal axis has room for.
  void setData(std::vector<double> steps, std::vector<Curve> curves, double total = 0,
               std::vector<GhostCurve> ghosts = {});
  QCustomPlot* plot() const { return m_plot; }

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void draw();
  void paintTheme();
  void showValues(int index);

  QCustomPlot* m_plot = nullptr;
  QLabel* m_readout;
  QLabel* m_empty;
  QString m_unit;
  Range m_range = Range::Values;
  std::vector<double> m_steps;
  std::vector<Curve> m_curves;
  std::vector<GhostCurve> m_ghosts;
  double m_total = 0;
};

}  // namespace prefscope
