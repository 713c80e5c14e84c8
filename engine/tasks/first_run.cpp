// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/first_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/policy.h"
#include "engine/store/data_sets.h"
#include "engine/store/run_bundle.h"
#include "engine/store/runs.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/import.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What the bundle says; nothing where it is absent or broken.
std::optional<json> read_bundle() {
  const fs::path path = resource_path("first-run/first-run.json");
  if (!fs::exists(path)) return std::nullopt;
  json bundle = json::parse(read_file(path, 1 << 16), nullptr, false);
  const bool whole = bundle.is_object() && bundle.value("weights", json()).is_string() &&
                     bundle.value("user", json()).is_string() && bundle.value("seconds", json()).is_number();
  return whole ? std::optional(bundle) : std::nullopt;
}

/// The preparation that the bundled runs belong to, made unless it is there.
int64_t few_shot_preparation(const fs::path& folder, const DataSet& set, const TaskContext& context) {
  const PrepareOptions options = sample_preparation(folder, set.name, sample_train_users);
  {
    Workspace workspace(folder);
    for (const Preparation& p : list_preparations(workspace, set.id)) {
      if (p.train_users == options.train_users && p.history == options.history && p.targets == options.targets &&
          p.seed == options.seed && p.prompt == options.prompt && p.candidates == options.candidates &&
          p.negatives == options.negatives && p.held_out == options.held_out && !p.users)
        return p.id;
    }
  }
  return prepare(options, context).preparation.id;
}

/// So that the case opens with the model's words on it.
void write_first_rationale(Workspace& workspace, const SampleStart& start, const TaskContext& context) {
  const int64_t example = find_example(workspace, start.preparation, start.user).id;
  if (!read_rationales(workspace, example).empty()) return;
  RationaleOptions options;
  options.rank.workspace = workspace.folder();
  options.rank.run = start.dmpo;
  options.rank.user = start.user;
  options.rank.example = example;
  write_rationale(options, nullptr, context);
}

}  // namespace

bool is_sample_world(const DataSet& set) {
  return set.name == "sample-world" && set.format == "sample-world";
}

DataSet import_sample_world(const fs::path& folder, const TaskContext& context) {
  {
    Workspace workspace(folder);
    for (const DataSet& set : list_data_sets(workspace)) {
      if (is_sample_world(set)) return set;
    }
  }
  ImportOptions options;
  options.workspace = folder;
  options.paths = {bundled_dataset_path("sample-world")};
  return import_data(options, context).data_set;
}

PrepareOptions sample_preparation(const fs::path& workspace, const std::string& data_set, int64_t train_users) {
  PrepareOptions options;
  options.workspace = workspace;
  options.data_set = data_set;
  if (train_users > 0) {
    options.history = 20;
    options.train_users = train_users;
  } else {
    options.history = 30;
    options.targets = 5;
  }
  return options;
}

TrainOptions sample_training(const fs::path& workspace, const std::string& data_set, int64_t preparation,
                             const std::string& objective) {
  TrainOptions options;
  options.workspace = workspace;
  options.data_set = data_set;
  options.preparation = preparation;
  options.objective = objective;
  Workspace opened(workspace);
  const bool few = read_preparation(opened, preparation).train_users.has_value();
  options.epochs = few ? 3 : objective == "sft" ? 1 : 0.5;
  options.batch_tokens = few ? 1024 : 2048;
  options.learning_rate = 3e-4;
  return options;
}

double sample_training_seconds() {
  const auto bundle = read_bundle();
  return bundle ? (*bundle)["seconds"].get<double>() : 0;
}

SampleStart open_sample_world(const fs::path& folder, const TaskContext& context) {
  const DataSet set = import_sample_world(folder, context);
  SampleStart start{set.id, few_shot_preparation(folder, set, context), 0, 0, ""};
  const auto bundle = read_bundle();
  if (!bundle) return start;
  context.report({"Opening the first run", -1, -1, ""});
  Workspace workspace(folder);
  const int64_t model = model_row(workspace, "starter");
  if (read_model(workspace, model).weights_hash != (*bundle)["weights"]) return start;  // trained on another starter
  for (const Run& run : list_runs(workspace, set.id)) {
    if (run.preparation != start.preparation || run.status != RunStatus::Done || run.model != model) continue;
    if (run.name == (*bundle)["sft"]) start.sft = run.id;
    if (run.name == (*bundle)["dmpo"]) start.dmpo = run.id;
  }
  if (start.sft == 0)
    start.sft = load_run_bundle(workspace, resource_path("first-run/sft"), start.preparation, model, {});
  if (start.dmpo == 0)
    start.dmpo = load_run_bundle(workspace, resource_path("first-run/dmpo"), start.preparation, model, start.sft);
  start.user = (*bundle)["user"].get<std::string>();
  write_first_rationale(workspace, start, context);
  return start;
}

SampleStart make_first_run(const fs::path& folder, const fs::path& out, const TaskContext& context) {
  const DataSet set = import_sample_world(folder, context);
  SampleStart start{set.id, few_shot_preparation(folder, set, context), 0, 0, ""};
  TrainOptions train = sample_training(folder, set.name, start.preparation, "sft");
  start.sft = create_run(train);
  double seconds = train_run(folder, start.sft, context).seconds;
  train = sample_training(folder, set.name, start.preparation, "dmpo");
  train.from_run = start.sft;
  start.dmpo = create_run(train);
  seconds += train_run(folder, start.dmpo, context).seconds;

  EvaluateOptions evaluation;
  evaluation.workspace = folder;
  evaluation.data_set = set.name;
  evaluation.runs = {start.sft, start.dmpo};
  evaluation.baselines = {};
  const Evaluation made = evaluate(evaluation, context);
  Workspace workspace(folder);
  const auto before = read_user_results(workspace, made.id, 1), after = read_user_results(workspace, made.id, 2);
  double most = 0;
  for (size_t i = 0; i < after.size(); ++i) {
    const double gain = before[i].target_rank - after[i].target_rank;
    if (after[i].target_rank > 2 || gain <= most) continue;
    most = gain;
    start.user = read_example(workspace, after[i].example).user_key;
  }
  save_run_bundle(workspace, start.sft, out / "sft");
  save_run_bundle(workspace, start.dmpo, out / "dmpo");
  const json bundle = {{"weights", read_model(workspace, read_run(workspace, start.sft).model).weights_hash},
                       {"sft", read_run(workspace, start.sft).name},
                       {"dmpo", read_run(workspace, start.dmpo).name},
                       {"user", start.user},
                       {"seconds", seconds}};
  write_file_atomically(out / "first-run.json", bundle.dump(2) + "\n");
  return start;
}

}  // namespace prefscope
