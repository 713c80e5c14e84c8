// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_ranking.h"

#include "ui/pages/what_if_edit.h"

namespace prefscope {
namespace {

struct Loaded {
  OpenCasePtr opened;
  RankResult before;
  std::vector<MarginPoint> points;
};

}  // namespace

WhatIfRanking::WhatIfRanking(JobQueue& jobs, const RankOptions& options, const CaseEdit& original, QObject* parent)
    : QObject(parent), m_jobs(&jobs), m_options(options), m_original(original) {
  connect(&jobs, &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job) return;
    m_job = 0;
    start();
  });
}

WhatIfRanking::~WhatIfRanking() {
  if (m_job != 0 && m_jobs) m_jobs->cancel(m_job);
}

void WhatIfRanking::rank(const CaseEdit& edit) {
  ++m_asked;
  m_wanted = edit;
  if (m_job != 0 && m_opened) m_jobs->cancel(m_job);  // loading goes on: every edit needs it
  start();
}

void WhatIfRanking::stop() {
  m_answered = ++m_asked;
  m_wanted.reset();
  m_ranksOnly.reset();
  if (m_job != 0 && m_opened) m_jobs->cancel(m_job);
}

void WhatIfRanking::start() {
  if (m_job != 0) return;
  if (!m_wanted) return m_ranksOnly ? complete() : void();
  m_ranksOnly.reset();
  if (!m_opened) return load();
  const CaseEdit edit = *m_wanted;
  m_wanted.reset();
  if (!isEdited(m_original, edit)) {
    m_answered = m_asked;
    Q_EMIT ranked(m_before);
    return;
  }
  m_job = m_jobs->submit(
      JobKind::Light, {},
      [opened = m_opened, edit](const TaskContext& context) { return what_if_ranks(*opened, edit, context); }, this,
      [this, asked = m_asked](const RankResult& now) { answer(asked, now); },
      [this, asked = m_asked](const QString& message) {
        if (asked == m_asked) fail(message);
      });
}

void WhatIfRanking::answer(int asked, const RankResult& now) {
  if (asked != m_asked) return;
  if (now.has_reference || !m_options.run) {
    m_answered = asked;
  } else {
    m_ranksOnly = now;  // the reference follows when this job has ended
  }
  Q_EMIT ranked(now);
}

void WhatIfRanking::complete() {
  m_job = m_jobs->submit(
      JobKind::Light, {},
      [opened = m_opened, ranks = *m_ranksOnly](const TaskContext& context) {
        return add_reference(*opened, ranks, context);
      },
      this, [this, asked = m_asked](const RankResult& now) { answer(asked, now); },
      [this, asked = m_asked](const QString& message) {
        if (asked == m_asked) fail(message);
      });
  m_ranksOnly.reset();
}

void WhatIfRanking::load() {
  m_job = m_jobs->submit(
      JobKind::Light, {},
      [options = m_options, original = m_original](const TaskContext& context) {
        Loaded loaded{open_case(options, context), {}, {}};
        loaded.before = what_if(*loaded.opened, original, context);
        if (options.run && options.preparation) {
          Workspace workspace(options.workspace);
          loaded.points = read_margin_points(workspace, *options.preparation, *options.run);
        }
        return loaded;
      },
      this,
      [this](Loaded loaded) {  // the wanted edit follows when this job has ended
        m_opened = std::move(loaded.opened);
        m_before = std::move(loaded.before);
        m_points = std::move(loaded.points);
        Q_EMIT this->loaded(m_before);
      },
      [this](const QString& message) {
        m_wanted.reset();  // the next edit tries again
        fail(message);
      });
}

void WhatIfRanking::fail(const QString& message) {
  m_answered = m_asked;
  Q_EMIT failed(message);
}

}  // namespace prefscope
