// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/small_model_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int textWidth = 420;

/// Whether a run builds on the model in this folder: its weights must then stay as they are.
bool hasRuns(Workspace& workspace, const std::filesystem::path& folder) {
  const std::vector<Run> runs = list_runs(workspace);
  return std::any_of(runs.begin(), runs.end(),
                     [&](const Run& run) { return read_model(workspace, run.model).path == folder.string(); });
}

}  // namespace

SmallModelDialog::SmallModelDialog(Workbench& workbench, QWidget* parent) : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Train a small model"));
  const auto& set = workbench.dataSet();
  const std::filesystem::path folder = workbench.smallModelFolder(set ? set->id : 0);
  std::error_code absent;
  const bool trained = std::filesystem::exists(folder / "model.safetensors", absent);
  bool used = false;
  workbench.attempt(tr("The runs could not be read"),
                    [&] { used = trained && hasRuns(workbench.workspace(), folder); });

  QString text = tr("A small language model learns the titles and the training users' choices of %1 from scratch, on "
                    "this computer, in the background. Held-out users and targets are kept from it. It knows this "
                    "catalogue and nothing else; where you have the folder of a real language model, choose that.")
                     .arg(set ? toQt(set->name) : QString());
  if (used) {
    text = tr("The small model of %1 is trained, and runs build on its weights. Delete those runs first to train it "
              "anew.")
               .arg(toQt(set->name));
  } else if (trained) {
    text += QLatin1Char(' ') + tr("The one that is there is replaced.");
  } else if (std::filesystem::exists(folder / "checkpoint.safetensors", absent)) {
    text += QLatin1Char(' ') + tr("The training that was stopped goes on.");
  }
  QLabel* label = makeLabel(text, "", this);
  label->setWordWrap(true);
  label->setFixedWidth(textWidth);

  m_minutes = new QSpinBox(this);
  m_minutes->setObjectName(QStringLiteral("smallModelMinutes"));
  m_minutes->setRange(1, 24 * 60);
  m_minutes->setValue(usualSmallModelMinutes);
  m_minutes->setSuffix(tr(" min"));
  m_minutes->setAccessibleName(tr("Minutes"));
  m_minutes->selectAll();
  m_minutes->setToolTip(tr("It ends in good order by then; longer is better, up to 3,000 steps."));
  auto* form = new QFormLayout;
  form->addRow(makeLabel(tr("At most"), "muted", this), m_minutes);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  QPushButton* begin = buttons->addButton(tr("Train"), QDialogButtonBox::AcceptRole);
  begin->setObjectName(QStringLiteral("startSmallModel"));
  begin->setProperty("primary", true);
  begin->style()->polish(begin);  // the box has polished it already
  begin->setDefault(true);
  begin->setEnabled(set && !used);
  m_minutes->setEnabled(begin->isEnabled());
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, &SmallModelDialog::start);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(pageMargin);
  layout->addWidget(label);
  layout->addLayout(form);
  layout->addWidget(buttons);
}

void SmallModelDialog::start() {
  m_workbench.trainSmallModel(m_minutes->value());
  accept();
}

}  // namespace prefscope
