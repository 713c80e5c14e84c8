// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the Data page that leads from an import to the view of its set, and from there to the tables.
#include <algorithm>

#include "ui/models/paged_table_model.h"
#include "ui/pages/data_page.h"
#include "ui/pages/data_report_text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/data_table.h"
#include "ui/workbench.h"

namespace prefscope {

void DataPage::showRowsBehind(Behind behind, const QString& wanted) {
  const auto& set = workbench().dataSet();
  if (!set) return;
  const Tab to = behind == Behind::Users ? Users : behind == Behind::Items ? Items : Interactions;
  openTab(to);
  if (tab() != to) return;
  const RowColumn column = behind == Behind::Ratings  ? RowColumn::Rating
                           : behind == Behind::Months ? RowColumn::Time
                                                      : RowColumn::Interactions;
  PagedTableModel* rows = m_table->rows();
  TableWish wish{{}, QStringList(rows->columnCount(), QString()), rows->wish().order};
  for (int i = 0; i < rows->columnCount(); ++i) {
    if (rows->source().columns[static_cast<size_t>(i)].column != column) continue;
    wish.filters[i] = wanted;
    m_table->showColumn(i, true);
  }
  if (behind == Behind::Items) wish.order = {{RowColumn::Interactions, true}};
  rows->setWish(wish);
  m_table->setFocus(Qt::OtherFocusReason);
}

void DataPage::showImported(qint64 dataSet) {
  const auto& set = workbench().dataSet();
  if (!set || set->id != dataSet) return;
  workbench().attempt(tr("The import's report could not be read"), [&] {
    const std::string json = report_json(workbench().workspace(), dataSet);
    if (json.empty()) return;
    const ImportReport report = read_report(json);
    QString message = importHeadline(report);
    // What was dropped is what matters most.
    auto first = std::find_if(report.remarks.begin(), report.remarks.end(),
                              [](const Remark& remark) { return remark.kind == RemarkKind::Dropped; });
    if (first == report.remarks.end()) first = report.remarks.begin();
    if (first != report.remarks.end()) message += u'\n' + toQt(remark_text(*first));
    if (report.remarks.size() > 1) message += tr(" · and %1 more").arg(report.remarks.size() - 1);
    m_imported->showOffer(tr("Imported %1").arg(toQt(set->name)), message, tr("What was read and mended"));
  });
}

}  // namespace prefscope
