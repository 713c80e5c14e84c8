// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_commands.h"

#include <fmt/format.h>

#include <memory>

#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/data/readers.h"
#include "engine/data/split.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/combine.h"
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
      ->check(CLI::IsMember(format_names()));
  command->add_option("--map", o->map,
                      "Any table: which column is what, as user=who,item=what,rating=stars,time=when,title=name,"
                      "attribute=genres:genre:| and separator=tab, header=no, skip=1, encoding=latin-1, date=%d.%m.%Y");
  command->add_option("--map-items", o->map_items, "The same of a file of items: item=id,title=name,attribute=genre")
      ->needs("--map");
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
  addChoice(command, "--split", o->split, split_names(), "How targets are chosen");
  command->add_option("--view", o->view, "A view of the set, made with the command view (default: all rows)");
  command->add_option("--from-time", o->from_time,
                      "Of global-time: the day from which on all is held out (default: by --held-out)");
  command->add_option("--held-out-rows", o->held_out_rows,
                      "Of --split given: a table with the columns user and item, or a RecBole file (.test.inter)");
  addChoice(command, "--sampling", o->sampling, candidate_source_names(), "Where candidates come from");
  command->add_option("--candidate-lists", o->candidate_lists,
                      "Of --sampling given: a table with the columns user and item");
  addOption(command, "--candidates", o->candidates,
            "Candidates a user: 1 target, the others never touched by the user");
  addOption(command, "--negatives", o->negatives, "Negatives k of a preference example");
  addOption(command, "--history", o->history, "Items of a history at most");
  addOption(command, "--threshold", o->threshold, "Where there are ratings, positives are above this");
  addOption(command, "--held-out", o->held_out,
            "Share of users that only evaluate, 0 .. 1; of ratio and global-time: of positives");
  addChoice(command, "--prompt", o->prompt, {"open", "listed"}, "Prompt protocol");
  command->add_option("--users", o->users, "Sample so many users by the seed (default: all)");
  command->add_option("--train-users", o->train_users,
                      "Few-shot: train on so many users; those held out stay the same (default: all)");
  addSeed(command, o->seed, "Seed of every draw");
  addOption(command, "--targets", o->targets, "Examples of a training user at most: the latest positives as targets");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(prepare(*o, context), o->data_set);
    };
  });
}

void addCombine(CLI::App& app, Request& request) {
  auto o = std::make_shared<CombineOptions>();
  CLI::App* command = addCommand(app, "combine", "Make a new data set of several, to learn from all of them",
                                 "prefscope-cli --workspace ws combine movies books --name both");
  command->add_option("DATASETS", o->data_sets, "Names of two data sets or more")->required();
  command->add_option("--name", o->name, "Of the new set; keys of users and items begin with their set's")->required();
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const CombineResult result = combine(*o, context);
      const DataSet& d = result.data_set;
      Answer answer{{{"dataset", d.name},
                     {"content_hash", d.content_hash},
                     {"users", d.users},
                     {"items", d.items},
                     {"interactions", d.interactions},
                     {"parts", nlohmann::ordered_json::array()}},
                    fmt::format("\"{}\": {} users, {} items, {} interactions ({:.1f} s)\n", onOneLine(d.name), d.users,
                                d.items, d.interactions, result.seconds)};
      for (const JoinedPart& part : result.report.parts)
        answer.json["parts"].push_back({{"name", part.name},
                                        {"content_hash", part.content_hash},
                                        {"users", part.users},
                                        {"items", part.items},
                                        {"interactions", part.interactions}});
      for (const Remark& remark : result.report.remarks) answer.text += "  " + onOneLine(remark_text(remark)) + '\n';
      return answer;
    };
  });
}

void addEvaluate(CLI::App& app, Request& request) {
  auto o = std::make_shared<EvaluateOptions>();
  CLI::App* command = addCommand(app, "evaluate", "Compare models on the held-out users' saved candidate lists",
                                 "prefscope-cli --workspace ws evaluate movies --runs 1 2 --baselines popularity ease");
  command->add_option("DATASET", o->data_set, "Name of the data set")->required();
  command
      ->add_option("--runs", o->runs, "Runs, by number, also of other data sets; their base model is a row of its own")
      ->delimiter(',');
  command->add_option("--baselines", o->baselines, "Classic models, or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"random", "popularity", "itemknn", "ease", "none"}))
      ->capture_default_str();
  command->add_option("--users", o->users, "The first so many held-out users (default: all)");
  addChoice(command, "--score", o->score, {"sum", "mean", "ratio"},
            "What ranks: summed log-prob, log-prob by token, or log-ratio");
  command->add_option("--preparation", o->preparation,
                      "Preparation (default: that of the first run on this data set, else the newest)");
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

}  // namespace

void addCommands(CLI::App& app, Request& request) {
  addImport(app, request);
  addDatasets(app, request);
  addDataCommands(app, request);
  addPageCommands(app, request);
  addCombine(app, request);
  addPrepare(app, request);
  addTrainCommands(app, request);
  addEvaluate(app, request);
  addCaseCommands(app, request);
  addEvidenceCommands(app, request);
  addSampleCommands(app, request);
  addNotebookCommands(app, request);
  addWorldCommands(app, request);
  addInspectCommands(app, request);
  addGenerateCommands(app, request);
  addModelCommands(app, request);
}

}  // namespace prefscope
