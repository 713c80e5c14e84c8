// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "engine/explain/case_html.h"
#include "engine/explain/case_plots.h"
#include "engine/explain/case_text.h"
#include "engine/explain/kept_case_text.h"

namespace prefscope {

std::string notebook_html(const std::vector<KeptCase>& cases) {
  std::string body, index;
  for (size_t i = 0; i < cases.size(); ++i) {
    const KeptCase& kept = cases[i];
    body += fmt::format("<section class=\"kept\" id=\"case-{}\"><p class=\"small\">{}</p>\n", i + 1,
                        escape_html(kept_line(kept)));
    if (!kept.note.empty()) body += "<p class=\"written\">" + escape_html(kept.note) + "</p>\n";
    body += case_body(kept.report) + "<p class=\"small\">" + escape_html(source_text(kept.source)) + "</p></section>\n";
    index += fmt::format("<li><a href=\"#case-{}\">{}</a> <span class=\"small\">{}</span></li>\n", i + 1,
                         escape_html(case_headline(kept.report)), escape_html(kept_line(kept)));
  }
  if (cases.size() == 1) {
    const CaseReport& report = cases.front().report;
    return html_page(fmt::format("User {}, {}", report.rank.example.user_key, report.model), body);
  }
  return html_page("Notebook", fmt::format("<h1>Notebook of {} cases</h1>\n<ol class=\"index\">{}</ol>\n{}",
                                           cases.size(), index, body));
}

}  // namespace prefscope
