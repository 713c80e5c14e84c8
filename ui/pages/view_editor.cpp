// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/view_editor.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "ui/models/table_sources.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

/// Steps to begin with; what is in them is changed by hand.
const char* const examples[] = {"rating > 3",    "core 5",        "user >= 20",
                                "item >= 5",     "first of pair", "time >= 2010-01-01",
                                "genre = Drama", "title != star", "sample 1000 users seed 1"};

QTableWidgetItem* cell(const QString& text, bool number) {
  auto* item = new QTableWidgetItem(text);
  item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return item;
}

}  // namespace

ViewEditor::ViewEditor(Workbench& workbench, const QString& name, QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_set(*workbench.dataSet()) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("viewEditor"));
  setWindowTitle(tr("View of %1").arg(toQt(m_set.name)));
  resize(720, 480);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  auto* naming = new QHBoxLayout;
  m_name = new QLineEdit(name, this);
  m_name->setObjectName(QStringLiteral("viewName"));
  m_name->setAccessibleName(tr("Name of the view"));
  m_name->setPlaceholderText(tr("a name: dense, recent, dramas"));
  m_name->setReadOnly(!name.isEmpty());
  QLabel* label = makeLabel(tr("Name"), "muted", this);
  label->setBuddy(m_name);
  naming->addWidget(label);
  naming->addWidget(m_name, 1);
  layout->addLayout(naming);
  layout->addWidget(buildSteps(), 1);
  layout->addWidget(buildEntry());
  m_state = makeLabel({}, "muted", this);
  m_state->setObjectName(QStringLiteral("viewState"));
  m_state->setWordWrap(true);
  layout->addWidget(m_state);
  layout->addWidget(buildButtons());
  connect(m_name, &QLineEdit::textChanged, this, &ViewEditor::enable);
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job) return;  // it was cancelled: neither of run's answers came
    m_job = 0;
    m_state->setText(tr("Stopped; the view is as it was."));
    enable();
  });
  m_saved = !name.isEmpty();
  enable();
  if (m_saved) {
    run({});
  } else {
    m_state->setText(
        tr("A view keeps a part of the rows; the import stays as it is. Name it, and add its first step."));
  }
  (m_saved ? m_entry : m_name)->setFocus();
}

ViewEditor::~ViewEditor() {
  if (m_job != 0) m_workbench.jobs().cancel(m_job);
}

QWidget* ViewEditor::buildSteps() {
  m_steps = new QTableWidget(0, 4, this);
  m_steps->setObjectName(QStringLiteral("viewSteps"));
  m_steps->setAccessibleName(tr("Steps and what each leaves"));
  m_steps->setHorizontalHeaderLabels({tr("Step"), tr("Interactions"), tr("Users"), tr("Items")});
  m_steps->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_steps->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_steps->setShowGrid(false);
  m_steps->setTabKeyNavigation(false);
  m_steps->verticalHeader()->hide();
  m_steps->horizontalHeader()->setHighlightSections(false);
  m_steps->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  for (int column = 1; column < 4; ++column) {
    m_steps->setColumnWidth(column, 112);
    m_steps->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  }
  m_steps->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return m_steps;
}

QWidget* ViewEditor::buildEntry() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  m_entry = new QLineEdit(row);
  m_entry->setObjectName(QStringLiteral("viewStep"));
  m_entry->setAccessibleName(tr("Next step"));
  m_entry->setPlaceholderText(tr("next step, for example: rating > 3"));
  auto* pick = new QPushButton(tr("Examples"), row);
  pick->setProperty("flat", true);
  pick->setProperty("menu", true);
  pick->setAutoDefault(false);
  auto* menu = new QMenu(pick);
  for (const char* example : examples) {
    const QString text = QString::fromLatin1(example);
    menu->addAction(text, this, [this, text] {
      m_entry->setText(text);
      m_entry->setFocus();
    });
  }
  pick->setMenu(menu);
  m_add = new QPushButton(tr("Add step"), row);
  m_add->setObjectName(QStringLiteral("viewAdd"));
  m_add->setDefault(true);
  layout->addWidget(m_entry, 1);
  layout->addWidget(pick);
  layout->addWidget(m_add);
  connect(m_entry, &QLineEdit::textChanged, this, &ViewEditor::enable);
  connect(m_add, &QPushButton::clicked, this, [this] { add(m_entry->text()); });
  return row;
}

QWidget* ViewEditor::buildButtons() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  const auto button = [&](const QString& text, const char* name, const QKeySequence& keys, auto slot) {
    auto* made = new QPushButton(text, row);
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    made->setShortcut(keys);
    if (!keys.isEmpty()) made->setToolTip(keys.toString(QKeySequence::NativeText));
    connect(made, &QPushButton::clicked, this, slot);
    layout->addWidget(made);
    return made;
  };
  m_undo = button(tr("Undo"), "viewUndo", QKeySequence::Undo, [this] { run({{}, {}, {}, {}, 1, 0}); });
  m_redo = button(tr("Redo"), "viewRedo", QKeySequence::Redo, [this] { run({{}, {}, {}, {}, 0, 1}); });
  m_delete = button(tr("Delete view…"), "viewDelete", {}, [this] { remove(); });
  layout->addStretch(1);
  button(tr("Close"), "viewClose", {}, [this] { close(); });
  return row;
}

QString ViewEditor::name() const {
  return m_name->text().trimmed();
}

void ViewEditor::add(const QString& step) {
  if (name().isEmpty() || step.trimmed().isEmpty()) return;
  run({{}, {}, {}, {step.trimmed().toStdString()}, 0, 0});
}

void ViewEditor::run(ViewOptions options) {
  if (m_job != 0) return;
  options.workspace = m_workbench.workspaceFolder();
  options.data_set = m_set.name;
  options.name = name().toStdString();
  const bool changes = !options.add.empty() || options.undo > 0 || options.redo > 0;
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Counting what the view leaves"),
      [options](const TaskContext& context) { return change_view(options, context); }, this,
      [this, options, changes](const ViewResult& result) {
        m_job = 0;
        m_saved = true;
        m_name->setReadOnly(true);
        if (!options.add.empty()) m_entry->clear();
        showResult(result);
        if (changes) Q_EMIT viewChanged(toQt(result.view.name));
      },
      [this](const QString& message) {
        m_job = 0;
        m_state->setText(message);
        enable();
      });
  m_state->setText(tr("Counting…"));
  enable();
}

void ViewEditor::showResult(const ViewResult& result) {
  m_result = result;
  m_steps->setRowCount(static_cast<int>(result.effects.size()));
  for (int row = 0; row < m_steps->rowCount(); ++row) {
    const ViewEffect& effect = result.effects[static_cast<size_t>(row)];
    m_steps->setItem(row, 0, cell(effect.step.empty() ? tr("as imported") : toQt(effect.step), false));
    const int64_t counts[] = {effect.left.interactions, effect.left.users, effect.left.items};
    for (int column = 1; column < 4; ++column) {
      auto* item = cell(countText(counts[column - 1]), true);
      if (row > 0) {
        const ViewCounts& before = result.effects[static_cast<size_t>(row) - 1].left;
        const int64_t earlier[] = {before.interactions, before.users, before.items};
        item->setToolTip(tr("%1 fewer than before").arg(countText(earlier[column - 1] - counts[column - 1])));
      }
      m_steps->setItem(row, column, item);
    }
  }
  const bool nothing = !result.effects.empty() && result.effects.back().left.interactions == 0;
  m_state->setText(nothing ? tr("Nothing is left: undo the last step.")
                           : tr("Prepare with this view to train and evaluate on it. Preparations keep the steps they "
                                "were made with."));
  enable();
}

void ViewEditor::remove() {
  auto* question = new QMessageBox(QMessageBox::Question, tr("Delete view"),
                                   tr("Delete the view \"%1\"? Preparations that were made of it stay.").arg(name()),
                                   QMessageBox::NoButton, this);
  question->setTextFormat(Qt::PlainText);
  question->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* yes = question->addButton(tr("Delete"), QMessageBox::AcceptRole);
  question->addButton(tr("Keep"), QMessageBox::RejectRole);
  connect(question, &QMessageBox::finished, this, [this, question, yes] {
    if (question->clickedButton() != yes) return;
    const bool gone = m_workbench.attempt(tr("The view could not be deleted"), [&] {
      Workspace& workspace = m_workbench.workspace();
      delete_view(workspace, find_view(workspace, m_set.id, name().toStdString()).id);
    });
    if (!gone) return;
    Q_EMIT viewChanged(name());
    close();
  });
  question->open();
}

void ViewEditor::enable() {
  const bool idle = m_job == 0;
  m_add->setEnabled(idle && !name().isEmpty() && !m_entry->text().trimmed().isEmpty());
  m_undo->setEnabled(idle && m_saved && !m_result.view.steps.empty());
  m_redo->setEnabled(idle && m_saved && !m_result.view.undone.empty());
  m_delete->setEnabled(idle && m_saved);
}

}  // namespace prefscope
