// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/film_chart.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/interval_chart.h"
#include "ui/widgets/picture_menu.h"

namespace prefscope {
namespace {

constexpr double headHeight = 20, footHeight = 20, leftRoom = 44, rightRoom = 14, gap = 22;
constexpr double marginShare = 0.36;  // of the height, for the upper plot

/// A round step that cuts a range into about four.
double roundStep(double range) {
  const double rough = std::max(range, 1e-6) / 4, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

QColor colorOf(const FilmFrame& frame) {
  return frame.run ? modelColor(QString::fromStdString(frame.model)) : theme().base;
}

}  // namespace

QString momentText(const FilmFrame& frame) {
  return frame.run ? FilmChart::tr("%1, step %2").arg(QString::fromStdString(frame.model)).arg(frame.step)
                   : FilmChart::tr("base model");
}

FilmChart::FilmChart(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Margin and ranks over the training"));
  setToolTip(tr("Left and Right go from moment to moment"));
  addPictureMenu(this, QStringLiteral("film"), [this] { return csv(); });
}

void FilmChart::setFilm(const Film& film) {
  m_film = film;
  m_target = 0;
  while (m_target < film.candidates.size() && film.candidates[m_target].id != film.example.target) ++m_target;
  m_moment = std::max(0, count() - 1);
  update();
}

void FilmChart::setMoment(int frame) {
  m_moment = std::clamp(frame, 0, std::max(0, count() - 1));
  update();
}

QString FilmChart::csv() const {
  QString text = QStringLiteral("model,step,title,rank,log_prob\n");
  for (const FilmFrame& f : m_film.frames) {
    for (size_t c = 0; c < f.scores.size(); ++c)
      text += csvLine({QString::fromStdString(f.model), QString::number(f.step),
                       QString::fromStdString(m_film.candidates[c].title), QString::number(f.ranks[c]),
                       exact(f.scores[c])});
  }
  return text;
}

QSize FilmChart::minimumSizeHint() const {
  return {360, 280};
}

QSize FilmChart::sizeHint() const {
  return {640, 480};
}

double FilmChart::x(int frame) const {
  const double width = this->width() - leftRoom - rightRoom;
  return count() < 2 ? leftRoom + width / 2 : leftRoom + width * frame / (count() - 1);
}

QRectF FilmChart::margins() const {
  return {leftRoom, headHeight, width() - leftRoom - rightRoom,
          marginShare * (height() - headHeight - footHeight - gap)};
}

QRectF FilmChart::ranks() const {
  const double top = margins().bottom() + gap;
  return {leftRoom, top, width() - leftRoom - rightRoom, height() - footHeight - top};
}

void FilmChart::paintEvent(QPaintEvent*) {
  if (m_film.frames.empty()) return;
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  p.setFont(smallFont());
  const double at = x(m_moment);
  p.setPen(QPen(theme().accent, hasFocus() ? 2 : 1));
  p.drawLine(QPointF(at, headHeight), QPointF(at, height() - footHeight));
  drawHead(p);
  drawMargins(p);
  drawRanks(p);
}

/// The runs' names above their moments, and steps below.
void FilmChart::drawHead(QPainter& p) const {
  const Theme& t = theme();
  const QFontMetricsF metrics(smallFont());
  double taken = 0;
  for (int n = 0; n < count(); ++n) {
    const FilmFrame& f = m_film.frames[static_cast<size_t>(n)];
    const bool first = n == 0 || m_film.frames[static_cast<size_t>(n) - 1].run != f.run;
    if (first) {
      int last = n;
      while (last + 1 < count() && m_film.frames[static_cast<size_t>(last) + 1].run == f.run) ++last;
      const double left = n == 0 ? 0 : (x(n) + x(n - 1)) / 2;
      const double right = last + 1 < count() ? (x(last) + x(last + 1)) / 2 : width();
      if (n > 0) {
        p.setPen(QPen(t.line, 1));
        p.drawLine(QPointF(left, 0), QPointF(left, height()));
      }
      p.setPen(colorOf(f));
      const QRectF room(left + 4, 0, std::max(0.0, right - left - 8), headHeight);
      p.drawText(room, Qt::AlignHCenter | Qt::AlignVCenter,
                 metrics.elidedText(QString::fromStdString(f.model), Qt::ElideRight, room.width()));
    }
    const QString step = QString::number(f.step);
    const double half = metrics.horizontalAdvance(step) / 2;
    if (!f.run || x(n) - half < taken + 6) continue;
    taken = x(n) + half;
    p.setPen(t.muted);
    p.drawText(QRectF(x(n) - 40, height() - footHeight + 2, 80, footHeight), Qt::AlignHCenter | Qt::AlignTop, step);
  }
}

void FilmChart::drawMargins(QPainter& p) const {
  const Theme& t = theme();
  const QRectF plot = margins();
  double low = 0, high = 0;
  for (const FilmFrame& f : m_film.frames) {
    low = std::min(low, f.margin);
    high = std::max(high, f.margin);
  }
  const double step = roundStep(high - low);
  low = std::floor(low / step) * step;
  high = std::max(low + step, std::ceil(high / step) * step);
  const auto y = [&](double margin) { return plot.bottom() - (margin - low) / (high - low) * plot.height(); };
  for (double tick = low; tick <= high + step / 2; tick += step) {
    p.setPen(QPen(t.line, 1));
    p.drawLine(QPointF(plot.left(), y(tick)), QPointF(plot.right(), y(tick)));
    p.setPen(t.muted);
    p.drawText(QRectF(0, y(tick) - 8, leftRoom - 8, 16), Qt::AlignRight | Qt::AlignVCenter,
               QString::number(std::abs(tick) < step / 2 ? 0 : tick, 'g', 3));
  }
  p.drawText(QRectF(plot.left() + 4, plot.top() + 2, plot.width(), 16), Qt::AlignLeft,
             tr("margin of the chosen item, nats"));
  QPainterPath path;
  for (int n = 0; n < count(); ++n) {
    const QPointF point(x(n), y(m_film.frames[static_cast<size_t>(n)].margin));
    n == 0 ? path.moveTo(point) : path.lineTo(point);
  }
  p.setBrush(Qt::NoBrush);
  p.setPen(QPen(t.target, 2));
  p.drawPath(path);
  for (int n = 0; n < count(); ++n) {
    const FilmFrame& f = m_film.frames[static_cast<size_t>(n)];
    p.setPen(Qt::NoPen);
    p.setBrush(colorOf(f));
    p.drawEllipse(QPointF(x(n), y(f.margin)), n == m_moment ? 5 : 3, n == m_moment ? 5 : 3);
  }
}

void FilmChart::drawRanks(QPainter& p) const {
  const Theme& t = theme();
  const QRectF plot = ranks();
  const auto rows = static_cast<double>(m_film.candidates.size());
  const auto y = [&](int rank) { return plot.top() + plot.height() * (rank - 0.5) / rows; };
  p.setPen(t.muted);
  p.drawText(QRectF(plot.left() + 4, plot.top() - 18, plot.width(), 16), Qt::AlignLeft, tr("rank of each candidate"));
  for (const int rank : {1, 5, 10, 15, 20, 50, 100}) {
    if (rank > static_cast<int>(m_film.candidates.size())) break;
    p.drawText(QRectF(0, y(rank) - 8, leftRoom - 8, 16), Qt::AlignRight | Qt::AlignVCenter, QString::number(rank));
  }
  const auto draw = [&](size_t c, const QColor& color, double width) {
    QPainterPath path;
    for (int n = 0; n < count(); ++n) {
      const QPointF point(x(n), y(m_film.frames[static_cast<size_t>(n)].ranks[c]));
      n == 0 ? path.moveTo(point) : path.lineTo(point);
    }
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(color, width));
    p.drawPath(path);
    p.setPen(Qt::NoPen);
    p.setBrush(color);
    for (int n = 0; n < count(); ++n)
      p.drawEllipse(QPointF(x(n), y(m_film.frames[static_cast<size_t>(n)].ranks[c])), width + 0.5, width + 0.5);
  };
  QColor others = t.muted;
  others.setAlphaF(0.4F);
  for (size_t c = 0; c < m_film.candidates.size(); ++c) {
    if (c != m_target) draw(c, others, 1);
  }
  if (m_target < m_film.candidates.size()) draw(m_target, t.target, 2.5);
}

void FilmChart::choose(int frame) {
  frame = std::clamp(frame, 0, std::max(0, count() - 1));
  if (frame == m_moment) return;
  setMoment(frame);
  Q_EMIT momentChosen(frame);
}

void FilmChart::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) mouseMoveEvent(event);
}

void FilmChart::mouseMoveEvent(QMouseEvent* event) {
  if (count() < 2 || !(event->buttons() & Qt::LeftButton)) return;
  const double width = x(count() - 1) - x(0);
  choose(static_cast<int>(std::lround((event->position().x() - leftRoom) / width * (count() - 1))));
}

void FilmChart::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      return choose(m_moment - 1);
    case Qt::Key_Right:
      return choose(m_moment + 1);
    case Qt::Key_Home:
      return choose(0);
    case Qt::Key_End:
      return choose(count() - 1);
    default:
      QWidget::keyPressEvent(event);
  }
}

void FilmChart::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
