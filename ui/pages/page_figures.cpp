// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/page_figures.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "ui/models/table_sources.h"
#include "ui/widgets/picture_menu.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr size_t yearsFrom = 36;  // with more months than this, years stand below them

QString tr(const char* text) {
  return QCoreApplication::translate("PageFigures", text);
}

QString rowsText(int64_t rows) {
  return rows == 1 ? tr("1 row") : tr("%1 rows").arg(countText(rows));
}

QString percentText(double share) {
  return tr("%1 %").arg(QLocale().toString(100 * share, 'f', share < 0.0995 ? 1 : 0));
}

/// Where a unit begins, as far as the unit says.
QString nameOf(TimeUnit unit, int64_t begin) {
  QString time = timeText(begin);
  return unit == TimeUnit::Hour ? time : time.left(unit == TimeUnit::Day ? 10 : unit == TimeUnit::Month ? 7 : 4);
}

QString tickOf(const Timeline& line, int64_t begin) {
  QString name = nameOf(line.unit, begin);
  if (line.unit == TimeUnit::Hour) return name.mid(11);
  if (line.unit == TimeUnit::Day) return name.mid(5);
  if (line.unit == TimeUnit::Year || line.parts.size() <= yearsFrom) return name;
  return name.endsWith(QStringLiteral("-01")) ? name.left(4) : QString();
}

QString unitText(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::Hour:
      return tr("hour (UTC)");
    case TimeUnit::Day:
      return tr("day (UTC)");
    case TimeUnit::Month:
      return tr("month (UTC)");
    case TimeUnit::Year:
      break;
  }
  return tr("year (UTC)");
}

/// Facts on lines that break between them alone.
QString joined(QStringList facts) {
  for (QString& fact : facts) fact.replace(u' ', QChar::Nbsp);
  return facts.join(QStringLiteral(" · "));
}

QString meanText(double mean) {
  return tr("mean rating %1").arg(QLocale().toString(mean, 'f', 2));
}

}  // namespace

QString spanText(const Timeline& line) {
  if (line.parts.empty()) return tr("no times");
  const QString first = timeText(line.first), last = timeText(line.last);
  const QString day = first.left(10);
  if (day != last.left(10)) return tr("%1 to %2").arg(day, last.left(10));
  return first == last ? first : tr("%1, %2 to %3").arg(day, first.mid(11), last.mid(11));
}

QString factsText(const UserFacts& user) {
  const QString items = user.items == 1 ? tr("1 item") : tr("%1 items").arg(countText(user.items));
  QStringList facts{tr("%1 on %2").arg(rowsText(user.rows), items)};
  if (user.rows > 0) facts << spanText(user.timeline);
  if (user.mean_rating) facts << meanText(*user.mean_rating);
  return joined(std::move(facts));
}

QString factsText(const ItemFacts& item) {
  if (item.rows == 0) return tr("No user has it.");
  const QString users = item.users == 1 ? tr("1 user") : tr("%1 users").arg(countText(item.users));
  QStringList facts{tr("%1 of %2").arg(rowsText(item.rows), users),
                    tr("rank %1 of %2 by rows").arg(countText(item.rank), countText(item.ranked)),
                    spanText(item.timeline)};
  if (item.mean_rating) facts << meanText(*item.mean_rating);
  return joined(std::move(facts));
}

CountSeries timelineSeries(const Timeline& line) {
  CountSeries series;
  series.across = unitText(line.unit);
  series.up = tr("rows");
  series.csv << QStringLiteral("begin,rows\n");
  double all = 0;
  for (const auto& [begin, rows] : line.parts) {
    series.counts.push_back(static_cast<double>(rows));
    series.ticks << tickOf(line, begin);
    series.csv << csvLine({nameOf(line.unit, begin), QString::number(rows)});
    all += static_cast<double>(rows);
  }
  if (line.undated > 0) series.summary = tr("%1 without a time").arg(rowsText(line.undated));
  series.say = [line, all](size_t i) {
    const auto& [begin, rows] = line.parts[i];
    return tr("%1: %2 (%3)")
        .arg(nameOf(line.unit, begin), rowsText(rows), percentText(static_cast<double>(rows) / all));
  };
  return series;
}

std::vector<QStringList> tasteRows(const Taste& taste, const std::optional<double>& ownMean) {
  std::vector<QStringList> rows;
  for (const TasteValue& value : taste.most) {
    QString against;
    if (value.mean_rating && ownMean) {
      const double difference = std::round(100 * (*value.mean_rating - *ownMean)) / 100;
      against = difference == 0 ? QLocale().toString(0.0, 'f', 2)
                                : (difference > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) +
                                      QLocale().toString(std::abs(difference), 'f', 2);
    }
    rows.push_back({toQt(value.value), countText(value.rows), percentText(value.share), percentText(value.set_share),
                    value.lift ? QLocale().toString(*value.lift, 'f', 2) : QStringLiteral("–"), against});
  }
  return rows;
}

}  // namespace prefscope
