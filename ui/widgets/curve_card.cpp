// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/curve_card.h"

#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QTextDocument>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/curve_points.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr int labelFrom = 220;   // pixels of height: below them the curve needs the room
constexpr size_t meanFrom = 30;  // with more steps than this a running mean is drawn over the faint single ones

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

void CurveCard::setData(std::vector<double> steps, std::vector<Curve> curves, double total,
                        std::vector<GhostCurve> ghosts) {
  m_steps = std::move(steps);
  m_curves = std::move(curves);
  m_ghosts = std::move(ghosts);
  m_total = total;
  const bool some = !m_steps.empty() && std::any_of(m_curves.begin(), m_curves.end(), [](const Curve& c) {
    return std::any_of(c.values.begin(), c.values.end(), [](double v) { return std::isfinite(v); });
  });
  m_plot->setVisible(some);
  m_empty->setVisible(!some);
  if (!some) {
    m_plot->clearPlottables();
    m_plot->clearItems();
    m_readout->clear();
    return;
  }
  draw();
  showValues(static_cast<int>(m_steps.size()) - 1);
}

void CurveCard::draw() {
  if (m_steps.empty()) return;
  m_plot->clearPlottables();
  m_plot->clearItems();
  const double first = std::min(1.0, m_steps.front());
  double last = std::max({2.0, m_total, m_steps.back()});
  for (const GhostCurve& ghost : m_ghosts) {
    if (!ghost.steps.empty()) last = std::max(last, ghost.steps.back());
  }
  const auto columns = static_cast<size_t>(std::max(200, m_plot->width()));
  const bool zero = m_range != Range::Values;
  double low = zero ? 0 : INFINITY, high = m_range == Range::Unit ? 1 : zero ? 0 : -INFINITY;
  const auto add = [&](const CurvePoints& points, QColor color, double width) {
    for (const double v : points.y) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
    QCPGraph* graph = m_plot->addGraph();
    graph->setData({points.x.begin(), points.x.end()}, {points.y.begin(), points.y.end()}, true);
    graph->setPen(QPen(color, width));
    graph->setAdaptiveSampling(false);  // it is thinned already
    return graph;
  };
  const Theme& t = theme();
  std::vector<QCPItemText*> names;
  for (const GhostCurve& ghost : m_ghosts) {
    const bool smooth = !ghost.exact && ghost.steps.size() >= meanFrom;
    const CurvePoints points =
        thinned(ghost.steps, smooth ? runningMean(ghost.values) : ghost.values, first, last, columns);
    if (points.x.empty()) continue;
    QColor grey = t.muted;
    grey.setAlphaF(0.6F);
    add(points, grey, 1.3);
    auto* name = new QCPItemText(m_plot);
    name->setText(ghost.name);
    name->setFont(smallFont());
    name->setColor(t.muted);
    names.push_back(name);
    name->position->setCoords(points.x.back(), points.y.back());
  }
  for (const Curve& curve : m_curves) {
    if (!curve.errors.empty()) {
      std::vector<double> below = curve.values, above = curve.values;
      for (size_t i = 0; i < below.size(); ++i) {
        below[i] -= curve.errors[i];
        above[i] += curve.errors[i];
      }
      QColor band = curve.color;
      band.setAlphaF(0.14F);
      QCPGraph* upper = add(thinned(m_steps, above, first, last, columns), curve.color, 0);
      upper->setPen(Qt::NoPen);
      upper->setBrush(band);
      QCPGraph* lower = add(thinned(m_steps, below, first, last, columns), curve.color, 0);
      lower->setPen(Qt::NoPen);
      upper->setChannelFillGraph(lower);
    }
    if (m_steps.size() < meanFrom || curve.exact) {
      QCPGraph* graph = add(thinned(m_steps, curve.values, first, last, columns), curve.color, 1.8);
      if (m_steps.size() < 3) graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 5));
      continue;
    }
    QColor faint = curve.color;
    faint.setAlphaF(0.25F);
    QCPGraph* steps = add(thinned(m_steps, curve.values, first, last, columns), faint, 1);
    // Thousands of crossing lines take long to smooth, and look the same.
    steps->setAntialiased(m_steps.size() <= 4 * columns);
    add(thinned(m_steps, runningMean(curve.values), first, last, columns), curve.color, 2);
  }
  const double room = high > low ? 0.06 * (high - low) : std::max(0.5, std::abs(high) * 0.1);
  m_plot->yAxis->setRange(zero && low == 0 ? -room / 4 : low - room, zero && high == 0 ? room / 4 : high + room);
  m_plot->xAxis->setRange(first, last);
  for (QCPItemText* name : names) {  // on the side of the line that has the room
    const bool above = name->position->value() < m_plot->yAxis->range().center();
    name->setPositionAlignment(Qt::AlignRight | (above ? Qt::AlignBottom : Qt::AlignTop));
  }
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
    QString value = numberText(curve.values[at], m_range == Range::Signed);
    if (!curve.errors.empty()) value += QStringLiteral(" ± ") + QString::number(curve.errors[at], 'g', 2);
    text += QStringLiteral("<b>%1</b>&nbsp; ").arg(value);
  }
  const QString step = last ? QString() : tr("step %1").arg(static_cast<qint64>(m_steps[at]));
  QString rest = m_unit;
  if (!step.isEmpty()) rest += (rest.isEmpty() ? QString() : QStringLiteral(" · ")) + step;
  const auto fits = [&](const QString& more) {
    QTextDocument shown;
    shown.setDefaultFont(m_readout->font());
    shown.setHtml(text + more);
    return shown.idealWidth() <= m_readout->width();
  };
  // Where there is little room the figure matters most, then its step.
  if (!fits(rest.toHtmlEscaped())) rest = fits(step) ? step : QString();
  text += QStringLiteral("<span style='color:%1'>%2</span>").arg(theme().muted.name(), rest.toHtmlEscaped());
  m_readout->setText(text);
  m_readout->setToolTip(m_unit);
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
  paintAxes(*m_plot, 4);
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurveCard::resizeEvent(QResizeEvent* event) {
  Card::resizeEvent(event);
  m_plot->xAxis->setLabel(height() < labelFrom ? QString() : tr("step"));
  QMetaObject::invokeMethod(
      this, [this] { draw(); }, Qt::QueuedConnection);  // when the plot has its size
}

void CurveCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_plot) paintTheme();
  Card::changeEvent(event);
}

}  // namespace prefscope
