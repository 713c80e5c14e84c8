// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QPointer>
#include <optional>
#include <vector>

#include "engine/store/scores.h"
#include "engine/tasks/open_case.h"
#include "ui/jobs/job_queue.h"

namespace prefscope {

/// Ranks a case that is edited, in the background. The model is loaded once, with the first ranking, and kept. One
/// ranking is made at a time: an edit stops the one under way, and the newest is ranked next: first by the model alone,
/// so that ranks move at once, then with the reference's log-probs.
class WhatIfRanking : public QObject {
  Q_OBJECT
 public:
  WhatIfRanking(JobQueue& jobs, const RankOptions& options, const CaseEdit& original, QObject* parent);
  ~WhatIfRanking() override;

  void rank(const CaseEdit& edit);
  /// Nothing is wanted: what is under way is stopped and dropped.
  void stop();
  bool isLoaded() const { return m_opened != nullptr; }
  /// Whether the newest edit is ranked, with its log-ratios, or failed.
  bool isIdle() const { return m_answered == m_asked; }
  /// The marks of all held-out examples under the run; empty without one.
  const std::vector<MarginPoint>& points() const { return m_points; }

 Q_SIGNALS:
  /// The case as it was, by the same path as its edits; once.
  void loaded(const prefscope::RankResult& before);
  /// The newest edit; where there is a reference, at first without it.
  void ranked(const prefscope::RankResult& now);
  void failed(const QString& message);

 private:
  void start();
  void load();
  void answer(int asked, const RankResult& now);
  void complete();
  void fail(const QString& message);

  QPointer<JobQueue> m_jobs;  // a window that closes loses it before this
  RankOptions m_options;
  CaseEdit m_original;
  OpenCasePtr m_opened;
  RankResult m_before;
  std::vector<MarginPoint> m_points;
  std::optional<CaseEdit> m_wanted;       // not under way yet
  std::optional<RankResult> m_ranksOnly;  // the reference is missing
  qint64 m_job = 0;
  int m_asked = 0, m_answered = 0;
};

}  // namespace prefscope
