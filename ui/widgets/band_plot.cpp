// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/band_plot.h"

#include <QApplication>
#include <QEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QTextDocument>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/plot_theme.h"
#include "ui/widgets/qcustomplot_header.h"

namespace prefscope {
namespace {

constexpr int nameWidth = 64;  // room at the right for the lines' names
constexpr int noteWidth = 600;
constexpr QSize notePadding(9, 4);  // with the border, as in the style sheet
constexpr int roomyFrom = 320;      // pixels of height
constexpr double reachPixels = 14;  // least distance between two names

QColor faded(QColor color, float opacity) {
  color.setAlphaF(opacity);
  return color;
}

}  // namespace

BandPlot::BandPlot(QWidget* parent) : QWidget(parent) {
  m_plot = new QCustomPlot(this);
  m_plot->setMinimumHeight(120);
  m_plot->setMouseTracking(true);
  m_plot->installEventFilter(this);
  m_plot->setLocale(QLocale::c());
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 4, nameWidth, 0));
  m_plot->axisRect()->setMargins(QMargins(0, 4, nameWidth, 0));
  const QSharedPointer<QCPAxisTickerFixed> whole(new QCPAxisTickerFixed);  // there is no half a step
  whole->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
  m_plot->xAxis->setTicker(whole);
  m_plot->setCursor(Qt::CrossCursor);
  m_note = makeLabel({}, "", m_plot);
  m_note->setObjectName(QStringLiteral("alarmNote"));
  m_note->setTextFormat(Qt::RichText);  // the engine's sentences, escaped
  m_note->setWordWrap(true);
  m_note->setAttribute(Qt::WA_TransparentForMouseEvents);
  m_note->hide();
  for (const QString& name : {tr("chosen"), tr("rejected")}) {
    m_names.push_back(makeLabel(name, "", m_plot));
    m_names.back()->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_names.back()->hide();
  }
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_plot);
  draw();
}

void BandPlot::setData(const std::vector<PanelSummary>& panel, const std::vector<Alarm>& alarms,
                       const std::vector<Ghost>& ghosts, double total) {
  m_panel = panel;
  m_alarms = alarms;
  m_ghosts = ghosts;
  m_total = total;
  draw();
}

void BandPlot::draw() {
  const Theme& t = theme();
  QPointF markLow, markHigh;
  if (m_mark) {
    markLow = m_mark->topLeft->coords();
    markHigh = m_mark->bottomRight->coords();
  }
  const bool marked = m_mark != nullptr;
  m_mark = nullptr;
  m_plot->clearItems();
  m_plot->clearPlottables();
  paintAxes(*m_plot, 5);

  double low = 0, high = 0, last = std::max(1.0, m_total);
  for (const PanelSummary& s : m_panel) {
    low = std::min({low, s.chosen.p5, s.rejected.p5});
    high = std::max({high, s.chosen.p95, s.rejected.p95});
    last = std::max(last, static_cast<double>(s.step));
  }
  for (const Ghost& ghost : m_ghosts) {
    for (const bool chosen : {true, false}) {
      QCPGraph* graph = m_plot->addGraph();
      for (const PanelSummary& s : ghost.panel) {
        const double median = chosen ? s.chosen.p50 : s.rejected.p50;
        graph->addData(static_cast<double>(s.step), median);
        low = std::min(low, median);
        high = std::max(high, median);
      }
      graph->setPen(QPen(faded(t.muted, 0.7F), 1.3, chosen ? Qt::SolidLine : Qt::DotLine));
      if (!chosen || ghost.panel.empty()) continue;
      auto* name = new QCPItemText(m_plot);
      name->setText(ghost.name);
      name->setFont(smallFont());
      name->setColor(t.muted);
      name->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
      name->position->setCoords(static_cast<double>(ghost.panel.back().step), ghost.panel.back().chosen.p50);
    }
    last = ghost.panel.empty() ? last : std::max(last, static_cast<double>(ghost.panel.back().step));
  }
  drawBands(false);
  drawBands(true);
  for (const Alarm& alarm : m_alarms) {
    auto* line = new QCPItemStraightLine(m_plot);
    line->setPen(QPen(t.warning, 1.2, Qt::DashLine));
    line->point1->setCoords(static_cast<double>(alarm.step), 0);
    line->point2->setCoords(static_cast<double>(alarm.step), 1);
  }
  const double room = std::max(0.06 * (high - low), 0.05);
  m_plot->yAxis->setRange(low - room, high + room);
  m_plot->xAxis->setRange(0, last);
  if (marked) {
    m_mark = new QCPItemRect(m_plot);
    m_mark->setPen(QPen(t.accent, 1));
    m_mark->setBrush(faded(t.accent, 0.12F));
    m_mark->topLeft->setCoords(markLow);
    m_mark->bottomRight->setCoords(markHigh);
  }

  // The first in full; where there is little room of the others only what happens. All is in the tool tip.
  QStringList shown, all;
  for (const Alarm& alarm : m_alarms) {
    const QString text = QStringLiteral("<b>%1</b>").arg(QString::fromStdString(alarm.text).toHtmlEscaped());
    const QString full = text + QStringLiteral("<br>") + QString::fromStdString(alarm.advice).toHtmlEscaped();
    shown << (shown.isEmpty() || m_plot->height() >= roomyFrom ? full : text);
    all << full;
  }
  m_note->setText(shown.join(QStringLiteral("<br>")));
  const QString how =
      tr("Median, 25-75 % and 5-95 % of the panel's examples. Drag over a part to list its examples.").toHtmlEscaped();
  m_plot->setToolTip(QStringLiteral("<p>%1</p><p>%2</p>").arg(how, all.join(QStringLiteral("</p><p>"))));
  placeNote();
  m_plot->replot(QCustomPlot::rpImmediateRefresh);  // the axis rectangle has its size from here
  placeNames();
}

void BandPlot::drawBands(bool chosen) {
  if (m_panel.empty()) return;
  const Theme& t = theme();
  const QColor color = chosen ? t.chosen : t.rejected;
  const auto add = [&](double Quantiles::*value) {
    QCPGraph* graph = m_plot->addGraph();
    for (const PanelSummary& s : m_panel)
      graph->addData(static_cast<double>(s.step), (chosen ? s.chosen : s.rejected).*value);
    graph->setPen(Qt::NoPen);
    return graph;
  };
  const auto band = [&](double Quantiles::*lower, double Quantiles::*upper, float opacity) {
    QCPGraph* top = add(upper);
    top->setBrush(faded(color, opacity));
    top->setChannelFillGraph(add(lower));
  };
  band(&Quantiles::p5, &Quantiles::p95, 0.14F);
  band(&Quantiles::p25, &Quantiles::p75, 0.26F);
  QCPGraph* median = add(&Quantiles::p50);
  median->setPen(QPen(color, 2.2));
  if (m_panel.size() < 3) median->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 6));
}

void BandPlot::placeNote() {
  m_note->setVisible(!m_alarms.empty());
  if (m_alarms.empty()) return;
  const int width = std::clamp(m_plot->width() - nameWidth - 80, 120, noteWidth);
  m_note->setFont(smallFont());
  // Measured by its text: a label that was never shown does not know its height yet.
  QTextDocument text;
  text.setDefaultFont(smallFont());
  text.setDocumentMargin(0);
  text.setHtml(m_note->text());
  text.setTextWidth(width - 2 * notePadding.width());
  const int height = static_cast<int>(std::ceil(text.size().height())) + 2 * notePadding.height();
  m_note->setFixedSize(width, height);
  // The bands move down, so that the note hides none of them.
  const double plotHeight = std::max(60, m_plot->height() - 40);
  const QCPRange range = m_plot->yAxis->range();
  const double share = std::min(0.6, (height + 12) / plotHeight);
  m_plot->yAxis->setRangeUpper(range.lower + range.size() / (1 - share));
  // Beside the first alarm's line, on the side that has the room.
  const double left = 40, right = m_plot->width() - nameWidth;
  const double total = std::max(1.0, m_plot->xAxis->range().upper);
  const double at = left + (right - left) * static_cast<double>(m_alarms.front().step) / total;
  const double x = at + 8 + width <= right ? at + 8 : at - 8 - width >= left ? at - 8 - width : right - width - 4;
  m_note->move(static_cast<int>(std::max(left, x)), 10);
}

void BandPlot::placeNames() {
  for (QLabel* name : m_names) name->setVisible(!m_panel.empty());
  if (m_panel.empty()) return;
  const Theme& t = theme();
  const PanelSummary& end = m_panel.back();
  double y[2] = {m_plot->yAxis->coordToPixel(end.chosen.p50), m_plot->yAxis->coordToPixel(end.rejected.p50)};
  if (const double apart = std::abs(y[1] - y[0]); apart < reachPixels) {
    const double more = (reachPixels - apart) / 2;
    y[0] += y[0] <= y[1] ? -more : more;
    y[1] += y[0] <= y[1] ? more : -more;
  }
  const QColor colors[2] = {t.chosen, t.rejected};
  for (size_t i = 0; i < 2; ++i) {
    QLabel* name = m_names[i];
    name->setStyleSheet(QStringLiteral("color: %1; font-weight: 600; background: transparent").arg(colors[i].name()));
    name->setFont(smallFont());
    name->adjustSize();
    const double x = m_plot->xAxis->coordToPixel(static_cast<double>(end.step)) + 6;
    name->move(static_cast<int>(std::min<double>(x, m_plot->width() - name->width())),
               static_cast<int>(y[i]) - name->height() / 2);
  }
}

void BandPlot::clearBrush() {
  if (!m_mark) return;
  m_plot->removeItem(m_mark);
  m_mark = nullptr;
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void BandPlot::showBrush(const QPointF& from, const QPointF& to) {
  if (!m_mark) {
    m_mark = new QCPItemRect(m_plot);
    m_mark->setPen(QPen(theme().accent, 1));
    m_mark->setBrush(faded(theme().accent, 0.12F));
  }
  const auto x = [this](const QPointF& p) { return m_plot->xAxis->pixelToCoord(p.x()); };
  const auto y = [this](const QPointF& p) { return m_plot->yAxis->pixelToCoord(p.y()); };
  m_mark->topLeft->setCoords(std::min(x(from), x(to)), std::max(y(from), y(to)));
  m_mark->bottomRight->setCoords(std::max(x(from), x(to)), std::min(y(from), y(to)));
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

bool BandPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != m_plot || m_panel.empty()) return QWidget::eventFilter(watched, event);
  if (event->type() == QEvent::MouseButtonPress) {
    m_pressed = static_cast<QMouseEvent*>(event)->position();
    m_dragging = static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton;
  } else if (event->type() == QEvent::MouseMove) {
    const QPointF at = static_cast<QMouseEvent*>(event)->position();
    if (m_dragging && (at - m_pressed).manhattanLength() >= QApplication::startDragDistance()) showBrush(m_pressed, at);
    const double step = m_plot->xAxis->pixelToCoord(at.x());
    const auto nearest = std::min_element(m_panel.begin(), m_panel.end(), [step](const auto& a, const auto& b) {
      return std::abs(static_cast<double>(a.step) - step) < std::abs(static_cast<double>(b.step) - step);
    });
    Q_EMIT hovered(static_cast<int>(nearest - m_panel.begin()));
  } else if (event->type() == QEvent::MouseButtonRelease && m_dragging) {
    m_dragging = false;
    const QPointF at = static_cast<QMouseEvent*>(event)->position();
    if ((at - m_pressed).manhattanLength() < QApplication::startDragDistance()) {
      clearBrush();
      Q_EMIT brushCleared();
    } else {
      showBrush(m_pressed, at);
      const QPointF a = m_mark->topLeft->coords(), b = m_mark->bottomRight->coords();
      Q_EMIT brushed({a.x(), b.x(), b.y(), a.y()});
    }
  } else if (event->type() == QEvent::Leave) {
    Q_EMIT hovered(static_cast<int>(m_panel.size()) - 1);
  }
  return QWidget::eventFilter(watched, event);
}

void BandPlot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  QMetaObject::invokeMethod(
      this, [this] { draw(); }, Qt::QueuedConnection);  // when the plot has its size
}

void BandPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_plot) draw();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
