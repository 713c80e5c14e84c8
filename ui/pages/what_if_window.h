// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <functional>

#include "ui/pages/what_if_case.h"

class QLabel;
class QPushButton;
class QTimer;
class QUndoStack;

namespace prefscope {

class WhatIfCandidates;
class WhatIfHistory;
class WhatIfRanking;

/// A case with another history or other candidates: each edit is ranked by itself, beside the ranks as they were. What
/// is edited is marked as edited here, in the exported page and in the copied command. Stands beside the window and
/// deletes itself when closed; edits are not dropped without a question.
class WhatIfWindow : public QDialog {
  Q_OBJECT
 public:
  /// rank: the case as the page shows it; options: how it was asked for; model: its name.
  WhatIfWindow(Workbench& workbench, const RankOptions& options, const RankResult& rank, const QString& model,
               QWidget* parent = nullptr);

  /// Its ranking is that of the newest edit where isIdle().
  const WhatIfCase& shown() const { return m_case; }
  bool isIdle() const;
  /// The edited case as it is exported.
  CaseReport report() const;
  /// Edits a case that was opened elsewhere; Undo takes it back. added: texts of items that it adds.
  void begin(const CaseEdit& edit, const std::vector<ItemText>& added, const QString& what);
  /// The equal line for a shell.
  QString command() const;
  /// Closing, whether by Escape, by the button or by the frame: with edits it asks first.
  void reject() override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* buildHead();
  QPushButton* addButton(const QString& text, const char* name, const QString& tip, const QKeySequence& keys,
                         std::function<void()> pressed);
  /// Undo or Redo, which says in its tool tip what it does.
  QPushButton* addUndoButton(const QString& text, const char* name, const QKeySequence& keys, bool redo);
  void connectRanking();
  /// Makes an edit that can be undone. text: "remove Salt".
  void change(const CaseEdit& edit, const QString& text);
  /// An edit was made, undone or done again.
  void apply(const CaseEdit& edit);
  void answered();
  void showState();
  /// As wide as its text, where that leaves the state enough; else it breaks.
  void fitMark();
  QString stateText() const;
  void exportCase();
  void askToDrop();

  Workbench& m_workbench;
  WhatIfCase m_case;
  QString m_error;
  bool m_exportWanted = false;  // when the newest edit is ranked
  bool m_slow = false;          // a ranking takes long enough to say so
  WhatIfRanking* m_ranking;
  QUndoStack* m_undo;
  QTimer* m_patience;
  QLabel* m_mark;
  QLabel* m_state;
  QPushButton* m_back;
  WhatIfHistory* m_history;
  WhatIfCandidates* m_candidates;
};

/// Opens the window for a case, or brings the one to the front that is open for it already. Null where the run cannot
/// be read, which is said.
WhatIfWindow* openWhatIf(Workbench& workbench, const RankOptions& options, const RankResult& rank, QWidget* parent);

}  // namespace prefscope
