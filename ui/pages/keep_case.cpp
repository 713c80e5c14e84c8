// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/keep_case.h"

#include <QFileDialog>
#include <QFileInfo>

#include "engine/tasks/notebook.h"
#include "ui/pages/export_cases.h"
#include "ui/workbench.h"

namespace prefscope {

void saveCase(Workbench& workbench, const ShownCase& shown, std::function<void()> done) {
  workbench.jobs().submit(
      JobKind::Light, {},
      [folder = workbench.workspaceFolder(), shown, base = workbench.baseModel()](const TaskContext&) {
        Workspace workspace(folder);
        keep_case(workspace, shown.report, shown.run > 0 ? std::optional<int64_t>(shown.run) : std::nullopt, base);
      },
      &workbench,
      [&workbench, done = std::move(done)] {
        done();
        Q_EMIT workbench.noticed(Workbench::tr("The case is saved, as it was seen (Ctrl+B opens the notebook)"));
      },
      [&workbench](const QString& message) {
        workbench.reportError(Workbench::tr("The case could not be saved"), message);
      });
}

void askCaseFile(Workbench& workbench, const ShownCase& shown, QWidget* parent) {
  const std::filesystem::path exports = workbench.workspaceFolder() / "exports";
  std::error_code ignored;  // the dialog then opens elsewhere
  std::filesystem::create_directories(exports, ignored);
  auto* dialog = new QFileDialog(parent, Workbench::tr("Export the case"), toQt(exports));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  QStringList filters;
  for (const char* format : {"html", "md", "pdf", "json"}) filters.append(exportFilter(QString::fromLatin1(format)));
  dialog->setNameFilters(filters);
  dialog->setDefaultSuffix(QStringLiteral("html"));
  QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
    dialog->setDefaultSuffix(filter.section(QLatin1String("*."), 1).chopped(1));  // "PDF (*.pdf)"
  });
  dialog->selectFile(caseFileName(toQt(shown.report.rank.example.user_key), toQt(shown.report.model)) +
                     (shown.report.rank.edited ? QStringLiteral("-edited") : QString()));
  QObject::connect(dialog, &QFileDialog::fileSelected, &workbench, [&workbench, shown](const QString& path) {
    workbench.jobs().submit(
        JobKind::Light, Workbench::tr("Exporting the case"),
        [folder = workbench.workspaceFolder(), shown, base = workbench.baseModel(), path](const TaskContext&) {
          Workspace workspace(folder);
          const KeptCase kept = freeze_case(workspace, shown.report,
                                            shown.run > 0 ? std::optional<int64_t>(shown.run) : std::nullopt, base);
          exportCases({kept}, QFileInfo(path).suffix().toLower(), path);
        },
        &workbench, [&workbench, path] { Q_EMIT workbench.noticed(Workbench::tr("Exported to %1").arg(path)); },
        [&workbench](const QString& message) {
          workbench.reportError(Workbench::tr("The case could not be exported"), message);
        });
  });
  dialog->open();
}

}  // namespace prefscope
