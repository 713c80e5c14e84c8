// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/notebook_window.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QUndoStack>

#include "engine/explain/case_text.h"
#include "engine/explain/kept_case_text.h"
#include "engine/tasks/notebook.h"
#include "ui/models/notebook_model.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 1120, windowHeight = 680;
constexpr int noteHeight = 96;
constexpr int typingPause = 700;  // ms after which a note is written

/// Rows that hold the words searched for in any column, starred ones alone where asked.
class ShownCases : public QSortFilterProxyModel {
 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setStarredOnly(bool only) {
    m_starredOnly = only;
    invalidateFilter();
  }

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
    const SavedCase* saved = static_cast<const NotebookModel*>(sourceModel())->caseAt(row);
    return saved && (!m_starredOnly || saved->starred) && QSortFilterProxyModel::filterAcceptsRow(row, parent);
  }

 private:
  bool m_starredOnly = false;
};

QPushButton* makeButton(const QString& text, const char* name, const QString& tip, const QKeySequence& keys,
                        QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoDefault(false);  // Return belongs to the table
  button->setToolTip(QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
  button->setShortcut(keys);
  return button;
}

}  // namespace

NotebookWindow::NotebookWindow(Workbench& workbench, std::function<void()> changed, QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_changed(std::move(changed)), m_undo(new QUndoStack(this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("notebook"));
  setWindowTitle(tr("Notebook"));
  setAcceptDrops(true);
  m_banner = new Banner(this);
  auto* split = new QSplitter(this);
  split->setChildrenCollapsible(false);
  split->addWidget(buildList());
  split->addWidget(buildDetails());
  split->setStretchFactor(0, 5);
  split->setStretchFactor(1, 6);
  split->setSizes({windowWidth * 5 / 11, windowWidth * 6 / 11});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_banner);
  layout->addWidget(split, 1);

  m_typing.setSingleShot(true);
  m_typing.setInterval(typingPause);
  connect(&m_typing, &QTimer::timeout, this, &NotebookWindow::commitNote);
  connect(m_model, &NotebookModel::changeAsked, this,
          [this](const SavedCase& changed) { change(changed, tr("change of tags")); });
  connect(&workbench, &Workbench::currentDataSetChanged, this, [this] {
    m_undo->clear();  // of another data set's cases
    refresh();
  });
  fitOnScreen(this, {windowWidth, windowHeight});
  refresh();
  m_table->setFocus();
}

QWidget* NotebookWindow::buildList() {
  auto* list = new QWidget(this);
  m_search = new QLineEdit(list);
  m_search->setObjectName(QStringLiteral("notebookSearch"));
  m_search->setAccessibleName(tr("Search"));
  m_search->setPlaceholderText(tr("Search users, models, tags and notes"));
  m_search->setToolTip(tr("Cases that hold this anywhere (Ctrl+F)"));
  m_search->setClearButtonEnabled(true);
  m_search->setAcceptDrops(false);
  connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, m_search, [this] {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
  });
  m_starredOnly = new QCheckBox(tr("★ only"), list);
  m_starredOnly->setObjectName(QStringLiteral("starredOnly"));
  m_starredOnly->setToolTip(tr("Starred cases alone (Alt+S)"));
  m_starredOnly->setShortcut(Qt::ALT | Qt::Key_S);

  m_model = new NotebookModel(this);
  auto* shown = new ShownCases(this);
  m_shown = shown;
  m_shown->setSourceModel(m_model);
  m_shown->setFilterKeyColumn(-1);
  m_shown->setFilterCaseSensitivity(Qt::CaseInsensitive);
  m_shown->setFilterRole(Qt::EditRole);
  m_shown->setSortCaseSensitivity(Qt::CaseInsensitive);
  m_shown->setSortRole(Qt::UserRole);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_shown->setFilterFixedString(text);
    showCurrent();
  });
  connect(m_starredOnly, &QCheckBox::toggled, this, [this, shown](bool only) {
    shown->setStarredOnly(only);
    showCurrent();
  });

  m_table = new QTableView(list);
  m_table->setObjectName(QStringLiteral("notebookTable"));
  m_table->setAccessibleName(tr("Saved cases"));
  m_table->setModel(m_shown);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_table->setShowGrid(false);
  m_table->setWordWrap(false);
  m_table->setAcceptDrops(false);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(tableRowHeight);
  m_table->setSortingEnabled(true);
  m_table->sortByColumn(NotebookModel::Saved, Qt::DescendingOrder);
  QHeaderView* header = m_table->horizontalHeader();
  header->setHighlightSections(false);
  header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (const auto& [column, width] :
       {std::pair(NotebookModel::Star, 32), std::pair(NotebookModel::User, 48), std::pair(NotebookModel::Model, 88),
        std::pair(NotebookModel::Saved, 140), std::pair(NotebookModel::Tags, 88)})
    m_table->setColumnWidth(column, width);
  header->setMinimumSectionSize(24);
  header->setSectionResizeMode(NotebookModel::Note, QHeaderView::Stretch);
  m_table->installEventFilter(this);
  connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &NotebookWindow::showCurrent);
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &NotebookWindow::showCurrent);
  connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& index) {
    if (index.column() == NotebookModel::Star) toggleStar();
  });
  connect(m_table, &QTableView::doubleClicked, this, [this](const QModelIndex& index) {
    if (index.column() == NotebookModel::Tags) return m_table->edit(index);
    if (index.column() != NotebookModel::Star) showFrozenPage();
  });

  m_count = makeLabel({}, "small", list);
  m_count->setObjectName(QStringLiteral("notebookCount"));
  auto* open =
      makeButton(tr("Open…"), "openCases", tr("A case.json of another workspace with the same data; or drop it here"),
                 QKeySequence::Open, list);
  connect(open, &QPushButton::clicked, this, &NotebookWindow::askFiles);
  m_export = makeButton(tr("Export"), "exportCases", tr("The selected cases, or all that are shown"),
                        QKeySequence(Qt::CTRL | Qt::Key_E), list);
  auto* formats = new QMenu(m_export);
  for (const auto& [title, format] :
       {std::pair(tr("HTML page…"), "html"), std::pair(tr("Markdown with figures…"), "md"),
        std::pair(tr("PDF…"), "pdf"), std::pair(tr("case.json, for another workspace…"), "json")})
    formats->addAction(title, this, [this, format = QString::fromLatin1(format)] { askExport(format); });
  m_export->setMenu(formats);
  m_delete = new QPushButton(tr("Delete"), list);
  m_delete->setObjectName(QStringLiteral("deleteCases"));
  m_delete->setAutoDefault(false);
  m_delete->setToolTip(tr("Delete the selected cases; can be undone (Del)"));
  connect(m_delete, &QPushButton::clicked, this, &NotebookWindow::deleteChosen);
  auto* undo = makeButton(tr("Undo"), "undoNotebook", tr("Take the last change back"), QKeySequence::Undo, list);
  auto* redo = makeButton(tr("Redo"), "redoNotebook", tr("Do it again"), QKeySequence::Redo, list);
  for (QPushButton* button : {undo, redo}) button->setEnabled(false);
  connect(m_undo, &QUndoStack::canUndoChanged, undo, &QPushButton::setEnabled);
  connect(m_undo, &QUndoStack::canRedoChanged, redo, &QPushButton::setEnabled);
  connect(undo, &QPushButton::clicked, this, [this] {
    commitNote();
    m_undo->undo();
  });
  connect(redo, &QPushButton::clicked, m_undo, &QUndoStack::redo);

  auto* head = new QHBoxLayout;
  head->setSpacing(gridUnit);
  head->addWidget(m_search, 1);
  head->addWidget(m_starredOnly);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(gridUnit);
  for (QPushButton* button : {open, m_export, m_delete, undo, redo}) foot->addWidget(button);
  foot->addStretch(1);
  auto* layout = new QVBoxLayout(list);
  layout->setContentsMargins(0, 0, gridUnit / 2, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(head);
  layout->addWidget(m_table, 1);
  layout->addWidget(m_count);
  layout->addLayout(foot);
  return list;
}

QWidget* NotebookWindow::buildDetails() {
  auto* shown = new QWidget(this);
  m_headline = makeLabel({}, "heading", shown);
  m_headline->setObjectName(QStringLiteral("notebookHeadline"));
  m_headline->setWordWrap(true);
  m_frozen = new ElidedLabel({}, shown);
  m_source = new ElidedLabel({}, shown);
  for (ElidedLabel* line : {m_frozen, m_source}) line->setProperty("textStyle", QStringLiteral("small"));
  m_star = makeButton(tr("☆ Star"), "starCase", tr("Star this case, or take the star off"),
                      QKeySequence(Qt::CTRL | Qt::Key_D), shown);
  connect(m_star, &QPushButton::clicked, this, &NotebookWindow::toggleStar);
  m_tags = new QLineEdit(shown);
  m_tags->setObjectName(QStringLiteral("caseTags"));
  m_tags->setAccessibleName(tr("Tags"));
  m_tags->setPlaceholderText(tr("Tags, separated by commas"));
  m_tags->setToolTip(tr("Tags of this case; Return writes them (Alt+T)"));
  m_tags->setAcceptDrops(false);
  connect(new QShortcut(Qt::ALT | Qt::Key_T, this), &QShortcut::activated, m_tags, qOverload<>(&QWidget::setFocus));
  connect(m_tags, &QLineEdit::editingFinished, this, [this] {
    const SavedCase* saved = current();
    if (!saved) return;
    SavedCase changed = *saved;
    changed.tags = tags_of(m_tags->text().toStdString());
    if (changed.tags != saved->tags) change(changed, tr("change of tags"));
  });
  m_note = new QPlainTextEdit(shown);
  m_note->setObjectName(QStringLiteral("caseNote"));
  m_note->setAccessibleName(tr("Note"));
  m_note->setPlaceholderText(tr("What you see in this case"));
  m_note->setToolTip(tr("Saved as you type (Alt+N)"));
  m_note->setTabChangesFocus(true);
  m_note->setFixedHeight(noteHeight);
  m_note->setAcceptDrops(false);
  m_note->installEventFilter(this);
  connect(new QShortcut(Qt::ALT | Qt::Key_N, this), &QShortcut::activated, m_note, qOverload<>(&QWidget::setFocus));
  connect(m_note, &QPlainTextEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));

  m_candidates = new CandidateChart;
  m_candidates->setObjectName(QStringLiteral("frozenCandidates"));
  m_candidateCard =
      makeScrollCard(tr("Candidates, as frozen"), tr("Candidates in rank order, as frozen"), m_candidates, shown);
  m_state = makeLabel({}, "small", shown);
  m_state->setObjectName(QStringLiteral("notebookState"));
  m_state->setWordWrap(true);
  m_page = makeButton(tr("Show the frozen page"), "frozenPage",
                      tr("All that was seen, as it was, in the browser; also Return in the list"),
                      QKeySequence(Qt::CTRL | Qt::Key_Return), shown);
  connect(m_page, &QPushButton::clicked, this, &NotebookWindow::showFrozenPage);
  m_go = makeButton(tr("Go to the case"), "goToCase",
                    tr("Rank it again on the Case page, and say whether the numbers still hold"),
                    QKeySequence(Qt::CTRL | Qt::Key_G), shown);
  connect(m_go, &QPushButton::clicked, this, &NotebookWindow::goToCase);

  auto* line = new QHBoxLayout;
  line->setSpacing(gridUnit);
  line->addWidget(m_star);
  line->addWidget(m_tags, 1);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(gridUnit);
  foot->addWidget(m_state, 1);
  foot->addWidget(m_page);
  foot->addWidget(m_go);
  auto* layout = new QVBoxLayout(shown);
  layout->setContentsMargins(gridUnit / 2, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_headline);
  layout->addWidget(m_frozen);
  layout->addLayout(line);
  layout->addWidget(m_note);
  layout->addWidget(m_candidateCard, 1);
  layout->addWidget(m_source);
  layout->addLayout(foot);
  m_nothing = makeLabel({}, "muted", this);
  m_nothing->setObjectName(QStringLiteral("notebookEmpty"));
  m_nothing->setAlignment(Qt::AlignCenter);
  m_nothing->setWordWrap(true);
  m_details = new QStackedWidget(this);
  m_details->addWidget(m_nothing);
  m_details->addWidget(shown);
  return m_details;
}

const SavedCase* NotebookWindow::current() const {
  return m_model->caseAt(m_model->rowOf(m_id));
}

void NotebookWindow::refresh() {
  commitNote();
  std::vector<SavedCase> cases;
  attempt(tr("The notebook could not be read"), [&] {
    if (m_workbench.dataSet()) cases = list_cases(m_workbench.workspace(), m_workbench.dataSet()->id);
  });
  const int64_t before = m_id;
  m_model->setCases(std::move(cases));
  select(before);
}

void NotebookWindow::select(qint64 id) {
  const QModelIndex row = m_model->index(m_model->rowOf(id), 0);
  if (row.isValid() && !m_shown->mapFromSource(row).isValid()) {  // hidden by what is searched for
    m_search->clear();
    m_starredOnly->setChecked(false);
  }
  QModelIndex index = m_shown->mapFromSource(row);
  if (!index.isValid()) index = m_shown->index(0, 0);
  // Said outright: the view would ask the keyboard, where Ctrl is down while a shortcut opens this window.
  if (index.isValid())
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
  showCurrent();
}

void NotebookWindow::showCurrent() {
  commitNote();
  const QModelIndex row = m_shown->mapToSource(m_table->currentIndex());
  const SavedCase* saved = m_table->selectionModel()->hasSelection() ? m_model->caseAt(row.row()) : nullptr;
  const auto selected = m_table->selectionModel()->selectedRows().size();
  m_count->setText(selected > 1               ? tr("%1 of %2 cases selected").arg(selected).arg(m_shown->rowCount())
                   : m_shown->rowCount() == 1 ? tr("1 case")
                                              : tr("%1 cases").arg(m_shown->rowCount()));
  m_delete->setEnabled(selected > 0);
  m_export->setEnabled(m_shown->rowCount() > 0);
  m_nothing->setText(m_model->rowCount() == 0
                         ? tr("No case is saved yet. Save case (Ctrl+S) on the Case page keeps one as it is seen; a "
                              "case.json of another workspace with the same data can be opened or dropped here.")
                     : m_shown->rowCount() == 0 ? tr("No case holds what is searched for.")
                                                : tr("Choose a case in the list."));
  m_details->setCurrentIndex(saved ? 1 : 0);
  const int64_t id = saved ? saved->id : 0;
  if (saved) {
    m_star->setText(saved->starred ? tr("★ Starred") : tr("☆ Star"));
    if (!m_tags->hasFocus() || id != m_id) m_tags->setText(toQt(tags_text(saved->tags)));
    if (id != m_id || m_note->toPlainText() != toQt(saved->note)) {
      m_note->setPlainText(toQt(saved->note));
      m_typing.stop();  // nobody typed it
    }
  }
  if (id == m_id) return;
  m_id = id;
  const int generation = ++m_generation;
  m_state->clear();
  m_page->setEnabled(false);
  m_go->setEnabled(false);
  if (!saved) return;
  m_headline->setText(tr("User %1 · %2").arg(toQt(saved->user_key), toQt(saved->model_name)));
  m_frozen->setText({});
  m_source->setText({});
  m_candidates->clear();
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), id](const TaskContext&) {
        Workspace workspace(folder);
        return read_kept_case(workspace, id);
      },
      this,
      [this, generation](const KeptCase& kept) {
        if (generation == m_generation) showReport(kept);
      },
      [this, generation](const QString& message) {
        if (generation == m_generation) m_state->setText(message);
      });
}

void NotebookWindow::showReport(const KeptCase& kept) {
  const SavedCase* saved = current();
  if (!saved) return;
  m_headline->setText(toQt(case_headline(kept.report)));
  KeptCase plain{kept.saved_at, false, {}, {}, {}, {}};
  m_frozen->setText(toQt(kept_line(plain) + " · " + kept.report.rank.protocol));
  m_source->setText(toQt(source_text(kept.source)));
  m_candidates->setRank(kept.report.rank);
  m_candidates->setBeside(kept.report.beside);
  m_page->setEnabled(true);
  m_go->setEnabled(saved->example && saved->model && kept.source.adapters.empty() != saved->run.has_value());
  if (!m_go->isEnabled())
    m_state->setText(tr("What it was ranked with is not in this workspace; what was frozen is shown as it was."));
}

}  // namespace prefscope
