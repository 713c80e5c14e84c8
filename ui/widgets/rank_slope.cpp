// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/rank_slope.h"

#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"

namespace prefscope {
namespace {

constexpr double nameHeight = 14, leftRoom = 24, titleRoom = 132, leastRow = 4.4, labelHeight = 13;
constexpr size_t oneLine = 4;  // of as many names; of more they stand in turn on two

}  // namespace

RankSlope::RankSlope(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Ranks, model by model"));
  setMouseTracking(true);
  addPictureMenu(this, QStringLiteral("ranks"), [this] { return csv(); });
}

void RankSlope::setHovered(qint64 item) {
  if (item == m_hovered) return;
  m_hovered = item;
  update();
}

void RankSlope::setChain(const CaseChain& chain, qint64 rival, const std::vector<BesideModel>& beside) {
  m_chain = chain;
  m_rival = rival;
  m_beside = beside;
  std::erase_if(m_beside, [&](const BesideModel& m) {
    const bool known = !m.classic && std::any_of(chain.models.begin(), chain.models.end(),
                                                 [&](const ChainModel& link) { return link.run == m.run; });
    return known || m.ranks.size() != chain.candidates.size();
  });
  QStringList spoken;
  for (const Axis& axis : axes()) {
    for (size_t c = 0; c < chain.candidates.size(); ++c) {
      if (chain.candidates[c].id == chain.example.target)
        spoken << tr("%1: the target ranks %2").arg(axis.name).arg(axis.ranks[c]);
    }
  }
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
  updateGeometry();
  update();
}

QString RankSlope::csv() const {
  QString text = QStringLiteral("title,model,rank,log_prob,spread\n");
  for (const ChainModel& model : m_chain.models) {
    for (size_t c = 0; c < m_chain.candidates.size(); ++c)
      text +=
          csvLine({QString::fromStdString(m_chain.candidates[c].title), QString::fromStdString(model.name),
                   QString::number(model.ranks[c]), exact(model.scores[c].log_prob), exact(model.scores[c].spread)});
  }
  for (const BesideModel& model : m_beside) {
    for (size_t c = 0; c < m_chain.candidates.size(); ++c)
      text += csvLine({QString::fromStdString(m_chain.candidates[c].title),
                       QString::fromStdString(model.name),
                       QString::number(model.ranks[c]),
                       {},
                       {}});
  }
  return text;
}

QSize RankSlope::minimumSizeHint() const {
  return {220, static_cast<int>(headHeight() + leastRow * static_cast<double>(m_chain.candidates.size()))};
}

double RankSlope::headHeight() const {
  return m_chain.models.size() + m_beside.size() > oneLine ? 2 * nameHeight + 4 : nameHeight + 4;
}

double RankSlope::y(double rank) const {
  const double rows = std::max<double>(1, static_cast<double>(m_chain.candidates.size()));
  return headHeight() + (height() - headHeight()) * (rank - 0.5) / rows;
}

std::vector<RankSlope::Axis> RankSlope::axes() const {
  std::vector<Axis> all;
  for (const BesideModel& model : m_beside) all.push_back({QString::fromStdString(model.name), model.ranks, true});
  for (const ChainModel& model : m_chain.models)
    all.push_back({QString::fromStdString(model.name), {model.ranks.begin(), model.ranks.end()}, false});
  const double right = width() - titleRoom;
  for (size_t a = 0; a < all.size(); ++a)
    all[a].x = all.size() < 2
                   ? leftRoom
                   : leftRoom + (right - leftRoom) * static_cast<double>(a) / static_cast<double>(all.size() - 1);
  return all;
}

void RankSlope::paintEvent(QPaintEvent*) {
  if (m_chain.models.empty()) return;
  const Theme& t = theme();
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  const std::vector<Axis> axes = this->axes();
  p.setFont(smallFont());
  const bool twoLines = axes.size() > oneLine;
  const double apart = axes.size() < 2 ? 88 : axes[1].x - axes[0].x;
  const double room = std::min(88.0, (twoLines ? 2 : 1) * apart - 4);
  for (size_t a = 0; a < axes.size(); ++a) {
    p.setPen(t.muted);
    p.drawText(QRectF(axes[a].x - room / 2, twoLines && a % 2 == 0 ? nameHeight : 0, room, nameHeight + 4),
               Qt::AlignHCenter | Qt::AlignTop,
               QFontMetricsF(smallFont()).elidedText(axes[a].name, Qt::ElideRight, room));
  }
  double namedAt = -labelHeight;  // the label above, which the next one leaves room for
  const double rowHeight = (height() - headHeight()) / static_cast<double>(m_chain.candidates.size());
  const auto draw = [&](size_t c, const QColor& color, double width, bool named) {
    for (size_t a = 0; a < axes.size(); ++a) {
      const QPointF here(axes[a].x, y(axes[a].ranks[c]));
      p.setPen(Qt::NoPen);
      p.setBrush(color);
      p.drawEllipse(here, width + 1, width + 1);
      if (a + 1 == axes.size()) {
        if (!named) continue;
        QFont font = smallFont();
        font.setWeight(width > 2 ? QFont::DemiBold : QFont::Normal);
        p.setFont(font);
        p.setPen(width > 1 ? color : t.muted);
        const double middle = std::max(namedAt + labelHeight, here.y());
        if (width > 1) namedAt = middle;
        p.drawText(QRectF(here.x() + 8, middle - 8, titleRoom - 10, 16), Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetricsF(font).elidedText(QString::fromStdString(m_chain.candidates[c].title), Qt::ElideRight,
                                                  titleRoom - 10));
        continue;
      }
      Qt::PenStyle style = Qt::DotLine;
      if (!axes[a].beside) {
        const size_t m = a - m_beside.size();
        const CandidateScore &now = m_chain.models[m].scores[c], &next = m_chain.models[m + 1].scores[c];
        const double spread = now.spread + next.spread;
        style = spread > 0 && std::abs(next.log_ratio) < spread ? Qt::DashLine : Qt::SolidLine;
      }
      p.setPen(QPen(color, width, style));
      p.drawLine(here, QPointF(axes[a + 1].x, y(axes[a + 1].ranks[c])));
    }
  };
  std::vector<size_t> special;
  for (size_t c = 0; c < m_chain.candidates.size(); ++c) {
    const int64_t item = m_chain.candidates[c].id;
    if (item == m_chain.example.target || item == m_rival || item == m_hovered) {
      special.push_back(c);
    } else {
      draw(c, t.line, 1, rowHeight >= 13);
    }
  }
  std::sort(special.begin(), special.end(),
            [this](size_t a, size_t b) { return m_chain.models.back().ranks[a] < m_chain.models.back().ranks[b]; });
  for (const size_t c : special) {
    const int64_t item = m_chain.candidates[c].id;
    const bool target = item == m_chain.example.target;
    draw(c,
         target            ? t.target
         : item == m_rival ? t.accent
                           : t.text,
         (target ? 3 : 2) + (item == m_hovered ? 1 : 0), true);
  }
}

qint64 RankSlope::itemAt(double height) const {
  if (m_chain.models.empty()) return 0;
  const auto& ranks = m_chain.models.back().ranks;
  for (size_t c = 0; c < ranks.size(); ++c) {
    if (std::abs(height - y(ranks[c])) <= (this->height() - headHeight()) / static_cast<double>(ranks.size()) / 2)
      return m_chain.candidates[c].id;
  }
  return 0;
}

void RankSlope::mouseReleaseEvent(QMouseEvent* event) {
  const qint64 item = event->button() == Qt::LeftButton ? itemAt(event->position().y()) : 0;
  if (item != 0) Q_EMIT candidateChosen(item);
}

void RankSlope::mouseMoveEvent(QMouseEvent* event) {
  const qint64 item = itemAt(event->position().y());
  if (item == m_hovered) return;
  setHovered(item);
  Q_EMIT candidateHovered(item);
}

void RankSlope::leaveEvent(QEvent*) {
  if (m_hovered == 0) return;
  setHovered(0);
  Q_EMIT candidateHovered(0);
}

void RankSlope::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) update();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
