// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/demo.h"
#include "engine/tasks/first_run.h"
#include "engine/tasks/sample_world.h"
#include "engine/tasks/starter.h"
#include "engine/tasks/world_report.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

void addStarter(CLI::App& app, Request& request) {
  auto o = std::make_shared<StarterOptions>();
  CLI::App* command =
      addCommand(app, "starter", "Train a small model from scratch on the sample world or on an imported set",
                 "prefscope-cli --workspace ws starter --dataset movies --minutes 30");
  command->add_option("--dataset", o->data_set,
                      "A prepared data set: its titles and what its training users did before their targets (default: "
                      "generated users of the sample world)");
  command->add_option("--out", o->out, "Folder of the model (default: models/ in the workspace)");
  addOption(command, "--steps", o->steps, "Optimizer steps");
  addOption(command, "--minutes", o->minutes, "Stop in good order after so long; 0: no limit");
  addOption(command, "--layers", o->layers, "Layers");
  addOption(command, "--hidden", o->hidden, "Hidden size");
  addOption(command, "--heads", o->heads, "Attention heads");
  addOption(command, "--kv-heads", o->kv_heads, "Key and value heads");
  addOption(command, "--vocabulary", o->vocabulary, "Tokens of the tokenizer");
  addOption(command, "--sequences", o->sequences, "Sequences a step");
  addOption(command, "--lr", o->learning_rate, "Learning rate");
  addSeed(command, o->seed, "Seed of weights and texts");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      if (o->out.empty()) {
        o->out = request.workspace / "models" / "sample-world";
        if (!o->data_set.empty()) {
          Workspace workspace(request.workspace);
          o->out = small_model_folder(request.workspace, find_data_set(workspace, o->data_set).id);
        }
      }
      return answerOf(build_starter(*o, context));
    };
  });
}

void addSampleWorld(CLI::App& app, Request& request) {
  auto o = std::make_shared<SampleWorldOptions>();
  CLI::App* command = addCommand(app, "sample-world", "Write a fictional catalogue, users and their choices",
                                 "prefscope-cli sample-world --out world --users 1000 --seed 1");
  command->add_option("--out", o->out, "Folder to write to")->required();
  addOption(command, "--items", o->items, "Items");
  addOption(command, "--users", o->users, "Users");
  addSeed(command, o->seed, "Seed");
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      write_sample_world(*o, context);
      return Answer{{{"folder", o->out.string()}, {"items", o->items}, {"users", o->users}, {"seed", o->seed}},
                    fmt::format("Written: {}\n", o->out.string())};
    };
  });
}

void addFirstRun(CLI::App& app, Request& request) {
  auto out = std::make_shared<fs::path>();
  CLI::App* command =
      addCommand(app, "first-run", "Train the runs that the first start opens on, with the starter that is there",
                 "prefscope-cli --workspace new first-run --out resources/first-run");
  command->add_option("--out", *out, "Folder to write to")->required();
  command->callback([out, &request] {
    request.run = [out, &request](const TaskContext& context) {
      const SampleStart start = make_first_run(request.workspace, *out, context);
      return Answer{{{"folder", out->string()}, {"sft", start.sft}, {"dmpo", start.dmpo}, {"user", start.user}},
                    fmt::format("Written: {}; it opens on user {}\n", out->string(), start.user)};
    };
  });
}

void addDemo(CLI::App& app, Request& request) {
  auto o = std::make_shared<DemoOptions>();
  CLI::App* command = addCommand(app, "demo", "Import, prepare, SFT, DMPO, evaluate and explain on the sample world",
                                 "prefscope-cli --workspace ws demo --out report");
  command->add_option("--out", o->out, "Folder of the report (default: exports/ in the workspace)");
  addOption(command, "--train-users", o->train_users, "Few-shot: train on so many users; 0: all");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(demo(*o, context));
    };
  });
}

void addWorldReport(CLI::App& app, Request& request) {
  auto o = std::make_shared<WorldReportOptions>();
  auto out = std::make_shared<fs::path>();
  CLI::App* command = addCommand(
      app, "world-report", "The sample world's experiment: starter, SFT, DMPO, classic models, oracle, rationales",
      "prefscope-cli --workspace new world-report --out report.md");
  command->add_option("--out", *out, "Write the tables as Markdown");
  addOption(command, "--seeds", o->seeds, "Seeds 1 .. this");
  addOption(command, "--population", o->population_users,
            "Users of the starter's population that classic models learn from too");
  command->callback([o, out, &request] {
    request.run = [o, out, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const std::string table = world_report_table(world_report(*o, context));
      if (!out->empty()) write_file_atomically(*out, table);
      return Answer{{{"table", table}}, table};
    };
  });
}

}  // namespace

void addWorldCommands(CLI::App& app, Request& request) {
  addStarter(app, request);
  addSampleWorld(app, request);
  addFirstRun(app, request);
  addDemo(app, request);
  addWorldReport(app, request);
}

}  // namespace prefscope
