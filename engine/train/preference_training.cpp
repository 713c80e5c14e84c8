// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/preference_training.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/train/panel_scoring.h"
#include "engine/train/plan.h"
#include "engine/train/step.h"
#include "engine/train/training_state.h"

// The loop, top to bottom: plan the steps and evaluations, restore what a checkpoint holds, then until the last step or
// an earlier end: score the panel where it is due, choose an epoch's rejected items at its start, and take a step:
// passes of about pass_tokens, gradients added up, clip, AdamW, report.
//
// Why a resume is exact. A step's bits follow from the adapter, the moments, the examples and the reference's
// log-probs. The first three are in the checkpoint (the examples as the items of their epoch), and so are the
// log-probs known so far. Earlier runs' log-probs are asked for at the start of an epoch alone, never in between: a
// step that is done again after a kill computes those it did not know in the same packing as before, whatever was kept
// since.

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto checkpoint_every = std::chrono::seconds(30);
constexpr int64_t kept_free = int64_t{1} << 30;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// SHA-256 of an example's ids.
std::string hash_of(const TokenizedExample& example) {
  std::string ids;
  const auto add = [&](const std::vector<int32_t>& sequence) {
    ids += fmt::format("{}:", sequence.size());
    ids.append(reinterpret_cast<const char*>(sequence.data()), sequence.size() * sizeof(int32_t));
  };
  for (const PromptGroup& group : example.groups) {
    ids += '>';
    add(group.prompt);
    for (const auto& response : group.responses) add(response);
  }
  ids.append(reinterpret_cast<const char*>(example.smoothing.data()), example.smoothing.size() * sizeof(float));
  return sha256(ids);
}

/// SHA-256 [64] of what decides a training, so that the checkpoint of another one is not gone on from.
at::Tensor identity_of(const LoadedPolicy& reference, const TrainingExamples& all, const TrainingOptions& o) {
  std::string text = fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}",
                                 reference.identity, reference.model.weights_hash, reference.adapters.size(),
                                 at::toString(reference.model.weights.embedding.scalar_type()),
                                 objective_names()[static_cast<size_t>(o.objective)], all.paired, o.loss.beta,
                                 o.loss.label_smoothing, o.loss.gamma, o.loss.sft_weight, o.learning_rate, o.epochs,
                                 static_cast<int>(o.schedule), o.warm_up, o.clip, o.lora.rank, o.batch_tokens, o.seed,
                                 o.source, o.evaluations, o.stop_early, o.patience, o.checkpoint_gradients);
  // What most trainings leave as it is is not named, so that those of an older program go on.
  if (o.lora.alpha != 2 * static_cast<double>(o.lora.rank)) text += fmt::format(" alpha {}", o.lora.alpha);
  if (o.lora.rank_stabilized) text += " rslora";
  if (o.lora.dropout != 0) text += fmt::format(" dropout {}", o.lora.dropout);
  if (!o.lora.targets.empty()) text += fmt::format(" on {}", fmt::join(o.lora.targets, " "));
  for (const TrainingExamples* examples : {&all, &o.panel}) {
    text += " /";
    for (const TokenizedExample& e : examples->examples) text += ' ' + hash_of(e);
  }
  const std::string hash = sha256(text);
  at::Tensor bytes = at::empty({static_cast<int64_t>(hash.size())}, at::kByte);
  std::copy(hash.begin(), hash.end(), bytes.mutable_data_ptr<uint8_t>());
  return bytes;
}

/// A training under way.
struct Training {
  const LoadedPolicy& reference;
  const ExampleSource& source;
  const TrainingOptions& options;
  const TrainingEvents& events;
  const TaskContext& context;

  std::vector<PlannedStep> steps = {};
  std::vector<int64_t> evaluations = {};  ///< steps after which the panel is scored
  TrainingState state = {};
  std::vector<at::Tensor> weights = {};      ///< of state.adapter
  std::vector<const Lora*> policy = {};      ///< the frozen adapters and the trained one
  std::vector<TokenizedExample> drawn = {};  ///< examples of the running epoch, where they change by epoch
  const std::vector<TokenizedExample>* examples = nullptr;  ///< of the running epoch
  int64_t pass_tokens = 0;
  int64_t resident_at_start = 0;
  std::string note = {};  ///< what the person should know of it
  Clock::time_point saved_at = Clock::now();

  int64_t total() const { return static_cast<int64_t>(steps.size()); }
};

void save(Training& t) {
  save_state(t.state, t.options.checkpoint);
  t.saved_at = Clock::now();
}

/// What earlier runs know of the examples at hand and of the panel.
void look_up(Training& t) {
  std::vector<const std::vector<TokenizedExample>*> all = {&t.options.panel.examples};
  if (needs_reference(t.options.objective)) all.push_back(t.examples);
  look_up_log_probs(t.state.known, all, t.options.find_log_probs, t.context);
}

/// The examples of the running epoch by its rejected items.
void use_negatives(Training& t) {
  if (t.state.negatives.size() != t.source.first.examples.size())
    throw Error(ErrorKind::BadInput,
                fmt::format("epoch {}: expected rejected items of {} examples, found {}", t.state.epoch + 1,
                            t.source.first.examples.size(), t.state.negatives.size()));
  t.drawn = t.source.with_negatives(t.state.negatives);
  t.examples = &t.drawn;
}

void prepare(Training& t) {
  const TrainingOptions& o = t.options;
  t.steps = plan_steps(t.source.first.examples, o.epochs, o.batch_tokens, o.seed);
  if (!o.panel.examples.empty()) t.evaluations = plan_evaluations(t.total(), o.evaluations);
  t.examples = &t.source.first.examples;
  t.pass_tokens = o.pass_tokens;
  t.resident_at_start = resident_memory();

  const ModelWeights& model = t.reference.model.weights;
  t.state.identity = identity_of(t.reference, t.source.first, o);
  t.state.adapter = to_device(make_lora(model.config, o.lora, o.seed), model.embedding.device().str());
  t.weights = parameters(t.state.adapter);
  t.state.optimizer = make_adamw(t.weights, 0);
  if (model.embedding.scalar_type() == at::kHalf) t.state.loss_scale = float16_loss_scale();
  if (fs::exists(o.checkpoint)) {
    restore_state(t.state, o.checkpoint, t.total(), t.source.first.examples.size());
    if (t.state.epoch >= 0 && t.source.choose) {
      try {
        use_negatives(t);
      } catch (const std::out_of_range&) {
        throw Error(ErrorKind::BadFile, fmt::format("{}: its rejected items are not of this data set; delete the file "
                                                    "to train from the start",
                                                    o.checkpoint.string()));
      }
    }
  } else {
    look_up(t);
  }
  for (at::Tensor weight : t.weights) weight.requires_grad_(true);
  t.policy = t.reference.stack();
  t.policy.push_back(&t.state.adapter);
}

/// Takes back what an attempt that was broken off has added, so that the next one reports it as its own.
void forget(KnownLogProbs& known, const std::vector<ReferenceLogProb>& fresh) {
  for (const ReferenceLogProb& one : fresh) known.erase(one.response);
}

/// Scores the panel and remembers the best adapter.
void evaluate(Training& t) {
  std::vector<ReferenceLogProb> fresh;
  std::vector<PanelScore> scores;
  try {
    scores = score_panel(t.reference, t.policy, t.options.panel, t.state.step, t.pass_tokens, t.state.known, fresh,
                         t.context);
  } catch (...) {
    forget(t.state.known, fresh);
    throw;
  }
  if (t.events.on_panel) t.events.on_panel(scores, fresh);
  if (t.events.on_adapter) t.events.on_adapter(t.state.step, to_device(t.state.adapter, "cpu"));
  t.state.evaluated = t.state.step;
  if (t.options.stop_early == "no") return;
  BestSoFar& best = t.state.best;
  const double value = panel_metric(summarize_panel(scores).front(), t.options.stop_early);
  if (best.step >= 0 && value <= best.value) {
    ++best.without_better;
    return;
  }
  best = {t.state.step, value, 0, {}};
  for (const at::Tensor& weight : t.weights) best.weights.push_back(weight.detach().clone());
}

/// At the start of an epoch whose rejected items are chosen anew. The checkpoint then holds them, so that they are
/// chosen once.
void begin_epoch(Training& t, int64_t epoch) {
  const at::NoGradGuard no_grad;
  t.state.negatives = t.source.choose(epoch, t.reference, t.policy, t.context);
  t.state.epoch = epoch;
  use_negatives(t);
  look_up(t);
  save(t);
}

/// Throws MemoryPause where the next step could leave less than 1 GiB free. What the process has grown by since the
/// start is used again by the next step, so that only the rest of a step's memory must be there.
void check_memory(Training& t) {
  if (t.options.step_bytes <= 0 || !t.reference.model.weights.embedding.is_cpu()) return;
  const int64_t needed = std::max<int64_t>(0, t.resident_at_start + t.options.step_bytes - resident_memory());
  const int64_t available = t.options.available_memory ? t.options.available_memory() : available_memory();
  if (available >= needed + kept_free) return;
  save(t);
  const auto gib = [](int64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(int64_t{1} << 30); };
  throw MemoryPause(
      fmt::format("paused after step {}: a step needs about {:.1f} GiB more and 1 GiB is kept free, but "
                  "only {:.1f} GiB are available; close programs, or lower --pass-tokens, then resume",
                  t.state.step, gib(needed), gib(available)));
}

int64_t largest_of(std::span<const size_t> step, const std::vector<TokenizedExample>& examples) {
  int64_t largest = 0;
  for (const size_t e : step) largest = std::max(largest, examples[e].tokens);
  return largest;
}

/// Gradients of one step in t.weights, and its figures.
StepSums backward(Training& t, const PlannedStep& step, std::vector<ReferenceLogProb>& fresh) {
  const StepInputs inputs{t.reference,
                          t.policy,
                          *t.examples,
                          t.source.first.paired,
                          t.options.objective,
                          t.options.loss,
                          t.options.checkpoint_gradients,
                          t.state.loss_scale.factor,
                          t.options.seed};
  StepSums sums;
  t.pass_tokens = with_smaller_passes(
      t.pass_tokens, largest_of(step.examples, *t.examples),
      [&](int64_t pass_tokens) {
        clear_gradients(t.weights);
        sums =
            accumulate_gradients(inputs, step.examples, t.state.step + 1, pass_tokens, t.state.known, fresh, t.context);
      },
      [&](int64_t smaller) {
        t.note =
            fmt::format("the GPU ran out of memory at step {}: passes of {} tokens since", t.state.step + 1, smaller);
        if (t.events.on_note) t.events.on_note(t.note);
      });
  return sums;
}

/// One optimizer step; its loss. Nothing of the state has changed where it throws.
double take_step(Training& t, double seen_before) {
  const auto started = Clock::now();
  const PlannedStep& step = t.steps[static_cast<size_t>(t.state.step)];
  StepSums sums;
  std::vector<ReferenceLogProb> fresh;
  try {
    sums = backward(t, step, fresh);
  } catch (...) {
    forget(t.state.known, fresh);
    throw;
  }
  StepMetric metric;
  metric.step = t.state.step + 1;
  unscale_gradients(t.state.loss_scale, t.weights);
  metric.gradient_norm = clip_gradients(t.weights, t.options.clip);
  const bool finite = std::isfinite(metric.gradient_norm);
  if (!finite && t.state.loss_scale.factor <= 1)
    throw Error(ErrorKind::BadInput, fmt::format("step {}: the gradients are not finite; lower the learning rate or "
                                                 "beta. The last checkpoint is kept",
                                                 metric.step));
  if (finite) {
    const double share = t.options.warm_up * static_cast<double>(t.total());
    const int64_t warm_up = share > 0 ? std::max<int64_t>(1, std::llround(share)) : 0;
    metric.learning_rate = t.options.learning_rate * rate_factor(t.options.schedule, t.state.step, t.total(), warm_up);
    adamw_step(t.state.optimizer, t.weights, metric.learning_rate);
  } else {  // the loss was scaled too much for float16: a smaller scale, and no update
    clear_gradients(t.weights);
    metric.gradient_norm = 0;
  }
  if (t.reference.model.weights.embedding.scalar_type() == at::kHalf) adjust_loss_scale(t.state.loss_scale, finite);
  ++t.state.step;

  metric.epoch =
      (seen_before + static_cast<double>(step.examples.size())) / static_cast<double>(t.source.first.examples.size());
  metric.loss = sums.loss;
  metric.tokens = sums.tokens;
  if (t.options.objective != Objective::Sft) {
    metric.reward_chosen = sums.reward_chosen;
    metric.reward_rejected = sums.reward_rejected;
    metric.margin = sums.reward_chosen - sums.reward_rejected;
    metric.accuracy = sums.accuracy;
  }
  metric.seconds = seconds_since(started);
  if (t.events.on_step) t.events.on_step(metric, fresh);
  return metric.loss;
}

std::string join_notes(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + "; " + b;
}

/// The loop. Returns how it ended, in words, where not after the last step.
std::string run_steps(Training& t) {
  const std::string title = objective_names()[static_cast<size_t>(t.options.objective)];
  ProgressClock progress(t.context, fmt::format("Training ({}{})", t.source.first.paired ? "paired " : "", title));
  double seen = 0;  // examples
  for (int64_t s = 0; s < t.state.step; ++s)
    seen += static_cast<double>(t.steps[static_cast<size_t>(s)].examples.size());
  const auto due = [&] {
    return t.state.evaluated < t.state.step &&
           std::binary_search(t.evaluations.begin(), t.evaluations.end(), t.state.step);
  };
  for (;;) {
    if (due()) evaluate(t);
    const BestSoFar& best = t.state.best;
    if (t.state.step < t.total() && best.step >= 0 && best.without_better >= t.options.patience)
      return fmt::format("stopped early: {} had its best {:.4g} at step {}", t.options.stop_early, best.value,
                         best.step);
    if (t.state.step == t.total()) break;
    if (t.events.asked_to_finish && t.events.asked_to_finish()) {
      if (!t.evaluations.empty() && t.state.evaluated < t.state.step) evaluate(t);
      return fmt::format("finished early at step {} of {}", t.state.step, t.total());
    }
    t.context.check();
    const PlannedStep& step = t.steps[static_cast<size_t>(t.state.step)];
    if (t.source.choose && step.epoch != t.state.epoch) begin_epoch(t, step.epoch);
    check_memory(t);
    const double loss_scale = t.state.loss_scale.factor;
    const double loss = take_step(t, seen);
    seen += static_cast<double>(step.examples.size());
    if (Clock::now() - t.saved_at > checkpoint_every) save(t);
    std::string detail = fmt::format("step {} of {}, loss {:.3f}", t.state.step, t.total(), loss);
    if (t.state.loss_scale.factor < loss_scale) detail += ", no update: float16 overflowed";
    if (!t.note.empty()) detail += ", " + t.note;
    if (t.state.step < t.total())  // a stop after the last step has nothing left to stop
      progress.update(static_cast<double>(t.state.step) / static_cast<double>(t.total()), detail);
  }
  return "";
}

}  // namespace

TrainedAdapter train_adapter(const LoadedPolicy& reference, const ExampleSource& source, const TrainingOptions& options,
                             const TrainingEvents& events, const TaskContext& context) {
  at::globalContext().setDeterministicAlgorithms(true, false);
  Training t{reference, source, options, events, context};
  prepare(t);
  if (events.on_start) events.on_start(t.total(), t.state.step);
  TrainedAdapter trained;
  try {
    trained.message = run_steps(t);
  } catch (const Cancelled&) {
    clear_gradients(t.weights);  // those of a part of a step
    save(t);
    throw;
  }
  save(t);
  trained.message = join_notes(trained.message, t.note);
  for (at::Tensor weight : t.weights) weight.requires_grad_(false);
  trained.adapter = to_device(t.state.adapter, "cpu");
  if (t.state.best.step >= 0 && t.state.best.step != t.state.step) {
    trained.last = trained.adapter;
    trained.best_step = t.state.best.step;
    Lora best = make_lora(reference.model.weights.config, options.lora, options.seed);
    const auto into = parameters(best);
    for (size_t i = 0; i < into.size(); ++i) {
      at::Tensor weight = into[i];
      weight.copy_(t.state.best.weights[i]);
    }
    trained.adapter = best;
  }
  return trained;
}

}  // namespace prefscope
