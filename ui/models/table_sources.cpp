// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/table_sources.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>

#include "engine/store/example_rows.h"

namespace prefscope {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("Tables", text);
}

QString cell(const std::string& text) {
  return QString::fromStdString(text);
}

/// "record 12" of "file.json record 12": the file's name is the same in most rows.
QString shortRecord(const QString& source) {
  const qsizetype at = source.lastIndexOf(QStringLiteral("record "));
  return at < 0 ? source : source.mid(at);
}

template <typename Order>
RowQuery<Order> rowQuery(int64_t dataSet, const TableQuery& query,
                         std::initializer_list<std::pair<int, Order>> orders) {
  RowQuery<Order> wanted;
  wanted.data_set = dataSet;
  wanted.search = query.search;
  for (const auto& [column, order] : orders) {
    if (column == query.column) {
      wanted.order = order;
      wanted.descending = query.descending;
    }
  }
  return wanted;
}

}  // namespace

QString timeText(qint64 secondsSince1970) {
  return QDateTime::fromSecsSinceEpoch(secondsSince1970, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString countText(qint64 count) {
  return QLocale().toString(count);
}

TableSource userTable(const DataSet& dataSet) {
  const auto wanted = [id = dataSet.id](const TableQuery& query) {
    return rowQuery<UserOrder>(id, query, {{0, UserOrder::Key}, {1, UserOrder::Interactions}});
  };
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, true, 160, true},
                    {tr("Interactions"), {}, true, true, 120, false}};
  source.count = [wanted](Workspace& workspace, const TableQuery& query) {
    return count_users(workspace, wanted(query));
  };
  source.read = [wanted](Workspace& workspace, const TableQuery& query, qint64 offset, qint64 limit) {
    auto page = wanted(query);
    page.offset = offset;
    page.limit = limit;
    std::vector<TableRow> rows;
    for (const UserRow& row : read_users(workspace, page))
      rows.push_back({row.id, {cell(row.key), countText(row.interactions)}});
    return rows;
  };
  return source;
}

TableSource itemTable(const DataSet& dataSet) {
  const auto wanted = [id = dataSet.id](const TableQuery& query) {
    return rowQuery<ItemOrder>(id, query, {{0, ItemOrder::Title}, {2, ItemOrder::Interactions}, {3, ItemOrder::Key}});
  };
  TableSource source;
  source.columns = {{tr("Title"), {}, false, true, 240, true},
                    {tr("Attributes"), {}, false, false, 320, true},
                    {tr("Interactions"), {}, true, true, 104, false},
                    {tr("Id"), tr("The id in the file"), true, true, 80, false}};
  source.count = [wanted](Workspace& workspace, const TableQuery& query) {
    return count_items(workspace, wanted(query));
  };
  source.read = [wanted](Workspace& workspace, const TableQuery& query, qint64 offset, qint64 limit) {
    auto page = wanted(query);
    page.offset = offset;
    page.limit = limit;
    std::vector<TableRow> rows;
    for (const ItemRow& row : read_items(workspace, page))
      rows.push_back({row.id, {cell(row.title), cell(row.attributes), countText(row.interactions), cell(row.key)}});
    return rows;
  };
  return source;
}

TableSource interactionTable(const DataSet& dataSet) {
  // The rating's column is there only where there are ratings, and is then the third.
  const bool ratings = dataSet.has_ratings;
  const auto wanted = [id = dataSet.id, ratings](const TableQuery& query) {
    return ratings ? rowQuery<InteractionOrder>(id, query, {{2, InteractionOrder::Rating}, {3, InteractionOrder::Time}})
                   : rowQuery<InteractionOrder>(id, query, {{2, InteractionOrder::Time}});
  };
  TableSource source;
  source.columns = {{tr("User"), {}, false, false, 72, false}, {tr("Item"), {}, false, false, 280, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, true, 80, false});
  source.columns.push_back({tr("Time (UTC)"), {}, true, true, 140, false});
  source.count = [wanted](Workspace& workspace, const TableQuery& query) {
    return count_interactions(workspace, wanted(query));
  };
  source.read = [wanted, ratings](Workspace& workspace, const TableQuery& query, qint64 offset, qint64 limit) {
    auto page = wanted(query);
    page.offset = offset;
    page.limit = limit;
    std::vector<TableRow> rows;
    for (const InteractionRow& row : read_interactions(workspace, page)) {
      TableRow shown{row.user, {cell(row.user_key), cell(row.title)}};
      if (ratings) shown.cells.push_back(row.rating ? QLocale().toString(*row.rating) : QString());
      shown.cells.push_back(row.time ? timeText(*row.time) : QString());
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

TableSource historyTable(qint64 user, bool ratings) {
  TableSource source;
  source.columns = {{tr("Item"), {}, false, false, 160, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, false, 64, false});
  source.columns.push_back({tr("Date"), tr("UTC"), true, false, 96, false});
  source.count = [user](Workspace& workspace, const TableQuery&) {
    return static_cast<qint64>(read_history(workspace, user).size());
  };
  source.read = [user, ratings](Workspace& workspace, const TableQuery&, qint64 offset, qint64 limit) {
    const std::vector<InteractionRow> all = read_history(workspace, user);
    std::vector<TableRow> rows;
    for (qint64 i = offset; i < std::min<qint64>(offset + limit, static_cast<qint64>(all.size())); ++i) {
      const InteractionRow& row = all[static_cast<size_t>(i)];
      TableRow shown{row.item, {cell(row.title)}};
      if (ratings) shown.cells.push_back(row.rating ? QLocale().toString(*row.rating) : QString());
      shown.cells.push_back(row.time ? timeText(*row.time).left(10) : QString());
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

TableSource exampleTable(qint64 preparation, bool given) {
  TableSource source;
  if (given) {
    source.columns = {
        {tr("Record"), tr("The record of the file that the example begins with"), false, false, 104, false},
        {tr("Chosen"), tr("Of the first pair"), false, false, 240, true},
        {tr("Role"), tr("Examples of a file named eval are held out"), false, false, 80, false},
        {tr("Pairs"), {}, true, false, 64, false}};
  } else {
    source.columns = {{tr("User"), {}, false, false, 72, false},
                      {tr("Target"), tr("What the user chose: the answer to find"), false, false, 240, true},
                      {tr("Role"),
                       tr("Train: learned from. Panel: a training user's last choice, watched while training, never a "
                          "result. Held out: "
                          "other users, on whom models are judged"),
                       false, false, 80, false},
                      {tr("History"), tr("Items in the history"), true, false, 72, false}};
  }
  source.count = [preparation](Workspace& workspace, const TableQuery& query) {
    return count_example_rows(workspace, preparation, query.search);
  };
  source.read = [preparation, given](Workspace& workspace, const TableQuery& query, qint64 offset, qint64 limit) {
    std::vector<TableRow> rows;
    for (const ExampleRow& row : read_example_rows(workspace, preparation, query.search, offset, limit)) {
      TableRow shown{row.id,
                     {given ? shortRecord(cell(row.user)) : cell(row.user), cell(row.target).simplified(),
                      row.role == Role::Train   ? tr("train")
                      : row.role == Role::Panel ? tr("panel")
                                                : tr("held out")}};
      // Candidates and negatives are the same number in every row: the protocol has them.
      shown.cells.push_back(countText(given ? row.negatives : row.history));
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

}  // namespace prefscope
