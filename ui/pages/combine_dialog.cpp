// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/combine_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models/table_sources.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int dialogWidth = 480, dialogHeight = 420;
constexpr int nameRole = Qt::UserRole;

}  // namespace

CombineDialog::CombineDialog(Workbench& workbench, QWidget* parent) : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("combineDialog"));
  setWindowTitle(tr("Combine data sets"));
  QLabel* what = makeLabel(
      tr("Makes a new data set of those checked, so that one training learns from all of them. Users and items stay "
         "apart: their ids begin with their set's name, and each item has it as its attribute “domain”. The sets stay "
         "as they are."),
      "muted", this);
  what->setWordWrap(true);
  m_sets = new QListWidget(this);
  m_sets->setObjectName(QStringLiteral("setsToCombine"));
  m_sets->setAccessibleName(tr("Data sets to combine"));
  m_name = new QLineEdit(this);
  m_name->setObjectName(QStringLiteral("combinedName"));
  m_name->setAccessibleName(tr("Name of the new data set"));
  m_name->setPlaceholderText(tr("Name of the new data set"));
  m_hint = makeLabel({}, "small", this);
  m_hint->setObjectName(QStringLiteral("combineHint"));
  m_hint->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  m_combine = buttons->addButton(tr("Combine"), QDialogButtonBox::AcceptRole);
  m_combine->setObjectName(QStringLiteral("combineNow"));
  m_combine->setProperty("primary", true);
  m_combine->style()->polish(m_combine);  // the box has polished it already
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(what);
  layout->addWidget(m_sets, 1);
  layout->addWidget(m_name);
  layout->addWidget(m_hint);
  layout->addWidget(buttons);
  fitOnScreen(this, {dialogWidth, dialogHeight});

  workbench.attempt(tr("The data sets could not be read"), [&] {
    for (const DataSet& set : list_data_sets(workbench.workspace())) {
      if (set.interactions == 0) continue;  // preference examples alone
      auto* item = new QListWidgetItem(toQt(set.name) + QStringLiteral(" · ") + usersAndItems(set) +
                                           QStringLiteral(" · ") + (set.has_ratings ? tr("ratings") : tr("no ratings")),
                                       m_sets);
      item->setData(nameRole, toQt(set.name));
      item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
      item->setCheckState(workbench.dataSet() && workbench.dataSet()->id == set.id ? Qt::Checked : Qt::Unchecked);
    }
  });
  connect(m_sets, &QListWidget::itemChanged, this, &CombineDialog::check);
  connect(m_name, &QLineEdit::textEdited, this, [this] { m_named = true; });
  connect(m_name, &QLineEdit::textChanged, this, &CombineDialog::check);
  connect(buttons, &QDialogButtonBox::accepted, this, &CombineDialog::combineNow);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job || job.state != JobState::Cancelled) return;
    m_job = 0;
    check();
    m_hint->setText(tr("Stopped; nothing was made."));
  });
  if (m_sets->count() > 0) m_sets->setCurrentRow(0);
  m_sets->setFocus();
  check();
}

CombineOptions CombineDialog::options() const {
  CombineOptions options{m_workbench.workspaceFolder(), {}, m_name->text().trimmed().toStdString()};
  for (int i = 0; i < m_sets->count(); ++i) {
    if (m_sets->item(i)->checkState() == Qt::Checked)
      options.data_sets.push_back(m_sets->item(i)->data(nameRole).toString().toStdString());
  }
  return options;
}

void CombineDialog::check() {
  const CombineOptions wanted = options();
  if (!m_named) {
    QStringList names;
    for (const std::string& name : wanted.data_sets) names << toQt(name);
    const QSignalBlocker quiet(m_name);
    m_name->setText(names.join(QStringLiteral(" + ")));
  }
  const bool few = wanted.data_sets.size() < 2, nameless = m_name->text().trimmed().isEmpty();
  m_hint->setText(few        ? tr("Check two data sets or more: all with ratings, or all without.")
                  : nameless ? tr("Give the new data set a name.")
                             : QString());
  m_combine->setEnabled(!few && !nameless && m_job == 0);
  if (m_job != 0) m_hint->setText(tr("Combining… the bar below the main window shows how far it is."));
}

void CombineDialog::combineNow() {
  // The set is made and looked at even where the dialog was closed meanwhile.
  m_job = m_workbench.jobs().submit(
      JobKind::Device, tr("Combining data sets"),
      [options = options()](const TaskContext& context) { return combine(options, context); }, &m_workbench,
      [&workbench = m_workbench, dialog = QPointer(this)](const CombineResult& result) {
        if (dialog) dialog->close();
        Q_EMIT workbench.dataSetsChanged();
        workbench.setDataSet(result.data_set.id);
        Q_EMIT workbench.imported(result.data_set.id);
        Q_EMIT workbench.noticed(tr("Combined into %1: prepare it at the left").arg(toQt(result.data_set.name)));
      },
      [&workbench = m_workbench, dialog = QPointer(this)](const QString& message) {
        if (!dialog) return workbench.reportError(tr("The data sets could not be combined"), message);
        dialog->m_job = 0;
        dialog->check();
        dialog->m_hint->setText(message);
      });
  check();
}

}  // namespace prefscope
