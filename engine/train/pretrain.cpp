// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/pretrain.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/safetensors.h"
#include "engine/train/optimizer.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

at::Tensor identity_tensor(const std::string& identity) {
  const std::string hash = sha256(identity);
  at::Tensor bytes = at::empty({static_cast<int64_t>(hash.size())}, at::kByte);
  std::copy(hash.begin(), hash.end(), bytes.mutable_data_ptr<uint8_t>());
  return bytes;
}

void save_checkpoint(const PretrainOptions& options, const std::vector<at::Tensor>& weights, const AdamW& optimizer,
                     const PretrainResult& result) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {
      {"identity", identity_tensor(options.identity)},
      {"seconds", at::scalar_tensor(result.seconds, at::kDouble)},
      {"curve", at::tensor(at::ArrayRef<double>(result.curve), at::kDouble)}};
  for (size_t i = 0; i < weights.size(); ++i) {
    tensors.emplace_back(fmt::format("weight.{}", i), weights[i]);
    tensors.emplace_back(fmt::format("first.{}", i), optimizer.first[i]);
    tensors.emplace_back(fmt::format("second.{}", i), optimizer.second[i]);
  }
  write_safetensors(options.checkpoint, tensors);
}

/// Does nothing where there is no checkpoint of this identity.
void load_checkpoint(const PretrainOptions& options, const std::vector<at::Tensor>& weights, AdamW& optimizer,
                     PretrainResult& result) {
  if (options.checkpoint.empty() || !fs::exists(options.checkpoint)) return;
  const auto tensors = read_safetensors(options.checkpoint);
  const auto found = tensors.find("identity");
  if (found == tensors.end() || !found->second.equal(identity_tensor(options.identity))) return;
  const auto take = [&](const std::string& name, at::ScalarType type, at::IntArrayRef shape) {
    const auto entry = tensors.find(name);
    if (entry == tensors.end() || entry->second.scalar_type() != type || entry->second.sizes() != shape) {
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: expected tensor {} as {} {}; delete the file to train from the start",
                              options.checkpoint.string(), name, at::toString(type), shape.vec()));
    }
    return entry->second;
  };
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto copy = [&](const char* name, at::Tensor into) {
      into.copy_(take(fmt::format("{}.{}", name, i), into.scalar_type(), into.sizes()));
    };
    copy("weight", weights[i]);
    copy("first", optimizer.first[i]);
    copy("second", optimizer.second[i]);
  }
  const auto steps = tensors.count("curve") == 1 ? tensors.at("curve").numel() : 0;
  const at::Tensor curve = take("curve", at::kDouble, {steps});
  result.curve.assign(curve.const_data_ptr<double>(), curve.const_data_ptr<double>() + steps);
  result.seconds = take("seconds", at::kDouble, {}).item<double>();
  optimizer.step = static_cast<int64_t>(result.curve.size());
}

}  // namespace

PretrainResult pretrain(ModelWeights& model, const PretrainOptions& options,
                        const std::function<PretrainBatch(int64_t step, double done)>& batch,
                        const TaskContext& context) {
  std::vector<at::Tensor> weights;
  for (const auto& entry : named_tensors(model)) weights.push_back(entry.second);
  AdamW optimizer = make_adamw(weights, 0.01);
  PretrainResult result;
  load_checkpoint(options, weights, optimizer, result);
  for (at::Tensor& weight : weights) weight.requires_grad_(true);

  const auto start = Clock::now();
  const double earlier_s = result.seconds;
  auto saved_at = start;
  const auto save = [&] {
    if (!options.checkpoint.empty()) save_checkpoint(options, weights, optimizer, result);
    saved_at = Clock::now();
  };
  const auto done_at = [&](int64_t step) {
    // With a time limit the schedule follows whichever runs out first.
    const double by_time = options.minutes > 0 ? result.seconds / (60 * options.minutes) : 0;
    return std::max(static_cast<double>(step) / static_cast<double>(options.steps), by_time);
  };
  ProgressClock progress(context, "Training the language model", done_at(std::ssize(result.curve)));
  try {
    for (auto step = static_cast<int64_t>(result.curve.size());; ++step) {
      result.seconds = earlier_s + seconds_since(start);
      if (seconds_since(saved_at) > 60) save();
      const double done = done_at(step);
      if (done >= 1) break;
      progress.update(done, result.curve.empty()
                                ? ""
                                : fmt::format("step {} of {}, loss {:.3f}", step, options.steps, result.curve.back()));

      const PretrainBatch now = batch(step, done);
      const at::Tensor weight = at::tensor(now.weights, at::kFloat);
      const at::Tensor loss = -(response_log_probs(model, {}, pack(now.groups)) * weight).sum() / weight.sum();
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw Error(ErrorKind::BadInput,
                    fmt::format("step {}: the loss is not finite; lower the learning rate", step + 1));
      context.check();
      loss.backward();
      context.check();
      clip_gradients(weights, 1.0);
      const auto place = static_cast<int64_t>(done * static_cast<double>(options.steps));
      adamw_step(
          optimizer, weights,
          options.learning_rate * rate_factor(Schedule::Cosine, place, options.steps, options.steps / 25 + 1, 0.02));
      result.curve.push_back(value);
    }
  } catch (const Cancelled&) {
    save();  // weights change in adamw_step alone, after the last check: they are those of the last whole step
    throw;
  }
  for (at::Tensor& weight : weights) weight.requires_grad_(false);
  result.steps = static_cast<int64_t>(result.curve.size());
  const size_t tail = std::min<size_t>(50, result.curve.size());
  if (tail > 0)
    result.loss = std::accumulate(result.curve.end() - static_cast<std::ptrdiff_t>(tail), result.curve.end(), 0.0) /
                  static_cast<double>(tail);
  if (!options.checkpoint.empty()) fs::remove(options.checkpoint);
  return result;
}

}  // namespace prefscope
