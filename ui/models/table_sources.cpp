// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/table_sources.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include "engine/store/example_rows.h"
#include "engine/store/set_rows.h"

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

}  // namespace

QString timeText(qint64 secondsSince1970) {
  return QDateTime::fromSecsSinceEpoch(secondsSince1970, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString countText(qint64 count) {
  return QLocale().toString(count);
}

QString countedText(qint64 count, const QString& one, const QString& many) {
  return count == 1 ? one : many.arg(countText(count));
}

QString countCell(int64_t count, CellForm form) {
  return form == CellForm::Exact ? QString::number(count) : countText(count);
}

QString ratingCell(const std::optional<double>& rating, CellForm form) {
  if (!rating) return {};
  return form == CellForm::Exact ? QString::number(*rating, 'g', QLocale::FloatingPointShortest)
                                 : QLocale().toString(*rating);
}

QString timeCell(const std::optional<int64_t>& time, CellForm form) {
  if (!time) return {};
  return form == CellForm::Exact ? QDateTime::fromSecsSinceEpoch(*time, Qt::UTC).toString(Qt::ISODate)
                                 : timeText(*time);
}

QString usersAndItems(const DataSet& dataSet) {
  return countedText(dataSet.users, tr("1 user"), tr("%1 users")) + QStringLiteral(" · ") +
         countedText(dataSet.items, tr("1 item"), tr("%1 items"));
}

TableSource userTable(const DataSet& dataSet) {
  TableSource source;
  source.columns = {{tr("User"), tr("The id in the file"), false, 160, true, RowColumn::User, true},
                    {tr("Interactions"), {}, true, 112, false, RowColumn::Interactions, true},
                    {tr("First (UTC)"), tr("When the user's first interaction was"), true, 132, false, {}, false, true},
                    {tr("Last (UTC)"), tr("When the user's last interaction was"), true, 132, false, {}, false, true}};
  source.find = [id = dataSet.id](Workspace& workspace, RowQuery query, const TaskContext& context) {
    query.data_set = id;
    return find_users(workspace, query, context);
  };
  source.read = [](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (const UserRow& row : read_users(workspace, found, offset, limit))
      rows.push_back({row.id,
                      {cell(row.key), countCell(row.interactions, form), timeCell(row.first_time, form),
                       timeCell(row.last_time, form)}});
    return rows;
  };
  return source;
}

TableSource itemTable(const DataSet& dataSet) {
  TableSource source;
  source.columns = {{tr("Title"), {}, false, 240, true, RowColumn::Title, true},
                    {tr("Attributes"), {}, false, 320, true, RowColumn::Attributes},
                    {tr("Interactions"), {}, true, 104, false, RowColumn::Interactions, true},
                    {tr("Id"), tr("The id in the file"), true, 64, false, RowColumn::ItemKey, true}};
  source.find = [id = dataSet.id](Workspace& workspace, RowQuery query, const TaskContext& context) {
    query.data_set = id;
    return find_items(workspace, query, context);
  };
  source.read = [](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (const ItemRow& row : read_items(workspace, found, offset, limit))
      rows.push_back(
          {row.id, {cell(row.title), cell(row.attributes), countCell(row.interactions, form), cell(row.key)}});
    return rows;
  };
  return source;
}

TableSource interactionTable(const DataSet& dataSet) {
  // The rating's column is there only where there are ratings, and is then the third.
  const bool ratings = dataSet.has_ratings;
  TableSource source;
  source.columns = {{tr("User"), {}, false, 80, false, RowColumn::User, true},
                    {tr("Item"), {}, false, 280, true, RowColumn::Title, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, 80, false, RowColumn::Rating, true});
  source.columns.push_back({tr("Time (UTC)"), {}, true, 140, false, RowColumn::Time, true});
  source.columns.push_back({tr("Attributes"), {}, false, 200, true, RowColumn::Attributes, false, true});
  source.columns.push_back(
      {tr("Item id"), tr("The item's id in the file"), true, 96, false, RowColumn::ItemKey, true, true});
  source.find = [id = dataSet.id](Workspace& workspace, RowQuery query, const TaskContext& context) {
    query.data_set = id;
    return find_interactions(workspace, query, context);
  };
  source.read = [ratings](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (const InteractionRow& row : read_interactions(workspace, found, offset, limit)) {
      TableRow shown{row.user, {cell(row.user_key), cell(row.title)}};
      if (ratings) shown.cells.push_back(ratingCell(row.rating, form));
      for (const QString& text : {timeCell(row.time, form), cell(row.attributes), cell(row.item_key)})
        shown.cells.push_back(text);
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

TableSource historyTable(qint64 user, bool ratings) {
  TableSource source;
  source.columns = {{tr("Item"), {}, false, 160, true}};
  if (ratings) source.columns.push_back({tr("Rating"), {}, true, 64});
  source.columns.push_back({tr("Date"), tr("UTC"), true, 96});
  source.find = [user](Workspace& workspace, const RowQuery&, const TaskContext&) {
    return find_history(workspace, user);
  };
  source.read = [ratings](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (const InteractionRow& row : read_interactions(workspace, found, offset, limit)) {
      TableRow shown{row.item, {cell(row.title)}};
      if (ratings) shown.cells.push_back(ratingCell(row.rating, form));
      const QString time = timeCell(row.time, form);
      shown.cells.push_back(form == CellForm::Shown ? time.left(10) : time);
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
        {tr("Record"), tr("The record of the file that the example begins with"), false, 104, false, RowColumn::User,
         false},
        {tr("Chosen"), tr("Of the first pair"), false, 240, true, RowColumn::Title, true},
        {tr("Role"), tr("Examples of a file named eval are held out"), false, 80, false, RowColumn::Role, true},
        {tr("Pairs"), {}, true, 64}};
  } else {
    source.columns = {
        {tr("User"), {}, false, 72, false, RowColumn::User, true},
        {tr("Target"), tr("What the user chose: the answer to find"), false, 240, true, RowColumn::Title, true},
        {tr("Role"),
         tr("Train: learned from. Panel: a training user's last choice, watched while training, never a "
            "result. Held out: "
            "other users, on whom models are judged"),
         false, 80, false, RowColumn::Role, true},
        {tr("History"), tr("Items in the history"), true, 80, false, RowColumn::History, true}};
  }
  source.find = [preparation](Workspace& workspace, const RowQuery& query, const TaskContext& context) {
    return find_examples(workspace, preparation, query, context);
  };
  source.read = [given](Workspace& workspace, const FoundRows& found, qint64 offset, qint64 limit, CellForm form) {
    std::vector<TableRow> rows;
    for (const ExampleRow& row : read_example_rows(workspace, found, offset, limit)) {
      const bool whole = form == CellForm::Exact;
      TableRow shown{row.id,
                     {given && !whole ? shortRecord(cell(row.user)) : cell(row.user),
                      whole ? cell(row.target) : cell(row.target).simplified(),
                      row.role == Role::Train   ? tr("train")
                      : row.role == Role::Panel ? tr("panel")
                                                : tr("held out")}};
      // Candidates and negatives are the same number in every row: the protocol has them.
      shown.cells.push_back(countCell(given ? row.negatives : row.history, form));
      rows.push_back(std::move(shown));
    }
    return rows;
  };
  return source;
}

}  // namespace prefscope
