// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the Data page that leads from an import to the view of its set, and from there to the tables.
#include <QHeaderView>
#include <algorithm>
#include <limits>

#include "ui/models/first_row.h"
#include "ui/models/paged_table_model.h"
#include "ui/pages/data_page.h"
#include "ui/pages/data_report_text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/data_table.h"
#include "ui/workbench.h"

namespace prefscope {

void DataPage::openRow(Tab tab, int column, Qt::SortOrder order, int64_t place) {
  openTab(tab);
  if (this->tab() != tab) return;
  m_wantedRow = static_cast<int>(std::min<int64_t>(place, std::numeric_limits<int>::max()));
  m_table->horizontalHeader()->setSortIndicator(column, order);
  m_table->rows()->sort(column, order);  // also where it is sorted so already
  m_table->setFocus(Qt::OtherFocusReason);
}

void DataPage::showRowsBehind(Behind behind, double from) {
  const auto& set = workbench().dataSet();
  if (!set) return;
  if (behind == Behind::Users) {
    openRow(Users, 1, Qt::AscendingOrder, m_about->usersBelow(static_cast<int64_t>(from)));
  } else if (behind == Behind::Items) {
    openRow(Items, 2, Qt::DescendingOrder, static_cast<int64_t>(from) - 1);
  } else {
    const InteractionOrder order = behind == Behind::Ratings ? InteractionOrder::Rating : InteractionOrder::Time;
    const int column = behind == Behind::Ratings || !set->has_ratings ? 2 : 3;  // see interactionTable
    workbench().jobs().submit(
        JobKind::Light, {},
        [folder = workbench().workspaceFolder(), id = set->id, order, from](const TaskContext&) {
          Workspace workspace(folder);
          return firstRowFrom(workspace, id, order, from);
        },
        this,
        [this, id = set->id, column](int64_t place) {
          if (this->workbench().dataSet() && this->workbench().dataSet()->id == id)
            openRow(Interactions, column, Qt::AscendingOrder, place);
        });
  }
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
