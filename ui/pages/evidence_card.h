// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "engine/tasks/open_case.h"
#include "ui/widgets/card.h"

class QComboBox;
class QLabel;
class QPushButton;
class QScrollArea;

namespace prefscope {

class EvidenceChart;
class Workbench;

/// The history of a case, and what each item does to the margin of the target, against a rival or against the mean of
/// all others: measured in the background, kept in the workspace. What the rationale cites stands beside what was
/// measured.
class EvidenceCard : public Card {
  Q_OBJECT
 public:
  explicit EvidenceCard(Workbench& workbench, QWidget* parent = nullptr);
  /// options: of the ranking, as it was asked for.
  void setCase(const RankResult& rank, const RankOptions& options);
  /// What the rationale names: positions in the history.
  void setCited(const std::vector<size_t>& positions);
  /// Rows that are pointed at elsewhere: they stand out, and the first comes into view.
  void point(const std::vector<size_t>& positions);
  /// The candidate that the target is held against; 0: the mean of all others.
  void setRival(qint64 item);
  /// What is shown; nothing while it is not measured.
  const std::optional<Occlusion>& measured() const { return m_evidence; }
  /// Title of the candidate that the target is held against; empty: the mean of all others.
  QString rivalTitle() const;

 Q_SIGNALS:
  void rivalChosen(qint64 item);
  /// The candidate that the pointer is on in the open list; 0: none.
  void candidateHovered(qint64 item);

 private:
  void read();
  void measure();
  void show(const std::optional<Occlusion>& evidence);
  void writeNote();

  Workbench& m_workbench;
  QComboBox* m_against;
  QPushButton* m_measure;
  EvidenceChart* m_chart;
  QScrollArea* m_scroll;
  QLabel* m_note;
  RankResult m_rank;
  RankOptions m_options;
  std::vector<size_t> m_cited;
  std::optional<Occlusion> m_evidence;
  qint64 m_job = 0;
  int m_generation = 0;
};

}  // namespace prefscope
