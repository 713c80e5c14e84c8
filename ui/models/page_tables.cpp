// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/page_tables.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

#include "engine/store/set_rows.h"
#include "ui/models/table_sources.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("PageTables", text);
}

QString cell(const std::string& text) {
  return QString::fromStdString(text);
}

/// A table whose rows are there already, and are brought whole.
void giveRows(TableSource& source, std::vector<TableRow> rows) {
  source.find = [count = std::ssize(rows)](Workspace&, const RowQuery&, const TaskContext&) {
    return FoundRows{0, count, {}};
  };
  source.read = [rows = std::move(rows)](Workspace&, const FoundRows&, qint64 offset, qint64 limit, CellForm) {
    const qint64 end = std::min(offset + limit, static_cast<qint64>(rows.size()));
    return std::vector<TableRow>(rows.begin() + std::min(offset, end), rows.begin() + end);
  };
}

}  // namespace

TableSource nearestTable(const std::vector<NearUser>& users, qint64 items) {
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, 80, true},
                    {tr("Shared"), tr("Different items that both have"), true, 68, false},
                    {tr("Items"), tr("Different items of this user"), true, 64, false},
                    {tr("Cosine"), tr("Shared items / √(items of this user × %1)").arg(items), true, 68, false}};
  std::vector<TableRow> rows;
  rows.reserve(users.size());
  for (const NearUser& user : users)
    rows.push_back(
        {user.id,
         {cell(user.key), countText(user.shared), countText(user.items), QLocale().toString(user.cosine, 'f', 3)}});
  giveRows(source, std::move(rows));
  return source;
}

TableSource sharedTable(qint64 user, qint64 other, qint64 shared, bool ratings) {
  TableSource source;
  source.columns = {{tr("Shared item"), {}, false, 120, true}};
  if (ratings) {
    source.columns.push_back({tr("Own"), tr("The rating of the user that the page is about"), true, 56, false});
    source.columns.push_back({tr("Other"), tr("The rating of the user chosen above"), true, 56, false});
  }
  source.find = [shared](Workspace&, const RowQuery&, const TaskContext&) { return FoundRows{0, shared, {}}; };
  source.read = [=](Workspace& workspace, const FoundRows&, qint64 offset, qint64 limit, CellForm) {
    const std::vector<SharedItem> all = shared_items(workspace.folder(), user, other, {});
    std::vector<TableRow> rows;
    for (qint64 i = offset; i < std::min<qint64>(offset + limit, std::ssize(all)); ++i) {
      const SharedItem& item = all[static_cast<size_t>(i)];
      TableRow shown{item.id, {cell(item.title)}};
      if (ratings) {
        shown.cells.push_back(ratingCell(item.rating, CellForm::Shown));
        shown.cells.push_back(ratingCell(item.other_rating, CellForm::Shown));
      }
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

TableSource itemRowsTable(const DataSet& dataSet, qint64 item) {
  const bool ratings = dataSet.has_ratings;
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, 96, true, RowColumn::User, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, 76, false, RowColumn::Rating, true});
  source.columns.push_back({tr("Time (UTC)"), {}, true, 132, false, RowColumn::Time, true});
  source.find = [id = dataSet.id, item](Workspace& workspace, RowQuery query, const TaskContext& context) {
    query.data_set = id;
    query.item = item;
    return find_interactions(workspace, query, context);
  };
  source.read = [ratings](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> shown;
    for (const InteractionRow& row : read_interactions(workspace, found, offset, limit)) {
      shown.push_back({row.user, {cell(row.user_key)}});
      if (ratings) shown.back().cells.push_back(ratingCell(row.rating, form));
      shown.back().cells.push_back(timeCell(row.time, form));
    }
    return shown;
  };
  return source;
}

TableSource togetherTable(const std::vector<TogetherItem>& items, qint64 users) {
  TableSource source;
  source.columns = {
      {tr("Item"), {}, false, 120, true},
      {tr("Common"), tr("Users who have both items"), true, 68, false},
      {tr("Lift"), tr("Users in common / as many as chance would give: both items' users multiplied / all users"), true,
       52, false},
      {tr("Cosine"), tr("Users in common / √(users of this item × %1)").arg(users), true, 64, false}};
  std::vector<TableRow> rows;
  rows.reserve(items.size());
  for (const TogetherItem& item : items)
    rows.push_back({item.id,
                    {cell(item.title.empty() ? item.key : item.title), countText(item.common),
                     QLocale().toString(item.lift, 'f', 2), QLocale().toString(item.cosine, 'f', 3)}});
  giveRows(source, std::move(rows));
  return source;
}

}  // namespace prefscope
