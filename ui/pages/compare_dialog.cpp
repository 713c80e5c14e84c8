// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare_dialog.h"

#include <fmt/format.h>

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/store/results.h"
#include "ui/models/table_sources.h"
#include "ui/pages/train_settings.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int settingWidth = 260, runWidth = 190, dialogHeight = 360;

const EvaluationRow* rowOf(const Evaluation& evaluation, int64_t run) {
  for (const EvaluationRow& row : evaluation.rows) {
    if (row.run == run) return &row;
  }
  return nullptr;
}

/// The newest that has each of the runs.
std::optional<Evaluation> evaluationOf(Workspace& workspace, const std::vector<Run>& runs) {
  if (runs.empty()) return std::nullopt;
  std::optional<Evaluation> newest;
  for (Evaluation& made : list_evaluations(workspace, runs.front().preparation)) {
    const bool whole = std::all_of(runs.begin(), runs.end(), [&](const Run& run) { return rowOf(made, run.id); });
    if (whole && (!newest || made.id > newest->id)) newest = std::move(made);
  }
  return newest;
}

/// "0.670 [0.628, 0.714]" a run.
SettingRow resultRow(const Evaluation& evaluation, const std::vector<Run>& runs, const QString& name,
                     const char* metric) {
  SettingRow shown{name, {}};
  for (const Run& run : runs) {
    const auto& metrics = rowOf(evaluation, run.id)->metrics;
    const auto found = metrics.find(metric);
    shown.values << (found == metrics.end() ? QStringLiteral("–")
                                            : toQt(fmt::format("{:.3f} [{:.3f}, {:.3f}]", found->second.value,
                                                               found->second.low, found->second.high)));
  }
  return shown;
}

}  // namespace

CompareDialog::CompareDialog(Workbench& workbench, const std::vector<Run>& runs, QWidget* parent) : QDialog(parent) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("compareDialog"));
  setWindowTitle(tr("Runs compared"));
  std::vector<TrainOptions> options;
  QStringList starts, titles = {tr("Setting")};
  workbench.attempt(tr("The runs could not be read"), [&] {
    for (const Run& run : runs) {
      options.push_back(options_of(workbench.workspace(), run));
      starts << (run.parent ? toQt(read_run(workbench.workspace(), *run.parent).name)
                            : workbench.modelTitle(options.back().model));
      titles << toQt(run.name);
    }
  });
  std::vector<SettingRow> rows;
  std::optional<Evaluation> evaluation;
  workbench.attempt(tr("The evaluations could not be read"),
                    [&] { evaluation = evaluationOf(workbench.workspace(), runs); });
  if (evaluation)
    rows = {resultRow(*evaluation, runs, tr("AUC"), "auc"), resultRow(*evaluation, runs, tr("HR@1"), "hr@1")};
  const std::vector<SettingRow> settings =
      options.size() == runs.size() ? differingSettings(runs, options, starts) : std::vector<SettingRow>{};
  rows.insert(rows.end(), settings.begin(), settings.end());

  auto* table = new QTableWidget(static_cast<int>(rows.size()), static_cast<int>(titles.size()), this);
  table->setAccessibleName(tr("Results, and settings that differ"));
  table->setHorizontalHeaderLabels(titles);
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionMode(QAbstractItemView::NoSelection);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);  // long values break
  for (int row = 0; row < table->rowCount(); ++row) {
    const SettingRow& shown = rows[static_cast<size_t>(row)];
    table->setItem(row, 0, new QTableWidgetItem(shown.name));
    for (int i = 0; i < shown.values.size(); ++i) table->setItem(row, i + 1, new QTableWidgetItem(shown.values[i]));
  }
  QLabel* none = makeLabel(tr("These runs were made with the same settings."), "muted", this);
  none->setVisible(settings.empty());
  table->setVisible(!rows.empty());
  QLabel* results = makeLabel(
      evaluation ? tr("Results on %1 held-out users, with 95 % intervals: the evaluation of %2.")
                       .arg(countText(evaluation->users), toQt(evaluation->created_at).left(10))
                 : tr("No evaluation with all of these runs is kept: Evaluate makes one, and AUC and HR@1 stand here."),
      "small", this);
  results->setObjectName(QStringLiteral("comparedResults"));
  results->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->addWidget(none);
  layout->addWidget(table, 1);
  layout->addWidget(results);
  layout->addWidget(buttons);
  fitOnScreen(this, {settingWidth + runWidth * static_cast<int>(runs.size()), rows.empty() ? 140 : dialogHeight});
}

}  // namespace prefscope
