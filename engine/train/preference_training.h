// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/evaluate/panel.h"
#include "engine/llm/policy.h"
#include "engine/store/runs.h"
#include "engine/train/examples.h"
#include "engine/train/objectives.h"
#include "engine/train/optimizer.h"
#include "engine/train/reference_values.h"

namespace prefscope {

/// What decides a training, beside the examples and the models; and, behind the line, how it is carried out.
struct TrainingOptions {
  Objective objective = Objective::Dmpo;
  ObjectiveOptions loss;
  double learning_rate = 1e-4, epochs = 1;
  Schedule schedule = Schedule::Cosine;
  double warm_up = 0.05;  ///< share of the steps; where it is not 0, at least one step
  double clip = 1;        ///< largest norm of the gradients; 0: not clipped
  LoraOptions lora;       ///< of the fresh adapter
  int64_t batch_tokens = 4096;
  uint64_t seed = 0;
  std::string source;                 ///< in words, what the source's later epochs depend on
  TrainingExamples panel;             ///< watched; empty: none
  int evaluations = 10;               ///< of the panel, beside the one before the first step
  std::string stop_early = "no";      ///< no, or one of panel_metrics(); needs a panel
  int patience = 3;                   ///< evaluations without a better one before it stops early
  bool checkpoint_gradients = false;  ///< keep a layer's input alone and compute it again in backward
  // ---
  int64_t pass_tokens = 1024;        ///< packed tokens of a forward and backward pass; moves results by rounding only
  std::filesystem::path checkpoint;  ///< file; written every 30 s, on a stop, at each drawn epoch, and at the end
  int64_t step_bytes = 0;            ///< what a step adds to the process's memory; 0: not watched. On the CPU
  std::function<int64_t()> available_memory;  ///< bytes; absent: of the machine
  FindLogProbs find_log_probs;                ///< of the reference, kept by earlier runs; absent: none are
};

/// What a training tells its caller, and asks. Each may be absent.
struct TrainingEvents {
  /// The number of steps in all, and those that the checkpoint holds.
  std::function<void(int64_t steps, int64_t done)> on_start;
  /// A step's figures, and the reference's log-probs that it was the first to need.
  std::function<void(const StepMetric&, const std::vector<ReferenceLogProb>& fresh)> on_step;
  /// One evaluation of the panel, and the reference's log-probs that it was the first to need.
  std::function<void(const std::vector<PanelScore>&, const std::vector<ReferenceLogProb>& fresh)> on_panel;
  /// The adapter as it is at an evaluation of the panel, on the CPU.
  std::function<void(int64_t step, const Lora&)> on_adapter;
  /// Something that the person should know, in words.
  std::function<void(const std::string&)> on_note;
  /// Asked before each step: whether to end here.
  std::function<bool()> asked_to_finish;
};

/// What a training leaves.
struct TrainedAdapter {
  Lora adapter;                      ///< with stop_early that of the best evaluation, else the last
  std::optional<Lora> last;          ///< where the best is another one
  std::optional<int64_t> best_step;  ///< the same
  std::string message;               ///< how it ended, in words, where not after the last step as planned
};

/// Thrown where a step would leave the computer with less than 1 GiB: the training has saved itself and can go on.
class MemoryPause : public Error {
 public:
  explicit MemoryPause(const std::string& message) : Error(ErrorKind::OutOfMemory, message) {}
};

/// Trains a fresh adapter on top of `reference` (its model and adapters stay frozen; they are the reference of the
/// objective) and returns it. Goes on from options.checkpoint where there is one: on the same CPU with the same number
/// of threads in the same bits as without the break, also with rejected items that change by epoch, and with an early
/// stop. A checkpoint of another training, or a damaged one, throws BadFile. Watching a panel changes no bit of the
/// adapter.
///
/// A stop is seen between passes; it saves the last whole step and throws Cancelled. A loss that is not finite throws
/// BadInput with the step and the example. Short memory throws MemoryPause. Where a GPU is out of memory the step is
/// done again in passes half as large, until a single example is too much: OutOfMemory.
///
/// Log-probs of the reference that earlier runs kept were computed in other packings, perhaps: they differ from those
/// of this one by rounding (1e-6 relative), and the first step's rewards with them from 0.
TrainedAdapter train_adapter(const LoadedPolicy& reference, const ExampleSource& source, const TrainingOptions& options,
                             const TrainingEvents& events, const TaskContext& context);

}  // namespace prefscope
