// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/step.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/random.h"
#include "engine/llm/forward.h"
#include "engine/train/plan.h"

namespace prefscope {
namespace {

/// Index within a pass of the example to blame for a loss that is not finite.
size_t broken_example(const at::Tensor& by_example) {
  const at::Tensor broken = by_example.isfinite().logical_not().cpu();
  for (int64_t i = 0; i < broken.size(0); ++i) {
    if (broken[i].item<bool>()) return static_cast<size_t>(i);
  }
  return 0;
}

/// Lengths of the responses as they hang below their prompts, [responses].
at::Tensor response_lengths(const std::vector<int64_t>& response_begin, const at::Device& device) {
  std::vector<int64_t> counts;
  for (size_t r = 0; r + 1 < response_begin.size(); ++r) counts.push_back(response_begin[r + 1] - response_begin[r]);
  return at::tensor(at::ArrayRef<int64_t>(counts), at::kLong).to(device);
}

/// Loss of a pass, and of each of its examples.
struct PassLoss {
  at::Tensor loss, by_example;
};

/// Loss of one pass as a sum over its examples (SFT: over its tokens) divided by that of the whole step.
PassLoss pass_loss(const StepInputs& in, std::span<const size_t> pass, const PackedForest& packed,
                   const at::Tensor& token_log_probs, const at::Tensor& reference, double share_of, StepSums& sums) {
  const auto rows = static_cast<int64_t>(pass.size());
  if (in.objective == Objective::Sft) {
    const at::Tensor loss = sft_loss(token_log_probs);
    const double share = static_cast<double>(packed.target.size()) / share_of;
    sums.loss += loss.item<double>() * share;
    return {loss * share, sum_by_response(token_log_probs.detach(), packed.response_begin)};
  }
  const auto shaped = [&](const at::Tensor& x) {
    if (!x.defined()) return x;
    return in.paired ? x.view({rows, -1, 2}) : x.view({rows, -1});
  };
  const at::Tensor tokens = shaped(response_lengths(packed.response_begin, token_log_probs.device()));
  const at::Tensor policy = shaped(sum_by_response(token_log_probs, packed.response_begin));
  PairLogProbs pairs =
      in.paired ? given_pairs(policy, shaped(reference), tokens) : plain_pairs(policy, shaped(reference), tokens);
  if (in.objective == Objective::RosePo && !in.examples[pass.front()].smoothing.empty()) {
    std::vector<float> smoothing;
    for (const size_t e : pass)
      smoothing.insert(smoothing.end(), in.examples[e].smoothing.begin(), in.examples[e].smoothing.end());
    pairs.smoothing = at::tensor(at::ArrayRef<float>(smoothing), at::kFloat).view({rows, -1}).to(policy.device());
  }
  const PreferenceLoss loss = preference_loss(in.objective, pairs, in.loss);
  const double share = static_cast<double>(pass.size()) / share_of;
  sums.loss += loss.loss.item<double>() * share;
  sums.reward_chosen += loss.reward_chosen.sum().item<double>() / share_of;
  sums.reward_rejected += loss.reward_rejected.sum().item<double>() / share_of;
  sums.accuracy += static_cast<double>(loss.reward_chosen.gt(loss.reward_rejected).sum().item<int64_t>()) / share_of;
  // Where the added SFT term alone is not finite, the chosen's log-prob tells whose it is.
  return {loss.loss * share, loss.by_example + pairs.chosen.detach().sum(1) * 0};
}

}  // namespace

StepSums accumulate_gradients(const StepInputs& in, std::span<const size_t> step, int64_t number, int64_t pass_tokens,
                              KnownLogProbs& known, std::vector<ReferenceLogProb>& fresh, const TaskContext& context) {
  StepSums sums;
  const at::Device device = in.reference.model.weights.embedding.device();
  auto share_of = static_cast<double>(step.size());
  if (in.objective == Objective::Sft) {
    share_of = 0;
    for (const size_t e : step) share_of += static_cast<double>(in.examples[e].groups.front().responses.front().size());
  }
  uint64_t passes = 0;
  for (const std::vector<size_t>& pass : split_into_passes(step, in.examples, pass_tokens)) {
    context.check();
    Random random({in.seed, static_cast<uint64_t>(number), passes++, 0x64726f70});
    const PassOptions options{in.checkpoint_gradients, false, 1 + random.below(uint64_t{1} << 62)};
    const PackedForest packed = pack_pass(pass, in.examples);
    sums.tokens += static_cast<int64_t>(packed.ids.size());
    const at::Tensor reference =
        needs_reference(in.objective)
            ? reference_log_probs(in.reference, pass, in.examples, packed, known, fresh).to(device)
            : at::Tensor();
    const at::Tensor log_probs = response_log_probs(in.reference.model.weights, in.policy, packed, options);
    const PassLoss loss = pass_loss(in, pass, packed, log_probs, reference, share_of, sums);
    if (!std::isfinite(loss.loss.item<double>())) {
      throw Error(ErrorKind::BadInput,
                  fmt::format("step {}: the loss is not finite at example {}; lower the learning rate or beta. The "
                              "last checkpoint is kept",
                              number, in.examples[pass[broken_example(loss.by_example)]].id));
    }
    (in.loss_scale == 1 ? loss.loss : loss.loss * in.loss_scale).backward();
  }
  return sums;
}

int64_t with_smaller_passes(int64_t pass_tokens, int64_t least, const std::function<void(int64_t)>& work,
                            const std::function<void(int64_t)>& on_smaller) {
  for (;;) {
    std::string reason;
    try {
      work(pass_tokens);
      return pass_tokens;
    } catch (const c10::OutOfMemoryError& e) {
      reason = e.what_without_backtrace();
    }
    if (pass_tokens <= least) {
      throw Error(ErrorKind::OutOfMemory,
                  fmt::format("out of memory with one example of {} tokens in a pass; use --checkpoint-gradients, a "
                              "narrower --dtype, a smaller --k, or prepare with a shorter --history: {}",
                              least, reason));
    }
    pass_tokens = std::max(pass_tokens / 2, least);
    on_smaller(pass_tokens);
  }
}

}  // namespace prefscope
