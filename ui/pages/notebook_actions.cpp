// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QDesktopServices>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QUndoStack>
#include <QUrl>

#include "engine/tasks/notebook.h"
#include "ui/models/notebook_model.h"
#include "ui/pages/export_cases.h"
#include "ui/pages/notebook_window.h"
#include "ui/widgets/banner.h"
#include "ui/workbench.h"

// What a person does in the notebook: edits, deletions, files.

namespace prefscope {

/// What is written on one case.
class NotebookWindow::Edit : public QUndoCommand {
 public:
  Edit(NotebookWindow* window, SavedCase before, SavedCase after, const QString& what)
      : QUndoCommand(what), m_window(window), m_before(std::move(before)), m_after(std::move(after)) {}
  void redo() override { setObsolete(!m_window->write(m_after)); }
  void undo() override { setObsolete(!m_window->write(m_before)); }

 private:
  NotebookWindow* m_window;
  SavedCase m_before, m_after;
};

/// Cases that go, with what it takes to bring them back.
class NotebookWindow::Deletion : public QUndoCommand {
 public:
  Deletion(NotebookWindow* window, std::vector<std::pair<SavedCase, std::string>> cases)
      : QUndoCommand(tr("deletion")), m_window(window), m_cases(std::move(cases)) {}
  void redo() override {
    apply([](Workspace& workspace, const auto& kept) { delete_case(workspace, kept.first.id); });
    m_window->m_state->setText(tr("Deleted. Undo (Ctrl+Z) brings it back while this window is open."));
  }
  void undo() override {
    apply([](Workspace& workspace, const auto& kept) { save_case(workspace, kept.first, kept.second); });
    m_window->select(m_cases.front().first.id);
  }

 private:
  template <typename Act>
  void apply(const Act& act) {
    setObsolete(!m_window->attempt(tr("The notebook could not be written"), [&] {
      Workspace& workspace = m_window->m_workbench.workspace();
      SQLite::Transaction transaction(workspace.db());
      for (const auto& kept : m_cases) act(workspace, kept);
      transaction.commit();
    }));
    m_window->refresh();
    m_window->m_changed();
  }

  NotebookWindow* m_window;
  std::vector<std::pair<SavedCase, std::string>> m_cases;
};

std::vector<int64_t> NotebookWindow::chosen() const {
  std::vector<int64_t> ids;
  const QItemSelectionModel* selection = m_table->selectionModel();
  for (const bool all : {false, true}) {
    for (int row = 0; row < m_shown->rowCount(); ++row) {
      const SavedCase* saved = m_model->caseAt(m_shown->mapToSource(m_shown->index(row, 0)).row());
      if (saved && (all || selection->isRowSelected(row))) ids.push_back(saved->id);
    }
    if (!ids.empty()) break;
  }
  return ids;
}

void NotebookWindow::change(const SavedCase& changed, const QString& what) {
  const SavedCase* before = m_model->caseAt(m_model->rowOf(changed.id));
  if (before) m_undo->push(new Edit(this, *before, changed, what));
}

bool NotebookWindow::write(const SavedCase& saved) {
  const bool written =
      attempt(tr("The notebook could not be written"), [&] { update_case(m_workbench.workspace(), saved); });
  if (!written) return false;
  m_model->setCase(saved);
  showCurrent();
  return true;
}

void NotebookWindow::commitNote() {
  m_typing.stop();
  if (!m_note->document()->isModified()) return;
  m_note->document()->setModified(false);
  const SavedCase* saved = current();
  if (!saved) return;
  SavedCase changed = *saved;
  changed.note = m_note->toPlainText().toStdString();
  if (changed.note != saved->note) change(changed, tr("change of the note"));
}

void NotebookWindow::toggleStar() {
  const SavedCase* saved = current();
  if (!saved) return;
  SavedCase changed = *saved;
  changed.starred = !changed.starred;
  change(changed, changed.starred ? tr("star") : tr("star taken off"));
}

void NotebookWindow::deleteChosen() {
  if (!m_table->selectionModel()->hasSelection()) return;
  commitNote();
  std::vector<std::pair<SavedCase, std::string>> cases;
  const bool read = attempt(tr("The cases could not be deleted"), [&] {
    for (const int64_t id : chosen())
      cases.emplace_back(read_case(m_workbench.workspace(), id), read_case_report(m_workbench.workspace(), id));
  });
  if (read && !cases.empty()) m_undo->push(new Deletion(this, std::move(cases)));
}

void NotebookWindow::showFrozenPage() {
  if (!current() || !m_page->isEnabled()) return;
  commitNote();
  const std::filesystem::path file =
      m_workbench.workspaceFolder() / "exports" / "notebook" / ("case-" + std::to_string(m_id) + ".html");
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), id = m_id, file](const TaskContext&) {
        std::filesystem::create_directories(file.parent_path());
        Workspace workspace(folder);
        write_cases({read_kept_case(workspace, id)}, "html", file);
      },
      this,
      [this, file] {
        const QString path = toQt(std::filesystem::absolute(file));
        m_state->setText(QDesktopServices::openUrl(QUrl::fromLocalFile(path))
                             ? tr("The page lies at %1").arg(path)
                             : tr("No browser could be opened; the page lies at %1").arg(path));
      },
      [this](const QString& message) { fail(tr("The page could not be made"), message); });
}

void NotebookWindow::goToCase() {
  const SavedCase* saved = current();
  if (!saved || !saved->example || !m_go->isEnabled()) return;
  commitNote();
  m_workbench.requestCase(*saved->example, saved->run.value_or(0));
  m_state->setText(tr("Ranking it again…"));
  m_workbench.jobs().submit(
      JobKind::Light, tr("Ranking a saved case again"),
      [folder = m_workbench.workspaceFolder(), id = m_id](const TaskContext& context) {
        return rank_again(folder, id, context);
      },
      this,
      [this, generation = m_generation](const std::string& text) {
        if (generation == m_generation) m_state->setText(toQt(text));
      },
      [this](const QString& message) { fail(tr("The case could not be ranked again"), message); });
}

void NotebookWindow::exportTo(const QString& format, const QString& file) {
  commitNote();
  m_workbench.jobs().submit(
      JobKind::Light, tr("Exporting cases"),
      [folder = m_workbench.workspaceFolder(), ids = chosen(), format, file](const TaskContext&) {
        Workspace workspace(folder);
        exportCases(read_kept_cases(workspace, ids), format, file);
      },
      this, [this, file] { m_state->setText(tr("Exported to %1").arg(file)); },
      [this](const QString& message) { fail(tr("The cases could not be exported"), message); });
}

void NotebookWindow::askExport(const QString& format) {
  const std::filesystem::path exports = m_workbench.workspaceFolder() / "exports";
  std::error_code ignored;  // the dialog then opens elsewhere
  std::filesystem::create_directories(exports, ignored);
  const std::vector<int64_t> ids = chosen();
  auto* dialog = new QFileDialog(this, ids.size() == 1 ? tr("Export the case") : tr("Export %1 cases").arg(ids.size()),
                                 toQt(exports), exportFilter(format));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(format);
  const SavedCase* only = ids.size() == 1 ? m_model->caseAt(m_model->rowOf(ids.front())) : nullptr;
  dialog->selectFile((only ? caseFileName(toQt(only->user_key), toQt(only->model_name)) : QStringLiteral("notebook")) +
                     u'.' + format);
  connect(dialog, &QFileDialog::fileSelected, this, [this, format](const QString& file) { exportTo(format, file); });
  dialog->open();
}

void NotebookWindow::askFiles() {
  auto* dialog = new QFileDialog(this, tr("Open cases"), {}, exportFilter(QStringLiteral("json")));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, &NotebookWindow::openFiles);
  dialog->open();
}

void NotebookWindow::openFiles(const QStringList& files) {
  m_workbench.jobs().submit(
      JobKind::Light, tr("Opening cases"),
      [folder = m_workbench.workspaceFolder(), files](const TaskContext&) {
        Workspace workspace(folder);
        std::vector<int64_t> ids;
        for (const QString& file : files) {
          for (const int64_t id : open_case_file(workspace, toPath(file))) ids.push_back(id);
        }
        return ids;
      },
      this,
      [this](const std::vector<int64_t>& ids) {
        m_search->clear();
        m_starredOnly->setChecked(false);
        refresh();
        m_changed();
        if (ids.empty()) return;
        select(ids.front());
        if (m_model->rowOf(ids.front()) < 0)
          m_state->setText(tr("They are of another data set of this workspace; choose it on the Data page."));
      },
      [this](const QString& message) {
        refresh();  // files before the one that failed are in
        fail(tr("The case could not be opened"), message);
      });
}

void NotebookWindow::dragEnterEvent(QDragEnterEvent* event) {
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) return event->acceptProposedAction();
  }
}

void NotebookWindow::dropEvent(QDropEvent* event) {
  QStringList files;
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) files.append(url.toLocalFile());
  }
  if (files.isEmpty()) return;
  event->acceptProposedAction();
  openFiles(files);
}

void NotebookWindow::done(int result) {
  commitNote();
  QDialog::done(result);
}

bool NotebookWindow::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_note && event->type() == QEvent::FocusOut) commitNote();
  if (watched == m_table && event->type() == QEvent::KeyPress) {
    switch (static_cast<QKeyEvent*>(event)->key()) {
      case Qt::Key_Delete:
        deleteChosen();
        return true;
      case Qt::Key_Space:
        toggleStar();
        return true;
      case Qt::Key_Return:
      case Qt::Key_Enter:
        showFrozenPage();
        return true;
      default:
        break;
    }
  }
  return QDialog::eventFilter(watched, event);
}

void NotebookWindow::fail(const QString& title, const QString& message) {
  m_banner->showMessage(title, message);
}

bool NotebookWindow::attempt(const QString& title, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const std::exception& e) {
    fail(title, QString::fromUtf8(e.what()));
    return false;
  }
}

void openNotebook(Workbench& workbench, QWidget* parent, std::function<void()> changed, qint64 id) {
  auto* window = parent->window()->findChild<NotebookWindow*>();
  if (!window) window = new NotebookWindow(workbench, std::move(changed), parent->window());
  window->refresh();
  if (id > 0) window->select(id);
  window->show();
  window->raise();
  window->activateWindow();
}

}  // namespace prefscope
