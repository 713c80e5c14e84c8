// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// The parts that pages of cases are made of: a page that loads nothing and runs no script, and what it says of a case.
/// The title is escaped; the body is HTML.
std::string html_page(const std::string& title, const std::string& body);
std::string case_body(const CaseReport& report);

/// Kept cases as one self-contained page: what was written on each, the case as case_html shows it, and where its
/// numbers come from; above several of them a list that leads to each.
std::string notebook_html(const std::vector<KeptCase>& cases);

}  // namespace prefscope
