// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/case_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <algorithm>

#include "engine/explain/case_text.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/quick_key.h"
#include "ui/widgets/signed_number.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int userWidth = 88;
constexpr int arrowWidth = 32;

QString ordinal(int n) {
  return toQt(ordinal_text(n));
}

/// "3 passed it. It loses to Salt by 0.74. ": what moved the rank stands first, since the margin may go the other way.
QString placeText(const RankResult& rank) {
  QString text;
  for (const std::string& sentence : {passed_text(rank), gap_text(rank)}) {
    if (!sentence.empty()) text += toQt(sentence) + u' ';
  }
  return text;
}

}  // namespace

CaseBar::CaseBar(QWidget* parent) : QWidget(parent) {
  const auto arrow = [this](const QString& text, const QString& name, const QKeySequence& keys, bool forward) {
    auto* button = new QPushButton(text, this);
    button->setObjectName(forward ? QStringLiteral("nextCase") : QStringLiteral("previousCase"));
    button->setAccessibleName(name);
    button->setToolTip(QStringLiteral("%1 (%2)").arg(name, keys.toString(QKeySequence::NativeText)));
    addQuickKey(button, keys);
    button->setProperty("narrow", true);
    button->setFixedWidth(arrowWidth);
    connect(button, &QPushButton::clicked, this, [this, forward] { Q_EMIT stepped(forward); });
    return button;
  };
  auto* titles = new QVBoxLayout;
  titles->setSpacing(2);
  m_headline = makeLabel({}, "heading", this);
  m_headline->setWordWrap(true);  // a narrow window gives it a second line
  m_subline = makeLabel({}, "muted", this);
  m_subline->setObjectName(QStringLiteral("caseSubline"));
  m_subline->setWordWrap(true);
  titles->addWidget(m_headline);
  titles->addWidget(m_subline);

  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  line->addLayout(titles, 1);
  line->addWidget(arrow(QStringLiteral("‹"), tr("The held-out user before"), Qt::ALT | Qt::Key_Left, false));
  m_user = new QLineEdit(this);
  m_user->setObjectName(QStringLiteral("caseUser"));
  m_user->setAccessibleName(tr("User"));
  m_user->setPlaceholderText(tr("User id"));
  m_user->setToolTip(tr("The id of a user, as in the file; Return opens the case (Ctrl+F)"));
  m_user->setFixedWidth(userWidth);
  connect(m_user, &QLineEdit::returnPressed, this, [this] { Q_EMIT userEntered(m_user->text().trimmed()); });
  line->addWidget(m_user);
  line->addWidget(arrow(QStringLiteral("›"), tr("The next held-out user"), Qt::ALT | Qt::Key_Right, true));
  auto* interesting = new QPushButton(tr("Next"), this);
  interesting->setObjectName(QStringLiteral("nextInteresting"));
  interesting->setToolTip(tr("The next held-out user that is worth a look"));
  interesting->setProperty("menu", true);
  auto* kinds = new QMenu(interesting);
  kinds->setToolTipsVisible(true);
  for (const Interest interest : allInterests) {
    QAction* kind =
        kinds->addAction(interestTitle(interest), this, [this, interest] { Q_EMIT interestingRequested(interest); });
    kind->setToolTip(QStringLiteral("<p>%1</p>").arg(interestMeaning(interest)));
  }
  interesting->setMenu(kinds);
  line->addWidget(interesting);

  m_model = addBox(tr("The model that ranks"), "caseModel");
  connect(m_model, &QComboBox::activated, this,
          [this](int index) { Q_EMIT runChosen(m_model->itemData(index).toLongLong()); });
  m_score = addBox(tr("What candidates are ranked by"), "caseScore");
  m_score->addItem(tr("summed log-prob"), QStringLiteral("sum"));
  m_score->addItem(tr("log-prob a token"), QStringLiteral("mean"));
  m_score->addItem(tr("log-ratio"), QStringLiteral("ratio"));
  connect(m_score, &QComboBox::activated, this, &CaseBar::scoreChosen);
  auto* save = new QPushButton(tr("Save case"), this);
  save->setObjectName(QStringLiteral("saveCase"));
  save->setShortcut(QKeySequence::Save);
  save->setToolTip(tr("Keep this case, to find it again (Ctrl+S)"));
  connect(save, &QPushButton::clicked, this, &CaseBar::saveRequested);
  line->addWidget(save);
  m_saved = addBox(tr("Saved cases"), "savedCases");
  m_saved->setToolTip(tr("Saved cases, in the notebook (Ctrl+B)"));
  auto* notebook = new QShortcut(Qt::CTRL | Qt::Key_B, this);
  connect(notebook, &QShortcut::activated, this, [this] { Q_EMIT savedChosen(0); });
  connect(m_saved, &QComboBox::activated, this, [this](int index) {
    const QVariant id = m_saved->itemData(index);
    m_saved->setCurrentIndex(0);
    if (id.isValid()) Q_EMIT savedChosen(id.toLongLong());
  });
}

QComboBox* CaseBar::addBox(const QString& name, const char* objectName) {
  auto* box = new QComboBox(this);
  box->setAccessibleName(name);
  box->setToolTip(name);
  box->setObjectName(QString::fromLatin1(objectName));
  box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  layout()->addWidget(box);
  return box;
}

void CaseBar::setCase(const RankResult& rank, const QString& hint) {
  const QString user = toQt(rank.example.user_key), model = modelName();
  const auto place = std::find_if(rank.candidates.begin(), rank.candidates.end(),
                                  [&](const RankedCandidate& c) { return c.item == rank.target; });
  const QString target = place == rank.candidates.end() ? QString() : toQt(place->title);
  const MarginPoint here = margin_point(rank);
  m_user->setText(user);
  if (!rank.has_reference) {
    m_headline->setText(
        tr("User %1 chose %2. The base model ranks it %3.").arg(user, target, ordinal(rank.target_rank)));
    m_subline->setText(placeText(rank) +
                       tr("Over the mean of the others: %1 nats. %2").arg(signedNumber(here.policy, 2), hint));
    return;
  }
  m_headline->setText(rank.reference_rank == rank.target_rank
                          ? tr("User %1 chose %2. It ranks %3, before %4 and after.")
                                .arg(user, target, ordinal(rank.target_rank), model)
                          : tr("User %1 chose %2. Before %3 it ranked %4; now %5.")
                                .arg(user, target, model, ordinal(rank.reference_rank), ordinal(rank.target_rank)));
  const int gained = rank.reference_rank - rank.target_rank;
  const double rose = here.policy - here.reference;
  const QString against = gained < 0 && rose > 0   ? tr("Yet against the mean of the others it rose")
                          : gained > 0 && rose < 0 ? tr("Yet against the mean of the others it fell")
                                                   : tr("Over the mean of the others");
  m_subline->setText(placeText(rank) + against +
                     tr(": %1 nats (was %2).").arg(signedNumber(here.policy, 2), signedNumber(here.reference, 2)));
}

void CaseBar::setModels(const QString& base, const std::vector<Run>& runs) {
  const QVariant chosen = m_model->currentData();
  m_model->clear();
  m_model->addItem(base, 0);
  for (const Run& run : runs) m_model->addItem(toQt(run.name), static_cast<qlonglong>(run.id));
  m_model->setCurrentIndex(std::max(0, m_model->findData(chosen)));
}

bool CaseBar::hasRun(int64_t run) const {
  return m_model->findData(static_cast<qlonglong>(run)) > 0;
}

int64_t CaseBar::newestRun() const {
  return m_model->itemData(m_model->count() - 1).toLongLong();
}

void CaseBar::setRun(int64_t run) {
  m_model->setCurrentIndex(std::max(0, m_model->findData(static_cast<qlonglong>(run))));
}

QString CaseBar::modelName() const {
  return m_model->currentText();
}

void CaseBar::setSaved(const std::vector<SavedCase>& cases) {
  m_saved->clear();
  m_saved->addItem(tr("Saved cases"));
  for (const SavedCase& saved : cases)
    m_saved->addItem(tr("User %1 · %2").arg(toQt(saved.user_key), toQt(saved.model_name)),
                     static_cast<qlonglong>(saved.id));
  m_saved->addItem(tr("Notebook…"), 0);
}

QString CaseBar::score() const {
  return m_score->currentData().toString();
}

QString CaseBar::scoreTitle() const {
  return m_score->currentText();
}

void CaseBar::setScore(const QString& score) {
  m_score->setCurrentIndex(m_score->findData(score));
}

void CaseBar::setUser(const QString& key) {
  m_user->setText(key);
}

void CaseBar::focusUser() {
  m_user->setFocus(Qt::ShortcutFocusReason);
  m_user->selectAll();
}

}  // namespace prefscope
