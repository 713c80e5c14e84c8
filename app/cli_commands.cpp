// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_commands.h"

#include <fmt/format.h>

#include <memory>

#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/rationale_check.h"

// One function a command: it adds the command's options and says what runs when it is chosen. Options live as long as
// the parser and the request that refer to them.

namespace prefscope {
namespace {

namespace fs = std::filesystem;

void addImport(CLI::App& app, Request& request) {
  auto o = std::make_shared<ImportOptions>();
  CLI::App* command = addCommand(app, "import", "Read files, a folder or a zip into a new data set",
                                 "prefscope-cli --workspace ws import ml-latest-small.zip --name movies");
  command->add_option("PATH", o->paths, "A zip, a folder, or files that belong together")->required();
  command->add_option("--name", o->name, "Name of the data set (default: from the path, made unique)");
  command->add_option("--format", o->format, "Format (default: recognised by content)")
      ->check(CLI::IsMember({"movielens", "dmpo-json", "sample-world"}));
  command
      ->add_option("--role", o->role,
                   "Role of a preference file's examples (default: held_out where a file's name holds \"eval\")")
      ->check(CLI::IsMember({"train", "held_out"}));
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(import_data(*o, context));
    };
  });
}

void addDatasets(CLI::App& app, Request& request) {
  addCommand(app, "datasets", "List the data sets of the workspace", "prefscope-cli --workspace ws datasets --json")
      ->callback([&request] {
        request.run = [&request](const TaskContext&) {
          Workspace workspace(request.workspace);
          return answerOf(list_data_sets(workspace));
        };
      });
}

void addPrepare(CLI::App& app, Request& request) {
  auto o = std::make_shared<PrepareOptions>();
  CLI::App* command = addCommand(app, "prepare", "Split a data set and save candidate lists and negatives",
                                 "prefscope-cli --workspace ws prepare movies --users 400 --negatives 5 --seed 0");
  command->add_option("DATASET", o->data_set, "Name of the data set")->required();
  addChoice(command, "--split", o->split, {"leave-last-out"}, "How targets are chosen");
  addOption(command, "--candidates", o->candidates,
            "Candidates a user: 1 target, the others never touched by the user");
  addOption(command, "--negatives", o->negatives, "Negatives k of a preference example");
  addOption(command, "--history", o->history, "Items of a history at most");
  addOption(command, "--threshold", o->threshold, "Where there are ratings, positives are above this");
  addOption(command, "--held-out", o->held_out, "Share of users that only evaluate, 0 .. 1");
  addChoice(command, "--prompt", o->prompt, {"open", "listed"}, "Prompt protocol");
  command->add_option("--users", o->users, "Sample so many users by the seed (default: all)");
  command->add_option("--train-users", o->train_users,
                      "Few-shot: train on so many users; those held out stay the same (default: all)");
  addSeed(command, o->seed, "Seed of every draw");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(prepare(*o, context), o->data_set);
    };
  });
}

void addEvaluate(CLI::App& app, Request& request) {
  auto o = std::make_shared<EvaluateOptions>();
  CLI::App* command = addCommand(app, "evaluate", "Compare models on the held-out users' saved candidate lists",
                                 "prefscope-cli --workspace ws evaluate movies --runs 1 2 --baselines popularity ease");
  command->add_option("DATASET", o->data_set, "Name of the data set")->required();
  command->add_option("--runs", o->runs, "Runs, by number; their base model is a row of its own")->delimiter(',');
  command->add_option("--baselines", o->baselines, "Classic models, or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"random", "popularity", "itemknn", "ease", "none"}))
      ->capture_default_str();
  command->add_option("--users", o->users, "The first so many held-out users (default: all)");
  addChoice(command, "--score", o->score, {"sum", "mean", "ratio"},
            "What ranks: summed log-prob, log-prob by token, or log-ratio");
  command->add_option("--preparation", o->preparation, "Preparation (default: that of the first run, else the newest)");
  addOption(command, "--model", o->model, "Base model where there are no runs");
  addDevice(command, o->device);
  addSeed(command, o->seed, "Seed of the bootstrap and of random");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      std::erase(o->baselines, "none");
      return answerOf(evaluate(*o, context));
    };
  });
}

void addRankOptions(CLI::App* command, RankOptions& o) {
  command->add_option("--user", o.user, "The user's id in the file")->required();
  command->add_option("--run", o.run, "Run that ranks (default: the base model alone)");
  command->add_option("--dataset", o.data_set, "Name of the data set; needed without --run");
  command->add_option("--preparation", o.preparation, "Preparation (default: the run's, else the newest)");
  addOption(command, "--model", o.model, "Base model where there is no run");
  addChoice(command, "--score", o.score, {"sum", "mean", "ratio"}, "What ranks");
  addDevice(command, o.device);
}

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
    Workspace workspace(o.rank.workspace);
    std::vector<MarginPoint> points;
    std::string name = "Base model";
    if (o.rank.run) {
      const Run run = read_run(workspace, *o.rank.run);
      points = read_margin_points(workspace, o.rank.preparation.value_or(run.preparation), run.id);
      name = run.name;
    }
    write_file_atomically(out, case_html(ranked, points, text, note, name));
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

void addRationales(CLI::App& app, Request& request) {
  auto o = std::make_shared<RationaleCheckOptions>();
  CLI::App* command = addCommand(app, "rationales",
                                 "Let a model explain its first choice for every held-out user, and check what it says",
                                 "prefscope-cli --workspace ws rationales --run 2");
  command->add_option("--run", o->run, "Run that writes (default: the base model)");
  command->add_option("--model", o->model, "Base model where there is no run")->capture_default_str();
  command->add_option("--dataset", o->data_set, "Data set, where there is no run");
  command->add_option("--preparation", o->preparation, "Preparation (default: the run's, else the newest)");
  command->add_option("--users", o->users, "The first so many held-out users (default: all)");
  command->add_flag("--titles-held", o->hold_titles, "Let it quote titles of the history alone");
  addOption(command, "--temperature", o->temperature, "0: greedy");
  addDevice(command, o->device);
  addSeed(command, o->seed, "Seed of texts, removals, intervals and p-values");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(check_rationales(*o, context));
    };
  });
}

}  // namespace

void addCommands(CLI::App& app, Request& request) {
  addImport(app, request);
  addDatasets(app, request);
  addPrepare(app, request);
  addTrainCommands(app, request);
  addEvaluate(app, request);
  addRank(app, request);
  addExplain(app, request);
  addRationales(app, request);
  addWorldCommands(app, request);
  addInspectCommands(app, request);
}

}  // namespace prefscope
