// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/notebook.h"
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

namespace {

namespace fs = std::filesystem;

void addRank(CLI::App& app, Request& request) {
  auto o = std::make_shared<RankOptions>();
  CLI::App* command = addCommand(app, "rank", "Rank one user's saved candidate list",
                                 "prefscope-cli --workspace ws rank --user 12 --run 2");
  addRankOptions(command, *o);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(rank(*o, context));
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
  addExplain(app, request);
  addRationales(app, request);
  addFaithfulness(app, request);
}

}  // namespace prefscope
