// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/no_case.h"

#include <algorithm>

#include "ui/workbench.h"

namespace prefscope {

std::optional<NoCase> whyNoCase(Workbench& workbench, bool unknown) {
  const auto tr = [](const char* text) { return Workbench::tr(text); };
  const QString data = QStringLiteral("data"), train = QStringLiteral("train");
  const auto& set = workbench.dataSet();
  const std::vector<Job> jobs = workbench.jobs().jobs();
  const bool making = std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.kind == JobKind::Device; });
  if (workbench.preparation() == 0 && making)
    return NoCase{
        tr("One moment…"), tr("The data set is read and prepared. The first case opens here by itself."), {}, {}};
  if (!set)
    return NoCase{tr("No case yet"), tr("A case is one user under one model. Import a data set first."),
                  tr("Go to Data"), data};
  if (set->interactions == 0)
    return NoCase{tr("This data set holds pairs of texts only"),
                  tr("A case needs a user with a history and a candidate list. Train and Evaluate work on pairs."),
                  tr("Go to Train"), train};
  if (workbench.preparation() == 0 && !unknown)
    return NoCase{tr("Not prepared yet"),
                  tr("Prepare the data set on the Data page: that makes the candidate lists a case is ranked on."),
                  tr("Go to Data"), data};
  return std::nullopt;
}

}  // namespace prefscope
