// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "engine/tasks/case_chain.h"
#include "engine/tasks/explain.h"
#include "ui/page.h"

class QStackedWidget;

namespace prefscope {

class CandidatesCard;
class CaseBar;
class EmptyState;
class EvidenceCard;
class NextStep;
class PartsCard;
class PlaneCard;
class RationaleCard;
class TallyLine;
struct ShownCase;

/// One user under one model: history and evidence, ranked candidates, what each model added, where the case lies among
/// all held-out users, and a rationale.
class CasePage : public Page {
  Q_OBJECT
 public:
  explicit CasePage(Workbench& workbench, QWidget* parent = nullptr);
  void activate() override;
  QString heading() const override;
  QString subheading() const override;
  QAction* primaryAction() const override { return m_export; }

 private:
  /// What a case is made of; crosses from the job as a value.
  struct CaseData {
    RankOptions asked;
    RankResult rank;
    CaseChain chain;
    std::vector<MarginPoint> points;
    int64_t heldOut = 0;  // users, whether scored or not
  };

  QWidget* buildContent();
  /// The run looked at where it is done, else the one that the page showed last.
  int64_t runToShow() const;
  void refreshModels();
  void refreshSaved();
  void chooseFirst();
  void open(int64_t example, int64_t run);
  void show(CaseData data);
  void step(bool forward);
  void findUser(const QString& key);
  /// What stands in place of a case, and what its button does.
  void showNothing(const QString& title, const QString& text, const QString& button = {},
                   std::function<void()> pressed = {});
  /// Where no model knows the titles and no run is done, the ways to one stand in place of a case.
  bool showUnknown();
  /// Reads the marks of the held-out users again.
  void fillPlane();
  /// m_case, as it is saved and exported.
  ShownCase shown() const;

  QAction* m_export;
  QStackedWidget* m_stack;
  EmptyState* m_empty;
  std::function<void()> m_pressed;  // of m_empty
  CaseBar* m_bar;
  EvidenceCard* m_evidence;
  CandidatesCard* m_candidates;
  PlaneCard* m_plane;
  TallyLine* m_tally;
  NextStep* m_next;
  RationaleCard* m_rationale;
  PartsCard* m_parts;

  int64_t m_preparation = 0, m_example = 0, m_run = 0;  // m_run 0: the base model
  std::optional<CaseData> m_case;
  int64_t m_seenRun = 0;  // a newer one is shown when the page is opened next
  qint64 m_job = 0;
  int m_generation = 0;
};

}  // namespace prefscope
