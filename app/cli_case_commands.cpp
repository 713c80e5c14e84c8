// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/explain/case_text.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/notebook.h"
#include "engine/tasks/rank_beside.h"
#include "engine/tasks/rank_hardest.h"
#include "engine/tasks/rationale_check.h"
#include "engine/tasks/rationale_table.h"

namespace prefscope {

void addRankOptions(CLI::App* command, RankOptions& o) {
  command->add_option("--user", o.user, "The user's id in the file")->required();
  command->add_option("--run", o.run, "Run that ranks (default: the base model alone)");
  command->add_option("--dataset", o.data_set, "Name of the data set; needed without --run");
  command->add_option("--preparation", o.preparation, "Preparation (default: the run's, else the newest)");
  addOption(command, "--model", o.model, "Base model where there is no run");
  addChoice(command, "--score", o.score, {"sum", "mean", "ratio"}, "What ranks");
  addDevice(command, o.device);
}

void addBesideOptions(CLI::App* command, BesideOptions& o) {
  command->add_option("--baselines", o.classics, "Classic models that rank the same list")
      ->delimiter(',')
      ->check(CLI::IsMember({"random", "popularity", "itemknn", "ease"}));
  command->add_flag("--base", o.base, "The base model ranks it too");
  command->add_option("--runs", o.runs, "Other runs that rank it, by number")->delimiter(',');
  addSeed(command, o.seed, "Seed of random");
}

namespace {

namespace fs = std::filesystem;

/// With the ranks of the same list under other models.
Answer answerOf(const RankResult& rank, const std::vector<BesideModel>& beside) {
  Answer answer = answerOf(rank);
  if (beside.empty()) return answer;
  CaseReport report;
  report.rank = rank;
  report.beside = beside;
  const std::vector<int64_t>& saved = rank.example.candidates;
  answer.json["beside"] = nlohmann::ordered_json::array();
  answer.text += "Ranks under other models:\n  rank";
  for (const BesideModel& model : beside) {
    nlohmann::ordered_json one = {{"model", model.name},
                                  {"run", model.run ? nlohmann::ordered_json(*model.run) : nlohmann::ordered_json()},
                                  {"classic", model.classic},
                                  {"target_rank", nullptr},
                                  {"candidates", nlohmann::ordered_json::array()}};
    for (size_t i = 0; i < rank.candidates.size(); ++i) {
      const auto place = static_cast<size_t>(std::find(saved.begin(), saved.end(), rank.items[i].id) - saved.begin());
      const double now = model.ranks.at(place);
      if (rank.items[i].id == rank.target) one["target_rank"] = now;
      one["candidates"].push_back({{"item", rank.items[i].key}, {"rank", now}, {"score", model.scores.at(place)}});
    }
    answer.json["beside"].push_back(std::move(one));
    answer.text += fmt::format(" {:>12.12}", onOneLine(model.name));
  }
  answer.text += "  title\n";
  for (const BesideRow& row : beside_rows(report)) {
    answer.text += fmt::format("{} {:>4}", row.target ? "*" : " ", row.rank);
    for (const std::string& other : row.ranks) answer.text += fmt::format(" {:>12}", other);
    answer.text += fmt::format("  {}\n", onOneLine(row.title));
  }
  answer.text += beside_remark(report) + "\n";
  return answer;
}

void addRank(CLI::App& app, Request& request) {
  auto o = std::make_shared<RankOptions>();
  auto beside = std::make_shared<BesideOptions>();
  CLI::App* command = addCommand(app, "rank", "Rank one user's saved candidate list, also under models beside it",
                                 "prefscope-cli --workspace ws rank --user 12 --run 2 --baselines itemknn,ease");
  addRankOptions(command, *o);
  addBesideOptions(command, *beside);
  command->callback([o, beside, &request] {
    request.run = [o, beside, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const RankResult ranked = rank(*o, context);
      return answerOf(ranked, rank_beside(*o, *beside, *make_classic_models(), context));
    };
  });
}

Answer answerOf(const std::vector<HardestRejected>& all) {
  Answer answer{{{"users", nlohmann::ordered_json::array()}},
                "margin   was      rank      user      chosen, over the hardest rejected\n"};
  for (const HardestRejected& h : all) {
    const Margin& m = h.point.hardest;
    answer.json["users"].push_back({{"user", h.point.user_key},
                                    {"chosen", h.chosen},
                                    {"hardest_rejected", h.rejected},
                                    {"margin", m.policy},
                                    {"hardest_rejected_before", h.rejected_before},
                                    {"margin_before", m.reference},
                                    {"log_ratio_chosen", m.ratio_chosen},
                                    {"log_ratio_rejected", m.ratio_rejected},
                                    {"rank", h.point.rank_policy},
                                    {"rank_before", h.point.rank_reference}});
    answer.text += fmt::format("{:+8.3f} {:+8.3f} {:>4g} {:<4} {:>9}  {}, over {}\n", m.policy, m.reference,
                               h.point.rank_policy, fmt::format("({:g})", h.point.rank_reference),
                               onOneLine(h.point.user_key), onOneLine(h.chosen), onOneLine(h.rejected));
  }
  answer.text +=
      "Nats; log-prob of the chosen less that of the most likely rejected, under the run and its reference.\n";
  return answer;
}

void addHardest(CLI::App& app, Request& request) {
  auto o = std::make_shared<HardestOptions>();
  CLI::App* command = addCommand(app, "hardest", "Held-out users by their margin over the hardest rejected item",
                                 "prefscope-cli --workspace ws hardest --run 2");
  command->add_option("--run", o->run, "Run that ranks, held against its reference")->required();
  command->add_option("--preparation", o->preparation, "Preparation (default: the run's)");
  command->add_option("--users", o->users, "The first so many held-out users (default: all)");
  addDevice(command, o->device);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(hardest_rejected(*o, context));
    };
  });
}

/// The item of this id in the file among what the user has or may get.
int64_t findItem(const RankResult& ranked, const std::string& key) {
  for (const auto* items : {&ranked.items, &ranked.history}) {
    for (const ItemText& item : *items) {
      if (item.key == key) return item.id;
    }
  }
  throw Error(ErrorKind::BadInput,
              fmt::format("--item {}: expected one of the user's candidates; rank lists them", key));
}

Answer explain(RationaleOptions o, const std::string& item, const fs::path& out, const TaskContext& context) {
  RankResult ranked = rank(o.rank, context);
  if (!item.empty()) o.item = findItem(ranked, item);
  const auto [text, note] = write_rationale(o, nullptr, context);
  ranked.explained = o.item.value_or(0);

  Answer answer = answerOf(ranked);
  answer.json["rationale"] = text;
  answer.json["rationale_note"] = note;
  answer.text += fmt::format("Rationale (generated text is not evidence; {}): {}\n", onOneLine(note), onOneLine(text));
  if (!out.empty()) {
    const CaseReport report = case_report(o.rank, context);  // with what was just written
    write_file_atomically(out, case_html(report));
    answer.json["report"] = out.string();
    answer.text += fmt::format("Written: {}\n", out.string());
  }
  return answer;
}

void addExplain(CLI::App& app, Request& request) {
  auto o = std::make_shared<RationaleOptions>();
  auto item = std::make_shared<std::string>();
  auto out = std::make_shared<fs::path>();
  CLI::App* command = addCommand(app, "explain", "Rank one user's list, let the model say why, export the case",
                                 "prefscope-cli --workspace ws explain --user 12 --run 2 --out case.html");
  addRankOptions(command, o->rank);
  command->add_option("--out", *out, "Write the case as one HTML file that loads nothing");
  command->add_option("--item", *item, "Item to speak of, by its id in the file (default: the first of the ranking)");
  addOption(command, "--temperature", o->temperature, "0: greedy");
  addOption(command, "--max-tokens", o->max_tokens, "Length of the rationale at most");
  command->add_flag("--titles-free{false}", o->hold_titles,
                    "Let the rationale quote any title, not those of the history alone");
  addSeed(command, o->seed, "Seed of the rationale");
  command->callback([o, item, out, &request] {
    request.run = [o, item, out, &request](const TaskContext& context) {
      o->rank.workspace = request.workspace;
      return explain(*o, *item, *out, context);
    };
  });
}

void addCheckOptions(CLI::App* command, RationaleCheckOptions& o) {
  command->add_option("--run", o.run, "Run that writes (default: the base model)");
  command->add_option("--model", o.model, "Base model where there is no run")->capture_default_str();
  command->add_option("--dataset", o.data_set, "Data set, where there is no run");
  command->add_option("--preparation", o.preparation, "Preparation (default: the run's, else the newest)");
  command->add_option("--users", o.users, "The first so many held-out users (default: all)");
  command->add_flag("--titles-held", o.hold_titles, "Let it quote titles of the history alone");
  addOption(command, "--temperature", o.temperature, "0: greedy");
  addDevice(command, o.device);
  addSeed(command, o.seed, "Seed of texts, removals, intervals and p-values");
}

void addRationales(CLI::App& app, Request& request) {
  auto o = std::make_shared<RationaleCheckOptions>();
  CLI::App* command = addCommand(app, "rationales",
                                 "Let a model explain its first choice for every held-out user, and check what it says",
                                 "prefscope-cli --workspace ws rationales --run 2");
  addCheckOptions(command, *o);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(check_rationales(*o, context));
    };
  });
}

Answer faithfulness(const RationaleCheckOptions& o, const fs::path& out, size_t worst, const TaskContext& context) {
  const std::vector<RationaleReport> reports = check_chain(o, context);
  std::vector<std::pair<std::string, const RationaleReport*>> columns;
  Answer answer;
  answer.json["models"] = nlohmann::ordered_json::array();
  for (const RationaleReport& report : reports) {
    columns.emplace_back(report.model, &report);
    answer.json["models"].push_back(answerOf(report).json);
  }
  answer.text = rationale_table(fmt::format("rationales ({})", reports.front().note), columns);
  for (const RationaleReport& report : reports)
    answer.text += fmt::format("\nWorst cases of {}\n\n{}", report.model, worst_cases(report, worst));
  if (!out.empty()) {
    write_file_atomically(out, answer.text);
    answer.json["report"] = out.string();
  }
  return answer;
}

void addFaithfulness(CLI::App& app, Request& request) {
  auto o = std::make_shared<RationaleCheckOptions>();
  auto out = std::make_shared<fs::path>();
  auto worst = std::make_shared<size_t>(10);
  CLI::App* command = addCommand(
      app, "faithfulness", "What the rationales of a run, its parents and its base model are worth, and the worst",
      "prefscope-cli --workspace ws faithfulness --run 2 --out faithfulness.md");
  addCheckOptions(command, *o);
  command->add_option("--out", *out, "Write the table and the worst cases as Markdown");
  addOption(command, "--worst", *worst, "Worst cases that are listed for each model");
  command->callback([o, out, worst, &request] {
    request.run = [o, out, worst, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return faithfulness(*o, *out, *worst, context);
    };
  });
}

}  // namespace

void addCaseCommands(CLI::App& app, Request& request) {
  addRank(app, request);
  addHardest(app, request);
  addExplain(app, request);
  addRationales(app, request);
  addFaithfulness(app, request);
}

}  // namespace prefscope
