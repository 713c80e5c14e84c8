// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/curve_card.h"

#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr size_t meanFrom = 30;  // with more steps than this a running mean is drawn over the faint single ones

/// Mean over the last n / 20 steps, at least 5, at each step; NaN are left out.
std::vector<double> runningMean(const std::vector<double>& values) {
  const size_t width = std::max<size_t>(5, values.size() / 20);
  std::vector<double> means(values.size(), std::nan(""));
  for (size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    int n = 0;
    for (size_t j = i + 1 - std::min(i + 1, width); j <= i; ++j) {
      if (std::isnan(values[j])) continue;
      sum += values[j];
      ++n;
    }
    if (n > 0) means[i] = sum / n;
  }
  return means;
}

QVector<double> toVector(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

QString numberText(double value, bool sign) {
  if (std::isnan(value)) return QStringLiteral("–");
  const QString text =
      std::abs(value) >= 1000 ? QLocale().toString(std::llround(value)) : QString::number(value, 'g', 3);
  return sign && value > 0 ? QLatin1Char('+') + text : text;
}

}  // namespace

CurveCard::CurveCard(QWidget* parent) : Card(QStringLiteral(" "), parent) {
  m_readout = makeLabel({}, "", this);
  m_readout->setTextFormat(Qt::RichText);  // only names of curves and numbers go in
  m_readout->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // what it says must not widen the card
  addToHeader(m_readout, true);
  m_plot = new QCustomPlot(this);
  m_plot->setMinimumHeight(70);
  m_plot->setLocale(QLocale::c());  // whose small e the number format below knows
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
  m_plot->installEventFilter(this);
  m_plot->setMouseTracking(true);
  // There is no half a step.
  const QSharedPointer<QCPAxisTickerFixed> whole(new QCPAxisTickerFixed);
  whole->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
  m_plot->xAxis->setTicker(whole);
  m_plot->xAxis->setLabel(tr("step"));
  m_plot->yAxis->setNumberFormat(QStringLiteral("gb"));  // 7.5·10⁻⁵
  m_plot->setNoAntialiasingOnDrag(true);
  m_empty = makeLabel({}, "muted", this);
  m_empty->setAlignment(Qt::AlignCenter);
  m_empty->setWordWrap(true);
  body()->addWidget(m_plot, 1);
  body()->addWidget(m_empty, 1);
  m_plot->hide();
  paintTheme();
}

void CurveCard::setUp(const QString& title, const QString& unit, Range range, const QString& emptyText) {
  setTitle(title);
  m_unit = unit;
  m_range = range;
  m_empty->setText(emptyText);
  setData({}, {});
}

void CurveCard::setData(const std::vector<double>& steps, const std::vector<Curve>& curves, double total) {
  m_steps = steps;
  m_curves = curves;
  const bool some = !steps.empty() && std::any_of(curves.begin(), curves.end(), [](const Curve& c) {
    return std::any_of(c.values.begin(), c.values.end(), [](double v) { return !std::isnan(v); });
  });
  m_plot->setVisible(some);
  m_empty->setVisible(!some);
  m_plot->clearGraphs();
  if (!some) {
    m_readout->clear();
    return;
  }
  const bool zero = m_range != Range::Values;
  double low = zero ? 0 : INFINITY, high = m_range == Range::Unit ? 1 : zero ? 0 : -INFINITY;
  for (const Curve& curve : curves) {
    for (const double v : curve.values) {
      if (std::isnan(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    const auto add = [&](const std::vector<double>& values, QColor color, double width) {
      QCPGraph* graph = m_plot->addGraph();
      graph->setData(toVector(m_steps), toVector(values), true);
      graph->setPen(QPen(color, width));
    };
    if (steps.size() < meanFrom || curve.exact) {
      add(curve.values, curve.color, 1.8);
      continue;
    }
    QColor faint = curve.color;
    faint.setAlphaF(0.25F);
    add(curve.values, faint, 1);
    add(runningMean(curve.values), curve.color, 2);
  }
  const double room = high > low ? 0.06 * (high - low) : std::max(0.5, std::abs(high) * 0.1);
  m_plot->yAxis->setRange(zero && low == 0 ? -room / 4 : low - room, zero && high == 0 ? room / 4 : high + room);
  m_plot->xAxis->setRange(std::min(1.0, steps.front()), std::max({2.0, total, steps.back()}));
  showValues(static_cast<int>(steps.size()) - 1);
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurveCard::showValues(int index) {
  if (index < 0 || index >= static_cast<int>(m_steps.size())) return;
  const auto at = static_cast<size_t>(index);
  const bool last = at + 1 == m_steps.size();
  QString text;
  for (const Curve& curve : m_curves) {
    if (m_curves.size() > 1)
      text += QStringLiteral("<span style='color:%1'>● %2</span> ").arg(curve.color.name(), curve.name.toHtmlEscaped());
    text += QStringLiteral("<b>%1</b>&nbsp;&nbsp; ").arg(numberText(curve.values[at], m_range == Range::Signed));
  }
  text += QStringLiteral("<span style='color:%1'>%2%3</span>")
              .arg(theme().muted.name(), m_unit.toHtmlEscaped(),
                   last ? QString() : tr(" · step %1").arg(static_cast<qint64>(m_steps[at])));
  m_readout->setText(text);
}

bool CurveCard::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_plot && !m_steps.empty()) {
    if (event->type() == QEvent::MouseMove) {
      const double step = m_plot->xAxis->pixelToCoord(static_cast<QMouseEvent*>(event)->position().x());
      const auto next = std::lower_bound(m_steps.begin(), m_steps.end(), step - 0.5);
      showValues(static_cast<int>(std::min<ptrdiff_t>(next - m_steps.begin(), std::ssize(m_steps) - 1)));
    } else if (event->type() == QEvent::Leave) {
      showValues(static_cast<int>(m_steps.size()) - 1);
    }
  }
  return Card::eventFilter(watched, event);
}

void CurveCard::paintTheme() {
  const Theme& t = theme();
  m_plot->setBackground(t.surface);
  m_plot->axisRect()->setBackground(t.field);
  m_plot->axisRect()->setupFullAxesBox();
  for (QCPAxis* axis : m_plot->axisRect()->axes()) {
    axis->setBasePen(QPen(t.line));
    axis->setTickPen(Qt::NoPen);
    axis->setSubTickPen(Qt::NoPen);
    axis->setTickLabelColor(t.muted);
    axis->setTickLabelFont(smallFont());
    axis->setLabelColor(t.muted);
    axis->setLabelFont(smallFont());
    axis->setLabelPadding(1);
    axis->ticker()->setTickCount(4);
    axis->grid()->setPen(QPen(t.line, 0.6));
    axis->grid()->setZeroLinePen(QPen(t.muted, 1, Qt::DashLine));
  }
  m_plot->xAxis->grid()->setZeroLinePen(Qt::NoPen);
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurveCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_plot) paintTheme();
  Card::changeEvent(event);
}

}  // namespace prefscope
