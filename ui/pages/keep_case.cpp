// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/keep_case.h"

#include <QFileDialog>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/store/saved_cases.h"
#include "ui/workbench.h"

namespace prefscope {

void saveCase(Workbench& workbench, const ShownCase& shown, std::function<void()> done) {
  const RankResult& r = shown.report.rank;
  SavedCase saved;
  saved.example = r.example.id;
  if (shown.run > 0) saved.run = shown.run;
  if (workbench.dataSet()) saved.data_set = workbench.dataSet()->id;
  saved.user_key = r.example.user_key;
  saved.model_name = shown.report.model;
  nlohmann::json snapshot = {{"protocol", r.protocol},
                             {"score", r.score},
                             {"target", r.target},
                             {"target_rank", r.target_rank},
                             {"rationale", shown.report.rationale},
                             {"rationale_note", shown.report.rationale_note}};
  for (const RankedCandidate& c : r.candidates)
    snapshot["candidates"].push_back(
        {{"item", c.item}, {"title", c.title}, {"log_prob", c.log_prob}, {"log_ratio", c.log_ratio}});
  workbench.jobs().submit(
      JobKind::Light, {},
      [folder = workbench.workspaceFolder(), saved, report = snapshot.dump(),
       base = workbench.baseModel()](const TaskContext&) mutable {
        Workspace workspace(folder);
        if (saved.run) saved.model = read_run(workspace, *saved.run).model;
        for (const ModelRow& model : list_models(workspace)) {
          if (!saved.run && model.path == base) saved.model = model.id;
        }
        save_case(workspace, saved, report);
      },
      &workbench,
      [&workbench, done = std::move(done)] {
        done();
        Q_EMIT workbench.noticed(Workbench::tr("The case is saved"));
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
  dialog->selectFile(QStringLiteral("case-%1.html").arg(shown.report.rank.example.id));
  QObject::connect(dialog, &QFileDialog::fileSelected, &workbench, [&workbench, shown](const QString& path) {
    const std::string html = case_html(shown.report);
    if (workbench.attempt(Workbench::tr("The case could not be exported"),
                          [&] { write_file_atomically(toPath(path), html); }))
      Q_EMIT workbench.noticed(Workbench::tr("Exported to %1").arg(path));
  });
  dialog->open();
}

}  // namespace prefscope
