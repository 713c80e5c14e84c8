// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/preference_training.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "engine/train/objectives.h"
#include "engine/train/optimizer.h"

// The loop, top to bottom: plan the steps, restore what a checkpoint holds, then for each step: parts of about
// part_tokens, gradients added up, clip, AdamW, report. The reference log-probs of an example are computed when it is
// first seen, in the same packing as the policy's, so that at the first step policy and reference agree in every bit;
// they are kept for later epochs and in the checkpoint.

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int64_t part_tokens = 1024;
constexpr auto checkpoint_every = std::chrono::seconds(30);

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// SHA-256 [64] of what decides a training, so that the checkpoint of another one is not gone on from.
at::Tensor identity_of(const LoadedPolicy& reference, const TrainingExamples& all, const TrainingOptions& o) {
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", reference.model.weights_hash, reference.adapters.size(),
                  objective_names()[static_cast<size_t>(o.objective)], all.paired, o.loss.beta, o.loss.label_smoothing,
                  o.loss.gamma, o.loss.sft_weight, o.learning_rate, o.epochs, o.rank, o.batch_tokens, o.seed);
  for (const TokenizedExample& e : all.examples) {
    std::string ids;
    const auto add = [&](const std::vector<int32_t>& sequence) {
      ids += fmt::format("{}:", sequence.size());
      ids.append(reinterpret_cast<const char*>(sequence.data()), sequence.size() * sizeof(int32_t));
    };
    for (const PromptGroup& group : e.groups) {
      ids += '>';
      add(group.prompt);
      for (const auto& response : group.responses) add(response);
    }
    text += ' ' + sha256(ids);
  }
  const std::string hash = sha256(text);
  at::Tensor bytes = at::empty({static_cast<int64_t>(hash.size())}, at::kByte);
  std::copy(hash.begin(), hash.end(), bytes.mutable_data_ptr<uint8_t>());
  return bytes;
}

/// Everything that a checkpoint must hold.
struct State {
  at::Tensor identity;
  Lora adapter;
  AdamW optimizer;
  int64_t step = 0;
  at::Tensor reference;  ///< [examples, responses of the largest] summed log-probs; NaN where not computed yet
};

std::vector<std::pair<std::string, at::Tensor>> state_tensors(const State& state) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {
      {"identity", state.identity},
      {"step", at::scalar_tensor(state.step, at::kLong)},
      {"threads", at::scalar_tensor(static_cast<int64_t>(at::get_num_threads()), at::kLong)},
      {"reference", state.reference}};
  const auto weights = parameters(state.adapter);
  for (size_t i = 0; i < weights.size(); ++i) {
    tensors.emplace_back(fmt::format("weight.{}", i), weights[i]);
    tensors.emplace_back(fmt::format("first.{}", i), state.optimizer.first[i]);
    tensors.emplace_back(fmt::format("second.{}", i), state.optimizer.second[i]);
  }
  return tensors;
}

void restore(const fs::path& path, int64_t steps, State& state) {
  const at::NoGradGuard no_grad;
  const auto tensors = read_safetensors(path);
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: {}; delete the file to train from the start", path.string(), what));
  };
  const auto take = [&](const std::string& name, at::Tensor into) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) fail(fmt::format("tensor {} is missing", name));
    if (found->second.sizes() != into.sizes() || found->second.scalar_type() != into.scalar_type())
      fail(fmt::format("tensor {}: expected {} {}, found {} {}", name, at::toString(into.scalar_type()),
                       into.sizes().vec(), at::toString(found->second.scalar_type()), found->second.sizes().vec()));
    into.copy_(found->second);
  };
  at::Tensor identity = at::empty_like(state.identity);
  take("identity", identity);
  if (!identity.equal(state.identity))
    fail("this checkpoint is of another training; expected the same options, examples and model");
  at::Tensor step = at::zeros({}, at::kLong), threads = at::zeros({}, at::kLong);
  take("step", step);
  take("threads", threads);
  take("reference", state.reference);
  const auto weights = parameters(state.adapter);
  for (size_t i = 0; i < weights.size(); ++i) {
    take(fmt::format("weight.{}", i), weights[i]);
    take(fmt::format("first.{}", i), state.optimizer.first[i]);
    take(fmt::format("second.{}", i), state.optimizer.second[i]);
  }
  const auto within = [&](const char* name, const at::Tensor& value, int64_t low, int64_t high) {
    const auto found = value.item<int64_t>();
    if (found < low || found > high) fail(fmt::format("expected {} within {} .. {}, found {}", name, low, high, found));
    return found;
  };
  state.step = state.optimizer.step = within("step", step, 0, steps);
  // Sums are split by threads: another number, other bits.
  at::set_num_threads(static_cast<int>(within("threads", threads, 1, 4096)));
}

int64_t response_count(const TokenizedExample& example) {
  int64_t count = 0;
  for (const PromptGroup& group : example.groups) count += static_cast<int64_t>(group.responses.size());
  return count;
}

/// A step's examples in parts of about part_tokens. Those of a part have as many responses each, since the objective
/// takes them as rows of one matrix.
std::vector<std::vector<size_t>> split_into_parts(const std::vector<size_t>& step, const TrainingExamples& all) {
  std::vector<std::vector<size_t>> parts(1);
  int64_t tokens = 0;
  for (const size_t e : step) {
    const TokenizedExample& example = all.examples[e];
    if (tokens > 0 && (tokens + example.tokens > part_tokens ||
                       response_count(example) != response_count(all.examples[parts.back().front()]))) {
      parts.emplace_back();
      tokens = 0;
    }
    parts.back().push_back(e);
    tokens += example.tokens;
  }
  return parts;
}

/// Sums over the examples of a step, in double.
struct Sums {
  double loss = 0, chosen = 0, rejected = 0, correct = 0;
};

/// Reference log-probs of a part's responses [responses], from what is kept or computed now.
at::Tensor reference_log_probs(const LoadedPolicy& reference, const std::vector<size_t>& part,
                               const std::vector<TokenizedExample>& examples, const PackedGroups& packed,
                               at::Tensor& kept) {
  const at::NoGradGuard no_grad;
  bool known = true;
  for (const size_t e : part) known = known && !std::isnan(kept[static_cast<int64_t>(e)][0].item<float>());
  if (!known) {
    const at::Tensor fresh =
        sum_by_response(response_log_probs(reference.model.llama, reference.stack(), packed), packed.response_begin)
            .cpu();
    int64_t row = 0;
    for (const size_t e : part) {
      const int64_t n = response_count(examples[e]);
      kept[static_cast<int64_t>(e)].narrow(0, 0, n).copy_(fresh.narrow(0, row, n));
      row += n;
    }
  }
  std::vector<at::Tensor> rows;
  for (const size_t e : part) rows.push_back(kept[static_cast<int64_t>(e)].narrow(0, 0, response_count(examples[e])));
  return at::cat(rows);
}

/// Loss of one part as a sum over its examples (SFT: over its tokens) divided by that of the whole step.
at::Tensor part_loss(const at::Tensor& token_log_probs, const PackedGroups& packed, const at::Tensor& reference,
                     const std::vector<size_t>& part, const TrainingExamples& all, const TrainingOptions& options,
                     double share_of, Sums& sums) {
  if (options.objective == Objective::Sft) {
    const at::Tensor loss = sft_loss(token_log_probs);
    const double share = static_cast<double>(packed.target.size()) / share_of;
    sums.loss += loss.item<double>() * share;
    return loss * share;
  }
  std::vector<int64_t> counts;
  for (size_t r = 0; r + 1 < packed.response_begin.size(); ++r)
    counts.push_back(packed.response_begin[r + 1] - packed.response_begin[r]);
  const at::Tensor tokens = at::tensor(at::ArrayRef<int64_t>(counts), at::kLong).to(token_log_probs.device());
  const auto rows = static_cast<int64_t>(part.size());
  const auto shaped = [&](const at::Tensor& x) {
    if (!x.defined()) return x;
    return all.paired ? x.view({rows, -1, 2}) : x.view({rows, -1});
  };
  const at::Tensor policy = shaped(sum_by_response(token_log_probs, packed.response_begin));
  const PairLogProbs pairs = all.paired ? given_pairs(policy, shaped(reference), shaped(tokens))
                                        : plain_pairs(policy, shaped(reference), shaped(tokens));
  const PreferenceLoss loss = preference_loss(options.objective, pairs, options.loss);
  const double share = static_cast<double>(part.size()) / share_of;
  sums.loss += loss.loss.item<double>() * share;
  sums.chosen += loss.reward_chosen.sum().item<double>() / share_of;
  sums.rejected += loss.reward_rejected.sum().item<double>() / share_of;
  sums.correct += static_cast<double>(loss.reward_chosen.gt(loss.reward_rejected).sum().item<int64_t>()) / share_of;
  return loss.loss * share;
}

}  // namespace

std::vector<std::vector<size_t>> plan_steps(const std::vector<TokenizedExample>& examples, double epochs,
                                            int64_t batch_tokens, uint64_t seed) {
  const auto total = static_cast<size_t>(std::max(1.0, std::round(epochs * static_cast<double>(examples.size()))));
  std::vector<std::vector<size_t>> steps;
  int64_t tokens = 0;
  for (size_t n = 0, epoch = 0; n < total && !examples.empty(); ++epoch) {
    std::vector<size_t> order(examples.size());
    std::iota(order.begin(), order.end(), 0);
    Random random({seed, 0x65706f6368, epoch});
    random.shuffle(order);
    for (size_t i = 0; i < order.size() && n < total; ++i, ++n) {
      if (steps.empty() || tokens + examples[order[i]].tokens > batch_tokens) {
        steps.emplace_back();
        tokens = 0;
      }
      steps.back().push_back(order[i]);
      tokens += examples[order[i]].tokens;
    }
  }
  return steps;
}

Lora train_adapter(const LoadedPolicy& reference, const TrainingExamples& all, const TrainingOptions& options,
                   const std::function<void(int64_t steps, int64_t done)>& on_start,
                   const std::function<void(const StepMetric&)>& on_step, const TaskContext& context) {
  at::globalContext().setDeterministicAlgorithms(true, false);
  const auto& examples = all.examples;
  const std::vector<std::vector<size_t>> steps =
      plan_steps(examples, options.epochs, options.batch_tokens, options.seed);
  const at::Device device = reference.model.llama.embedding.device();

  State state;
  state.identity = identity_of(reference, all, options);
  state.adapter = to_device(
      make_lora(reference.model.llama.config, options.rank, 2 * static_cast<double>(options.rank), options.seed),
      device.str());
  const std::vector<at::Tensor> weights = parameters(state.adapter);
  state.optimizer = make_adamw(weights, 0);
  int64_t widest = 1;
  for (const TokenizedExample& e : examples) widest = std::max(widest, response_count(e));
  const bool sft = options.objective == Objective::Sft, referenced = needs_reference(options.objective);
  state.reference = at::full({referenced ? static_cast<int64_t>(examples.size()) : 1, widest},
                             std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  if (fs::exists(options.checkpoint)) restore(options.checkpoint, static_cast<int64_t>(steps.size()), state);
  for (at::Tensor weight : weights) weight.requires_grad_(true);
  std::vector<const Lora*> policy = reference.stack();
  policy.push_back(&state.adapter);

  const auto total = static_cast<int64_t>(steps.size());
  on_start(total, state.step);
  const auto save = [&] { write_safetensors(options.checkpoint, state_tensors(state)); };
  auto saved_at = Clock::now();
  ProgressClock progress(context, fmt::format("Training ({}{})", all.paired ? "paired " : "",
                                              objective_names()[static_cast<size_t>(options.objective)]));
  double seen = 0;  // examples
  for (int64_t s = 0; s < state.step; ++s) seen += static_cast<double>(steps[static_cast<size_t>(s)].size());

  std::string detail;
  while (state.step < total) {
    const auto started = Clock::now();
    const std::vector<size_t>& step = steps[static_cast<size_t>(state.step)];
    double share_of = static_cast<double>(step.size());
    StepMetric metric;
    metric.step = state.step + 1;
    if (sft) {
      share_of = 0;
      for (const size_t e : step) share_of += static_cast<double>(examples[e].groups.front().responses.front().size());
    }
    Sums sums;
    for (const std::vector<size_t>& part : split_into_parts(step, all)) {
      if (context.stop.stop_requested()) {
        save();  // the gradients of a part of a step are not in it
        throw Cancelled{};
      }
      std::vector<PromptGroup> groups;
      for (const size_t e : part) groups.insert(groups.end(), examples[e].groups.begin(), examples[e].groups.end());
      const PackedGroups packed = pack(groups);
      metric.tokens += static_cast<int64_t>(packed.ids.size());
      const at::Tensor ratio_to =
          referenced ? reference_log_probs(reference, part, examples, packed, state.reference).to(device)
                     : at::Tensor();
      const at::Tensor loss = part_loss(response_log_probs(reference.model.llama, policy, packed), packed, ratio_to,
                                        part, all, options, share_of, sums);
      if (!std::isfinite(loss.item<double>())) {
        throw Error(ErrorKind::BadInput, fmt::format("step {}: the loss is not finite at example {}; lower the "
                                                     "learning rate or beta. The last checkpoint is kept",
                                                     metric.step, examples[part.front()].id));
      }
      loss.backward();
    }
    metric.gradient_norm = clip_gradients(weights, 1.0);
    if (!std::isfinite(metric.gradient_norm))
      throw Error(ErrorKind::BadInput, fmt::format("step {}: the gradients are not finite; lower the learning rate or "
                                                   "beta. The last checkpoint is kept",
                                                   metric.step));
    metric.learning_rate = options.learning_rate * warm_up_cosine(state.step, total, std::max<int64_t>(1, total / 20));
    adamw_step(state.optimizer, weights, metric.learning_rate);
    ++state.step;
    seen += static_cast<double>(step.size());

    metric.epoch = seen / static_cast<double>(examples.size());
    metric.loss = sums.loss;
    if (!sft) {
      metric.reward_chosen = sums.chosen;
      metric.reward_rejected = sums.rejected;
      metric.margin = sums.chosen - sums.rejected;
      metric.accuracy = sums.correct;
    }
    metric.seconds = seconds_since(started);
    on_step(metric);
    if (Clock::now() - saved_at > checkpoint_every) {
      save();
      saved_at = Clock::now();
    }
    detail = fmt::format("step {} of {}, loss {:.3f}", state.step, total, metric.loss);
    if (state.step < total) {
      try {
        progress.update(static_cast<double>(state.step) / static_cast<double>(total), detail);
      } catch (const Cancelled&) {
        save();
        throw;
      }
    }
  }
  save();
  progress.update(1, detail);
  for (at::Tensor weight : weights) weight.requires_grad_(false);
  return to_device(state.adapter, "cpu");
}

}  // namespace prefscope
