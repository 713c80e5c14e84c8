// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/tasks/data_report.h"
#include "ui/widgets/count_plot.h"

namespace prefscope {

/// Users whose number of rows lies in [from, to]. to: most there are, of the last bin, which may be wider.
struct LengthBin {
  int64_t from = 0, to = 0, users = 0;
};

/// Bins of equal width from 0, at most 40 of them up to what 99 % of users have; the last takes the few above.
std::vector<LengthBin> lengthBins(const DataReport& report);

/// What the plots of a data set show. Each has its exact numbers as CSV.
CountSeries rankSeries(const DataReport& report);
CountSeries lengthSeries(const DataReport& report);
CountSeries ratingSeries(const DataReport& report);
CountSeries ratingSeries(const RatingCounts& ratings, const std::optional<double>& mean);
CountSeries monthSeries(const DataReport& report);
/// The mean rating of each month; empty where there are no ratings or no times.
CountSeries meanSeries(const DataReport& report);

/// The filter (engine/data/value_range.h) that keeps what a bar, or the items up to a rank, from 0, counts: of the
/// number of rows, the rating or the time.
QString filterOfRank(const DataReport& report, int rank);
QString filterOfLength(const DataReport& report, int bar);
QString filterOfRating(const DataReport& report, int bar);
QString filterOfMonth(const DataReport& report, int bar);

}  // namespace prefscope
