// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/explain/case_plots.h"
#include "engine/explain/evidence_text.h"
#include "engine/explain/kept_case_text.h"
#include "engine/explain/rationale_facts.h"

namespace prefscope {
namespace {

std::string evidence_item_title(const CaseReport& report) {
  const int64_t item = report.evidence_item != 0 ? report.evidence_item : report.rank.target;
  const RankedCandidate* found = find_candidate(report.rank, item);
  return found ? found->title : "the chosen item";
}

bool is_by_effect(const CaseReport& report) {
  return report.by_effect && report.evidence && report.evidence->items.size() == report.rank.history.size();
}

/// Of the candidate at a place of the saved list.
std::string title_at(const CaseReport& report, size_t place) {
  const RankedCandidate* found = find_candidate(report.rank, report.rank.example.candidates.at(place));
  return found ? found->title : "";
}

}  // namespace

std::string ordinal_text(int n) {
  const int tens = n % 100 / 10, ones = n % 10;
  return fmt::format("{}{}", n, tens == 1 || ones == 0 || ones > 3 ? "th" : ones == 1 ? "st" : ones == 2 ? "nd" : "rd");
}

std::string closed_direction(std::string_view text) {
  // U+202A .. U+202E are E2 80 AA .. AE (AC ends one), U+2066 .. U+2069 are E2 81 A6 .. A9 (A9 ends one).
  std::string open;  // 'e' an embedding or override, 'i' an isolate
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '\xe2') continue;
    const auto second = static_cast<unsigned char>(text[i + 1]), third = static_cast<unsigned char>(text[i + 2]);
    if (second == 0x80 && third >= 0xaa && third <= 0xae) {
      if (third != 0xac) {
        open += 'e';
      } else if (!open.empty() && open.back() == 'e') {
        open.pop_back();
      }
    } else if (second == 0x81 && third >= 0xa6 && third <= 0xa9) {
      if (third != 0xa9) {
        open += 'i';
      } else if (const size_t isolate = open.rfind('i'); isolate != std::string::npos) {
        open.resize(isolate);
      }
    }
  }
  std::string closed(text);
  for (auto mark = open.rbegin(); mark != open.rend(); ++mark) closed += *mark == 'e' ? "\u202c" : "\u2069";
  return closed;
}

std::string short_title(std::string_view title) {
  constexpr size_t most = 120;
  if (title.size() <= most) return closed_direction(title);
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80) --end;
  return closed_direction(title.substr(0, end)) + "…";
}

std::string attribute_values(const ItemText& item) {
  std::string text;
  for (const auto& attribute : item.attributes)
    text += (text.empty() ? "" : " · ") + closed_direction(attribute.second);
  return text;
}

const char* score_name(const std::string& score) {
  return score == "mean" ? "log-prob per token" : score == "ratio" ? "log-ratio" : "summed log-prob";
}

const RankedCandidate* find_candidate(const RankResult& rank, int64_t item) {
  for (const RankedCandidate& c : rank.candidates) {
    if (c.item == item) return &c;
  }
  return nullptr;
}

MarginPoint margin_point(const RankResult& rank) {
  MarginPoint point{rank.example.id, rank.example.user, rank.example.user_key};
  const auto rejected = static_cast<double>(rank.candidates.size()) - 1;
  const RankedCandidate* target = find_candidate(rank, rank.target);
  if (!target || rejected < 1) return point;
  double hardest = -INFINITY, hardest_reference = -INFINITY;
  const double target_reference = target->log_prob - target->log_ratio;
  point.rank_policy = point.rank_reference = 1;
  const auto worse = [](double mine, double other) { return other > mine ? 1 : other == mine ? 0.5 : 0; };
  for (const RankedCandidate& c : rank.candidates) {
    const double reference = c.log_prob - c.log_ratio;
    if (c.item == rank.target) {
      point.policy += c.log_prob;
      point.reference += reference;
      point.ratio_chosen = c.log_ratio;
      continue;
    }
    point.policy -= c.log_prob / rejected;
    point.reference -= reference / rejected;
    point.ratio_rejected += c.log_ratio / rejected;
    hardest = std::max(hardest, c.log_prob);
    hardest_reference = std::max(hardest_reference, reference);
    point.rank_policy += worse(target->log_prob, c.log_prob);
    point.rank_reference += worse(target_reference, reference);
  }
  point.hardest = {target_reference - hardest_reference, target->log_prob - hardest, target->log_ratio,
                   hardest - hardest_reference};
  point.chosen_first = point.hardest.policy > 0;
  point.chosen_first_reference = point.hardest.reference > 0;
  return point;
}

MarginPoint case_point(const CaseReport& report) {
  for (const MarginPoint& p : report.points) {
    if (p.example == report.rank.example.id) return p;
  }
  return margin_point(report.rank);
}

std::string case_headline(const CaseReport& report) {
  const RankResult& rank = report.rank;
  const RankedCandidate* target = find_candidate(rank, rank.target);
  const std::string model = short_title(report.model);
  const std::string chose = fmt::format("User {} chose {}.", short_title(rank.example.user_key),
                                        target ? short_title(target->title) : "something else");
  if (rank.has_reference && rank.reference_rank > 0)
    return fmt::format("{} Before {} it ranked {}; now {}.", chose, model, ordinal_text(rank.reference_rank),
                       ordinal_text(rank.target_rank));
  return fmt::format("{} {} ranks it {} of {}.", chose, model, ordinal_text(rank.target_rank), rank.candidates.size());
}

std::string gap_text(const RankResult& rank) {
  const RankedCandidate* target = find_candidate(rank, rank.target);
  if (!target || rank.candidates.size() < 2) return "";
  const RankedCandidate& rival = rank.candidates[rank.target_rank == 1 ? 1 : 0];
  const double gap = std::abs(target->score - rival.score);
  return fmt::format("It {} {} by {:.2f}{}.", rank.target_rank == 1 ? "leads" : "loses to", short_title(rival.title),
                     gap, gap < target->spread + rival.spread ? ", which is within the spread over orders" : "");
}

std::string passed_text(const RankResult& rank) {
  const int lost = rank.target_rank - rank.reference_rank;
  if (!rank.has_reference || rank.reference_rank == 0 || lost == 0) return "";
  return lost > 0 ? fmt::format("{} passed it.", lost) : fmt::format("It passed {}.", -lost);
}

std::string case_lead(const CaseReport& report) {
  const RankResult& rank = report.rank;
  const MarginPoint point = case_point(report);
  std::string text = fmt::format("Log-margin over the other candidates {} nats", number(point.policy, true, 2));
  text += rank.has_reference ? fmt::format(" (was {}).", number(point.reference, true, 2)) : ".";
  const std::string gap = gap_text(rank);
  return gap.empty() ? text : text + " " + gap;
}

std::vector<std::string> case_warnings(const RankResult& rank) {
  std::vector<std::string> warnings;
  if (rank.example.role == Role::Train && rank.has_reference)
    warnings.push_back("This user was in the training data: the model has seen this choice.");
  if (rank.example.role == Role::Panel && rank.has_reference)
    warnings.push_back(
        "This user was in the training data, but this choice was not: it was watched while training, and a run may "
        "have stopped by it.");
  if (rank.edited) warnings.push_back("This case is edited: its history or candidates are not those of the data.");
  return warnings;
}

std::string margin_counts(const std::vector<MarginPoint>& points) {
  int up = 0, down = 0, first = 0, first_before = 0;
  for (const MarginPoint& p : points) {
    up += p.policy > p.reference ? 1 : 0;
    down += p.policy < p.reference ? 1 : 0;
    first += p.chosen_first ? 1 : 0;
    first_before += p.chosen_first_reference ? 1 : 0;
  }
  return fmt::format(
      "{} held-out examples: the margin rose for {}, fell for {}, stayed for {}. The chosen ranked first "
      "for {} before, for {} now.",
      points.size(), up, down, static_cast<int>(points.size()) - up - down, first_before, first);
}

std::string rank_text(double rank) {
  return rank > 0 ? fmt::format("{:g}", rank) : "";
}

std::vector<BesideRow> beside_rows(const CaseReport& report) {
  const std::vector<int64_t>& saved = report.rank.example.candidates;
  std::vector<BesideRow> rows;
  for (const RankedCandidate& c : report.rank.candidates) {
    BesideRow row{c.title, c.item == report.rank.target, rows.size() + 1, {}};
    const auto place = static_cast<size_t>(std::find(saved.begin(), saved.end(), c.item) - saved.begin());
    for (const BesideModel& model : report.beside)
      row.ranks.push_back(place < model.ranks.size() ? rank_text(model.ranks[place]) : "");
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string beside_remark(const CaseReport& report) {
  std::string text = "Candidates with equal scores share the mean of their places.";
  if (std::any_of(report.beside.begin(), report.beside.end(), [](const BesideModel& m) { return m.classic; }))
    text +=
        " Classic models learn from what training users did before their targets; their scores are not nats, so they "
        "enter no margin and no sum.";
  return text;
}

std::vector<ChangeRow> change_rows(const CaseReport& report) {
  std::vector<ChangeRow> rows;
  if (!report.changes) return rows;
  for (const auto* changes : {&report.changes->removals, &report.changes->additions}) {
    for (const HistoryChange& change : *changes)
      rows.push_back({change_text(change, report.rank.history), change.removed.size() + change.added.size(),
                      title_at(report, change.first), change.lead});
  }
  return rows;
}

std::string changes_remark(const CaseReport& report) {
  if (!report.changes) return "";
  return fmt::format("{} Each change was ranked anew on its own; {} histories were scored in all.",
                     changes_summary(*report.changes, title_at(report, report.changes->first)),
                     report.changes->prompts);
}

RationaleRemark rationale_remark(const CaseReport& report) {
  const RankResult& rank = report.rank;
  if (report.rationale.empty() || rank.candidates.empty()) return {};
  size_t explained = 0;
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    if (rank.candidates[i].item == rank.explained) explained = i;
  }
  std::vector<const ItemText*> history;
  std::vector<ItemText> known = rank.items;
  for (const ItemText& item : rank.history) {
    history.push_back(&item);
    known.push_back(item);
  }
  const RationaleFacts facts =
      read_rationale(report.rationale, history, rank.items.at(explained), rationale_words(known));
  std::string wrong;
  for (const NamedPart& part : facts.parts) {
    if (part.what == Named::FalseAttribute)
      wrong += (wrong.empty() ? "; said but not so: " : ", ") + short_title(part.words);
  }
  if (facts.titles > facts.titles_in_history)
    wrong += fmt::format("; {} of the titles it names not in the history", facts.titles - facts.titles_in_history);
  return {rank.candidates[explained].title,
          fmt::format("Written by {} ({}); it names {} of the {} history items{}{}.", short_title(report.model),
                      closed_direction(report.rationale_note), facts.cited.size(), rank.history.size(),
                      facts.cited.empty() ? "" : " (marked in the history)", wrong),
          facts.cited};
}

std::string evidence_title(const CaseReport& report) {
  return evidence_question(evidence_item_title(report), report.rival);
}

std::vector<size_t> history_order(const CaseReport& report) {
  std::vector<size_t> order(report.rank.history.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (!is_by_effect(report)) return order;
  const auto size = [&](size_t position) { return std::abs(report.evidence->items[position].deletion); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return size(a) > size(b); });
  return order;
}

const char* history_order_text(const CaseReport& report) {
  return is_by_effect(report) ? "largest effect first" : "oldest first";
}

std::string evidence_remark(const CaseReport& report) {
  if (!report.evidence) return "";
  const Occlusion& o = *report.evidence;
  return fmt::format(
      "{} Below each, the range with neutral items in its place too. The margin is {}, without any history {}. "
      "Removing "
      "a neutral item from a random place does {} to {}.",
      effects_meaning(evidence_item_title(report), report.rival), number(o.margin, true),
      number(o.without_history, true), number(o.band_low, true), number(o.band_high, true));
}

std::string kept_line(const KeptCase& kept) {
  std::string text = kept.starred ? "★ " : "";
  text += "Frozen on " + (kept.saved_at.size() >= 16
                              ? fmt::format("{} at {} UTC", kept.saved_at.substr(0, 10), kept.saved_at.substr(11, 5))
                              : closed_direction(kept.saved_at));
  std::string tags;
  for (const std::string& tag : kept.tags) tags += (tags.empty() ? " · tags: " : ", ") + short_title(tag);
  return text + tags;
}

std::string source_text(const CaseSource& source) {
  std::string text =
      fmt::format("Data: {} (SHA-256 {}). Model: {} (SHA-256 {})", short_title(source.data_set),
                  short_title(source.content_hash), short_title(source.base_model), short_title(source.weights_hash));
  for (const CaseAdapter& a : source.adapters)
    text += fmt::format(", with the adapter of {} ({}, SHA-256 {})", short_title(a.run), short_title(a.objective),
                        short_title(a.weights_hash));
  return text + ".";
}

}  // namespace prefscope
