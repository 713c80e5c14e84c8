// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/tasks/data_report.h"

class QGridLayout;
class QLabel;
class QPushButton;
class QScrollArea;

namespace prefscope {

class CountPlot;
class EmptyState;
class JobLine;
class LeaksView;
class PlacesView;
class TextTable;
class Workbench;

/// What a bar or a point of a plot counts: users by their number of rows, the item at a rank, interactions by rating or
/// by time.
enum class Behind { Users, Items, Ratings, Months };

/// "About this set": what its import read, mended and left out, what its interactions look like in figures and plots,
/// and what its held-out examples share with training. Counted on another thread when it is looked at, and kept while
/// the data set stays the same.
class DataReportView : public QWidget {
  Q_OBJECT
 public:
  explicit DataReportView(Workbench& workbench, QWidget* parent = nullptr);
  /// Shows the data set looked at.
  void look();
  /// The report as text; empty while it is not known.
  QString text() const;

 Q_SIGNALS:
  /// The rows behind a bar are wanted. filter: what the column that it counts must hold, as it is typed: the number of
  /// rows of its users, or of the items up to a rank, the rating, or the month.
  void rowsAsked(prefscope::Behind behind, const QString& filter);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  /// What the job brings.
  struct Counted {
    DataReport report;
    std::vector<Remark> remarks;
  };

  QWidget* buildImport();
  QWidget* buildFigures();
  QWidget* buildPlots();
  void showCounted(Counted counted);
  void showImport();
  void showPlots();
  void sayInstead(const QString& title, const QString& text);
  void arrange();

  Workbench& m_workbench;
  JobLine* m_line;
  EmptyState* m_instead;  // of what was not counted
  QScrollArea* m_scroll;
  QGridLayout* m_grid;
  QWidget *m_left, *m_right, *m_plots;
  QLabel *m_headline, *m_facts, *m_hash, *m_coresNote;
  QPushButton* m_copy;
  TextTable *m_remarks, *m_figures, *m_cores;
  CountPlot *m_ranks, *m_lengths, *m_ratings, *m_months, *m_means;
  QGridLayout* m_plotGrid;
  LeaksView* m_leaks;
  PlacesView* m_places;
  std::optional<Counted> m_counted;
  std::optional<DataSet> m_of;  // the data set that is shown or counted
  bool m_twoColumns = false;
  int m_generation = 0;  // what was counted before the last change is dropped
};

}  // namespace prefscope
