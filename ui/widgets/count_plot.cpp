// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/count_plot.h"

#include <QEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr int plotHeight = 190;
constexpr int tickRoom = 14;            // pixels between the labels of two ticks
constexpr double leastDecade = 12;      // a logarithmic axis has two ticks at least
constexpr double drawnPerDecade = 150;  // ranks of a line: more than the pixels show

/// Ranks of n that are evenly spread on a logarithmic axis, the first and the last among them.
std::vector<size_t> spreadRanks(size_t n) {
  std::vector<size_t> ranks;
  for (size_t rank = 1; rank <= n;) {
    ranks.push_back(rank);
    const auto next = static_cast<size_t>(static_cast<double>(rank) * std::pow(10, 1 / drawnPerDecade));
    rank = std::max(rank + 1, next);
  }
  if (!ranks.empty() && ranks.back() != n) ranks.push_back(n);
  return ranks;
}

/// Dots without a line.
QCPGraph* addDots(QCustomPlot& plot, const QColor& color) {
  QCPGraph* dots = plot.addGraph();
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, color, 8));
  return dots;
}

}  // namespace

CountPlot::CountPlot(const QString& title, const QString& file, QWidget* parent) : QWidget(parent) {
  m_title = makeLabel(title, "strong", this);
  auto* said = new ElidedLabel({}, this);
  said->setProperty("textStyle", QStringLiteral("muted"));
  said->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_said = said;
  m_plot = new QCustomPlot(this);
  m_plot->setFixedHeight(plotHeight);
  m_plot->setMinimumWidth(200);
  m_plot->setMouseTracking(true);
  m_plot->setFocusPolicy(Qt::StrongFocus);
  m_plot->setAccessibleName(title);
  m_plot->setLocale(QLocale());
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
  m_plot->setAttribute(Qt::WA_NoMousePropagation, false);  // the wheel scrolls the page
  m_plot->installEventFilter(this);
  setFocusProxy(m_plot);
  auto* line = new QHBoxLayout;
  line->addWidget(m_title);
  line->addWidget(m_said, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(line);
  layout->addWidget(m_plot);
  addPictureMenu(
      m_plot, file, [this] { return m_series.csv.join(QString()); },
      [this](QPaintDevice* device) {
        QCPPainter painter;
        if (!painter.begin(device)) return false;
        painter.setMode(QCPPainter::pmVectorized);
        m_plot->toPainter(&painter, m_plot->width(), m_plot->height());
        return painter.end();
      });
}

void CountPlot::setSeries(CountSeries series) {
  m_series = std::move(series);
  m_pointed = -1;
  draw();
}

void CountPlot::setOpens() {
  m_opens = true;
  m_plot->setCursor(Qt::PointingHandCursor);
}

void CountPlot::draw() {
  m_plot->clearPlottables();
  m_mark = nullptr;
  m_dot = nullptr;
  paintAxes(*m_plot, 5);
  m_plot->xAxis->setLabel(m_series.across);
  m_plot->yAxis->setLabel(m_series.up);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
    axis->setScaleType(m_series.ranks ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (m_series.ranks)
    drawRanks();
  else if (m_series.means)
    drawMeans();
  else
    drawBars();
  point(m_pointed);
}

void CountPlot::drawRanks() {
  const double most = m_series.counts.empty() ? 1 : *std::max_element(m_series.counts.begin(), m_series.counts.end());
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
    axis->setTicker(QSharedPointer<QCPAxisTickerLog>(new QCPAxisTickerLog));
    axis->setNumberFormat(QStringLiteral("f"));
    axis->setNumberPrecision(0);
  }
  QCPGraph* line = m_plot->addGraph();
  for (const size_t rank : spreadRanks(m_series.counts.size()))
    line->addData(static_cast<double>(rank), m_series.counts[rank - 1]);
  line->setPen(QPen(theme().accent, 2));
  m_dot = addDots(*m_plot, theme().text);
  m_plot->xAxis->setRange(0.9, std::max(leastDecade, static_cast<double>(m_series.counts.size()) * 1.2));
  m_plot->yAxis->setRange(0.8, std::max(leastDecade, most * 1.4));
}

void CountPlot::drawBars() {
  const auto n = static_cast<double>(m_series.counts.size());
  const double most = n > 0 ? *std::max_element(m_series.counts.begin(), m_series.counts.end()) : 1;
  const QSharedPointer<QCPAxisTickerFixed> whole(new QCPAxisTickerFixed);  // there is no half a row
  whole->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
  m_plot->yAxis->setTicker(whole);
  m_plot->yAxis->setNumberFormat(QStringLiteral("f"));
  m_plot->yAxis->setNumberPrecision(0);
  auto* bars = new QCPBars(m_plot->xAxis, m_plot->yAxis);
  m_mark = new QCPBars(m_plot->xAxis, m_plot->yAxis);
  const double width = n > 60 ? 1 : 0.85;
  for (QCPBars* each : {bars, m_mark}) {
    each->setWidth(width);
    each->setPen(Qt::NoPen);
    each->setAntialiased(n <= 60);
  }
  QColor soft = theme().accent;
  soft.setAlphaF(0.6F);
  bars->setBrush(soft);
  m_mark->setBrush(theme().accent);
  for (size_t i = 0; i < m_series.counts.size(); ++i) bars->addData(static_cast<double>(i), m_series.counts[i]);
  m_plot->xAxis->setRange(-0.6, std::max(0.6, n - 0.4));
  m_plot->yAxis->setRange(0, std::max(1.0, most * 1.08));
  placeTicks();
}

void CountPlot::drawMeans() {
  m_plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
  m_plot->yAxis->setNumberFormat(QStringLiteral("g"));
  m_plot->yAxis->setNumberPrecision(4);
  // The line joins what has a value; the dots show which those are.
  QCPGraph* line = m_plot->addGraph();
  line->setPen(QPen(theme().accent, 1));
  QCPGraph* dots = addDots(*m_plot, theme().accent);
  const size_t n = m_series.counts.size();
  dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, theme().accent, n > 60 ? 3 : 5));
  double least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < n; ++i) {
    const double value = m_series.counts[i];
    if (std::isnan(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
    line->addData(static_cast<double>(i), value);
    dots->addData(static_cast<double>(i), value);
  }
  m_dot = addDots(*m_plot, theme().text);
  m_plot->xAxis->setRange(-0.6, std::max(0.6, static_cast<double>(n) - 0.4));
  if (least <= most) {
    const double room = std::max(0.1 * (most - least), 0.01 * std::max(1.0, std::abs(most)));
    m_plot->yAxis->setRange(least - room, most + room);
  }
  placeTicks();
}

void CountPlot::placeTicks() {
  // Every so many of the ticks, as the widest leaves room for.
  int widest = 1;
  std::vector<int> named;
  for (int i = 0; i < m_series.ticks.size(); ++i) {
    if (m_series.ticks[i].isEmpty()) continue;
    named.push_back(i);
    widest = std::max(widest, QFontMetrics(smallFont()).horizontalAdvance(m_series.ticks[i]));
  }
  const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
  if (!named.empty()) {
    const double pixels = std::max(100, m_plot->axisRect()->width());
    const double bar = pixels / static_cast<double>(std::max<qsizetype>(1, m_series.ticks.size()));
    const double between =
        named.size() > 1 ? bar * (named.back() - named.front()) / static_cast<double>(named.size() - 1) : pixels;
    const auto step = static_cast<size_t>(std::max(1.0, std::ceil((widest + tickRoom) / between)));
    for (size_t i = 0; i < named.size(); i += step) ticker->addTick(named[i], m_series.ticks[named[i]]);
  }
  m_plot->xAxis->setTicker(ticker);
}

void CountPlot::point(int index) {
  m_pointed = index >= 0 && index < static_cast<int>(m_series.counts.size()) ? index : -1;
  const QString said = m_pointed < 0 ? m_series.summary : m_series.say(static_cast<size_t>(m_pointed));
  m_said->setText(said);
  m_plot->setAccessibleDescription(said);
  if (m_mark) m_mark->data()->clear();
  if (m_dot) m_dot->data()->clear();
  if (m_pointed >= 0) {
    const double count = m_series.counts[static_cast<size_t>(m_pointed)];
    if (m_mark) m_mark->addData(m_pointed, count);
    if (m_dot && !std::isnan(count)) m_dot->addData(m_series.ranks ? m_pointed + 1 : m_pointed, count);
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

int CountPlot::indexAt(double pixel) const {
  const double at = m_plot->xAxis->pixelToCoord(pixel);
  const double last = static_cast<double>(m_series.counts.size()) - 1;
  return static_cast<int>(std::clamp(std::round(m_series.ranks ? at - 1 : at), 0.0, std::max(0.0, last)));
}

bool CountPlot::takeKey(int key) {
  const int last = static_cast<int>(m_series.counts.size()) - 1;
  // On a logarithmic axis a step is a twentieth of what is behind it.
  const int step = m_series.ranks ? std::max(1, m_pointed / 20) : 1;
  switch (key) {
    case Qt::Key_Left:
      point(std::max(0, m_pointed - step));
      return true;
    case Qt::Key_Right:
      point(std::min(last, m_pointed + step));
      return true;
    case Qt::Key_Home:
      point(0);
      return true;
    case Qt::Key_End:
      point(last);
      return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (!m_opens || m_pointed < 0) return false;
      Q_EMIT chosen(m_pointed);
      return true;
    default:
      return false;
  }
}

bool CountPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_plot && !m_series.counts.empty()) {
    switch (event->type()) {
      case QEvent::MouseMove:
        point(indexAt(static_cast<QMouseEvent*>(event)->position().x()));
        break;
      case QEvent::Leave:
      case QEvent::FocusOut:
        point(-1);
        break;
      case QEvent::FocusIn:
        if (static_cast<QFocusEvent*>(event)->reason() != Qt::MouseFocusReason) point(0);
        break;
      case QEvent::MouseButtonPress:
        if (m_opens && static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton)
          Q_EMIT chosen(indexAt(static_cast<QMouseEvent*>(event)->position().x()));
        break;
      case QEvent::KeyPress:
        if (takeKey(static_cast<QKeyEvent*>(event)->key())) return true;
        break;
      case QEvent::Wheel:
        event->ignore();
        return true;
      case QEvent::Resize:
        if (!m_series.ranks)
          QMetaObject::invokeMethod(
              this,
              [this] {
                placeTicks();
                m_plot->replot(QCustomPlot::rpQueuedReplot);
              },
              Qt::QueuedConnection);
        break;
      default:
        break;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void CountPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_plot) draw();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
