// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_theme.h"

#include "ui/theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {

void paintAxes(QCustomPlot& plot, int ticks) {
  const Theme& t = theme();
  plot.setBackground(t.surface);
  plot.axisRect()->setBackground(t.field);
  plot.axisRect()->setupFullAxesBox();
  for (QCPAxis* axis : plot.axisRect()->axes()) {
    axis->setBasePen(QPen(t.line));
    axis->setTickPen(Qt::NoPen);
    axis->setSubTickPen(Qt::NoPen);
    axis->setTickLabelColor(t.muted);
    axis->setTickLabelFont(smallFont());
    axis->setLabelColor(t.muted);
    axis->setLabelFont(smallFont());
    axis->setLabelPadding(1);
    axis->ticker()->setTickCount(ticks);
    axis->grid()->setPen(QPen(t.line, 0.6));
    axis->grid()->setZeroLinePen(QPen(t.muted, 1, Qt::DashLine));
  }
  plot.xAxis->grid()->setZeroLinePen(Qt::NoPen);
}

}  // namespace prefscope
