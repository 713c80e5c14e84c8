// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <optional>

#include "engine/tasks/film.h"

class QCheckBox;
class QLabel;
class QTableWidget;

namespace prefscope {

class FilmChart;
class Workbench;

/// How training changed a case: margin, ranks and rationale at every adapter that its runs kept, moment by moment. It
/// stands beside the main window and deletes itself when closed.
class FilmWindow : public QDialog {
  Q_OBJECT
 public:
  /// options: of the ranking, with a run.
  FilmWindow(Workbench& workbench, const RankOptions& options, QWidget* parent = nullptr);
  ~FilmWindow() override;

 private:
  void measure();
  void showFilm(const Film& film);
  void showMoment(int frame);

  Workbench& m_workbench;
  RankOptions m_options;
  QCheckBox* m_rationales;
  FilmChart* m_chart;
  QLabel* m_moment;
  QTableWidget* m_table;
  QLabel* m_rationale;
  QLabel* m_note;
  std::optional<Film> m_film;
  qint64 m_job = 0;
};

}  // namespace prefscope
