// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data_report_plots.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/models/table_sources.h"
#include "ui/widgets/picture_menu.h"

namespace prefscope {
namespace {

constexpr int64_t mostBins = 40;
constexpr size_t yearsFrom = 36;  // with more months than this, years stand below them

QString tr(const char* text) {
  return QCoreApplication::translate("DataReport", text);
}

QString percentOf(double count, double all) {
  return tr("%1 %").arg(QLocale().toString(all > 0 ? 100 * count / all : 0, 'g', 3));
}

QString rowsText(int64_t rows) {
  return rows == 1 ? tr("1 row") : tr("%1 rows").arg(countText(rows));
}

QString usersText(int64_t users) {
  return users == 1 ? tr("1 user") : tr("%1 users").arg(countText(users));
}

QString monthName(const MonthRows& month) {
  return timeText(month.begin).left(7);
}

QStringList monthTicks(const DataReport& report) {
  const bool years = report.months.size() > yearsFrom;
  QStringList ticks;
  for (const MonthRows& month : report.months) {
    const QString name = monthName(month);
    ticks << (!years ? name : name.endsWith(QStringLiteral("-01")) ? name.left(4) : QString());
  }
  return ticks;
}

QString rangeText(const LengthBin& bin) {
  return bin.from == bin.to ? rowsText(bin.from) : tr("%1 to %2 rows").arg(countText(bin.from), countText(bin.to));
}

}  // namespace

std::vector<LengthBin> lengthBins(const DataReport& report) {
  if (report.lengths.empty()) return {};
  const int64_t top = report.histories.ninety_nine, most = report.lengths.back().first;
  int64_t width = 1;
  for (int64_t power = 1; top / width >= mostBins; power *= 10) {
    for (const int64_t step : {1, 2, 5}) {
      width = step * power;
      if (top / width < mostBins) break;
    }
  }
  std::vector<LengthBin> bins(static_cast<size_t>(top / width + 1));
  for (size_t i = 0; i < bins.size(); ++i) {
    bins[i].from = static_cast<int64_t>(i) * width;
    bins[i].to = bins[i].from + width - 1;
  }
  if (most > bins.back().to) bins.push_back({bins.back().to + 1, most, 0});
  for (const auto& [length, users] : report.lengths)
    bins[std::min(static_cast<size_t>(length / width), bins.size() - 1)].users += users;
  return bins;
}

CountSeries rankSeries(const DataReport& report) {
  CountSeries series;
  series.ranks = true;
  series.across = tr("item, by its rank");
  series.up = tr("rows");
  series.csv << QStringLiteral("rank,rows\n");
  std::vector<double> before;  // rows of the items up to each
  double sum = 0;
  for (const int64_t rows : report.by_rank) {
    series.counts.push_back(static_cast<double>(rows));
    before.push_back(sum += static_cast<double>(rows));
    series.csv << csvLine({QString::number(series.counts.size()), QString::number(rows)});
  }
  const size_t tenth = (before.size() + 9) / 10;
  if (tenth > 0)
    series.summary = tr("the first tenth of items has %1 of all rows").arg(percentOf(before[tenth - 1], sum));
  series.say = [counts = report.by_rank, before, sum](size_t i) {
    return tr("Item %1 of %2: %3; the items up to it have %4")
        .arg(countText(static_cast<qint64>(i) + 1), countText(static_cast<qint64>(counts.size())), rowsText(counts[i]),
             percentOf(before[i], sum));
  };
  return series;
}

CountSeries lengthSeries(const DataReport& report) {
  CountSeries series;
  series.across = tr("rows of a user");
  series.up = tr("users");
  series.csv << QStringLiteral("rows,users\n");
  for (const auto& [length, users] : report.lengths)
    series.csv << csvLine({QString::number(length), QString::number(users)});
  const std::vector<LengthBin> bins = lengthBins(report);
  for (const LengthBin& bin : bins) {
    series.counts.push_back(static_cast<double>(bin.users));
    series.ticks << countText(bin.from);
  }
  series.summary = tr("median %1, mean %2")
                       .arg(countText(report.histories.median), QLocale().toString(report.histories.mean, 'f', 1));
  series.say = [bins, all = static_cast<double>(report.data_set.users)](size_t i) {
    return tr("%1: %2 (%3)")
        .arg(rangeText(bins[i]), usersText(bins[i].users), percentOf(static_cast<double>(bins[i].users), all));
  };
  return series;
}

CountSeries ratingSeries(const DataReport& report) {
  return ratingSeries(report.ratings, report.mean_rating);
}

CountSeries ratingSeries(const RatingCounts& ratings, const std::optional<double>& mean) {
  CountSeries series;
  series.across = tr("rating");
  series.up = tr("rows");
  series.csv << QStringLiteral("rating,rows\n");
  double all = 0;
  for (const auto& [rating, rows] : ratings.counts) {
    series.counts.push_back(static_cast<double>(rows));
    series.ticks << QLocale().toString(rating, 'g', 4);
    series.csv << csvLine({exact(rating), QString::number(rows)});
    all += static_cast<double>(rows);
  }
  if (mean) series.summary = tr("mean %1").arg(QLocale().toString(*mean, 'f', 3));
  series.say = [ratings, all](size_t i) {
    const auto& [rating, rows] = ratings.counts[i];
    const QString name = QLocale().toString(rating, 'g', 6);
    return tr("%1: %2 (%3)")
        .arg(ratings.binned ? tr("Ratings from %1").arg(name) : tr("Rating %1").arg(name), rowsText(rows),
             percentOf(static_cast<double>(rows), all));
  };
  return series;
}

CountSeries monthSeries(const DataReport& report) {
  CountSeries series;
  series.across = tr("month (UTC)");
  series.up = tr("rows");
  series.ticks = monthTicks(report);
  series.csv << QStringLiteral("month,rows\n");
  double all = 0;
  for (const MonthRows& month : report.months) {
    series.counts.push_back(static_cast<double>(month.rows));
    series.csv << csvLine({monthName(month), QString::number(month.rows)});
    all += static_cast<double>(month.rows);
  }
  series.summary = report.months.size() == 1
                       ? tr("1 month")
                       : tr("%1 months").arg(countText(static_cast<qint64>(report.months.size())));
  series.say = [months = report.months, all](size_t i) {
    return tr("%1: %2 (%3)")
        .arg(monthName(months[i]), rowsText(months[i].rows), percentOf(static_cast<double>(months[i].rows), all));
  };
  return series;
}

CountSeries meanSeries(const DataReport& report) {
  CountSeries series;
  series.means = true;
  series.across = tr("month (UTC)");
  series.up = tr("mean rating");
  series.csv << QStringLiteral("month,mean_rating,ratings\n");
  if (!report.mean_rating || report.months.empty()) return series;
  series.ticks = monthTicks(report);
  for (const MonthRows& month : report.months) {
    series.counts.push_back(month.mean_rating.value_or(NAN));
    series.csv << csvLine(
        {monthName(month), month.mean_rating ? exact(*month.mean_rating) : QString(), QString::number(month.rated)});
  }
  series.summary = tr("mean of all %1").arg(QLocale().toString(*report.mean_rating, 'f', 3));
  series.say = [months = report.months](size_t i) {
    const MonthRows& month = months[i];
    if (!month.mean_rating) return tr("%1: no ratings").arg(monthName(month));
    return tr("%1: mean %2 of %3")
        .arg(monthName(month), QLocale().toString(*month.mean_rating, 'f', 3),
             month.rated == 1 ? tr("1 rating") : tr("%1 ratings").arg(countText(month.rated)));
  };
  return series;
}

QString filterOfRank(const DataReport& report, int rank) {
  return QStringLiteral(">= %1").arg(report.by_rank[static_cast<size_t>(rank)]);
}

QString filterOfLength(const DataReport& report, int bar) {
  const LengthBin bin = lengthBins(report)[static_cast<size_t>(bar)];
  return QStringLiteral("%1..%2").arg(bin.from).arg(bin.to);
}

QString filterOfRating(const DataReport& report, int bar) {
  const auto at = static_cast<size_t>(bar);
  const auto& counts = report.ratings.counts;
  const double from = counts[at].first;
  if (!report.ratings.binned) return exact(from);
  if (at + 1 == counts.size()) return QStringLiteral(">= %1").arg(exact(from));
  return QStringLiteral("%1..%2").arg(exact(from), exact(std::nextafter(counts[at + 1].first, from)));
}

QString filterOfMonth(const DataReport& report, int bar) {
  return monthName(report.months[static_cast<size_t>(bar)]);
}

}  // namespace prefscope
