// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <vector>

#include "engine/evaluate/panel.h"
#include "ui/models/panel_example_model.h"

class QCPItemRect;
class QCustomPlot;
class QLabel;

namespace prefscope {

/// How the log-ratios of a panel spread over a training: median, 25-75 % and 5-95 % of the chosen and of the rejected
/// at each evaluation, zero marked, values on hover; alarms as a note with a dashed line at the step where they begin.
/// Dragging marks a part of it, a click takes the mark away.
class BandPlot : public QWidget {
  Q_OBJECT
 public:
  /// Another run's medians, drawn in grey below.
  struct Ghost {
    QString name;
    std::vector<PanelSummary> panel;
  };

  explicit BandPlot(QWidget* parent = nullptr);

  /// total: steps that the horizontal axis has room for.
  void setData(const std::vector<PanelSummary>& panel, const std::vector<Alarm>& alarms,
               const std::vector<Ghost>& ghosts, double total);
  void clearBrush();
  /// What is drawn: graphs, lines of alarms.
  QCustomPlot* plot() const { return m_plot; }
  QLabel* note() const { return m_note; }

 Q_SIGNALS:
  void brushed(const prefscope::PanelRange& range);
  void brushCleared();
  /// The evaluation under the pointer; the last one when it leaves.
  void hovered(int evaluation);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void draw();
  void drawBands(bool chosen);
  void placeNote();
  void placeNames();
  void showBrush(const QPointF& from, const QPointF& to);

  QCustomPlot* m_plot = nullptr;
  QLabel* m_note;
  std::vector<PanelSummary> m_panel;
  std::vector<Alarm> m_alarms;
  std::vector<Ghost> m_ghosts;
  double m_total = 0;
  QPointF m_pressed;
  bool m_dragging = false;
  QCPItemRect* m_mark = nullptr;  // owned by the plot
  std::vector<QLabel*> m_names;   // chosen, rejected
};

}  // namespace prefscope
