// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/explain/evidence_json.h"
#include "engine/explain/evidence_text.h"
#include "engine/tasks/film.h"
#include "engine/tasks/open_case.h"
#include "engine/tasks/probes.h"

namespace prefscope {
namespace {

std::string range(double low, double high) {
  return fmt::format("[{:+.4f}, {:+.4f}]", low, high);
}

std::string titles(const std::vector<ItemText>& history, const std::vector<size_t>& positions) {
  std::string all;
  for (const size_t p : positions) all += (all.empty() ? "" : ", ") + onOneLine(history.at(p).title);
  return all;
}

/// JSON of a history's items at these positions.
nlohmann::ordered_json items(const std::vector<ItemText>& history, const std::vector<size_t>& positions) {
  auto all = nlohmann::ordered_json::array();
  for (const size_t p : positions) all.push_back({{"item", history.at(p).key}, {"title", history.at(p).title}});
  return all;
}

struct OccludeAsked {
  RankOptions rank;
  EvidenceOptions evidence;
  std::string item, rival;
};

Answer occlude(const OccludeAsked& asked, const TaskContext& context) {
  const OpenCasePtr opened = open_case(asked.rank, context);
  EvidenceOptions o = asked.evidence;
  if (!asked.item.empty()) o.item = find_item(*opened, asked.item).id;
  if (!asked.rival.empty()) o.rival = find_item(*opened, asked.rival).id;
  const Evidence found = evidence(*opened, o, context);
  const std::vector<ItemText> history = history_of(*opened);
  const Occlusion& c = found.occlusion;
  Answer answer;
  answer.json = occlusion_json(c);
  answer.json["user"] = example_of(*opened).user_key;
  answer.json["score"] = found.score;
  answer.json["item"] = item_text(*opened, found.item).key;
  answer.json["rival"] = found.rival ? nlohmann::ordered_json(item_text(*opened, *found.rival).key) : nullptr;
  for (auto& effect : answer.json["items"]) {
    const ItemText& item = history.at(effect["position"].get<size_t>());
    effect["item"] = item.key;
    effect["title"] = item.title;
  }
  const std::string title = onOneLine(item_text(*opened, found.item).title);
  const std::string rival = found.rival ? onOneLine(item_text(*opened, *found.rival).title) : "";
  answer.text = fmt::format(
      "{}: margin {:+.4f} nats, without any history {:+.4f}\n{}\n"
      "Removing a neutral item from a random place does {} (5 to 95 % of {})\n"
      "   deletion  with neutral items in its place  (* beyond random removals)\n",
      evidence_question(title, rival), c.margin, c.without_history, effects_meaning(title, rival),
      range(c.band_low, c.band_high), o.random);
  for (const ItemEffect& e : c.items) {
    answer.text += fmt::format("{} {:>+9.4f}  {}  {}\n", e.beyond ? "*" : " ", e.deletion, range(e.low, e.high),
                               onOneLine(history.at(e.position).title));
  }
  for (const AttributeEffect& a : c.attributes) {
    answer.text += fmt::format("{} {}: {:+.4f} without its {} items; as many random ones {:+.4f} {}\n",
                               onOneLine(a.attribute.first), onOneLine(a.attribute.second), a.effect,
                               a.positions.size(), a.random, range(a.random_low, a.random_high));
  }
  for (size_t i = 0; i < std::min<size_t>(5, c.pairs.size()); ++i) {
    const PairEffect& p = c.pairs[i];
    answer.text += fmt::format("together {:+.4f}, one by one {:+.4f}: {}\n", p.effect, p.singles,
                               titles(history, {p.first, p.second}));
  }
  answer.text += fmt::format("{} histories were scored.\n", c.prompts);
  return answer;
}

void addOcclude(CLI::App& app, Request& request) {
  auto o = std::make_shared<OccludeAsked>();
  CLI::App* command =
      addCommand(app, "occlude", "What of a history carries a candidate: the margin without parts of it",
                 "prefscope-cli --workspace ws occlude --user 12 --run 2 --rival 318");
  addRankOptions(command, o->rank);
  command->add_option("--item", o->item, "The candidate, by its id in the file (default: the target)");
  command->add_option("--rival", o->rival, "Against this candidate (default: against the mean of all others)");
  addOption(command, "--neutral", o->evidence.neutral, "Neutral items that stand in for each item in turn");
  addOption(command, "--random", o->evidence.random, "Removals of a neutral item from a random place");
  addOption(command, "--pairs", o->evidence.pair_items, "Pairs among so many items, those of the largest effects");
  addSeed(command, o->evidence.seed, "Seed of the neutral items and random removals");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->rank.workspace = request.workspace;
      return occlude(*o, context);
    };
  });
}

/// What is listed of more that do it.
std::string widest(size_t listed, int64_t found) {
  return std::cmp_less(listed, found) ? fmt::format(" (the {} with the widest lead are listed)", listed) : "";
}

struct CounterfactualAsked {
  RankOptions rank;
  CounterfactualOptions options;
  std::string wanted;
};

Answer counterfactual(const CounterfactualAsked& asked, const TaskContext& context) {
  const OpenCasePtr opened = open_case(asked.rank, context);
  CounterfactualOptions o = asked.options;
  if (!asked.wanted.empty()) o.wanted = find_item(*opened, asked.wanted).id;
  const Counterfactual found = counterfactual(*opened, o, context);
  const std::vector<ItemText> history = history_of(*opened);
  const auto candidate = [&](size_t place) -> const ItemText& {
    return item_text(*opened, example_of(*opened).candidates.at(place));
  };
  Answer answer{{{"user", example_of(*opened).user_key},
                 {"first", candidate(found.first).key},
                 {"lead", found.lead},
                 {"smallest", found.smallest},
                 {"removals_found", found.removals_found},
                 {"removals_tried", found.removals_tried},
                 {"removals", nlohmann::ordered_json::array()},
                 {"smallest_addition", found.smallest_addition},
                 {"additions_found", found.additions_found},
                 {"additions_tried", found.additions_tried},
                 {"additions", nlohmann::ordered_json::array()},
                 {"prompts", found.prompts}},
                fmt::format("First is {}, by {:.4f} nats\n", onOneLine(candidate(found.first).title), found.lead)};
  for (const HistoryChange& change : found.removals) {
    answer.json["removals"].push_back(
        {{"removed", items(history, change.removed)}, {"first", candidate(change.first).key}, {"lead", change.lead}});
    answer.text += fmt::format("without {}: {} is first, by {:.4f}\n", titles(history, change.removed),
                               onOneLine(candidate(change.first).title), change.lead);
  }
  if (found.removals.empty())
    answer.text += fmt::format("No set of up to {} items was found whose removal changes that\n", o.most_removed);
  if (!found.removals.empty())
    answer.text += found.smallest ? fmt::format("{} of {} {} do it{}; no smaller set does: all were tried\n",
                                                found.removals_found, found.removals_tried,
                                                found.removals.front().removed.size() == 1 ? "items" : "pairs",
                                                widest(found.removals.size(), found.removals_found))
                                  : "Found greedily; none of one or two items does it, and there may be other sets\n";
  for (const HistoryChange& change : found.additions) {
    auto added = nlohmann::ordered_json::array();
    std::string names;
    for (const ItemText& item : change.added) {
      added.push_back({{"item", item.key}, {"title", item.title}});
      names += (names.empty() ? "" : ", ") + onOneLine(item.title);
    }
    answer.json["additions"].push_back(
        {{"added", added}, {"first", candidate(change.first).key}, {"lead", change.lead}});
    answer.text += fmt::format("with {} added: {} is first, by {:.4f}\n", names,
                               onOneLine(candidate(change.first).title), change.lead);
  }
  if (found.smallest_addition)
    answer.text += fmt::format("{} of the {} items that may be added do it{}\n", found.additions_found,
                               found.additions_tried, widest(found.additions.size(), found.additions_found));
  answer.text += fmt::format("{} histories were scored; each change was ranked anew on its own.\n", found.prompts);
  return answer;
}

void addCounterfactual(CLI::App& app, Request& request) {
  auto o = std::make_shared<CounterfactualAsked>();
  CLI::App* command =
      addCommand(app, "counterfactual", "The smallest changes of a history that put another candidate first",
                 "prefscope-cli --workspace ws counterfactual --user 12 --run 2");
  addRankOptions(command, o->rank);
  command->add_option("--wanted", o->wanted, "The candidate that should become first, by its id (default: any other)");
  addOption(command, "--most-removed", o->options.most_removed, "Items that are taken out at most; 0: none");
  addOption(command, "--most-added", o->options.most_added, "Items that are added at most; 0: none");
  addOption(command, "--additions", o->options.additions, "Items that may be added: so many that are most like it");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->rank.workspace = request.workspace;
      return counterfactual(*o, context);
    };
  });
}

Answer answerOf(const Probe& probe, const std::string& setting) {
  Answer answer{{{"model", probe.model}, {"protocol", probe.protocol}, {"points", nlohmann::ordered_json::array()}},
                fmt::format("{} · {}\n{:>10} {:>6}  {:24} {:24} {}\n", onOneLine(probe.model), probe.protocol, setting,
                            "users", "AUC", "HR@1", "margin, nats")};
  const auto numbers = [](const Interval& i) { return nlohmann::ordered_json{i.value, i.low, i.high}; };
  const auto words = [](const Interval& i) { return fmt::format("{:.3f} [{:.3f}, {:.3f}]", i.value, i.low, i.high); };
  for (const ProbePoint& p : probe.points) {
    answer.json["points"].push_back({{"setting", p.setting},
                                     {"users", p.users},
                                     {"auc", numbers(p.auc)},
                                     {"hr@1", numbers(p.hr_1)},
                                     {"margin", numbers(p.margin)}});
    answer.text +=
        fmt::format("{:>10} {:>6}  {:24} {:24} {}\n", p.setting, p.users, words(p.auc), words(p.hr_1), words(p.margin));
  }
  return answer;
}

void addProbe(CLI::App& app, Request& request) {
  auto o = std::make_shared<ProbeOptions>();
  auto what = std::make_shared<std::string>("history");
  CLI::App* command = addCommand(app, "probe", "How a ranking depends on the history's length or on the target's place",
                                 "prefscope-cli --workspace ws probe --run 2 --what position");
  addChoice(command, "--what", *what, {"history", "position"},
            "history: the last 1, 2, 4 ... items; position: the target at each place of a listed prompt");
  command->add_option("--run", o->run, "Run that ranks (default: the base model)");
  addOption(command, "--model", o->model, "Base model where there is no run");
  command->add_option("--dataset", o->data_set, "Data set, where there is no run");
  command->add_option("--preparation", o->preparation, "Preparation (default: the run's, else the newest)");
  command->add_option("--user", o->user, "One user by the id in the file (default: held-out users)");
  command->add_option("--users", o->users, "The first so many held-out users (default: all)");
  addDevice(command, o->device);
  addSeed(command, o->seed, "Seed of the intervals");
  command->callback([o, what, &request] {
    request.run = [o, what, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return *what == "position" ? answerOf(probe_position(*o, context), "place")
                                 : answerOf(probe_history_length(*o, context), "items");
    };
  });
}

void addFilm(CLI::App& app, Request& request) {
  auto o = std::make_shared<RankOptions>();
  auto rationales = std::make_shared<bool>(false);
  CLI::App* command = addCommand(app, "film", "A case at each adapter that its runs kept while they trained",
                                 "prefscope-cli --workspace ws film --run 2 --user 214 --rationales");
  addRankOptions(command, *o);
  command->add_flag("--rationales", *rationales, "Let each moment explain its first candidate");
  command->callback([o, rationales, &request] {
    request.run = [o, rationales, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const Film made = film(*o, *rationales, context);
      Answer answer{{{"user", made.example.user_key},
                     {"note", made.note},
                     {"missing", made.missing},
                     {"frames", nlohmann::ordered_json::array()}},
                    "rank  margin, nats\n"};
      size_t target = 0;
      while (made.candidates[target].id != made.example.target) ++target;
      for (const FilmFrame& f : made.frames) {
        auto ranked = nlohmann::ordered_json::array();
        for (size_t i = 0; i < f.scores.size(); ++i)
          ranked.push_back({{"item", made.candidates[i].key}, {"rank", f.ranks[i]}, {"log_prob", f.scores[i]}});
        answer.json["frames"].push_back({{"model", f.model},
                                         {"run", f.run ? nlohmann::ordered_json(*f.run) : nullptr},
                                         {"step", f.step},
                                         {"target_rank", f.ranks[target]},
                                         {"margin", f.margin},
                                         {"rationale", f.rationale},
                                         {"candidates", ranked}});
        answer.text += fmt::format("{:>4}  {:+12.4f}  {}, step {}  {}\n", f.ranks[target], f.margin, onOneLine(f.model),
                                   f.step, onOneLine(f.rationale));
      }
      if (!made.missing.empty()) answer.text += onOneLine(made.missing) + ".\n";
      return answer;
    };
  });
}

struct WhatIfAsked {
  RankOptions rank;
  std::vector<std::string> history, remove, add, candidates, drop;
};

Answer whatIf(const WhatIfAsked& asked, const TaskContext& context) {
  const OpenCasePtr opened = open_case(asked.rank, context);
  const auto ids = [&](const std::vector<std::string>& keys) {
    std::vector<int64_t> found;
    for (const std::string& key : keys) found.push_back(find_item(*opened, key).id);
    return found;
  };
  const auto take_out = [&](std::vector<int64_t>& list, const std::vector<std::string>& keys, const char* what) {
    for (const std::string& key : keys) {
      if (std::erase(list, find_item(*opened, key).id) == 0)
        throw Error(ErrorKind::BadInput, fmt::format("{} {}: it is not there", what, key));
    }
  };
  CaseEdit edit{example_of(*opened).history, example_of(*opened).candidates};
  if (!asked.history.empty()) edit.history = ids(asked.history);
  take_out(edit.history, asked.remove, "--remove");
  for (const int64_t item : ids(asked.add)) edit.history.push_back(item);
  take_out(edit.candidates, asked.drop, "--drop-candidate");
  for (const int64_t item : ids(asked.candidates)) edit.candidates.push_back(item);
  const RankResult ranked = what_if(*opened, edit, context);
  Answer answer = answerOf(ranked);
  answer.json["edited"] = ranked.edited;
  if (ranked.edited) answer.text += "This case is edited: it is not what the user did.\n";
  return answer;
}

void addWhatIf(CLI::App& app, Request& request) {
  auto o = std::make_shared<WhatIfAsked>();
  CLI::App* command = addCommand(app, "what-if", "Rank a user's list with another history or other candidates",
                                 "prefscope-cli --workspace ws what-if --user 12 --run 2 --remove 318 --add 50");
  addRankOptions(command, o->rank);
  command->add_option("--history", o->history, "The whole history, oldest first, by ids in the file");
  command->add_option("--remove", o->remove, "Items to take out of the history");
  command->add_option("--add", o->add, "Items to add behind its end");
  command->add_option("--candidate", o->candidates, "Candidates to add");
  command->add_option("--drop-candidate", o->drop, "Candidates to take out");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->rank.workspace = request.workspace;
      return whatIf(*o, context);
    };
  });
}

}  // namespace

void addEvidenceCommands(CLI::App& app, Request& request) {
  addOcclude(app, request);
  addCounterfactual(app, request);
  addWhatIf(app, request);
  addProbe(app, request);
  addFilm(app, request);
}

}  // namespace prefscope
