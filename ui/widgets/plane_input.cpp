// SPDX-License-Identifier: GPL-3.0-or-later
// What the pointer and the keys do in a plane.
#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <cmath>
#include <utility>

#include "ui/widgets/plane_plot.h"
#include "ui/widgets/qcustomplot_header.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {
namespace {

constexpr double reachPixels = 8;
constexpr double lassoStep = 3;  // pixels between its corners
constexpr double zoomStep = 0.8, moveStep = 0.1;

}  // namespace

int PlanePlot::pointAt(const QPointF& position) const {
  const auto passes = [this](size_t point) {
    return m_bins.bins().empty() || m_bins.bins()[static_cast<size_t>(m_bins.binOf()[point])].count == 1;
  };
  return m_nearest.find(m_places, placeOf(position), reachPixels * natsPerPixel(), passes);
}

int PlanePlot::binAt(const QPointF& position) const {
  const int bin = m_bins.at(placeOf(position));
  return bin >= 0 && m_bins.bins()[static_cast<size_t>(bin)].count > 1 ? bin : -1;
}

std::vector<qint64> PlanePlot::examplesOf(int bin) const {
  std::vector<qint64> examples;
  for (size_t i = 0; i < m_points.size(); ++i) {
    if (m_bins.binOf()[i] == bin) examples.push_back(m_points[i].example);
  }
  return examples;
}

void PlanePlot::hover(QMouseEvent* event) {
  const int bin = binAt(event->position());
  const int point = bin >= 0 ? -1 : pointAt(event->position());
  if (!m_lassoOn) m_plot->setCursor(bin >= 0 || point >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  if (point != m_hoveredPoint) {
    m_hoveredPoint = point;
    m_hoveredHere = true;
    m_above->replot();
    Q_EMIT exampleHovered(point < 0 ? 0 : m_points[static_cast<size_t>(point)].example);
  }
  if (bin >= 0) {
    int raised = 0, lowered = 0, first = 0;
    for (size_t i = 0; i < m_points.size(); ++i) {
      if (m_bins.binOf()[i] != bin) continue;
      const Margin m = margin_of(m_points[i], m_hardest);
      raised += m.policy > m.reference ? 1 : 0;
      lowered += m.policy < m.reference ? 1 : 0;
      first += m_points[i].chosen_first ? 1 : 0;
    }
    QToolTip::showText(event->globalPosition().toPoint(),
                       tr("<p><b>%1 users</b><br>margin raised for %2, lowered for %3<br>the chosen ranks first for "
                          "%4<br>a click lists them</p>")
                           .arg(m_bins.bins()[static_cast<size_t>(bin)].count)
                           .arg(raised)
                           .arg(lowered)
                           .arg(first),
                       m_plot);
  } else if (point >= 0) {
    const MarginPoint& p = m_points[static_cast<size_t>(point)];
    const Margin m = margin_of(p, m_hardest);
    QToolTip::showText(
        event->globalPosition().toPoint(),
        tr("<p><b>User %1</b><br>margin %2 before, %3 after training, nats<br>log-ratio of the chosen %4, of the %5 "
           "%6<br>%7</p>")
            .arg(QString::fromStdString(p.user_key).toHtmlEscaped(), signedNumber(m.reference, 3),
                 signedNumber(m.policy, 3), signedNumber(m.ratio_chosen, 3),
                 m_hardest ? tr("hardest rejected") : tr("rejected, mean"), signedNumber(m.ratio_rejected, 3),
                 p.chosen_first ? tr("the chosen ranks first") : tr("the chosen does not rank first")),
        m_plot);
  } else {
    QToolTip::hideText();
  }
}

void PlanePlot::click(const QPointF& position) {
  if (const int bin = binAt(position); bin >= 0) {
    Q_EMIT examplesChosen(examplesOf(bin));
  } else if (const int point = pointAt(position); point >= 0) {
    Q_EMIT exampleChosen(m_points[static_cast<size_t>(point)].example);
  }
}

void PlanePlot::finishLasso() {
  QPolygonF region;
  for (const QPointF& corner : std::exchange(m_lasso, {})) region << placeOf(corner);
  std::vector<qint64> examples;
  for (const size_t point : pointsWithin(m_places, region)) examples.push_back(m_points[point].example);
  m_above->replot();
  Q_EMIT examplesChosen(examples);
}

bool PlanePlot::key(int key) {
  const auto zoom = [this](double factor) {
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) axis->scaleRange(factor);
  };
  const auto move = [this](QCPAxis* axis, double share) { axis->moveRange(share * axis->range().size()); };
  switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoom(zoomStep);
      break;
    case Qt::Key_Minus:
      zoom(1 / zoomStep);
      break;
    case Qt::Key_Left:
      move(m_plot->xAxis, -moveStep);
      break;
    case Qt::Key_Right:
      move(m_plot->xAxis, moveStep);
      break;
    case Qt::Key_Up:
      move(m_plot->yAxis, moveStep);
      break;
    case Qt::Key_Down:
      move(m_plot->yAxis, -moveStep);
      break;
    case Qt::Key_0:
      showAll();
      return true;
    default:
      return false;
  }
  m_plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewChanged();
  return true;
}

bool PlanePlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != m_plot) return QWidget::eventFilter(watched, event);
  const auto* mouse = dynamic_cast<QMouseEvent*>(event);
  switch (event->type()) {
    case QEvent::MouseMove:
      if (!m_lasso.isEmpty()) {
        if ((mouse->position() - m_lasso.last()).manhattanLength() < lassoStep) return true;
        m_lasso << mouse->position();
        m_above->replot();
        return true;
      }
      hover(static_cast<QMouseEvent*>(event));
      break;
    case QEvent::Leave:
      if (m_hoveredPoint >= 0 && m_hoveredHere) {
        m_hoveredPoint = -1;
        m_above->replot();
        Q_EMIT exampleHovered(0);
      }
      break;
    case QEvent::MouseButtonPress:
      m_pressed = mouse->position();
      if (mouse->button() == Qt::LeftButton && (m_lassoOn || mouse->modifiers() & Qt::ShiftModifier) &&
          m_plot->axisRect()->rect().contains(m_pressed.toPoint())) {
        m_lasso = QPolygonF({m_pressed});
        m_plot->setFocus(Qt::MouseFocusReason);
        return true;
      }
      break;
    case QEvent::MouseButtonRelease: {
      if (mouse->button() != Qt::LeftButton) break;
      const QPointF released = mouse->position();
      if ((released - m_pressed).manhattanLength() < QApplication::startDragDistance() && m_lasso.size() < 4) {
        const bool ours = !std::exchange(m_lasso, {}).isEmpty();
        click(released);
        if (ours) return true;
      } else if (!m_lasso.isEmpty()) {
        finishLasso();
        return true;
      } else {
        Q_EMIT viewChanged();
      }
      break;
    }
    case QEvent::MouseButtonDblClick:
      showAll();
      return true;
    case QEvent::Wheel:
      QMetaObject::invokeMethod(
          this, [this] { Q_EMIT viewChanged(); }, Qt::QueuedConnection);
      break;
    case QEvent::FocusIn:
    case QEvent::FocusOut:
      m_above->replot();
      break;
    case QEvent::KeyPress:
      if (key(static_cast<QKeyEvent*>(event)->key())) return true;
      break;
    default:
      break;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace prefscope
