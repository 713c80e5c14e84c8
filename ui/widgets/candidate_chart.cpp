// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/candidate_chart.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/signed_number.h"

namespace prefscope {

CandidateChart::CandidateChart(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Candidates in rank order"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  addPictureMenu(this, QStringLiteral("candidates"), [this] { return csv(); });
}

QString CandidateChart::rankText(double rank) {
  return rank == 0 ? QStringLiteral("…") : QString::number(rank);
}

void CandidateChart::setRival(qint64 item) {
  m_rival = item;
  update();
}

void CandidateChart::setHovered(qint64 item) {
  if (item == m_hovered) return;
  m_hovered = item;
  update();
}

QString CandidateChart::csv() const {
  QStringList head = QStringLiteral("rank,title,target,score,log_prob,reference,log_ratio,spread,tokens").split(u',');
  for (const Column& column : m_beside) head << tr("rank by %1").arg(column.name);
  QString text = csvLine(head);
  for (size_t i = 0; m_rank && i < m_rank->candidates.size(); ++i) {
    const RankedCandidate& c = m_rank->candidates[i];
    QStringList fields = {QString::number(i + 1),
                          QString::fromStdString(c.title),
                          c.item == m_rank->target ? QStringLiteral("1") : QStringLiteral("0"),
                          exact(c.score),
                          exact(c.log_prob),
                          m_rank->has_reference ? exact(c.log_prob - c.log_ratio) : QString(),
                          m_rank->has_reference ? exact(c.log_ratio) : QString(),
                          exact(c.spread),
                          QString::number(c.tokens)};
    for (const Column& column : m_beside) fields << rankText(column.ranks[i]);
    text += csvLine(fields);
  }
  return text;
}

void CandidateChart::setBeside(const std::vector<BesideModel>& models) {
  m_beside.clear();
  if (!m_rank) return;
  const std::vector<int64_t>& saved = m_rank->example.candidates;
  for (const BesideModel& model : models) {
    Column column{QString::fromStdString(model.name), model.classic, {}, {}};
    for (const RankedCandidate& c : m_rank->candidates) {
      const auto place = static_cast<size_t>(std::find(saved.begin(), saved.end(), c.item) - saved.begin());
      const bool known = place < model.ranks.size();
      column.ranks.push_back(known ? model.ranks[place] : 0);
      column.scores.push_back(known ? model.scores[place] : 0);
    }
    m_beside.push_back(std::move(column));
  }
  updateGeometry();
  update();
}

void CandidateChart::setRank(const RankResult& rank) {
  m_targetComes = m_targetComes || !m_rank || m_rank->example.id != rank.example.id;
  m_rank = rank;
  m_beside.clear();
  m_low = INFINITY;
  m_high = -INFINITY;
  m_largest = 0;
  QStringList spoken;
  for (const RankedCandidate& c : rank.candidates) {
    const double before = rank.has_reference ? c.log_prob - c.log_ratio : c.log_prob;
    m_low = std::min({m_low, c.log_prob - c.spread, before});
    m_high = std::max({m_high, c.log_prob + c.spread, before});
    m_largest = std::max(m_largest, std::abs(c.log_ratio));
    spoken << tr("%1: %2 nats").arg(QString::fromStdString(c.title)).arg(c.log_prob, 0, 'f', 2);
  }
  const double room = std::max(0.5, (m_high - m_low) * 0.04);
  m_low -= room;
  m_high += room;
  m_hovered = 0;
  setAccessibleDescription(spoken.join(QStringLiteral("; ")));
  updateGeometry();
  update();
  // Behind the layout that this asks for.
  QMetaObject::invokeMethod(this, &CandidateChart::bringTargetIntoView, Qt::QueuedConnection);
}

void CandidateChart::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  QMetaObject::invokeMethod(this, &CandidateChart::bringTargetIntoView, Qt::QueuedConnection);
}

void CandidateChart::bringTargetIntoView() {
  if (!m_targetComes || !m_rank || !isVisible()) return;
  m_targetComes = false;
  if (QScrollArea* area = scrollArea()) area->verticalScrollBar()->setValue(0);
  for (size_t row = 0; row < m_rank->candidates.size(); ++row) {
    if (m_rank->candidates[row].item == m_rank->target) bringIntoView(static_cast<int>(row));
  }
}

void CandidateChart::bringIntoView(int row) {
  const Layout l = layoutNow();
  if (QScrollArea* area = scrollArea())
    area->ensureVisible(0, static_cast<int>(l.top + l.rowHeight * (row + 0.5)), 0, static_cast<int>(l.rowHeight));
}

QScrollArea* CandidateChart::scrollArea() const {
  for (QWidget* above = parentWidget(); above; above = above->parentWidget()) {
    if (auto* area = qobject_cast<QScrollArea*>(above)) return area;
  }
  return nullptr;
}

void CandidateChart::clear() {
  m_rank.reset();
  update();
}

int CandidateChart::rowAt(const QPointF& position) const {
  if (!m_rank) return -1;
  const Layout l = layoutNow();
  const int row = static_cast<int>(std::floor((position.y() - l.top) / l.rowHeight));
  return position.y() >= l.top && row < static_cast<int>(m_rank->candidates.size()) ? row : -1;
}

qint64 CandidateChart::itemAt(const QPointF& position) const {
  const int row = rowAt(position);
  return row < 0 ? 0 : m_rank->candidates[static_cast<size_t>(row)].item;
}

void CandidateChart::mouseReleaseEvent(QMouseEvent* event) {
  const qint64 item = event->button() == Qt::LeftButton ? itemAt(event->position()) : 0;
  if (item != 0) Q_EMIT candidateChosen(item);
}

void CandidateChart::mouseMoveEvent(QMouseEvent* event) {
  const qint64 item = itemAt(event->position());
  if (item == m_hovered) return;
  setHovered(item);
  Q_EMIT candidateHovered(item);
}

void CandidateChart::leaveEvent(QEvent*) {
  if (m_hovered == 0) return;
  setHovered(0);
  Q_EMIT candidateHovered(0);
}

void CandidateChart::moveRival(int from, int step) {
  const auto rows = static_cast<int>(m_rank->candidates.size());
  int row = from + step;
  if (row >= 0 && row < rows && m_rank->candidates[static_cast<size_t>(row)].item == m_rank->target) row += step;
  if (row < 0 || row >= rows) return;
  bringIntoView(row);
  Q_EMIT candidateChosen(m_rank->candidates[static_cast<size_t>(row)].item);
}

void CandidateChart::keyPressEvent(QKeyEvent* event) {
  if (!m_rank || m_rank->candidates.empty()) return QWidget::keyPressEvent(event);
  const auto rows = static_cast<int>(m_rank->candidates.size());
  int at = -1;  // without a rival the first key chooses the first row
  for (int row = 0; row < rows; ++row) {
    if (m_rank->candidates[static_cast<size_t>(row)].item == m_rival) at = row;
  }
  switch (event->key()) {
    case Qt::Key_Down:
      return moveRival(at, 1);
    case Qt::Key_Up:
      return moveRival(at < 0 ? rows : at, -1);
    case Qt::Key_Home:
      return moveRival(-1, 1);
    case Qt::Key_End:
      return moveRival(rows, -1);
    default:
      QWidget::keyPressEvent(event);
  }
}

QString CandidateChart::tip(size_t row) const {
  const Layout l = layoutNow();
  return tipAt({l.titleLeft, l.top + l.rowHeight * (static_cast<double>(row) + 0.5)});
}

QString CandidateChart::tipAt(const QPointF& position) const {
  if (!m_rank) return {};
  const Layout l = layoutNow();
  if (position.y() < l.top) {
    const bool over = position.x() >= l.besideLeft - columnGap && position.x() < l.axisLeft - columnGap / 2;
    if (m_beside.empty() || !over) return {};
    QStringList names;
    for (const Column& column : m_beside) names << column.name.toHtmlEscaped();
    return tr("Ranks of the same list by %1; candidates with equal scores share the mean of their places. The scores "
              "of "
              "classic models are not nats: they enter no margin, no dumbbell and no waterfall.")
        .arg(names.join(QStringLiteral(", ")));
  }
  const int row = rowAt(position);
  if (row < 0) return {};
  const auto i = static_cast<size_t>(row);
  const RankedCandidate& c = m_rank->candidates[i];
  QStringList lines = {QStringLiteral("<b>") + QString::fromStdString(c.title).toHtmlEscaped() +
                       QStringLiteral("</b>")};
  for (const auto& [name, value] : m_rank->items[i].attributes)
    lines << QString::fromStdString(name + ": " + value).toHtmlEscaped();
  lines << tr("log-prob %1 nats over %2 tokens: the title's, and the end of text")
               .arg(c.log_prob, 0, 'f', 3)
               .arg(c.tokens);
  if (m_rank->has_reference)
    lines
        << tr("reference %1, log-ratio %2").arg(c.log_prob - c.log_ratio, 0, 'f', 3).arg(signedNumber(c.log_ratio, 3));
  if (c.spread > 0) lines << tr("spread over orders %1").arg(c.spread, 0, 'f', 3);
  for (const Column& column : m_beside) {
    if (column.ranks[i] == 0) continue;
    const QString what = column.classic ? tr("%1: rank %2, score %3, not nats") : tr("%1: rank %2, score %3 nats");
    lines << what.arg(column.name.toHtmlEscaped(), rankText(column.ranks[i]),
                      QString::number(column.scores[i], 'g', 4));
  }
  return lines.join(QStringLiteral("<br>"));
}

bool CandidateChart::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const QString tip = tipAt(help->pos());
  if (tip.isEmpty()) {
    QToolTip::hideText();
  } else {
    QToolTip::showText(help->globalPos(), QStringLiteral("<p>") + tip + QStringLiteral("</p>"), this);
  }
  return true;
}

}  // namespace prefscope
