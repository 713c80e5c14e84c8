// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/what_if_edit.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <set>

#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int longestTitle = 100;     // in a note
constexpr int longestInSummary = 32;  // in a line
constexpr qsizetype namedInSummary = 2;

QString tr(const char* text) {
  return QCoreApplication::translate("WhatIf", text);
}

bool contains(const std::vector<int64_t>& list, int64_t item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// Splits a list by what another one has as well, copy by copy.
void split(const std::vector<int64_t>& list, const std::vector<int64_t>& other, std::vector<int64_t>& common,
           std::vector<int64_t>& rest) {
  std::map<int64_t, int> copies;
  for (const int64_t item : other) ++copies[item];
  for (const int64_t item : list) (copies[item]-- > 0 ? common : rest).push_back(item);
}

QString cut(const QString& title, int longest) {
  return title.size() > longest ? title.left(longest) + u'…' : title;
}

/// "Salt, Key and 2 more".
QString someTitles(const std::vector<int64_t>& list, const KnownItems& items) {
  QStringList all;
  for (const int64_t item : list) all << cut(items.at(item).title.simplified(), longestInSummary);
  const QString named = all.mid(0, namedInSummary).join(QStringLiteral(", "));
  return all.size() > namedInSummary ? named + tr(" and %1 more").arg(all.size() - namedInSummary) : named;
}

/// removed, added: what stands before the titles; by plain joining, since a title may hold what looks like a place to
/// fill in.
QStringList summed(const ListChange& change, const KnownItems& items, const QString& removed, const QString& added,
                   const QString& moved) {
  QStringList parts;
  if (!change.removed.empty()) parts << removed + someTitles(change.removed, items);
  if (!change.added.empty()) parts << added + someTitles(change.added, items);
  if (change.moved) parts << moved;
  return parts;
}

QString titles(const std::vector<int64_t>& list, const KnownItems& items) {
  QStringList all;
  for (const int64_t item : list) all << QStringLiteral("“%1”").arg(cut(items.at(item).title, longestTitle));
  return all.join(QStringLiteral(", "));
}

QString named(const ListChange& change, const KnownItems& items) {
  QStringList parts;
  if (!change.removed.empty()) parts << tr("without %1").arg(titles(change.removed, items));
  if (!change.added.empty()) parts << tr("with %1 added").arg(titles(change.added, items));
  if (change.moved) parts << tr("in another order");
  return parts.join(QStringLiteral("; "));
}

QString quoted(const QString& word) {
  const auto plain = [](QChar c) {
    return (c.unicode() < 128 && c.isLetterOrNumber()) || QStringLiteral("-_./:=").contains(c);
  };
  if (!word.isEmpty() && std::all_of(word.begin(), word.end(), plain)) return word;
  QString inside = word;
  return u'\'' + inside.replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

/// " --name a b c". A key that could be read as an option or a command is tied to its option.
QString listOption(const QString& name, const std::vector<int64_t>& list, const KnownItems& items) {
  QString free, tied;
  bool plain = true;
  for (const int64_t item : list) {
    const QString key = items.at(item).key;
    plain = plain && !key.isEmpty() && key.front().unicode() < 128 && key.front().isDigit();
    free += u' ' + quoted(key);
    tied += u' ' + quoted(name + u'=' + key);
  }
  if (list.empty()) return {};
  return plain ? u' ' + name + free : tied;
}

struct Place {
  int rank = 0;
  const RankedCandidate* candidate = nullptr;
};

std::map<int64_t, Place> places(const RankResult& ranking) {
  std::map<int64_t, Place> all;
  for (size_t i = 0; i < ranking.candidates.size(); ++i)
    all[ranking.candidates[i].item] = {static_cast<int>(i) + 1, &ranking.candidates[i]};
  return all;
}

/// In the unit of the score.
double spreadOf(const RankedCandidate& c, const std::string& score) {
  return score == "mean" && c.tokens > 0 ? c.spread / c.tokens : c.spread;
}

}  // namespace

KnownItem knownItem(const ItemText& item) {
  QStringList about;
  for (const auto& [name, value] : item.attributes) about << toQt(name + ": " + value);
  return {toQt(item.key), toQt(item.title), about.join(QStringLiteral("; "))};
}

ListChange listChange(const std::vector<int64_t>& before, const std::vector<int64_t>& after) {
  ListChange change;
  std::vector<int64_t> stayedBefore, stayedAfter;
  split(before, after, stayedBefore, change.removed);
  split(after, before, stayedAfter, change.added);
  change.moved = stayedBefore != stayedAfter;
  return change;
}

bool isEdited(const CaseEdit& original, const CaseEdit& edit) {
  return original.history != edit.history || original.candidates != edit.candidates;
}

QString editSummary(const CaseEdit& original, const CaseEdit& edit, const KnownItems& items) {
  QStringList parts =
      summed(listChange(original.history, edit.history), items, tr("removed: "), tr("added: "), tr("in another order"));
  parts << summed(listChange(original.candidates, edit.candidates), items, tr("candidate removed: "),
                  tr("candidate added: "), tr("candidates in another order"));
  return parts.isEmpty() ? QString() : tr("Edited: ") + parts.join(QStringLiteral("; "));
}

QString editNote(const CaseEdit& original, const CaseEdit& edit, const KnownItems& items) {
  QString note;
  // By plain joining: a title may hold what looks like a place to fill in.
  if (const QString history = named(listChange(original.history, edit.history), items); !history.isEmpty())
    note += tr(" History: ") + history + u'.';
  if (const QString candidates = named(listChange(original.candidates, edit.candidates), items); !candidates.isEmpty())
    note += tr(" Candidates: ") + candidates + u'.';
  return note.isEmpty() ? note : tr("Edited by hand.") + note;
}

std::vector<int64_t> movedRows(const std::vector<int64_t>& list, const std::vector<int>& rows, int gap) {
  std::vector<int64_t> before, taken, after;
  for (int row = 0; row < static_cast<int>(list.size()); ++row) {
    const bool chosen = std::find(rows.begin(), rows.end(), row) != rows.end();
    (chosen ? taken : row < gap ? before : after).push_back(list[static_cast<size_t>(row)]);
  }
  before.insert(before.end(), taken.begin(), taken.end());
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

std::vector<int64_t> withCandidate(const std::vector<int64_t>& saved, const std::vector<int64_t>& now, int64_t item) {
  std::vector<int64_t> all;
  for (const int64_t each : saved) {
    if (each == item || contains(now, each)) all.push_back(each);
  }
  for (const int64_t each : now) {
    if (!contains(saved, each)) all.push_back(each);
  }
  if (!contains(all, item)) all.push_back(item);
  return all;
}

QString whatIfCommand(const RankOptions& options, const CaseEdit& original, const CaseEdit& edit,
                      const KnownItems& items) {
  const auto tied = [](const char* name, const std::string& value) {
    return u' ' + quoted(QLatin1String(name) + u'=' + toQt(value));
  };
  QString line = QStringLiteral("prefscope-cli") +
                 tied("--workspace", std::filesystem::absolute(options.workspace).string()) +
                 QStringLiteral(" what-if") + tied("--user", options.user);
  if (options.run) {
    line += tied("--run", std::to_string(*options.run));
  } else {
    line += tied("--dataset", options.data_set) + tied("--model", options.model);
  }
  if (options.preparation) line += tied("--preparation", std::to_string(*options.preparation));
  if (options.score != RankOptions().score) line += tied("--score", options.score);
  if (options.device != RankOptions().device) line += tied("--device", options.device);
  if (edit.history.empty()) {  // --history without items says nothing
    const std::set<int64_t> all(original.history.begin(), original.history.end());
    line += listOption(QStringLiteral("--remove"), {all.begin(), all.end()}, items);
  } else if (edit.history != original.history) {
    line += listOption(QStringLiteral("--history"), edit.history, items);
  }
  const ListChange candidates = listChange(original.candidates, edit.candidates);
  line += listOption(QStringLiteral("--drop-candidate"), candidates.removed, items);
  return line + listOption(QStringLiteral("--candidate"), candidates.added, items);
}

std::vector<WhatIfRow> whatIfRows(const RankResult& before, const RankResult& now,
                                  const std::vector<int64_t>& candidates) {
  const std::map<int64_t, Place> was = places(before), is = places(now);
  std::vector<int64_t> order;
  for (const RankedCandidate& c : now.candidates) {
    if (contains(candidates, c.item)) order.push_back(c.item);
  }
  for (const int64_t item : candidates) {
    if (!is.contains(item)) order.push_back(item);
  }
  std::vector<WhatIfRow> rows;
  for (const int64_t item : order) {
    WhatIfRow row;
    row.item = item;
    row.target = item == now.target;
    const auto old = was.find(item), current = is.find(item);
    if (old != was.end()) row.before = old->second.rank;
    if (current != is.end()) {
      row.rank = current->second.rank;
      row.score = current->second.candidate->score;
    }
    if (row.before && row.rank) {
      row.change = *row.score - old->second.candidate->score;
      const double spread =
          spreadOf(*current->second.candidate, now.score) + spreadOf(*old->second.candidate, now.score);
      row.withinSpread = spread > 0 && std::abs(*row.change) < spread;
    }
    rows.push_back(row);
  }
  return rows;
}

QString firstPlaceText(const RankResult& before, const RankResult& now, const KnownItems& items) {
  if (before.candidates.empty() || now.candidates.empty()) return {};
  const auto title = [&](const RankResult& ranked) {
    return cut(items.at(ranked.candidates.front().item).title.simplified(), longestTitle);
  };
  if (before.candidates.front().item == now.candidates.front().item) return tr(" First is still ") + title(now) + u'.';
  return tr(" First is now ") + title(now) + tr(", was ") + title(before) + u'.';
}

}  // namespace prefscope
