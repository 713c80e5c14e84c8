// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/data_sets.h"
#include "ui/models/paged_table_model.h"

namespace prefscope {

/// "610 users · 9,742 items".
QString usersAndItems(const DataSet& dataSet);

/// The tables of a data set.
TableSource userTable(const DataSet& dataSet);
TableSource itemTable(const DataSet& dataSet);
TableSource interactionTable(const DataSet& dataSet);
/// What a user did, oldest first.
TableSource historyTable(qint64 user, bool ratings);
/// The examples of a preparation. given: those of an imported preference file, whose users are records.
TableSource exampleTable(qint64 preparation, bool given);

/// "2019-05-03 14:07" in UTC.
QString timeText(qint64 secondsSince1970);
/// "12,345".
QString countText(qint64 count);
/// `one`, or `many` with the count for its %1.
QString countedText(qint64 count, const QString& one, const QString& many);

/// Cells, empty where there is nothing.
QString countCell(int64_t count, CellForm form);
QString ratingCell(const std::optional<double>& rating, CellForm form);
QString timeCell(const std::optional<int64_t>& time, CellForm form);

}  // namespace prefscope
