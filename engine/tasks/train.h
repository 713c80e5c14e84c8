// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/runs.h"

namespace prefscope {

struct TrainOptions {
  std::filesystem::path workspace;
  std::string data_set;
  std::optional<int64_t> preparation;  ///< absent: the newest of the set
  std::string model = "starter";       ///< a Hugging Face folder, or starter
  std::string objective = "dmpo";   ///< one of trainable_objectives(); where prompts differ within an example the run's
                                    ///< is named "paired-" and this
  std::optional<int64_t> from_run;  ///< its adapter is frozen below the new one and is the reference
  int k = 0;  ///< negatives used, 1 .. 64; 0: all that were prepared (5 where they are drawn anew)
  std::string negatives = "prepared";    ///< one of negative_samplings()
  std::string negatives_model = "ease";  ///< classic model of hard negatives, and the oracle of rosepo
  bool resample = false;                 ///< draw negatives anew every epoch (uniform, popularity)
  double beta = 1;
  double label_smoothing = 0;        ///< 0 .. < 0.5; dpo, robust-dpo, cpo, simpo, dmpo-released
  double gamma = 0.5;                ///< target margin of simpo
  std::optional<double> sft_weight;  ///< of an SFT term that is added; absent: 1 for dmpo-released, else 0
  double learning_rate = 1e-4;
  std::string schedule = "cosine";  ///< cosine, linear, constant: after the warm-up
  double warm_up = 0.05;            ///< share of the steps, 0 .. 1
  double clip = 1;                  ///< largest norm of the gradients; 0: not clipped
  double epochs = 1;
  int rank = 16;                          ///< of the LoRA adapter
  double alpha = 0;                       ///< the adapter counts alpha / rank times; 0: twice the rank
  bool rs_lora = false;                   ///< alpha / sqrt(rank) times (rsLoRA, arXiv 2312.03732)
  double dropout = 0;                     ///< of what the adapter reads while it trains, 0 .. below 1
  std::vector<std::string> targets = {};  ///< linear layers that it is on, as target_modules of peft; empty: all
  int batch_tokens = 4096;                ///< packed tokens a step, at least one example
  int pass_tokens = 1024;                 ///< packed tokens of a forward and backward pass, at least one example
  std::string dtype = "float32";          ///< of the frozen weights and activations: float32, bfloat16, float16
  bool checkpoint_gradients = false;      ///< keep a layer's input alone and compute it again in backward
  int panel = 100;                        ///< panel examples scored while training; 0: none
  int evaluations = 10;                   ///< evaluations of the panel over the run, beside the one before it
  std::string stop_early = "no";  ///< no, or what the panel must improve: ndcg@5, hr@1, mrr, margin. The best adapter
                                  ///< is kept
  int patience = 3;               ///< evaluations without a better one before a run stops early
  std::string device = "auto";    ///< auto, cpu, cuda
  uint64_t seed = 0;
};

struct TrainResult {
  int64_t run = 0, steps = 0;
  double seconds = 0, loss = 0;            ///< loss: mean over the last epoch's steps
  std::optional<double> margin, accuracy;  ///< the same means; absent for sft
};

/// Names that an objective may have: sft, dmpo, s-dpo, dpo ... (formulas in engine/train/objectives.h).
const std::vector<std::string>& trainable_objectives();
/// cosine, linear, constant.
const std::vector<std::string>& training_schedules();
/// no, ndcg@5, hr@1, mrr, margin.
const std::vector<std::string>& stop_criteria();
/// The settings that a run was made with, from its row; what an older program did not know has the value that it
/// worked with. Throws Storage where the row cannot be read.
TrainOptions options_of(Workspace& workspace, const Run& run);
/// The weight of the SFT term where none is given.
double usual_sft_weight(const std::string& objective);
/// The objective's name without "paired-".
std::string plain_objective(const std::string& objective);
/// prepared: the first k that the preparation holds (uniform). uniform: drawn from what the user never touched.
/// popularity: so, by how many users have the item. hard: ranked highest by a classic model. similar: nearest to the
/// history. self-hard: ranked highest by the policy itself at the start of each epoch, among a uniform sample.
const std::vector<std::string>& negative_samplings();
/// Checks the options and queues a run in the workspace, so that it is there even if the program ends before it starts.
/// Returns its id.
int64_t create_run(const TrainOptions& options);
/// Lets a run that is not done go on with passes of another size, where memory is short; results move by rounding.
void change_pass_tokens(const std::filesystem::path& workspace, int64_t run, int pass_tokens);
/// Trains a queued run, or goes on with a stopped one from its last checkpoint. A stop saves a checkpoint, marks the
/// run stopped and throws Cancelled; trouble marks it failed with its message. Where the computer is short of memory
/// the run saves itself, is marked stopped with the reason, and OutOfMemory is thrown. ask_to_finish
/// (engine/store/runs.h) ends it early as done. Each step's metrics are committed as they come.
TrainResult train_run(const std::filesystem::path& workspace, int64_t run, const TaskContext& context);

}  // namespace prefscope
