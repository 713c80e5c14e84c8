// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export_set_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include "engine/store/views.h"
#include "engine/tasks/export_data.h"
#include "ui/pages/export_cases.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/folder_field.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int dialogWidth = 520;
constexpr const char* preferences = "preference-json";

}  // namespace

ExportSetDialog::ExportSetDialog(Workbench& workbench, QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_set(*workbench.dataSet()), m_preparation(workbench.preparation()) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("exportSet"));
  setWindowTitle(tr("Export a data set"));
  QLabel* name = makeLabel(toQt(m_set.name), "strong", this);
  name->setWordWrap(true);
  m_form = new QComboBox(this);
  m_form->setObjectName(QStringLiteral("exportForm"));
  m_form->setAccessibleName(tr("Form"));
  m_meaning = makeLabel({}, "muted", this);
  m_meaning->setWordWrap(true);
  m_view = new QComboBox(this);
  m_view->setObjectName(QStringLiteral("exportView"));
  m_view->setAccessibleName(tr("Rows"));
  m_view->addItem(tr("All rows, as imported"), QString());
  workbench.attempt(tr("The views could not be read"), [&] {
    for (const DataView& view : list_views(workbench.workspace(), m_set.id))
      m_view->addItem(tr("View “%1”").arg(toQt(view.name)), toQt(view.name));
  });
  const QString folderName =
      plainName(toQt(m_set.name)).isEmpty() ? QStringLiteral("dataset") : plainName(toQt(m_set.name));
  m_folder = new FolderField(folderName, this);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  m_export = buttons->addButton(tr("Export"), QDialogButtonBox::AcceptRole);
  m_export->setObjectName(QStringLiteral("startExport"));
  m_export->setProperty("primary", true);
  m_export->style()->polish(m_export);  // the box has polished it already
  m_export->setDefault(true);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, &ExportSetDialog::start);

  auto* form = new QFormLayout;
  form->setVerticalSpacing(gridUnit);
  form->addRow(makeLabel(tr("Form"), "muted", this), m_form);
  form->addRow(QString(), m_meaning);
  form->addRow(makeLabel(tr("Rows"), "muted", this), m_view);
  form->addRow(makeLabel(tr("Folder"), "muted", this), m_folder);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(12);
  layout->addWidget(name);
  layout->addLayout(form);
  layout->addStretch(1);
  layout->addWidget(buttons);
  setMinimumWidth(dialogWidth);

  connect(m_form, &QComboBox::currentIndexChanged, this, &ExportSetDialog::check);
  connect(m_folder, &FolderField::changed, this, &ExportSetDialog::check);
  fillForms();
  m_folder->setFolder(toQt(workbench.workspaceFolder() / "exports") + QLatin1Char('/') + folderName);
  m_form->setFocus();
}

void ExportSetDialog::fillForms() {
  if (m_set.interactions > 0) {
    m_form->addItem(tr("CSV"), QStringLiteral("csv"));
    m_form->addItem(tr("JSON lines"), QStringLiteral("json-lines"));
    m_form->addItem(tr("RecBole's atomic files"), QStringLiteral("recbole"));
  }
  m_form->addItem(tr("Preference JSON, as of the DMPO paper"), QLatin1String(preferences));
}

void ExportSetDialog::check() {
  const QString form = m_form->currentData().toString();
  const bool examples = form == QLatin1String(preferences);
  const bool prepared = m_preparation != 0;
  m_meaning->setText(
      form == QStringLiteral("csv")          ? tr("interactions.csv and items.csv, with a column for each attribute.")
      : form == QStringLiteral("json-lines") ? tr("interactions.jsonl and items.jsonl, attributes as lists.")
      : !examples ? tr("NAME.inter, NAME.item and NAME.user, named as the folder, with typed headers.")
      : prepared  ? tr("train.json and eval.json: the examples of the preparation that is looked at.")
                  : tr("There are no examples yet: prepare the data set first."));
  m_view->setEnabled(!examples);
  m_export->setEnabled(m_folder->isFree() && (!examples || prepared));
}

void ExportSetDialog::start() {
  DataExportOptions options;
  options.workspace = m_workbench.workspaceFolder();
  options.data_set = m_set.name;
  options.format = m_form->currentData().toString().toStdString();
  if (options.format == preferences) {
    options.preparation = m_preparation;
  } else {
    options.view = m_view->currentData().toString().toStdString();
  }
  options.out = toPath(m_folder->folder());
  m_workbench.jobs().submit(
      JobKind::Light, tr("Exporting %1").arg(toQt(options.data_set)),
      [options](const TaskContext& context) { return export_data(options, context); }, &m_workbench,
      [&workbench = m_workbench, out = m_folder->folder()](const DataExportResult& result) {
        Q_EMIT workbench.noticed(result.files.size() == 1
                                     ? tr("Exported a file to %1").arg(out)
                                     : tr("Exported %1 files to %2").arg(result.files.size()).arg(out));
      });
  accept();
}

}  // namespace prefscope
