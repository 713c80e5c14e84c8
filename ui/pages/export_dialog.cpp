// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_dialog.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QStyle>
#include <QVBoxLayout>

#include "ui/pages/export_cases.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/folder_field.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int dialogWidth = 520;

}  // namespace

ExportDialog::ExportDialog(Workbench& workbench, const ExportOptions& options, const QString& name, QWidget* parent)
    : QDialog(parent),
      m_workbench(workbench),
      m_options(options),
      m_name(plainName(name).isEmpty() ? QStringLiteral("adapter") : plainName(name)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("exportModel"));
  setWindowTitle(tr("Export for other programs"));
  m_adapter =
      new QRadioButton(tr("&Adapter: one folder that peft reads, small; its base model is needed beside it"), this);
  m_adapter->setObjectName(QStringLiteral("exportAdapter"));
  m_adapter->setChecked(true);
  m_merged =
      new QRadioButton(tr("&Merged model: a whole folder that transformers reads, with the tokenizer's files"), this);
  m_merged->setObjectName(QStringLiteral("exportMerged"));
  m_dtype = new QComboBox(this);
  m_dtype->setObjectName(QStringLiteral("exportDtype"));
  m_dtype->setAccessibleName(tr("Numbers"));
  for (const char* dtype : {"float32", "bfloat16", "float16"}) m_dtype->addItem(QString::fromLatin1(dtype));
  m_dtype->setToolTip(tr("Of the merged weights; the sums are rounded to it once"));
  m_folder = new FolderField(m_name, this);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  m_export = buttons->addButton(tr("Export"), QDialogButtonBox::AcceptRole);
  m_export->setObjectName(QStringLiteral("startExport"));
  m_export->setProperty("primary", true);
  m_export->style()->polish(m_export);  // the box has polished it already
  m_export->setDefault(true);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, &ExportDialog::start);

  auto* form = new QFormLayout;
  form->setVerticalSpacing(gridUnit);
  form->addRow(makeLabel(tr("Numbers"), "muted", this), m_dtype);
  form->addRow(makeLabel(tr("Folder"), "muted", this), m_folder);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(12);
  layout->addWidget(m_adapter);
  layout->addWidget(m_merged);
  layout->addLayout(form);
  layout->addWidget(buttons);
  setMinimumWidth(dialogWidth);

  connect(m_merged, &QRadioButton::toggled, m_dtype, &QComboBox::setEnabled);
  m_dtype->setEnabled(false);
  connect(m_folder, &FolderField::changed, this, [this] { m_export->setEnabled(m_folder->isFree()); });
  m_folder->setFolder(toQt(workbench.workspaceFolder() / "exports") + QLatin1Char('/') + m_name);
  m_folder->setFocus();
}

void ExportDialog::start() {
  m_options.merged = m_merged->isChecked();
  m_options.dtype = m_dtype->currentText().toStdString();
  m_options.out = toPath(m_folder->folder());
  m_workbench.jobs().submit(
      JobKind::Light, tr("Exporting %1").arg(m_name),
      [options = m_options](const TaskContext& context) { return export_model(options, context); }, &m_workbench,
      [&workbench = m_workbench, out = m_folder->folder()](const ExportResult& result) {
        Q_EMIT workbench.noticed(tr("Exported %1 files to %2").arg(result.files.size()).arg(out));
      });
  accept();
}

}  // namespace prefscope
