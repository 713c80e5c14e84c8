// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/keep_case.h"

#include <QFileDialog>

#include "engine/base/files.h"
#include "engine/tasks/notebook.h"
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
  auto* dialog =
      new QFileDialog(parent, Workbench::tr("Export the case"), toQt(exports), Workbench::tr("HTML page (*.html)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("html"));
  const QString ending = shown.report.rank.edited ? QStringLiteral("-edited") : QString();
  dialog->selectFile(QStringLiteral("case-%1%2.html").arg(shown.report.rank.example.id).arg(ending));
  QObject::connect(dialog, &QFileDialog::fileSelected, &workbench, [&workbench, shown](const QString& path) {
    const std::string html = case_html(shown.report);
    if (workbench.attempt(Workbench::tr("The case could not be exported"),
                          [&] { write_file_atomically(toPath(path), html); }))
      Q_EMIT workbench.noticed(Workbench::tr("Exported to %1").arg(path));
  });
  dialog->open();
}

}  // namespace prefscope
