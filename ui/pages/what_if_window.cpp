// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_window.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSplitter>
#include <QTimer>
#include <QUndoStack>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/pages/keep_case.h"
#include "ui/pages/what_if_candidates.h"
#include "ui/pages/what_if_history.h"
#include "ui/pages/what_if_ranking.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/quick_key.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 1080, windowHeight = 752;
constexpr int historyShare = 2, candidateShare = 3;
constexpr double markShare = 0.45;  // of the width, at most
constexpr int markPadding = 32;     // and its border
constexpr int patienceMs = 250;     // a ranking that is quicker does not flicker

QString sizeKey() {
  return QStringLiteral("whatIf/size");
}

/// One edit, as the whole case before and after it.
class EditCommand : public QUndoCommand {
 public:
  EditCommand(const QString& text, CaseEdit before, CaseEdit after, std::function<void(const CaseEdit&)> apply)
      : QUndoCommand(text), m_before(std::move(before)), m_after(std::move(after)), m_apply(std::move(apply)) {}
  void undo() override { m_apply(m_before); }
  void redo() override { m_apply(m_after); }

 private:
  CaseEdit m_before, m_after;
  std::function<void(const CaseEdit&)> m_apply;
};

QString withKeys(const QString& tip, const QKeySequence& keys) {
  return QStringLiteral("<p>%1 (%2)</p>").arg(tip.toHtmlEscaped(), keys.toString(QKeySequence::NativeText));
}

WhatIfCase caseOf(Workbench& workbench, const RankOptions& options, const RankResult& rank, const QString& model) {
  WhatIfCase shown{options, model, 0, {rank.example.history, rank.example.candidates}, {}, rank, rank, {}};
  if (workbench.dataSet()) shown.dataSet = workbench.dataSet()->id;
  shown.edit = shown.original;
  for (const auto* items : {&rank.history, &rank.items}) {
    for (const ItemText& item : *items) shown.items[item.id] = knownItem(item);
  }
  return shown;
}

}  // namespace

WhatIfWindow::WhatIfWindow(Workbench& workbench, const RankOptions& options, const RankResult& rank,
                           const QString& model, QWidget* parent)
    : QDialog(parent, Qt::Window), m_workbench(workbench), m_case(caseOf(workbench, options, rank, model)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("whatIf"));
  m_ranking = new WhatIfRanking(workbench.jobs(), options, m_case.original, this);
  m_undo = new QUndoStack(this);
  m_patience = new QTimer(this);
  m_patience->setSingleShot(true);
  m_patience->setInterval(patienceMs);
  connect(m_patience, &QTimer::timeout, this, [this] {
    m_slow = true;
    showState();
  });
  m_history = new WhatIfHistory(workbench, m_case, this);
  m_candidates = new WhatIfCandidates(workbench, m_case, this);
  auto* split = new QSplitter(this);
  split->setChildrenCollapsible(false);
  split->setHandleWidth(cardMargin);
  split->addWidget(m_history);
  split->addWidget(m_candidates);
  split->setStretchFactor(0, historyShare);
  split->setStretchFactor(1, candidateShare);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, cardMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(buildHead());
  layout->addWidget(split, 1);

  connect(m_history, &WhatIfHistory::changed, this, [this](const std::vector<int64_t>& history, const QString& text) {
    change({history, m_case.edit.candidates}, text);
  });
  connect(m_candidates, &WhatIfCandidates::changed, this,
          [this](const std::vector<int64_t>& candidates, const QString& text) {
            change({m_case.edit.history, candidates}, text);
          });
  const auto trouble = [this](const QString& message) {
    m_error = message;
    showState();
  };
  connect(m_history, &WhatIfHistory::failed, this, trouble);
  connect(m_candidates, &WhatIfCandidates::failed, this, trouble);
  connectRanking();
  const QSize wanted = workbench.settings().value(sizeKey(), QSize(windowWidth, windowHeight)).toSize();
  fitOnScreen(this, wanted);
  m_history->focusList();
  m_patience->start();
  m_ranking->rank(m_case.edit);
  showState();
}

void WhatIfWindow::connectRanking() {
  connect(m_ranking, &WhatIfRanking::loaded, this, [this](const RankResult& before) {
    m_case.before = before;
    m_candidates->refresh();
  });
  connect(m_ranking, &WhatIfRanking::ranked, this, [this](const RankResult& now) {
    m_case.now = now;
    answered();
    m_candidates->refresh();
    if (m_exportWanted && isIdle()) exportCase();
  });
  connect(m_ranking, &WhatIfRanking::failed, this, [this](const QString& message) {
    m_exportWanted = false;
    m_error = message;
    answered();
  });
}

QPushButton* WhatIfWindow::addButton(const QString& text, const char* name, const QString& tip,
                                     const QKeySequence& keys, std::function<void()> pressed) {
  auto* button = new QPushButton(text, this);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoDefault(false);
  button->setToolTip(withKeys(tip, keys));
  connect(button, &QPushButton::clicked, this, std::move(pressed));
  addQuickKey(button, keys);
  return button;
}

QPushButton* WhatIfWindow::addUndoButton(const QString& text, const char* name, const QKeySequence& keys, bool redo) {
  QPushButton* button = addButton(text, name, text, keys, [this, redo] {
    redo ? m_undo->redo() : m_undo->undo();
    showState();  // another edit is the last one now
  });
  button->setEnabled(false);
  connect(m_undo, redo ? &QUndoStack::canRedoChanged : &QUndoStack::canUndoChanged, button, &QWidget::setEnabled);
  connect(m_undo, redo ? &QUndoStack::redoTextChanged : &QUndoStack::undoTextChanged, button,
          [button, text, keys](const QString& what) {
            button->setToolTip(withKeys(what.isEmpty() ? text : text + QStringLiteral(": ") + what, keys));
          });
  return button;
}

QWidget* WhatIfWindow::buildHead() {
  auto* head = new QWidget(this);
  auto* title = new ElidedLabel(
      tr("User %1 chose ").arg(toQt(m_case.options.user)) + m_case.items.at(m_case.before.target).title.simplified(),
      head);
  title->setProperty("textStyle", QStringLiteral("heading"));
  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(title, 1);
  line->addWidget(addUndoButton(tr("Undo"), "whatIfUndo", QKeySequence::Undo, false));
  line->addWidget(addUndoButton(tr("Redo"), "whatIfRedo", Qt::CTRL | Qt::SHIFT | Qt::Key_Z, true));
  m_back = addButton(tr("Back to the case as it was"), "whatIfBack", tr("Drops all edits; Undo brings them again"),
                     Qt::CTRL | Qt::SHIFT | Qt::Key_Backspace,
                     [this] { change(m_case.original, tr("back to the case as it was")); });
  line->addWidget(m_back);
  auto* copy =
      addButton(tr("Copy as command"), "whatIfCopy", tr("The line by which prefscope-cli gives the same ranking"),
                Qt::CTRL | Qt::SHIFT | Qt::Key_C, [this] {
                  QGuiApplication::clipboard()->setText(command());
                  Q_EMIT m_workbench.noticed(tr("The command is on the clipboard"));
                });
  // A command names a user and gets that user's first example.
  m_workbench.attempt(tr("The examples could not be read"), [this, copy] {
    const RankOptions& asked = m_case.options;
    if (!asked.preparation || !asked.example ||
        find_example(m_workbench.workspace(), *asked.preparation, asked.user).id == *asked.example)
      return;
    copy->setEnabled(false);
    copy->setToolTip(tr("A command names a user. This one has several cases, and this is not the first of them."));
  });
  line->addWidget(copy);
  auto* save = addButton(tr("Export…"), "whatIfExport", tr("This case as a file, which says that it is edited and how"),
                         Qt::CTRL | Qt::Key_E, [this] { exportCase(); });
  save->setProperty("primary", true);
  line->addWidget(save);
  line->addWidget(addButton(tr("Close"), "whatIfClose",
                            tr("Closes this window, and asks where there are edits; the case itself stays as it is"),
                            QKeySequence::Close, [this] { close(); }));

  m_mark = makeLabel({}, "", head);
  m_mark->setObjectName(QStringLiteral("alarmNote"));
  m_mark->setWordWrap(true);
  m_state = makeLabel({}, "muted", head);
  m_state->setObjectName(QStringLiteral("whatIfState"));
  m_state->setWordWrap(true);
  auto* below = new QHBoxLayout;
  below->setSpacing(gridUnit);
  below->addStrut(tableRowHeight);  // with and without the mark
  below->addWidget(m_mark);
  below->addWidget(m_state, 1);
  auto* layout = new QVBoxLayout(head);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(line);
  layout->addLayout(below);
  return head;
}

bool WhatIfWindow::isIdle() const {
  return m_ranking->isIdle();
}

void WhatIfWindow::change(const CaseEdit& edit, const QString& text) {
  if (!isEdited(m_case.edit, edit)) return;
  m_undo->push(new EditCommand(text, m_case.edit, edit, [this](const CaseEdit& now) { apply(now); }));
  showState();  // with this edit as the last one
}

void WhatIfWindow::begin(const CaseEdit& edit, const std::vector<ItemText>& added, const QString& what) {
  for (const ItemText& item : added) m_case.items.try_emplace(item.id, knownItem(item));
  change(edit, what);
}

void WhatIfWindow::apply(const CaseEdit& edit) {
  m_case.edit = edit;
  m_error.clear();
  m_exportWanted = false;
  if (edit.candidates.size() < 2) {
    m_ranking->stop();
    answered();
  } else {
    if (!m_patience->isActive()) m_patience->start();
    m_ranking->rank(edit);
  }
  m_history->refresh();
  m_candidates->refresh();
  showState();
}

void WhatIfWindow::answered() {
  m_patience->stop();
  m_slow = false;
  showState();
}

void WhatIfWindow::showState() {
  const bool edited = isEdited(m_case.original, m_case.edit);
  m_mark->setText(editSummary(m_case.original, m_case.edit, m_case.items));
  m_mark->setToolTip(
      QStringLiteral("<p>%1</p>").arg(editNote(m_case.original, m_case.edit, m_case.items).toHtmlEscaped()));
  m_mark->setVisible(edited);
  fitMark();
  m_back->setEnabled(edited);
  setWindowTitle(tr("What if: user %1 · ").arg(toQt(m_case.options.user)) + m_case.model +
                 (edited ? tr(" · edited") : QString()));
  m_state->setText(stateText());
}

void WhatIfWindow::fitMark() {
  m_mark->ensurePolished();  // in the font that it is shown in
  const int whole = m_mark->fontMetrics().horizontalAdvance(m_mark->text()) + markPadding;
  m_mark->setFixedWidth(std::min(whole, static_cast<int>(width() * markShare)));
}

QString WhatIfWindow::stateText() const {
  if (m_case.edit.candidates.size() < 2)
    return tr("A ranking needs at least two candidates: add one by the search above them, or undo.");
  if (!m_error.isEmpty()) return tr("It did not work: %1").arg(m_error);
  if (m_slow) return m_ranking->isLoaded() ? tr("Ranking…") : tr("Loading the model…");
  if (!isEdited(m_case.original, m_case.edit))
    return tr("The case as it is. Take out, move or add items of its history, or change its candidates.");
  const int before = m_case.before.target_rank, now = m_case.now.target_rank;
  const auto of = m_case.now.candidates.size();
  QString text = before == now ? tr("The chosen item stays at rank %1 of %2.").arg(now).arg(of)
                               : tr("The chosen item moves from rank %1 to %2 of %3.").arg(before).arg(now).arg(of);
  text += firstPlaceText(m_case.before, m_case.now, m_case.items);
  if (m_undo->index() > 1) text += tr(" Last edit: ") + m_undo->undoText() + u'.';
  for (const WhatIfRow& row : whatIfRows(m_case.before, m_case.now, m_case.edit.candidates)) {
    if (row.target && row.withinSpread) text += tr(" Its score changed less than it is spread over prompt orders.");
  }
  if (m_case.edit.history.empty())
    text += tr(" The history is empty: this is what the titles alone are worth. Add an item by the search.");
  return text;
}

CaseReport WhatIfWindow::report() const {
  CaseReport report;
  report.rank = m_case.now;
  report.model = m_case.model.toStdString();
  report.note = editNote(m_case.original, m_case.edit, m_case.items).toStdString();
  report.points = m_ranking->points();
  for (MarginPoint& point : report.points) {
    if (point.example == m_case.now.example.id) point = margin_point(m_case.now);
  }
  return report;
}

QString WhatIfWindow::command() const {
  return whatIfCommand(m_case.options, m_case.original, m_case.edit, m_case.items);
}

void WhatIfWindow::exportCase() {
  m_exportWanted = !isIdle();
  if (m_exportWanted || m_case.edit.candidates.size() < 2 || !m_error.isEmpty()) return;
  askCaseFile(m_workbench, {report(), m_case.options.run.value_or(0)}, this);
}

void WhatIfWindow::reject() {
  if (!isEdited(m_case.original, m_case.edit)) return QDialog::reject();
  if (!findChild<QMessageBox*>(QStringLiteral("dropEdits"))) askToDrop();
}

void WhatIfWindow::askToDrop() {
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Close What if"), {}, QMessageBox::Cancel, this);
  box->setObjectName(QStringLiteral("dropEdits"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Close and drop the edits?"));
  box->setInformativeText(editSummary(m_case.original, m_case.edit, m_case.items) + u'\n' +
                          tr("Export… or Copy as command keeps them; the case itself stays as it is."));
  box->button(QMessageBox::Cancel)->setText(tr("Go on editing"));
  QPushButton* drop = box->addButton(tr("Drop them"), QMessageBox::DestructiveRole);
  drop->setObjectName(QStringLiteral("confirmDrop"));
  box->setDefaultButton(QMessageBox::Cancel);
  connect(drop, &QPushButton::clicked, this, [this] { QDialog::reject(); });
  box->open();
}

void WhatIfWindow::resizeEvent(QResizeEvent* event) {
  QDialog::resizeEvent(event);
  fitMark();
  if (isVisible() && !isMaximized()) m_workbench.settings().setValue(sizeKey(), size());
}

void WhatIfWindow::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() != QEvent::StyleChange || !isVisible()) return;
  m_history->refresh();  // in the colours of the other theme
  m_candidates->refresh();
}

WhatIfWindow* openWhatIf(Workbench& workbench, const RankOptions& options, const RankResult& rank, QWidget* parent) {
  const QString asked = QStringLiteral("%1/%2/").arg(rank.example.id).arg(options.run.value_or(0)) +
                        toQt(options.score) + u'/' + toQt(options.model);
  for (WhatIfWindow* window : parent->findChildren<WhatIfWindow*>()) {
    if (window->property("asked").toString() != asked) continue;
    window->raise();
    window->activateWindow();
    return window;
  }
  QString model;
  const bool known = workbench.attempt(WhatIfWindow::tr("The run could not be read"), [&] {
    model =
        options.run ? toQt(read_run(workbench.workspace(), *options.run).name) : workbench.modelTitle(options.model);
  });
  if (!known) return nullptr;
  auto* window = new WhatIfWindow(workbench, options, rank, model, parent);
  window->setProperty("asked", asked);
  window->show();
  return window;
}

}  // namespace prefscope
