// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <QWidget>
#include <functional>
#include <vector>

class QCPBars;
class QCPGraph;
class QCustomPlot;
class QLabel;

namespace prefscope {

/// What a CountPlot shows: counts, as bars side by side from zero, or as a line over ranks with both axes logarithmic;
/// or means, as dots on a line, for which the axis has the room between the smallest and the largest.
struct CountSeries {
  bool ranks = false;          ///< the n-th count is that of rank n, from 1; all are above 0
  bool means = false;          ///< they are means; NaN where there is none
  std::vector<double> counts;  ///< one a bar, a rank or a dot
  QStringList ticks;   ///< of bars, below each; an empty one has none. Where there is little room some are left out
  QString across, up;  ///< what the axes are
  QString summary;     ///< stands above while nothing is pointed at
  std::function<QString(size_t)> say;  ///< a bar or rank in words, with its exact count
  QStringList csv;                     ///< lines of its data, the first one names the columns
};

/// How often something comes: exact values above the picture, for what the pointer or the arrow keys are at; copied and
/// saved by its menu.
class CountPlot : public QWidget {
  Q_OBJECT
 public:
  /// file: of the picture that is offered to be saved, without its ending.
  CountPlot(const QString& title, const QString& file, QWidget* parent = nullptr);
  void setSeries(CountSeries series);
  /// A click or Return on a bar or rank emits chosen.
  void setOpens();
  const CountSeries& series() const { return m_series; }
  /// The bar or rank pointed at, from 0; -1: none.
  int pointed() const { return m_pointed; }
  void point(int index);
  QCustomPlot* plot() const { return m_plot; }

 Q_SIGNALS:
  void chosen(int index);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void draw();
  void drawRanks();
  void drawBars();
  void drawMeans();
  void placeTicks();
  int indexAt(double pixel) const;
  bool takeKey(int key);

  QLabel* m_title;
  QLabel* m_said;
  QCustomPlot* m_plot = nullptr;
  QCPBars* m_mark = nullptr;
  QCPGraph* m_dot = nullptr;
  CountSeries m_series;
  int m_pointed = -1;
  bool m_opens = false;
};

}  // namespace prefscope
