// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/explain/case_figures.h"
#include "engine/explain/case_plots.h"
#include "engine/explain/case_text.h"
#include "engine/explain/kept_case_text.h"

namespace prefscope {
namespace {

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

/// Columns of numbers stand at the right: ":" after their name.
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> names, rules;
  for (const std::string& name : head) {
    const bool right = name.ends_with(':');
    names.push_back(right ? name.substr(0, name.size() - 1) : name);
    rules.push_back(right ? "---:" : "---");
  }
  std::string text = row(names) + row(rules);
  for (const auto& cells : rows) text += row(cells);
  return text + "\n";
}

std::string bold(const std::string& text, bool really) {
  return really && !text.empty() ? "**" + text + "**" : text;
}

/// Text of several lines that is quoted line by line.
std::string quoted(const std::string& text) {
  std::string out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out += "> " + markdown_text(text.substr(at, end - at)) + (end < text.size() ? "  \n" : "\n");
    at = end + 1;
  }
  return out + "\n";
}

std::string history_part(const CaseReport& report, const std::vector<size_t>& cited) {
  const RankResult& rank = report.rank;
  if (rank.history.empty()) return "";
  const bool measured = report.evidence && report.evidence->items.size() == rank.history.size();
  std::vector<std::string> head = {"", std::string("item, ") + history_order_text(report), "attributes"};
  if (measured) head.insert(head.end(), {"effect, nats:", "range:"});
  std::vector<std::vector<std::string>> rows;
  for (const size_t i : history_order(report)) {
    const bool named = std::find(cited.begin(), cited.end(), i) != cited.end();
    rows.push_back(
        {named ? "named" : "", markdown_text(rank.history[i].title), markdown_text(attribute_values(rank.history[i]))});
    if (!measured) continue;
    const ItemEffect& e = report.evidence->items[i];
    rows.back().push_back(bold(number(e.deletion, true), e.beyond));
    rows.back().push_back(number(e.low, true) + " to " + number(e.high, true));
  }
  std::string text = fmt::format("## History{}\n\n", measured ? " and evidence" : "");
  if (measured) text += markdown_text(evidence_title(report)) + ".\n\n";
  text += table(head, rows);
  if (measured)
    text += markdown_text(evidence_remark(report)) +
            " **Bold**: the whole range lies outside of zero and of what removing a neutral item does.\n\n";
  return text;
}

std::string candidates_part(const RankResult& rank) {
  const bool own_score = rank.score == "mean";  // the others have a column already
  std::vector<std::string> head = {"rank:", "candidate", "attributes"};
  if (own_score) head.push_back("per token:");
  head.push_back("log-prob:");
  if (rank.has_reference) head.insert(head.end(), {"reference:", "log-ratio:"});
  head.insert(head.end(), {"spread over orders:", "tokens:"});
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    const bool target = c.item == rank.target;
    std::vector<std::string> cells = {std::to_string(i + 1), bold(markdown_text(c.title), target),
                                      i < rank.items.size() ? markdown_text(attribute_values(rank.items[i])) : ""};
    if (own_score) cells.push_back(number(c.score, false));
    cells.push_back(bold(number(c.log_prob, false), target));
    if (rank.has_reference)
      cells.insert(cells.end(), {number(c.log_prob - c.log_ratio, false), number(c.log_ratio, true)});
    cells.insert(cells.end(), {number(c.spread, false), std::to_string(c.tokens)});
    rows.push_back(std::move(cells));
  }
  return fmt::format("## Candidates\n\nRanked by {}, nats. **Bold**: what the user chose.\n\n",
                     score_name(rank.score)) +
         table(head, rows);
}

std::string chain_part(const CaseReport& report) {
  const CaseChain& chain = report.chain;
  if (chain.models.size() < 2) return "";
  std::vector<std::string> head = {"candidate"};
  for (size_t m = 0; m < chain.models.size(); ++m)
    head.insert(head.end(), {(m > 0 ? "+ " : "") + markdown_text(chain.models[m].name) + ":", "rank:"});
  head.push_back("sum:");
  std::vector<std::vector<std::string>> rows;
  for (const RankedCandidate& c : report.rank.candidates) {
    const auto place = std::find_if(chain.candidates.begin(), chain.candidates.end(),
                                    [&](const ItemText& item) { return item.id == c.item; });
    if (place == chain.candidates.end()) continue;
    const auto p = static_cast<size_t>(place - chain.candidates.begin());
    std::vector<std::string> cells = {bold(markdown_text(c.title), c.item == report.rank.target)};
    for (size_t m = 0; m < chain.models.size(); ++m) {
      const CandidateScore& score = chain.models[m].scores[p];
      cells.push_back(number(m == 0 ? score.log_prob : score.log_ratio, m > 0));
      cells.push_back(std::to_string(chain.models[m].ranks[p]));
    }
    cells.push_back(number(chain.models.back().scores[p].log_prob, false));
    rows.push_back(std::move(cells));
  }
  return "## Model by model\n\nLog-prob under the first, log-ratio of each run to the one before, nats.\n\n" +
         table(head, rows);
}

std::string beside_part(const CaseReport& report) {
  if (report.beside.empty()) return "";
  std::vector<std::string> head = {"candidate", markdown_text(short_title(report.model)) + ":"};
  for (const BesideModel& model : report.beside) head.push_back(markdown_text(short_title(model.name)) + ":");
  std::vector<std::vector<std::string>> rows;
  for (const BesideRow& row : beside_rows(report)) {
    rows.push_back({bold(markdown_text(row.title), row.target), std::to_string(row.rank)});
    rows.back().insert(rows.back().end(), row.ranks.begin(), row.ranks.end());
  }
  return "## Ranks under other models\n\nThe same candidate list. " + beside_remark(report) + "\n\n" +
         table(head, rows);
}

std::string changes_part(const CaseReport& report) {
  if (!report.changes) return "";
  std::string text = "## What would change it\n\n" + markdown_text(changes_remark(report)) + "\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const ChangeRow& row : change_rows(report))
    rows.push_back(
        {markdown_text(row.what), std::to_string(row.items), markdown_text(row.first), number(row.lead, false)});
  return rows.empty() ? text : text + table({"change", "items:", "first then", "lead, nats:"}, rows);
}

std::string tokens_part(const CaseReport& report) {
  const RankResult& rank = report.rank;
  if (report.chain.strips.empty() || rank.candidates.size() < 2) return "";
  const RankedCandidate& rival = rank.candidates[rank.candidates.front().item == rank.target ? 1 : 0];
  std::string text = "## Per-token log-ratio\n\nThis model minus its reference, nats.\n\n";
  for (const int64_t item : {rank.target, rival.item}) {
    const auto& candidates = report.chain.candidates;
    const auto place =
        std::find_if(candidates.begin(), candidates.end(), [&](const ItemText& c) { return c.id == item; });
    if (place == candidates.end()) continue;
    text += "For " + markdown_text(place->title) + ":\n\n";
    std::vector<std::vector<std::string>> rows;
    double sum = 0;
    for (const StripToken& t : report.chain.strips[static_cast<size_t>(place - candidates.begin())]) {
      sum += t.log_prob - t.reference;
      rows.push_back(
          {t.text.empty() ? "end" : markdown_text(t.text), number(t.log_prob - t.reference, true), number(sum, true)});
    }
    text += table({"token", "log-ratio:", "running sum:"}, rows);
  }
  return text;
}

std::string case_part(const KeptCase& kept, const std::vector<std::string>& figure_paths,
                      const std::vector<CaseFigure>& figures) {
  const CaseReport& report = kept.report;
  const RationaleRemark remark = rationale_remark(report);
  std::string text = "# " + markdown_text(case_headline(report)) + "\n\n" + markdown_text(kept_line(kept)) + "\n\n";
  if (!kept.note.empty()) text += quoted(kept.note);
  text += markdown_text(case_lead(report)) + "\n\n";
  for (const std::string& warning : case_warnings(report.rank)) text += "**" + warning + "**\n\n";
  if (!report.note.empty()) text += markdown_text(report.note) + "\n\n";
  text += candidates_part(report.rank);
  for (size_t i = 0; i < figures.size(); ++i)
    text += fmt::format("![{0}]({1})\n\n{0}.\n\n", markdown_text(figures[i].title), figure_paths[i]);
  if (report.rank.has_reference && !report.points.empty()) text += margin_counts(report.points) + "\n\n";
  text += history_part(report, remark.cited);
  if (!remark.text.empty())
    text += "## Rationale\n\nFor " + markdown_text(remark.title) + ":\n\n" + quoted(report.rationale) +
            markdown_text(remark.text) + " **Generated text is not evidence.**\n\n";
  text += changes_part(report) + beside_part(report) + chain_part(report) + tokens_part(report);
  return text + "Protocol: " + markdown_text(report.rank.protocol) + ".\n\n" + markdown_text(source_text(kept.source)) +
         "\n\n";
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string out;
  const std::string closed = closed_direction(text);
  for (size_t i = 0; i < closed.size(); ++i) {
    const char c = closed[i];
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (std::string_view("\\`*_[]|~$").find(c) != std::string_view::npos) {
      out += {'\\', c};
    } else if (c == ':' && closed.compare(i, 3, "://") == 0) {
      out += "\\:";  // or some viewers make it a link, as they do what follows
    } else if (c == '.' && i >= 3 && closed.compare(i - 3, 3, "www") == 0) {
      out += "\\.";
    } else if (out.find_first_not_of(' ') == std::string::npos &&
               std::string_view("#+-=").find(c) != std::string_view::npos) {
      out += {'\\', c};  // a line that begins so is a heading, a list or a rule
    } else if ((c == '.' || c == ')') && !out.empty() && out.find_first_not_of(" 0123456789") == std::string::npos) {
      out += {'\\', c};  // "1." begins a list
    } else {
      out += c;
    }
  }
  // Blanks at the start are code where they are four; at the end, a line's break.
  out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

CaseMarkdown notebook_markdown(const std::vector<KeptCase>& cases, const std::string& folder) {
  CaseMarkdown all;
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::vector<CaseFigure> figures = case_figures(cases[i].report);
    std::vector<std::string> paths;
    for (const CaseFigure& figure : figures) {
      paths.push_back(fmt::format("{}/{}-{}.svg", folder, i + 1, figure.name));
      all.figures.emplace_back(paths.back(), figure.svg);
    }
    if (i > 0) all.text += "---\n\n";
    all.text += case_part(cases[i], paths, figures);
  }
  all.text += fmt::format("Written by Prefscope {} on {}.\n", PREFSCOPE_VERSION, utc_now());
  return all;
}

void write_notebook_markdown(const std::vector<KeptCase>& cases, const std::filesystem::path& file) {
  // A name with blanks or brackets would end the link of a figure.
  std::string folder = file.stem().string();
  std::replace_if(
      folder.begin(), folder.end(),
      [](unsigned char c) { return c < 0x80 && !std::isalnum(c) && c != '-' && c != '_' && c != '.'; }, '-');
  folder += "-figures";
  const CaseMarkdown all = notebook_markdown(cases, folder);
  std::error_code code;
  std::filesystem::create_directories(file.parent_path() / folder, code);
  if (code)
    throw Error(ErrorKind::Storage, fmt::format("{}: the folder of the figures cannot be made: {}",
                                                (file.parent_path() / folder).string(), code.message()));
  for (const auto& [path, svg] : all.figures) write_file_atomically(file.parent_path() / path, svg);
  write_file_atomically(file, all.text);
}

}  // namespace prefscope
