// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>
#include <vector>

#include "engine/tasks/data_report.h"
#include "engine/tasks/leaks.h"

namespace prefscope {

/// A figure of a data set, and in a sentence what it is and why it matters.
struct Figure {
  QString name, value, meaning;
};

/// What its interactions look like; of a set of preference examples alone, how many it has.
std::vector<Figure> figuresOf(const DataReport& report);
/// k, users, items, rows and their share of all: a row of text for each core.
std::vector<QStringList> coreRows(const DataReport& report);

/// "100,836 rows read · 100,830 kept · 6 dropped · 3 mended".
QString importHeadline(const ImportReport& report);
/// What else there is to say of an import: encodings, repeats, ties. A line each.
QStringList importFacts(const ImportReport& report);
/// What became of them, how many, where, why and what was found: a row of text for each remark.
std::vector<QStringList> remarkRows(const std::vector<Remark>& remarks);
/// The report's remarks, or what older imports kept of what they left out.
std::vector<Remark> remarksOf(const DataReport& report, const std::vector<Dropped>& dropped);

/// "Same example" of same_example.
QString leakTitle(const Leak& leak);

/// The whole report to paste elsewhere. leaks: empty where they are not known.
QString reportText(const DataReport& report, const std::vector<Remark>& remarks, const std::vector<Leak>& leaks);

}  // namespace prefscope
