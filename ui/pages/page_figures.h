// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <vector>

#include "engine/tasks/item_page.h"
#include "engine/tasks/user_page.h"
#include "ui/widgets/count_plot.h"

namespace prefscope {

/// The pages of a user and an item in words and as plots.

/// "2015-03-01 to 2018-09-11"; "no times" where there are none.
QString spanText(const Timeline& line);
/// "214 rows on 214 items · 2015-03-01 to 2018-09-11 · mean rating 3.72".
QString factsText(const UserFacts& user);
/// "329 rows of 329 users · rank 2 of 9,724 by rows · 1996-03-01 to 2018-09-11 · mean rating 4.16".
QString factsText(const ItemFacts& item);

/// Rows by hour, day, month or year.
CountSeries timelineSeries(const Timeline& line);

/// Value, rows, share, share of all users, lift and mean rating against the user's own: a row of text for each value.
std::vector<QStringList> tasteRows(const Taste& taste, const std::optional<double>& ownMean);

}  // namespace prefscope
