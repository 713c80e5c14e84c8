// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rationale_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace prefscope {
namespace {

std::string share(int part, int whole) {
  return whole == 0 ? "none" : fmt::format("{:.1f} % of {}", 100.0 * part / whole, whole);
}

/// As text in a table or list: nothing in it means anything to Markdown or HTML.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>()#+-.!|~$&").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

int untrue(const CheckedRationale& r) {
  return r.titles - r.titles_in_history + r.attributes - r.attributes_true;
}

}  // namespace

std::string interval_cell(const Interval& i) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", i.value, i.low, i.high);
}

std::string rationale_table(const std::string& title,
                            const std::vector<std::pair<std::string, const RationaleReport*>>& columns) {
  std::string text = "| " + title + " |", rule = "|---|";
  for (const auto& column : columns) {
    text += " " + plain(column.first) + " |";
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  const auto line = [&](const std::string& what, const std::function<std::string(const RationaleReport&)>& value) {
    text += "| " + what + " |";
    for (const auto& column : columns) text += " " + value(*column.second) + " |";
    text += "\n";
  };
  line("named titles in the history", [](const auto& r) { return share(r.titles_in_history, r.titles); });
  line("named titles that do not exist", [](const auto& r) { return share(r.titles_invented, r.titles); });
  line("titles named again in the same text, a text", [](const auto& r) {
    return fmt::format("{:.2f}", r.titles_repeated / std::max(1.0, 1.0 * r.rationales.size()));
  });
  line("named attributes true of the named items",
       [](const auto& r) { return share(r.attributes_true, r.attributes); });
  if (std::any_of(columns.begin(), columns.end(), [](const auto& c) { return c.second->truth.has_value(); })) {
    const auto truth = [&](const std::string& what, Interval TruthToUser::*figure) {
      line(what, [figure](const auto& r) { return r.truth ? interval_cell((*r.truth).*figure) : "not known"; });
    };
    truth("named attribute among the two largest true contributions", &TruthToUser::rationale);
    truth("template: the item's attribute most frequent in the history", &TruthToUser::most_frequent);
    truth("template: the value most frequent in the history", &TruthToUser::most_frequent_of_all);
    truth("oracle: the largest true contribution that the history shares", &TruthToUser::oracle);
    truth("gain over the first template, paired", &TruthToUser::gain);
  }
  const auto faithful = [&](const std::string& what, Interval Faithfulness::*figure) {
    line(what, [figure](const auto& r) { return interval_cell(r.faithfulness.*figure); });
  };
  line("users whose rationale cites items that can be tested",
       [](const auto& r) { return fmt::format("{} of {}", r.faithfulness.users, r.rationales.size()); });
  faithful("comprehensiveness: fall of the margin without the cited items, nats", &Faithfulness::cited);
  faithful("without as many random ones", &Faithfulness::random);
  faithful("without as many of the most recent", &Faithfulness::recent);
  faithful("sufficiency: fall of the margin with the cited items alone, nats", &Faithfulness::only_cited);
  faithful("with as many random ones alone", &Faithfulness::only_random);
  faithful("with as many of the most recent alone", &Faithfulness::only_recent);
  faithful("first candidate changes without the cited items", &Faithfulness::flips);
  faithful("without as many random ones (first candidate)", &Faithfulness::flips_random);
  const auto p = [&](const std::string& what, double Faithfulness::*raw, double Faithfulness::*corrected) {
    line(what,
         [=](const auto& r) { return fmt::format("{:.4f} ({:.4f})", r.faithfulness.*raw, r.faithfulness.*corrected); });
  };
  p("p (Holm), comprehensiveness: cited against random", &Faithfulness::p_random, &Faithfulness::holm_random);
  p("p (Holm), comprehensiveness: cited against most recent", &Faithfulness::p_recent, &Faithfulness::holm_recent);
  p("p (Holm), sufficiency: cited against random", &Faithfulness::p_only_random, &Faithfulness::holm_only_random);
  p("p (Holm), sufficiency: cited against most recent", &Faithfulness::p_only_recent, &Faithfulness::holm_only_recent);
  line("USR, FCR, DIV of the texts",
       [](const auto& r) { return fmt::format("{:.3f}, {:.3f}, {:.3f}", r.texts.usr, r.texts.fcr, r.texts.div); });
  if (std::any_of(columns.begin(), columns.end(), [](const auto& c) { return c.second->texts.fmr.has_value(); }))
    line("FMR: the largest true contribution is named",
         [](const auto& r) { return r.texts.fmr ? fmt::format("{:.3f}", *r.texts.fmr) : "not known"; });
  return text;
}

std::string worst_cases(const RationaleReport& report, size_t cases) {
  std::vector<const CheckedRationale*> order;
  for (const CheckedRationale& r : report.rationales) order.push_back(&r);
  // What cites nothing carries nothing.
  std::stable_sort(order.begin(), order.end(), [](const CheckedRationale* a, const CheckedRationale* b) {
    return untrue(*a) != untrue(*b) ? untrue(*a) > untrue(*b) : a->fall.value_or(0) < b->fall.value_or(0);
  });
  order.resize(std::min(order.size(), cases));
  std::string text;
  for (const CheckedRationale* r : order) {
    text += fmt::format("- user {}, {}: {} ({} of {} titles in the history, {} of {} attributes true, {})\n",
                        plain(r->user), plain(r->item), plain(r->text), r->titles_in_history, r->titles,
                        r->attributes_true, r->attributes,
                        r->fall ? fmt::format("the margin falls by {:+.3f} nats without what it cites", *r->fall)
                                : "nothing cited that could be tested");
  }
  return text;
}

}  // namespace prefscope
