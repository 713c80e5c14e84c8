// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/tasks/rationale_check.h"

namespace prefscope {

/// "0.829 [0.802, 0.854]".
std::string interval_cell(const Interval& interval);

/// What rationales are worth, as a Markdown table: a line a figure, a column a report.
std::string rationale_table(const std::string& title,
                            const std::vector<std::pair<std::string, const RationaleReport*>>& columns);

/// The cases in which a model says most that is not so, then those whose citations carry least: a list in Markdown.
std::string worst_cases(const RationaleReport& report, size_t cases = 10);

}  // namespace prefscope
