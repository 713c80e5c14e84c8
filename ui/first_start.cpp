// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/first_start.h"

#include <filesystem>

#include "engine/base/files.h"
#include "engine/tasks/first_run.h"
#include "ui/workbench.h"

namespace prefscope {

void openSampleWorld(Workbench& workbench) {
  std::error_code missing;
  if (!std::filesystem::exists(bundled_dataset_path("sample-world"), missing)) {
    workbench.reportError(
        Workbench::tr("The sample world is not installed"),
        Workbench::tr("Import a data set of your own with File, Import, or drop a zip on the window."));
    return;
  }
  workbench.jobs().submit(
      JobKind::Device, Workbench::tr("Opening the sample world"),
      [folder = workbench.workspaceFolder()](const TaskContext& context) { return open_sample_world(folder, context); },
      &workbench,
      [&workbench](const SampleStart& start) {
        Q_EMIT workbench.dataSetsChanged();
        Q_EMIT workbench.preparationsChanged();
        workbench.setDataSet(start.data_set);
        workbench.setPreparation(start.preparation);
        if (start.dmpo != 0) workbench.setRun(start.dmpo);
        Q_EMIT workbench.runsChanged();
        workbench.attempt(Workbench::tr("The case could not be opened"), [&] {
          if (start.user.empty()) {
            Q_EMIT workbench.pageRequested(QStringLiteral("case"));
          } else {
            workbench.requestCase(find_example(workbench.workspace(), start.preparation, start.user).id, start.dmpo);
          }
          if (start.dmpo != 0) workbench.scoreHeldOut(start.dmpo);
        });
      });
  Q_EMIT workbench.pageRequested(QStringLiteral("case"));  // where it opens by itself
}

}  // namespace prefscope
