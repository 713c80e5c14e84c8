// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/page_tables.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

#include "engine/store/set_rows.h"
#include "ui/models/table_sources.h"
#include "ui/widgets/picture_menu.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("PageTables", text);
}

QString cell(const std::string& text) {
  return QString::fromStdString(text);
}

/// A table of things that are there already. row: one of them, in a form of its cells.
template <typename Thing>
void giveRows(TableSource& source, const std::vector<Thing>& things, TableRow (*row)(const Thing&, CellForm)) {
  source.find = [count = std::ssize(things)](Workspace&, const RowQuery&, const TaskContext&) {
    return FoundRows{0, count, {}};
  };
  source.read = [things, row](Workspace&, const FoundRows&, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (qint64 i = offset; i < std::min<qint64>(offset + limit, std::ssize(things)); ++i)
      rows.push_back(row(things[static_cast<size_t>(i)], form));
    return rows;
  };
}

QString ratioCell(double ratio, int digits, CellForm form) {
  return form == CellForm::Exact ? exact(ratio) : QLocale().toString(ratio, 'f', digits);
}

}  // namespace

TableSource nearestTable(const std::vector<NearUser>& users, qint64 items) {
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, 80, true},
                    {tr("Shared"), tr("Different items that both have"), true, 68, false},
                    {tr("Items"), tr("Different items of this user"), true, 64, false},
                    {tr("Cosine"), tr("Shared items / √(items of this user × %1)").arg(items), true, 68, false}};
  giveRows<NearUser>(source, users, [](const NearUser& user, CellForm form) {
    return TableRow{
        user.id,
        {cell(user.key), countCell(user.shared, form), countCell(user.items, form), ratioCell(user.cosine, 3, form)}};
  });
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
  source.read = [=](Workspace& workspace, const FoundRows&, qint64 offset, qint64 limit, CellForm form) {
    const std::vector<SharedItem> all = shared_items(workspace.folder(), user, other, {});
    std::vector<TableRow> rows;
    for (qint64 i = offset; i < std::min<qint64>(offset + limit, std::ssize(all)); ++i) {
      const SharedItem& item = all[static_cast<size_t>(i)];
      TableRow shown{item.id, {cell(item.title)}};
      if (ratings) {
        shown.cells.push_back(ratingCell(item.rating, form));
        shown.cells.push_back(ratingCell(item.other_rating, form));
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
  giveRows<TogetherItem>(source, items, [](const TogetherItem& item, CellForm form) {
    return TableRow{item.id,
                    {cell(item.title.empty() ? item.key : item.title), countCell(item.common, form),
                     ratioCell(item.lift, 2, form), ratioCell(item.cosine, 3, form)}};
  });
  return source;
}

}  // namespace prefscope
