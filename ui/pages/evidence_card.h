// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
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

/// The history of a case, and what each item does to the margin of one candidate (at first the chosen item) over
/// another or over the mean of all others: measured in the background, kept in the workspace. A candidate that is
/// chosen elsewhere makes a pair with the chosen item, the one that ranks higher first. What a rationale cites is
/// judged by the margin of the candidate that it speaks of, whatever is shown.
class EvidenceCard : public Card {
  Q_OBJECT
 public:
  explicit EvidenceCard(Workbench& workbench, QWidget* parent = nullptr);
  /// options: of the ranking, as it was asked for. A case that was shown before comes with the pair that it was left
  /// with.
  void setCase(const RankResult& rank, const RankOptions& options);
  /// What the rationale for the first of the ranking names: positions in the history.
  void setCited(const std::vector<size_t>& positions);
  /// Rows that are pointed at elsewhere: they stand out, and the first comes into view.
  void point(const std::vector<size_t>& positions);
  /// Why the chosen item over this candidate, or this one over it: whichever of the two ranks higher.
  void askAbout(qint64 item);
  /// The candidate that is shown with the chosen item; 0: none.
  qint64 other() const;
  /// What is shown, as cases are kept and exported; nothing while it is not measured.
  const std::optional<Occlusion>& measured() const { return m_shown.found; }
  /// Whether the history is shown with the largest effect first.
  bool byEffect() const;
  /// The candidate that it is asked for; 0: none.
  qint64 item() const;
  /// Title of the candidate that the other one is held against; empty: the mean of all others.
  QString rivalTitle() const;
  /// Opens the case to be edited, with an edit to begin with.
  void openEdited(const CaseEdit& edit, const std::vector<ItemText>& added, const QString& what);

 Q_SIGNALS:
  /// In a list of the card, or by turning the pair round: the candidate that is shown with the chosen item; 0: none.
  void otherChosen(qint64 item);
  /// The candidate that the pointer is on in an open list; 0: none.
  void candidateHovered(qint64 item);
  /// What was measured of the citations, in words; empty: nothing is cited, or it is not measured.
  void judged(const QString& text);

 private:
  struct Pair {
    qint64 item = 0, rival = 0;  // rival 0: all others
  };
  /// What is asked, and what was measured for it.
  struct Question {
    EvidenceOptions asked;
    std::optional<Occlusion> found;
    qint64 job = 0;  // that measures it
    int generation = 0;
  };

  QWidget* buildQuestion();
  void fillRivals(qint64 rival);
  Pair pair() const;
  void setPair(Pair pair);
  /// Why B over A, where it was why A over B.
  void swap();
  void ask();
  void find(Question& question);
  void measure(Question& question);
  void take(Question& question, const Occlusion& found);
  /// Of the citations, once nothing else is measured.
  void measureTold();
  /// What was measured of the citations, beside the pair that is shown.
  void tell();
  void drop(Question& question);
  void show();
  QString titleOf(qint64 item) const;

  Workbench& m_workbench;
  QComboBox *m_item, *m_against, *m_order;
  QPushButton *m_measure, *m_swap;
  EvidenceChart* m_chart;
  QScrollArea* m_scroll;
  QLabel* m_note;
  RankResult m_rank;
  RankOptions m_options;
  std::map<int64_t, Pair> m_pairs;  // by example, as each was left
  std::vector<size_t> m_cited;
  Question m_shown, m_told;  // what is chosen above, and of the candidate that the rationale speaks of
};

}  // namespace prefscope
