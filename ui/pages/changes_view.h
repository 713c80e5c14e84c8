// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>

#include "engine/tasks/open_case.h"

class QLabel;
class QListWidget;
class QPushButton;

namespace prefscope {

class Workbench;

/// What would change a ranking: the smallest sets of history items whose removal, or of catalogue items whose addition,
/// puts another candidate first. Looked for when asked and kept; each is a line that opens the edit.
class ChangesView : public QWidget {
  Q_OBJECT
 public:
  explicit ChangesView(Workbench& workbench, QWidget* parent = nullptr);
  /// Shows what was found before for this case, or offers to look for it.
  void setCase(const RankOptions& options);
  void setFound(const KeptCounterfactual& found);
  /// What is shown; nothing where it was not looked for.
  std::optional<Counterfactual> found() const;

 Q_SIGNALS:
  /// A line was clicked, or Return pressed on it. what: "remove Salt".
  void editChosen(const prefscope::CaseEdit& edit, const std::vector<prefscope::ItemText>& added, const QString& what);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void look();
  void offer(const QString& text);
  void addLine(const HistoryChange& change);
  void open(int row);

  Workbench& m_workbench;
  QLabel* m_text;
  QPushButton* m_look;
  QListWidget* m_list = nullptr;
  RankOptions m_options;
  std::optional<KeptCounterfactual> m_found;
  std::vector<HistoryChange> m_lines;
  qint64 m_job = 0;
  int m_generation = 0;
};

/// What was found, in two or three sentences: which is first now, how many sets do it, and what is listed of them.
QString changesSummary(const KeptCounterfactual& found);

}  // namespace prefscope
