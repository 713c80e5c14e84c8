// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/evidence_card.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/explain/case_text.h"
#include "engine/explain/evidence_text.h"
#include "ui/pages/what_if_window.h"
#include "ui/theme.h"
#include "ui/widgets/evidence_chart.h"
#include "ui/widgets/quick_key.h"
#include "ui/widgets/signed_number.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

QString measureKey() {
  return QStringLiteral("case/measure");
}
QString orderKey() {
  return QStringLiteral("case/evidenceOrder");
}

constexpr int swapWidth = 32;

/// A list of candidates, each with its whole title on hover.
QComboBox* candidateBox(const char* name, const QString& spoken, const QString& tip, QWidget* parent) {
  auto* box = new QComboBox(parent);
  box->setObjectName(QString::fromLatin1(name));
  box->setAccessibleName(spoken);
  box->setToolTip(tip);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(6);
  return box;
}

void addCandidate(QComboBox* box, const QString& text, qint64 item) {
  box->addItem(text, static_cast<qlonglong>(item));
  box->setItemData(box->count() - 1, QStringLiteral("<p>%1</p>").arg(text.toHtmlEscaped()), Qt::ToolTipRole);
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
  body()->addWidget(buildQuestion());
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
  m_note->setToolTip(tr(
      "<p>A bar: what taking the item out does to the margin. The thin line: the range over taking it out and putting "
      "neutral items in its place. Solid: the whole range lies beyond zero and the grey band of what removing a "
      "neutral item at random places does.</p><p>●: the rationale below cites it.</p>"));
  body()->addWidget(m_note);
  const auto order = [this] {
    m_chart->setOrder(byEffect() ? EvidenceChart::Order::Effect : EvidenceChart::Order::Time);
  };
  m_order->setCurrentIndex(std::clamp(workbench.settings().value(orderKey(), 0).toInt(), 0, 1));
  order();
  connect(m_order, &QComboBox::currentIndexChanged, this, [this, order](int index) {
    m_workbench.settings().setValue(orderKey(), index);
    order();
  });
  connect(m_measure, &QPushButton::toggled, this, [this](bool on) {
    m_workbench.settings().setValue(measureKey(), on);
    if (on) {
      if (!m_shown.found && m_shown.job == 0) measure(m_shown);
      measureTold();
    } else {
      m_workbench.jobs().cancel(m_shown.job);
      m_workbench.jobs().cancel(m_told.job);
    }
  });
  for (QComboBox* box : {m_item, m_against}) {
    connect(box, &QComboBox::highlighted, this,
            [this, box](int row) { Q_EMIT candidateHovered(box->itemData(row).toLongLong()); });
  }
  connect(m_item, &QComboBox::activated, this, [this] {
    Q_EMIT candidateHovered(0);
    fillRivals(pair().rival);
    ask();
    Q_EMIT otherChosen(other());
  });
  connect(m_against, &QComboBox::activated, this, [this] {
    Q_EMIT candidateHovered(0);
    ask();
    Q_EMIT otherChosen(other());
  });
}

QWidget* EvidenceCard::buildQuestion() {
  auto* all = new QWidget(this);
  m_item = candidateBox("whyItem", tr("Why this candidate"),
                        tr("The candidate whose margin is measured, at first the chosen item"), all);
  m_against = candidateBox("against", tr("over this one, or all others"),
                           tr("<p>What it is held against: the mean of all others, or one; a click on a candidate "
                              "asks why the higher of it and the chosen item stands above the other</p>"),
                           all);
  const QKeySequence swapKeys(Qt::CTRL | Qt::SHIFT | Qt::Key_X);
  m_swap = new QPushButton(QStringLiteral("⇅"), all);
  m_swap->setObjectName(QStringLiteral("swapPair"));
  m_swap->setAccessibleName(tr("Turn the pair round"));
  m_swap->setToolTip(
      tr("Turn the pair round: why the other over this one (%1)").arg(swapKeys.toString(QKeySequence::NativeText)));
  m_swap->setProperty("narrow", true);
  m_swap->setFixedWidth(swapWidth);
  addQuickKey(m_swap, swapKeys);
  connect(m_swap, &QPushButton::clicked, this, &EvidenceCard::swap);
  m_order = new QComboBox(all);
  m_order->setObjectName(QStringLiteral("evidenceOrder"));
  m_order->setAccessibleName(tr("Order of the history"));
  m_order->setToolTip(tr("Oldest first, or the largest effect first"));
  m_order->addItems({tr("by time"), tr("by effect")});
  auto* whatIf = new QPushButton(tr("What if…"), all);
  whatIf->setObjectName(QStringLiteral("whatIf"));
  whatIf->setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_W);
  whatIf->setToolTip(tr("Change the history or the candidates and see the ranks move (Ctrl+Shift+W)"));
  connect(whatIf, &QPushButton::clicked, this, [this] { openWhatIf(m_workbench, m_options, m_rank, window()); });
  auto* grid = new QGridLayout(all);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(6);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(1, 1);
  grid->addWidget(makeLabel(tr("Why"), "muted", all), 0, 0);
  grid->addWidget(m_item, 0, 1);
  grid->addWidget(m_swap, 0, 2, 2, 1);
  grid->addWidget(whatIf, 0, 3);
  grid->addWidget(makeLabel(tr("over"), "muted", all), 1, 0);
  grid->addWidget(m_against, 1, 1);
  grid->addWidget(m_order, 1, 3);
  return all;
}

void EvidenceCard::setCase(const RankResult& rank, const RankOptions& options) {
  drop(m_told);
  if (rank.example.id != m_rank.example.id) m_scroll->verticalScrollBar()->setValue(0);
  m_rank = rank;
  m_options = options;
  m_cited.clear();
  m_chart->setHistory(rank.history);
  m_item->clear();
  addCandidate(m_item, titleOf(rank.target), rank.target);
  for (const RankedCandidate& c : rank.candidates) {
    if (c.item != rank.target) addCandidate(m_item, toQt(c.title), c.item);
  }
  const auto left = m_pairs.find(rank.example.id);
  const Pair wanted = left == m_pairs.end() ? Pair{rank.target, 0} : left->second;
  m_item->setCurrentIndex(std::max(0, m_item->findData(wanted.item)));
  fillRivals(wanted.rival);
  ask();
}

/// All candidates but the one in question; rival: the one that stays chosen.
void EvidenceCard::fillRivals(qint64 rival) {
  const qint64 item = pair().item;
  m_against->clear();
  m_against->addItem(tr("all others"), qlonglong{0});
  for (const RankedCandidate& c : m_rank.candidates) {
    if (c.item != item) addCandidate(m_against, toQt(c.title), c.item);
  }
  m_against->setCurrentIndex(std::max(0, m_against->findData(rival)));
}

void EvidenceCard::setCited(const std::vector<size_t>& positions) {
  m_cited = positions;
  m_chart->setCited(positions);
  show();
  if (positions.empty() || m_rank.candidates.empty()) {
    drop(m_told);
    Q_EMIT judged({});
    return;
  }
  if (m_told.found) return take(m_told, Occlusion(*m_told.found));  // another text on the same candidate
  m_told.asked = {};
  m_told.asked.item = m_rank.candidates.front().item;
  if (m_told.job == 0) find(m_told);
}

void EvidenceCard::point(const std::vector<size_t>& positions) {
  m_chart->setPointed(positions);
  if (positions.empty()) return;
  const QPoint middle = m_chart->rowRect(positions.front()).center();
  m_scroll->ensureVisible(middle.x(), middle.y(), 0, m_chart->rowRect(0).height());
}

EvidenceCard::Pair EvidenceCard::pair() const {
  return {m_item->currentData().toLongLong(), m_against->currentData().toLongLong()};
}

void EvidenceCard::setPair(Pair wanted) {
  if (wanted.item == pair().item && wanted.rival == pair().rival) return;
  m_item->setCurrentIndex(std::max(0, m_item->findData(wanted.item)));
  fillRivals(wanted.rival);
  ask();
}

void EvidenceCard::askAbout(qint64 item) {
  // A loser is not asked why it wins.
  for (const RankedCandidate& c : m_rank.candidates) {
    if (c.item == item) return setPair({item, m_rank.target});
    if (c.item == m_rank.target) return setPair({m_rank.target, item});
  }
}

void EvidenceCard::swap() {
  setPair({pair().rival, pair().item});
  Q_EMIT otherChosen(other());
}

qint64 EvidenceCard::other() const {
  const auto [item, rival] = pair();
  if (item == m_rank.target) return rival;
  return rival == 0 || rival == m_rank.target ? item : rival;
}

bool EvidenceCard::byEffect() const {
  return m_order->currentIndex() == 1;
}

qint64 EvidenceCard::item() const {
  return pair().item;
}

QString EvidenceCard::titleOf(qint64 item) const {
  for (const RankedCandidate& c : m_rank.candidates) {
    if (c.item == item) return toQt(c.title);
  }
  return {};
}

QString EvidenceCard::rivalTitle() const {
  return titleOf(pair().rival);
}

void EvidenceCard::openEdited(const CaseEdit& edit, const std::vector<ItemText>& added, const QString& what) {
  if (WhatIfWindow* window = openWhatIf(m_workbench, m_options, m_rank, this->window()))
    window->begin(edit, added, what);
}

/// What the lists above say.
void EvidenceCard::ask() {
  m_pairs[m_rank.example.id] = pair();
  m_shown.asked = {};
  m_shown.asked.item = pair().item;
  if (const qint64 rival = pair().rival; rival != 0) m_shown.asked.rival = rival;
  m_swap->setEnabled(m_shown.asked.rival.has_value());
  m_item->setToolTip(QStringLiteral("<p>%1</p>").arg(m_item->currentText().toHtmlEscaped()));
  find(m_shown);
  tell();  // the pair beside it is another now
}

void EvidenceCard::drop(Question& question) {
  m_workbench.jobs().cancel(question.job);
  question.job = 0;
  question.found.reset();
  ++question.generation;
}

/// What was measured before, else it is measured now.
void EvidenceCard::find(Question& question) {
  drop(question);
  if (&question == &m_shown) show();
  if (m_rank.history.empty()) return;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [options = m_options, asked = question.asked](const TaskContext&) { return kept_evidence(options, asked); }, this,
      [this, &question, generation = question.generation](const std::optional<Evidence>& kept) {
        if (generation != question.generation) return;
        if (kept) {
          take(question, kept->occlusion);
        } else if (&question == &m_told) {
          measureTold();
        } else if (m_measure->isChecked()) {
          measure(question);
        }
      });
}

void EvidenceCard::measure(Question& question) {
  if (m_rank.history.empty()) return;
  const bool shown = &question == &m_shown;
  if (shown) m_note->setText(tr("Measuring…"));
  question.job = m_workbench.jobs().submit(
      JobKind::Light, tr("Measuring what carries the choice of user %1").arg(toQt(m_rank.example.user_key)),
      [options = m_options, asked = question.asked](const TaskContext& context) {
        return evidence(*open_case(options, context), asked, context);
      },
      this,
      [this, &question, generation = question.generation](const Evidence& found) {
        if (generation == question.generation) take(question, found.occlusion);
      },
      [this, &question, shown, generation = question.generation](const QString& message) {
        if (generation != question.generation) return;
        question.job = 0;
        const QString text = tr("It could not be measured: %1").arg(message);
        if (shown) m_note->setText(text);
        if (!shown) Q_EMIT judged(text);
      });
}

void EvidenceCard::take(Question& question, const Occlusion& found) {
  question.found = found;
  question.job = 0;
  if (&question == &m_shown) {
    show();
    return measureTold();
  }
  tell();
}

void EvidenceCard::tell() {
  if (!m_told.found || m_cited.empty()) return;
  const bool same = m_told.asked.item == pair().item && pair().rival == 0;
  Q_EMIT judged(
      toQt(cited_effects_text(cited_effects(m_cited, *m_told.found), m_rank.history, m_rank.candidates.front().title,
                              same ? "" : pair_text(titleOf(pair().item).toStdString(), rivalTitle().toStdString()))));
}

void EvidenceCard::measureTold() {
  if (m_cited.empty() || m_told.found || m_told.job != 0) return;
  if (m_shown.found && m_shown.asked.item == m_told.asked.item && !m_shown.asked.rival)
    return take(m_told, *m_shown.found);
  if (m_measure->isChecked() && m_shown.job == 0) measure(m_told);
}

void EvidenceCard::show() {
  const qint64 item = pair().item;
  m_chart->setEvidence(m_shown.found, titleOf(item), rivalTitle());
  QString text;
  if (m_shown.found) {
    const QString rival = rivalTitle().isEmpty() ? tr("the others") : rivalTitle();
    // By plain joining: a title may hold what looks like a place to fill in.
    text = tr("Right of 0 speaks for ") + toQt(short_title(titleOf(item).toStdString())) + tr(", left for ") +
           toQt(short_title(rival.toStdString())) +
           tr(". Margin %1 nats, without history %2. Pale: within the grey band of chance.")
               .arg(signedNumber(m_shown.found->margin, 2), signedNumber(m_shown.found->without_history, 2));
  }
  if (!m_cited.empty()) text += (text.isEmpty() ? QString() : QStringLiteral(" ")) + tr("● cited.");
  m_note->setText(text);
}

}  // namespace prefscope
