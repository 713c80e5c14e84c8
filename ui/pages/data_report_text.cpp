// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data_report_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <map>

#include "ui/models/table_sources.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int namedFiles = 4;  // of one encoding

QString tr(const char* text) {
  return QCoreApplication::translate("DataReport", text);
}

QString percent(double share) {
  return tr("%1 %").arg(QLocale().toString(100 * share, 'g', 3));
}

/// "12 (3.4 %)".
QString countOf(int64_t count, int64_t all) {
  return all > 0 && count > 0 ? tr("%1 (%2)").arg(countText(count), percent(double(count) / double(all)))
                              : countText(count);
}

QString spreadText(const Spread& s) {
  return tr("%1 to %2, median %3, mean %4")
      .arg(countText(s.least), countText(s.most), countText(s.median), QLocale().toString(s.mean, 'f', 1));
}

QString kindText(RemarkKind kind) {
  return kind == RemarkKind::Dropped ? tr("Dropped") : kind == RemarkKind::Mended ? tr("Mended") : tr("Note");
}

/// "ratings.csv lines 3, 9 and 40 more".
QString placeOf(const Remark& remark) {
  QStringList lines;
  for (const int64_t line : remark.lines) lines << QString::number(line);
  QString text = toQt(remark.file);
  if (lines.isEmpty()) return text;
  text += (remark.count == 1 ? tr(" line ") : tr(" lines ")) + lines.join(QStringLiteral(", "));
  const int64_t more = remark.count - static_cast<int64_t>(remark.lines.size());
  return more > 0 ? tr("%1 and %2 more").arg(text, countText(more)) : text;
}

/// A line of text that is copied: what stands in a file must not begin new ones.
QString onOneLine(const QString& text) {
  return text.simplified();
}

}  // namespace

std::vector<Figure> figuresOf(const DataReport& r) {
  const DataSet& set = r.data_set;
  std::vector<Figure> figures;
  if (set.examples > 0)
    figures.push_back({tr("Preference examples"), countText(set.examples),
                       tr("Prompts with a chosen and rejected answers, as the file gave them. There are no histories "
                          "to count.")});
  if (set.interactions == 0) return figures;
  const auto add = [&](const QString& name, const QString& value, const QString& meaning) {
    figures.push_back({name, value, meaning});
  };
  add(tr("Rows"), countText(set.interactions),
      tr("Acts of a user on an item, of %1 users and %2 items.").arg(countText(set.users), countText(set.items)));
  add(tr("Filled"), percent(r.density),
      tr("Different pairs of a user and an item that have a row, of all there could be. The emptier, the more a model "
         "has to infer."));
  add(tr("Rows of a user"), spreadText(r.histories),
      tr("How long histories are. 90 % of users have up to %1 rows, 99 % up to %2; a prompt holds only the last ones.")
          .arg(countText(r.histories.ninety), countText(r.histories.ninety_nine)));
  add(tr("Rows of an item"), spreadText(r.popularity),
      tr("How well an item is known. 90 % of items have up to %1 rows, 99 % up to %2.")
          .arg(countText(r.popularity.ninety), countText(r.popularity.ninety_nine)));
  add(tr("Gini over items"), QLocale().toString(r.gini_items, 'f', 3),
      tr("0: all items have the same number of rows; 1: one item has them all. Where it is high, recommending what is "
         "popular already scores well."));
  add(tr("Gini over users"), QLocale().toString(r.gini_users, 'f', 3),
      tr("The same of users. Where it is high, a few of them make most of what is learned from."));
  add(tr("Cold users"), countOf(r.cold_users, set.users),
      tr("With fewer than %1 rows: little to tell a taste from.").arg(cold_below));
  add(tr("Cold items"), countOf(r.cold_items, set.items),
      tr("With fewer than %1 rows, but some: models that count learn little of them; a language model knows their "
         "titles.")
          .arg(cold_below));
  add(tr("Items without rows"), countOf(r.unused_items, set.items),
      tr("In the catalogue and chosen by nobody: they are never the answer."));
  add(tr("Repeats"), countOf(r.repeated_pairs, set.interactions),
      tr("Rows of a user with an item that the user had before. A target that stands in its own history is found by "
         "copying."));
  add(tr("Tied users"), countOf(r.tied_users, set.users),
      tr("Their last two rows have the same time. Which one is the last, and so the answer to find, is decided by the "
         "order in the file."));
  add(tr("Duplicate titles"), countOf(r.duplicate_titles, set.items),
      tr("Items with the title of an earlier one. A language model reads titles alone and cannot tell them apart."));
  if (r.import && r.import->interactions_without_time > 0)
    add(tr("Rows without a time"), countOf(r.import->interactions_without_time, set.interactions),
        tr("They have no place in time: they come first in a history, in the order of the file."));
  if (r.mean_rating)
    add(tr("Mean rating"), QLocale().toString(*r.mean_rating, 'f', 4),
        tr("People rate what they like: where it is high, a high rating says less than that the item was chosen."));
  if (!r.months.empty())
    add(tr("Time"),
        tr("%1 to %2").arg(timeText(r.months.front().begin).left(7), timeText(r.months.back().begin).left(7)),
        tr("First and last month (UTC). Over a long time tastes and catalogues change, and splits by user mix past and "
           "future."));
  return figures;
}

std::vector<QStringList> coreRows(const DataReport& r) {
  std::vector<QStringList> rows;
  for (const CoreSize& core : r.cores) {
    const double share = r.data_set.interactions > 0 ? double(core.interactions) / double(r.data_set.interactions) : 0;
    rows.push_back({QString::number(core.k), countText(core.users), countText(core.items), countText(core.interactions),
                    percent(share)});
  }
  return rows;
}

QString importHeadline(const ImportReport& report) {
  int64_t mended = 0;
  for (const Remark& remark : report.remarks) mended += remark.kind == RemarkKind::Mended ? remark.count : 0;
  return tr("%1 rows read · %2 kept · %3 dropped · %4 mended")
      .arg(countText(report.rows_read), countText(report.kept), countText(report.dropped()), countText(mended));
}

QStringList importFacts(const ImportReport& report) {
  QStringList facts;
  std::map<std::string, QStringList> filesOf;
  for (const auto& [file, encoding] : report.encodings) filesOf[encoding] << toQt(file);
  for (const auto& [encoding, files] : filesOf) {
    QString names = files.mid(0, namedFiles).join(QStringLiteral(", "));
    if (files.size() > namedFiles) names = tr("%1 and %2 more").arg(names).arg(files.size() - namedFiles);
    facts << tr("Read as %1: %2").arg(toQt(encoding), names);
  }
  if (report.users == 0) return facts;  // preference examples alone
  if (report.item_rows_read > 0)
    facts << tr("Rows of items read: %1; in the set: %2 items, %3 users")
                 .arg(countText(report.item_rows_read), countText(report.items), countText(report.users));
  facts << tr("Rows that repeat a user and an item: %1, of these with the same rating and time too: %2; all were kept")
               .arg(countText(report.repeated_pairs), countText(report.exact_repeats));
  facts
      << tr("Users whose last two rows have the same time, so that the order in the file decides which is the last: %1")
             .arg(countText(report.tied_users));
  if (report.interactions_without_time > 0)
    facts << tr("Rows without a time: %1").arg(countText(report.interactions_without_time));
  return facts;
}

std::vector<QStringList> remarkRows(const std::vector<Remark>& remarks) {
  std::vector<QStringList> rows;
  for (const Remark& remark : remarks) {
    QString why = toQt(remark.reason);
    if (!remark.example.empty()) why += QStringLiteral(", ") + toQt(remark.example);
    rows.push_back({kindText(remark.kind), countText(remark.count), placeOf(remark), why});
  }
  return rows;
}

std::vector<Remark> remarksOf(const DataReport& report, const std::vector<Dropped>& dropped) {
  if (report.import) return report.import->remarks;
  ImportReport older;
  for (const Dropped& row : dropped) add_remark(older, RemarkKind::Dropped, row.file, row.line, row.reason);
  return older.remarks;
}

QString leakTitle(const Leak& leak) {
  const std::map<std::string, QString> titles = {{"same_example", tr("Same example")},
                                                 {"same_prompt", tr("Same prompt")},
                                                 {"target_in_history", tr("Target in its history")},
                                                 {"user_in_training", tr("User in training")},
                                                 {"later_training", tr("Later training")}};
  const auto title = titles.find(leak.kind);
  return title == titles.end() ? toQt(leak.kind) : title->second;
}

QString reportText(const DataReport& r, const std::vector<Remark>& remarks, const std::vector<Leak>& leaks) {
  QStringList lines;
  lines << onOneLine(toQt(r.data_set.name)) + QStringLiteral(" (%1)").arg(toQt(r.data_set.format))
        << tr("Content hash: %1").arg(toQt(r.data_set.content_hash))
        << tr("Imported %1 from %2").arg(toQt(r.data_set.imported_at), onOneLine(toQt(r.data_set.source))) << QString();
  if (r.import) {
    lines << importHeadline(*r.import);
    lines << importFacts(*r.import);
  } else {
    lines << tr("No report of the import was kept.");
  }
  for (const Remark& remark : remarks)
    lines << QStringLiteral("%1 %2: %3")
                 .arg(kindText(remark.kind), countText(remark.count), onOneLine(toQt(remark_text(remark))));
  lines << QString();
  for (const Figure& figure : figuresOf(r)) lines << QStringLiteral("%1: %2").arg(figure.name, figure.value);
  if (r.data_set.interactions > 0) {
    for (const QStringList& core : coreRows(r))
      lines << tr("%1-core: %2 users, %3 items, %4 rows (%5)").arg(core[0], core[1], core[2], core[3], core[4]);
  }
  if (!leaks.empty()) lines << QString();
  for (const Leak& leak : leaks)
    lines << QStringLiteral("%1: %2 (%3)").arg(leakTitle(leak), countText(leak.count), toQt(leak.meaning));
  return lines.join(u'\n') + u'\n';
}

}  // namespace prefscope
