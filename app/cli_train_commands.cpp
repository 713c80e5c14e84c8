// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/estimate.h"

// Commands about training runs.

namespace prefscope {
namespace {

Answer trainNow(const Request& request, int64_t run, const TaskContext& context) {
  try {
    const TrainResult result = train_run(request.workspace, run, context);
    Workspace workspace(request.workspace);
    return answerOf(result, read_run(workspace, run), summarize_panel(read_panel_scores(workspace, run)));
  } catch (const Cancelled&) {
    log(fmt::format("run {} is stopped; it goes on with: prefscope-cli resume {}\n", run, run));
    throw;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::OutOfMemory)
      log(fmt::format("run {} goes on with: prefscope-cli resume {} --pass-tokens N\n", run, run));
    throw;
  }
}

void addTrainOptions(CLI::App* command, TrainOptions& o) {
  command->add_option("DATASET", o.data_set, "Name of the data set")->required();
  addOption(command, "--model", o.model, "Folder of a Llama-shaped model (Hugging Face layout), or starter");
  addChoice(command, "--objective", o.objective, trainable_objectives(), "What to minimise");
  command->add_option("--from", o.from_run, "Run whose adapter is frozen beneath and is the reference");
  command->add_option("--preparation", o.preparation, "Preparation (default: that of --from, else the newest)");
  command->add_option("--k", o.k, "Negatives used, 1 .. 64 (default: all that were prepared; 5 where they are drawn)");
  addChoice(command, "--negatives", o.negatives, negative_samplings(), "How negatives are chosen");
  addChoice(command, "--negatives-model", o.negatives_model, {"popularity", "itemknn", "ease"},
            "Classic model that ranks hard negatives, and the oracle of rosepo");
  command->add_flag("--resample", o.resample, "Draw uniform or popularity negatives anew every epoch");
  addOption(command, "--beta", o.beta, "Scale of the log-ratios");
  addOption(command, "--label-smoothing", o.label_smoothing, "Of dpo, robust-dpo, cpo, simpo and dmpo-released");
  addOption(command, "--gamma", o.gamma, "Target margin of simpo");
  command->add_option("--sft-weight", o.sft_weight,
                      "Of an SFT term that is added (default: 1 for dmpo-released, else 0)");
  addOption(command, "--lr", o.learning_rate, "Learning rate");
  addChoice(command, "--schedule", o.schedule, training_schedules(), "Learning rate after its warm-up");
  addOption(command, "--warm-up", o.warm_up, "Share of the steps in which the learning rate rises, 0 .. 1");
  addOption(command, "--clip", o.clip, "Largest norm of the gradients; 0: not clipped");
  addOption(command, "--epochs", o.epochs, "Passes over the examples; may be a fraction");
  addOption(command, "--rank", o.rank, "Of the LoRA adapter");
  addOption(command, "--alpha", o.alpha, "The adapter counts alpha / rank times; 0: twice the rank");
  command->add_flag("--rslora", o.rs_lora, "The adapter counts alpha / sqrt(rank) times");
  addOption(command, "--dropout", o.dropout, "Of what the adapter reads while it trains, 0 .. below 1");
  command->add_option("--target-modules", o.targets,
                      "Linear layers with the adapter, as peft names them: q_proj v_proj (default: all)");
  addOption(command, "--batch-tokens", o.batch_tokens, "Packed tokens a step, at least one example");
  addOption(command, "--pass-tokens", o.pass_tokens,
            "Packed tokens of a forward and backward pass, at least one example; fewer need less memory");
  addChoice(command, "--dtype", o.dtype, {"float32", "bfloat16", "float16"},
            "Of the frozen weights and activations; the adapter is float32");
  command->add_flag("--checkpoint-gradients", o.checkpoint_gradients,
                    "Keep only the input of each layer and compute the rest again: less memory, a third more time");
  addOption(command, "--panel", o.panel, "Panel examples scored while training; 0: none");
  addOption(command, "--evaluations", o.evaluations, "Evaluations of the panel, beside the one before the first step");
  addChoice(command, "--stop-early", o.stop_early, stop_criteria(),
            "What the panel must improve, else the run ends; the best adapter is kept");
  addOption(command, "--patience", o.patience, "Evaluations without a better one before a run stops early");
  addDevice(command, o.device);
  addSeed(command, o.seed, "Seed of the adapter, of the order and of drawn negatives");
}

void addTrain(CLI::App& app, Request& request) {
  auto o = std::make_shared<TrainOptions>();
  CLI::App* command = addCommand(app, "train", "Train a LoRA adapter on a prepared data set",
                                 "prefscope-cli --workspace ws train movies --objective sft\n"
                                 "  prefscope-cli --workspace ws train movies --objective dmpo --from 1 --beta 1\n"
                                 "  prefscope-cli --workspace ws train movies --from 1 --negatives self-hard --k 5 "
                                 "--stop-early ndcg@5");
  addTrainOptions(command, *o);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const int64_t run = create_run(*o);
      log(fmt::format("run {}\n", run));
      return trainNow(request, run, context);
    };
  });
}

void addEstimate(CLI::App& app, Request& request) {
  auto o = std::make_shared<TrainOptions>();
  CLI::App* command =
      addCommand(app, "estimate", "Say what a training would need, in memory and time, and start nothing",
                 "prefscope-cli --workspace ws estimate movies --objective dmpo --from 1 --k 5");
  addTrainOptions(command, *o);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      return answerOf(estimate_training(*o, context));
    };
  });
}

void addResume(CLI::App& app, Request& request) {
  struct Options {
    int64_t run = 0;
    std::optional<int> pass_tokens;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "resume", "Go on with a stopped or killed run from its last checkpoint",
                                 "prefscope-cli --workspace ws resume 2\n"
                                 "  prefscope-cli --workspace ws resume 2 --pass-tokens 512");
  command->add_option("RUN", o->run, "Number of the run")->required();
  command->add_option("--pass-tokens", o->pass_tokens,
                      "From now on, packed tokens of a forward and backward pass (default: as it was)");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      if (o->pass_tokens) change_pass_tokens(request.workspace, o->run, *o->pass_tokens);
      return trainNow(request, o->run, context);
    };
  });
}

void addFinish(CLI::App& app, Request& request) {
  auto id = std::make_shared<int64_t>(0);
  CLI::App* command = addCommand(app, "finish", "Let a running run end after its present step and keep what it learned",
                                 "prefscope-cli --workspace ws finish 2");
  command->add_option("RUN", *id, "Number of the run")->required();
  command->callback([id, &request] {
    request.run = [id, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      mark_interrupted_runs(workspace);
      const Run run = read_run(workspace, *id);
      if (run.status != RunStatus::Running)
        throw Error(ErrorKind::BadInput,
                    fmt::format("run {} is {}; only a running run can be finished{}", run.id, status_name(run.status),
                                run.status == RunStatus::Stopped ? ", so resume it first" : ""));
      ask_to_finish(workspace, run.id);
      return Answer{
          {{"run", run.id}, {"steps", run.steps_done}, {"steps_total", run.steps_total}},
          fmt::format("Run {} ends after its present step, {} of {}\n", run.id, run.steps_done + 1, run.steps_total)};
    };
  });
}

void addRuns(CLI::App& app, Request& request) {
  addCommand(app, "runs", "List the runs of the workspace", "prefscope-cli --workspace ws runs --json")
      ->callback([&request] {
        request.run = [&request](const TaskContext&) {
          Workspace workspace(request.workspace);
          mark_interrupted_runs(workspace);
          return answerOf(list_runs(workspace), list_data_sets(workspace));
        };
      });
}

}  // namespace

void addTrainCommands(CLI::App& app, Request& request) {
  addTrain(app, request);
  addResume(app, request);
  addFinish(app, request);
  addRuns(app, request);
  addEstimate(app, request);
}

}  // namespace prefscope
