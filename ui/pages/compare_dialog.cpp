// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare_dialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include "ui/pages/train_settings.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {

CompareDialog::CompareDialog(Workbench& workbench, const std::vector<Run>& runs, QWidget* parent) : QDialog(parent) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("compareDialog"));
  setWindowTitle(tr("Settings that differ"));
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
  const std::vector<SettingRow> rows =
      options.size() == runs.size() ? differingSettings(runs, options, starts) : std::vector<SettingRow>{};

  auto* table = new QTableWidget(static_cast<int>(rows.size()), static_cast<int>(titles.size()), this);
  table->setAccessibleName(tr("Settings that differ"));
  table->setHorizontalHeaderLabels(titles);
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionMode(QAbstractItemView::NoSelection);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  for (int row = 0; row < table->rowCount(); ++row) {
    const SettingRow& shown = rows[static_cast<size_t>(row)];
    table->setItem(row, 0, new QTableWidgetItem(shown.name));
    for (int i = 0; i < shown.values.size(); ++i) table->setItem(row, i + 1, new QTableWidgetItem(shown.values[i]));
  }
  QLabel* none = makeLabel(tr("These runs were made with the same settings."), "muted", this);
  none->setVisible(rows.empty());
  table->setVisible(!rows.empty());
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->addWidget(none);
  layout->addWidget(table, 1);
  layout->addWidget(buttons);
  resize(220 + 150 * static_cast<int>(runs.size()), rows.empty() ? 120 : 340);
}

}  // namespace prefscope
