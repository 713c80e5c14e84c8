// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>

#include "engine/explain/kept_case.h"
#include "engine/store/saved_cases.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;
class QUndoStack;

namespace prefscope {

class Banner;
class CandidateChart;
class Card;
class ElidedLabel;
class NotebookModel;
class Workbench;

/// The notebook of the data set looked at: its saved cases with what is written on each, to search, edit, show as they
/// were frozen, rank again, export and delete; every edit can be undone while it stands open. It stands beside the
/// window and deletes itself when closed. A case.json is opened by dropping it here.
class NotebookWindow : public QDialog {
  Q_OBJECT
 public:
  /// changed: called when a case came or went.
  NotebookWindow(Workbench& workbench, std::function<void()> changed, QWidget* parent = nullptr);

  /// Reads the list again; what is selected stays.
  void refresh();
  /// Takes the cases of these files into the notebook.
  void openFiles(const QStringList& files);
  /// html, md, pdf or json: of the selected cases; of all that are shown where none is selected.
  void exportTo(const QString& format, const QString& file);
  /// Selects a case, and shows it where it is there; else the first.
  void select(qint64 id);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void done(int result) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* buildList();
  QWidget* buildDetails();
  /// The row that the details are of.
  const SavedCase* current() const;
  /// Those selected, else all that are shown; in the order of the table.
  std::vector<int64_t> chosen() const;
  void showCurrent();
  /// Fills in what the frozen report of the case shown says.
  void showReport(const KeptCase& kept);
  /// What is written on a case becomes this, as a step that can be undone.
  void change(const SavedCase& changed, const QString& what);
  /// Writes it and shows it. False where it cannot be written.
  bool write(const SavedCase& saved);
  /// A note that was typed and not yet written.
  void commitNote();
  void toggleStar();
  void deleteChosen();
  void showFrozenPage();
  void goToCase();
  void askExport(const QString& format);
  void askFiles();
  void fail(const QString& title, const QString& message);
  bool attempt(const QString& title, const std::function<void()>& work);

  class Edit;
  class Deletion;

  Workbench& m_workbench;
  std::function<void()> m_changed;
  QUndoStack* m_undo;
  NotebookModel* m_model;
  QSortFilterProxyModel* m_shown;
  Banner* m_banner;
  QLineEdit* m_search;
  QCheckBox* m_starredOnly;
  QTableView* m_table;
  QLabel* m_count;
  QStackedWidget* m_details;
  QLabel* m_nothing;
  QLabel* m_headline;
  ElidedLabel* m_frozen;
  ElidedLabel* m_source;
  QPushButton* m_star;
  QLineEdit* m_tags;
  QPlainTextEdit* m_note;
  Card* m_candidateCard;
  CandidateChart* m_candidates;
  QLabel* m_state;
  QPushButton* m_page;
  QPushButton* m_go;
  QPushButton* m_export;
  QPushButton* m_delete;
  QTimer m_typing;
  int64_t m_id = 0;      // of the case that the details are of
  int m_generation = 0;  // of its report
};

/// Opens the notebook beside the window, or brings the one that is open to the front. id: the case to show; 0: the one
/// shown last.
void openNotebook(Workbench& workbench, QWidget* parent, std::function<void()> changed, qint64 id = 0);

}  // namespace prefscope
