// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/negatives_dialog.h"

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
namespace {

constexpr int shownExamples = 50;

}  // namespace

NegativesDialog::NegativesDialog(Workbench& workbench, const TrainOptions& options, QWidget* parent)
    : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("negativesDialog"));
  setWindowTitle(tr("Negatives"));
  resize(820, 480);
  m_state = makeLabel(tr("Choosing…"), "muted", this);
  m_state->setWordWrap(true);
  m_table = new QTableWidget(0, 3, this);
  m_table->setAccessibleName(tr("Negatives"));
  m_table->setHorizontalHeaderLabels({tr("User"), tr("Chosen"), tr("Rejected, in the order of training")});
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setShowGrid(false);
  m_table->setTabKeyNavigation(false);
  m_table->verticalHeader()->hide();
  QHeaderView* header = m_table->horizontalHeader();
  header->setHighlightSections(false);
  header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  header->setStretchLastSection(true);
  m_table->setColumnWidth(0, 80);
  m_table->setColumnWidth(1, 220);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_state);
  layout->addWidget(m_table, 1);
  layout->addWidget(buttons);

  QString how;
  for (const ChoiceText& text : samplingTexts()) {
    if (text.name == options.negatives) how = text.tip;
  }
  m_job = workbench.jobs().submit(
      JobKind::Light, tr("Choosing negatives"),
      [options](const TaskContext& context) { return preview_negatives(options, shownExamples, context); }, this,
      [this, how](const std::vector<NegativePreview>& rows) {
        m_job = 0;
        m_state->setText(tr("The first %1 training examples. %2").arg(rows.size()).arg(how));
        fill(rows);
      },
      [this](const QString& message) {
        m_job = 0;
        m_state->setText(message);
      });
}

NegativesDialog::~NegativesDialog() {
  if (m_job != 0) m_workbench.jobs().cancel(m_job);
}

void NegativesDialog::fill(const std::vector<NegativePreview>& rows) {
  m_table->setRowCount(static_cast<int>(rows.size()));
  for (int row = 0; row < m_table->rowCount(); ++row) {
    const NegativePreview& shown = rows[static_cast<size_t>(row)];
    QStringList rejected;
    for (const std::string& title : shown.rejected) rejected << toQt(title).simplified();
    const QString cells[] = {toQt(shown.user), toQt(shown.chosen).simplified(), rejected.join(QStringLiteral("  ·  "))};
    for (int column = 0; column < 3; ++column) {
      auto* item = new QTableWidgetItem(cells[column]);
      const QString tip = column == 2 ? rejected.join(QLatin1Char('\n')) : cells[column];
      item->setToolTip(QStringLiteral("<p style='white-space: pre-wrap'>") + tip.toHtmlEscaped() +
                       QStringLiteral("</p>"));
      m_table->setItem(row, column, item);
    }
  }
}

}  // namespace prefscope
