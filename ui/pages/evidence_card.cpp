// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/evidence_card.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/pages/what_if_window.h"
#include "ui/theme.h"
#include "ui/widgets/evidence_chart.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

QString measureKey() {
  return QStringLiteral("case/measure");
}

}  // namespace

EvidenceCard::EvidenceCard(Workbench& workbench, QWidget* parent)
    : Card(tr("History and evidence"), parent), m_workbench(workbench) {
  m_measure = new QPushButton(tr("measure"), this);
  m_measure->setObjectName(QStringLiteral("measureEvidence"));
  m_measure->setProperty("pill", true);
  m_measure->setCheckable(true);
  m_measure->setChecked(workbench.settings().value(measureKey(), true).toBool());
  m_measure->setToolTip(tr(
      "<p>On: each case that opens is measured, once: its list is scored again without each item of the history, with "
      "neutral items in its place, and without a neutral item at random places.</p>"));
  addToHeader(m_measure);
  m_against = new QComboBox(this);
  m_against->setObjectName(QStringLiteral("against"));
  m_against->setAccessibleName(tr("What the target is held against"));
  m_against->setToolTip(
      tr("What the target is held against: the mean of all others, or one; a click on a candidate chooses it too"));
  m_against->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_against->setMinimumContentsLength(8);
  auto* whatIf = new QPushButton(tr("What if…"), this);
  whatIf->setObjectName(QStringLiteral("whatIf"));
  whatIf->setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_W);
  whatIf->setToolTip(tr("Change the history or the candidates and see the ranks move (Ctrl+Shift+W)"));
  connect(whatIf, &QPushButton::clicked, this, [this] { openWhatIf(m_workbench, m_options, m_rank, window()); });
  auto* line = new QHBoxLayout;
  line->addWidget(m_against, 1);
  line->addWidget(whatIf);
  body()->addLayout(line);
  m_chart = new EvidenceChart;
  m_chart->setObjectName(QStringLiteral("evidence"));
  m_scroll = new QScrollArea(this);
  m_scroll->setWidgetResizable(true);
  m_scroll->setFrameShape(QFrame::NoFrame);
  m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_scroll->setAccessibleName(tr("History of the user"));
  m_scroll->setWidget(m_chart);
  body()->addWidget(m_scroll, 1);
  m_note = makeLabel({}, "small", this);
  m_note->setObjectName(QStringLiteral("evidenceNote"));
  m_note->setWordWrap(true);
  body()->addWidget(m_note);
  connect(m_measure, &QPushButton::toggled, this, [this](bool on) {
    m_workbench.settings().setValue(measureKey(), on);
    if (on && !m_evidence) measure();
    if (!on) m_workbench.jobs().cancel(m_job);
  });
  connect(m_against, &QComboBox::highlighted, this,
          [this](int row) { Q_EMIT candidateHovered(m_against->itemData(row).toLongLong()); });
  connect(m_against, &QComboBox::activated, this, [this] {
    Q_EMIT candidateHovered(0);
    read();
    Q_EMIT rivalChosen(m_against->currentData().toLongLong());
  });
}

void EvidenceCard::setCase(const RankResult& rank, const RankOptions& options) {
  m_rank = rank;
  m_options = options;
  m_cited.clear();
  m_chart->setHistory(rank.history);
  m_against->clear();
  m_against->addItem(tr("target over all others"), qlonglong{0});
  for (const RankedCandidate& c : rank.candidates) {
    if (c.item != rank.target)
      m_against->addItem(tr("target over %1").arg(toQt(c.title)), static_cast<qlonglong>(c.item));
  }
  read();
}

void EvidenceCard::setCited(const std::vector<size_t>& positions) {
  m_cited = positions;
  m_chart->setCited(positions);
  writeNote();
}

void EvidenceCard::point(const std::vector<size_t>& positions) {
  m_chart->setPointed(positions);
  if (positions.empty()) return;
  const QPoint middle = m_chart->rowRect(positions.front()).center();
  m_scroll->ensureVisible(middle.x(), middle.y(), 0, m_chart->rowRect(0).height());
}

void EvidenceCard::setRival(qint64 item) {
  const int row = m_against->findData(item);
  if (row < 0 || row == m_against->currentIndex()) return;
  m_against->setCurrentIndex(row);
  read();
}

QString EvidenceCard::rivalTitle() const {
  const qint64 rival = m_against->currentData().toLongLong();
  for (const RankedCandidate& c : m_rank.candidates) {
    if (rival != 0 && c.item == rival) return toQt(c.title);
  }
  return {};
}

/// What was measured before, else it is measured now.
void EvidenceCard::read() {
  m_workbench.jobs().cancel(m_job);
  m_job = 0;
  ++m_generation;
  show(std::nullopt);
  if (m_rank.history.empty()) return;
  EvidenceOptions asked;
  if (const qint64 rival = m_against->currentData().toLongLong(); rival != 0) asked.rival = rival;
  m_workbench.jobs().submit(
      JobKind::Light, {}, [options = m_options, asked](const TaskContext&) { return kept_evidence(options, asked); },
      this,
      [this, generation = m_generation](const std::optional<Evidence>& kept) {
        if (generation != m_generation) return;
        if (kept) {
          show(kept->occlusion);
        } else if (m_measure->isChecked()) {
          measure();
        }
      });
}

void EvidenceCard::measure() {
  m_workbench.jobs().cancel(m_job);
  EvidenceOptions asked;
  if (const qint64 rival = m_against->currentData().toLongLong(); rival != 0) asked.rival = rival;
  m_note->setText(tr("Measuring…"));
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Measuring what carries the choice of user %1").arg(toQt(m_rank.example.user_key)),
      [options = m_options, asked](const TaskContext& context) {
        return evidence(*open_case(options, context), asked, context);
      },
      this,
      [this, generation = m_generation](const Evidence& found) {
        if (generation == m_generation) show(found.occlusion);
      },
      [this, generation = m_generation](const QString& message) {
        if (generation == m_generation) m_note->setText(tr("It could not be measured: %1").arg(message));
      });
}

void EvidenceCard::show(const std::optional<Occlusion>& evidence) {
  m_evidence = evidence;
  m_chart->setEvidence(evidence);
  writeNote();
}

void EvidenceCard::writeNote() {
  if (!m_evidence) {
    m_note->setText(m_cited.empty() ? QString() : tr("● cited by the rationale"));
    return;
  }
  QStringList without, uncited;
  for (const ItemEffect& e : m_evidence->items) {
    const bool cited = std::find(m_cited.begin(), m_cited.end(), e.position) != m_cited.end();
    const QString title = toQt(m_rank.history.at(e.position).title);
    if (cited && !e.beyond) without << title;
    if (!cited && e.beyond && e.deletion > 0) uncited << title;
  }
  QString text = tr("Effect on the margin, nats (now %1, without any history %2); grey: removing a neutral item.")
                     .arg(m_evidence->margin, 0, 'f', 2)
                     .arg(m_evidence->without_history, 0, 'f', 2);
  if (!m_cited.empty()) {
    text += tr(" ● cited.");
    if (!without.isEmpty()) text += tr(" Cited, without effect: %1.").arg(without.join(QStringLiteral(", ")));
    if (!uncited.isEmpty()) {
      const auto more = uncited.size() - 2;
      text += tr(" Effect, not cited: %1").arg(uncited.mid(0, 2).join(QStringLiteral(", ")));
      text += more > 0 ? tr(" and %1 more.").arg(more) : QStringLiteral(".");
    }
  }
  m_note->setText(text);
}

}  // namespace prefscope
