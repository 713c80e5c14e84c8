// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_case.h"

#include "engine/store/set_rows.h"
#include "ui/widgets/item_search.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int mostFound = 50;
constexpr int longestTitle = 40;

}  // namespace

void searchCatalogue(Workbench& workbench, WhatIfCase& shown, ItemSearch* box, const QString& text,
                     std::function<QString(int64_t)> refused, std::function<void(const QString&)> failed) {
  const RowQuery query{shown.dataSet, text.toStdString(), {}, {{RowColumn::Interactions, true}}};
  workbench.jobs().submit(
      JobKind::Light, {},
      [folder = workbench.workspaceFolder(), query](const TaskContext& context) {
        Workspace workspace(folder);
        return read_items(workspace, find_items(workspace, query, context), 0, mostFound);
      },
      box,
      [&shown, box, text, refused = std::move(refused)](const std::vector<ItemRow>& rows) {
        std::vector<ItemSearch::Found> found;
        for (const ItemRow& row : rows) {
          shown.items.try_emplace(row.id, KnownItem{toQt(row.key), toQt(row.title), toQt(row.attributes)});
          found.push_back({row.id, toQt(row.title), toQt(row.attributes), refused(row.id)});
        }
        box->setFound(text, found);
      },
      std::move(failed));
}

QString shortTitle(const WhatIfCase& shown, int64_t item) {
  const QString title = shown.items.at(item).title.simplified();
  return title.size() > longestTitle ? title.left(longestTitle) + u'…' : title;
}

}  // namespace prefscope
