// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/page_tables.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

#include "engine/store/item_rows.h"
#include "ui/models/table_sources.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("PageTables", text);
}

QString cell(const std::string& text) {
  return QString::fromStdString(text);
}

QString ratingText(const std::optional<double>& rating) {
  return rating ? QLocale().toString(*rating) : QString();
}

/// A table whose rows are there already.
void giveRows(TableSource& source, std::vector<TableRow> rows) {
  source.count = [count = static_cast<qint64>(rows.size())](Workspace&, const TableQuery&) { return count; };
  source.read = [rows = std::move(rows)](Workspace&, const TableQuery&, qint64 offset, qint64 limit) {
    const qint64 end = std::min(offset + limit, static_cast<qint64>(rows.size()));
    return std::vector<TableRow>(rows.begin() + std::min(offset, end), rows.begin() + end);
  };
}

}  // namespace

TableSource nearestTable(const std::vector<NearUser>& users, qint64 items) {
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, false, 80, true},
                    {tr("Shared"), tr("Different items that both have"), true, false, 68, false},
                    {tr("Items"), tr("Different items of this user"), true, false, 64, false},
                    {tr("Cosine"), tr("Shared items / √(items of this user × %1)").arg(items), true, false, 68, false}};
  std::vector<TableRow> rows;
  for (const NearUser& user : users)
    rows.push_back(
        {user.id,
         {cell(user.key), countText(user.shared), countText(user.items), QLocale().toString(user.cosine, 'f', 3)}});
  giveRows(source, std::move(rows));
  return source;
}

TableSource sharedTable(qint64 user, qint64 other, qint64 shared, bool ratings) {
  TableSource source;
  source.columns = {{tr("Shared item"), {}, false, false, 120, true}};
  if (ratings) {
    source.columns.push_back({tr("Own"), tr("The rating of the user that the page is about"), true, false, 56, false});
    source.columns.push_back({tr("Other"), tr("The rating of the user chosen above"), true, false, 56, false});
  }
  source.count = [shared](Workspace&, const TableQuery&) { return shared; };
  source.read = [=](Workspace& workspace, const TableQuery&, qint64 offset, qint64 limit) {
    const std::vector<SharedItem> all = shared_items(workspace.folder(), user, other, {});
    std::vector<TableRow> rows;
    for (qint64 i = offset; i < std::min<qint64>(offset + limit, std::ssize(all)); ++i) {
      const SharedItem& item = all[static_cast<size_t>(i)];
      TableRow shown{item.id, {cell(item.title)}};
      if (ratings) {
        shown.cells.push_back(ratingText(item.rating));
        shown.cells.push_back(ratingText(item.other_rating));
      }
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

TableSource itemRowsTable(qint64 item, qint64 rows, bool ratings) {
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, true, 96, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, true, 76, false});
  source.columns.push_back({tr("Time (UTC)"), {}, true, true, 132, false});
  source.count = [rows](Workspace&, const TableQuery&) { return rows; };
  source.read = [item, ratings](Workspace& workspace, const TableQuery& query, qint64 offset, qint64 limit) {
    // By user where nothing else is asked for: to sort by a value all rows of the item are read.
    const ItemRowOrder order = query.column <= 0              ? ItemRowOrder::User
                               : query.column == 1 && ratings ? ItemRowOrder::Rating
                                                              : ItemRowOrder::Time;
    std::vector<TableRow> shown;
    for (const InteractionRow& row : read_item_rows(workspace, item, order, query.descending, offset, limit, {})) {
      shown.push_back({row.user, {cell(row.user_key)}});
      if (ratings) shown.back().cells.push_back(ratingText(row.rating));
      shown.back().cells.push_back(row.time ? timeText(*row.time) : QString());
    }
    return shown;
  };
  return source;
}

TableSource togetherTable(const std::vector<TogetherItem>& items, qint64 users) {
  TableSource source;
  source.columns = {
      {tr("Item"), {}, false, false, 120, true},
      {tr("Common"), tr("Users who have both items"), true, false, 68, false},
      {tr("Lift"), tr("Users in common / as many as chance would give: both items' users multiplied / all users"), true,
       false, 52, false},
      {tr("Cosine"), tr("Users in common / √(users of this item × %1)").arg(users), true, false, 64, false}};
  std::vector<TableRow> rows;
  for (const TogetherItem& item : items)
    rows.push_back({item.id,
                    {cell(item.title.empty() ? item.key : item.title), countText(item.common),
                     QLocale().toString(item.lift, 'f', 2), QLocale().toString(item.cosine, 'f', 3)}});
  giveRows(source, std::move(rows));
  return source;
}

}  // namespace prefscope
