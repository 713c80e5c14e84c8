// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/training_state.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/llm/safetensors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
constexpr int64_t key_bytes = 16;  // of a response_key

at::Tensor whole(int64_t value) {
  return at::scalar_tensor(value, at::kLong);
}
at::Tensor number(double value) {
  return at::scalar_tensor(value, at::kDouble);
}

/// Known log-probs as keys [n, 16] and values [n], sorted by key so that equal states are equal files.
std::pair<at::Tensor, at::Tensor> packed_log_probs(const KnownLogProbs& known) {
  const std::map<std::string, float> sorted(known.begin(), known.end());
  const auto n = static_cast<int64_t>(sorted.size());
  at::Tensor keys = at::empty({n, key_bytes}, at::kByte), values = at::empty({n}, at::kFloat);
  auto* key = keys.mutable_data_ptr<uint8_t>();
  auto* value = values.mutable_data_ptr<float>();
  for (const auto& [name, log_prob] : sorted) {
    key = std::copy(name.begin(), name.end(), key);
    *value++ = log_prob;
  }
  return {keys, values};
}

/// Rejected items as their number by example and all of them one after the other.
std::pair<at::Tensor, at::Tensor> packed_items(const NegativeItems& negatives) {
  std::vector<int64_t> counts, items;
  for (const std::vector<int64_t>& of_example : negatives) {
    counts.push_back(static_cast<int64_t>(of_example.size()));
    items.insert(items.end(), of_example.begin(), of_example.end());
  }
  return {at::tensor(at::ArrayRef<int64_t>(counts), at::kLong), at::tensor(at::ArrayRef<int64_t>(items), at::kLong)};
}

/// The tensors of a checkpoint, each asked for by name, type and shape.
struct CheckpointFile {
  fs::path path;
  std::map<std::string, at::Tensor> tensors;

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: {}; delete the file to train from the start", path.string(), what));
  }
  const at::Tensor& find(const std::string& name) const {
    const auto found = tensors.find(name);
    if (found == tensors.end()) fail(fmt::format("tensor {} is missing", name));
    return found->second;
  }
  void take(const std::string& name, at::Tensor into) const {
    const at::Tensor& found = find(name);
    if (found.sizes() != into.sizes() || found.scalar_type() != into.scalar_type())
      fail(fmt::format("tensor {}: expected {} {}, found {} {}", name, at::toString(into.scalar_type()),
                       into.sizes().vec(), at::toString(found.scalar_type()), found.sizes().vec()));
    into.copy_(found);
  }
  int64_t integer(const char* name, int64_t low, int64_t high) const {
    at::Tensor value = at::zeros({}, at::kLong);
    take(name, value);
    const auto found = value.item<int64_t>();
    if (found < low || found > high) fail(fmt::format("expected {} within {} .. {}, found {}", name, low, high, found));
    return found;
  }
  double finite(const char* name) const {
    at::Tensor value = at::zeros({}, at::kDouble);
    take(name, value);
    const auto found = value.item<double>();
    if (!std::isfinite(found)) fail(fmt::format("expected {} to be a number, found {}", name, found));
    return found;
  }
  /// A tensor of any length: [n], or [n, columns].
  at::Tensor list(const std::string& name, at::ScalarType type, int64_t columns = 0) const {
    const at::Tensor& found = find(name);
    if (found.scalar_type() != type || found.dim() != (columns > 0 ? 2 : 1) ||
        (columns > 0 && found.size(1) != columns))
      fail(fmt::format("tensor {}: expected {} of {} dimensions, found {} {}", name, at::toString(type),
                       columns > 0 ? 2 : 1, at::toString(found.scalar_type()), found.sizes().vec()));
    return found.contiguous();
  }
};

void restore_log_probs(const CheckpointFile& file, KnownLogProbs& known) {
  const at::Tensor keys = file.list("reference.responses", at::kByte, key_bytes);
  const at::Tensor values = file.list("reference.log_probs", at::kFloat);
  if (keys.size(0) != values.size(0))
    file.fail(fmt::format("expected as many reference.log_probs as reference.responses, found {} and {}",
                          values.size(0), keys.size(0)));
  const auto* key = reinterpret_cast<const char*>(keys.const_data_ptr<uint8_t>());
  for (int64_t i = 0; i < keys.size(0); ++i)
    known[std::string(key + i * key_bytes, key_bytes)] = values.const_data_ptr<float>()[i];
}

void restore_items(const CheckpointFile& file, size_t examples, NegativeItems& negatives) {
  const at::Tensor counts = file.list("negatives.counts", at::kLong), items = file.list("negatives.items", at::kLong);
  if (counts.size(0) != static_cast<int64_t>(examples))
    file.fail(fmt::format("expected negatives.counts of {} examples, found {}", examples, counts.size(0)));
  negatives.clear();
  int64_t next = 0;
  for (int64_t e = 0; e < counts.size(0); ++e) {
    const int64_t n = counts.const_data_ptr<int64_t>()[e];
    if (n < 0 || n > items.size(0) - next)
      file.fail(fmt::format("negatives.counts: expected at most {} items at example {}, found {}", items.size(0) - next,
                            e, n));
    const auto* begin = items.const_data_ptr<int64_t>() + next;
    negatives.emplace_back(begin, begin + n);
    next += n;
  }
}

}  // namespace

void save_state(const TrainingState& state, const fs::path& file) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {{"identity", state.identity},
                                                             {"step", whole(state.step)},
                                                             {"updates", whole(state.optimizer.step)},
                                                             {"threads", whole(at::get_num_threads())},
                                                             {"evaluated", whole(state.evaluated)},
                                                             {"loss_scale", number(state.loss_scale.factor)},
                                                             {"good_steps", whole(state.loss_scale.good_steps)},
                                                             {"best.step", whole(state.best.step)},
                                                             {"best.value", number(state.best.value)},
                                                             {"best.without_better", whole(state.best.without_better)},
                                                             {"epoch", whole(state.epoch)}};
  const auto [keys, log_probs] = packed_log_probs(state.known);
  tensors.emplace_back("reference.responses", keys);
  tensors.emplace_back("reference.log_probs", log_probs);
  if (state.epoch >= 0) {
    const auto [counts, items] = packed_items(state.negatives);
    tensors.emplace_back("negatives.counts", counts);
    tensors.emplace_back("negatives.items", items);
  }
  const auto weights = parameters(state.adapter);
  for (size_t i = 0; i < weights.size(); ++i) {
    tensors.emplace_back(fmt::format("weight.{}", i), weights[i]);
    tensors.emplace_back(fmt::format("first.{}", i), state.optimizer.first[i]);
    tensors.emplace_back(fmt::format("second.{}", i), state.optimizer.second[i]);
    if (state.best.step >= 0) tensors.emplace_back(fmt::format("best.{}", i), state.best.weights[i]);
  }
  write_safetensors(file, tensors);
}

void restore_state(TrainingState& state, const fs::path& path, int64_t steps, size_t examples) {
  const at::NoGradGuard no_grad;
  const CheckpointFile file{path, read_safetensors(path)};
  at::Tensor identity = at::empty_like(state.identity);
  file.take("identity", identity);
  if (!identity.equal(state.identity))
    file.fail("this checkpoint is of another training; expected the same options, examples and model");
  state.step = file.integer("step", 0, steps);
  state.optimizer.step = file.integer("updates", 0, state.step);
  state.evaluated = file.integer("evaluated", -1, state.step);
  state.loss_scale.factor = file.finite("loss_scale");
  if (state.loss_scale.factor < 1)
    file.fail(fmt::format("expected loss_scale >= 1, found {}", state.loss_scale.factor));
  state.loss_scale.good_steps = file.integer("good_steps", 0, state.step);
  state.best.step = file.integer("best.step", -1, state.step);
  state.best.value = file.finite("best.value");
  state.best.without_better = file.integer("best.without_better", 0, state.step + 1);
  state.epoch = file.integer("epoch", -1, steps);
  if (state.epoch >= 0) restore_items(file, examples, state.negatives);
  restore_log_probs(file, state.known);
  const auto weights = parameters(state.adapter);
  state.best.weights.clear();
  for (size_t i = 0; i < weights.size(); ++i) {
    file.take(fmt::format("weight.{}", i), weights[i]);
    file.take(fmt::format("first.{}", i), state.optimizer.first[i]);
    file.take(fmt::format("second.{}", i), state.optimizer.second[i]);
    if (state.best.step >= 0) {
      state.best.weights.push_back(at::empty_like(weights[i]));
      file.take(fmt::format("best.{}", i), state.best.weights.back());
    }
  }
  at::set_num_threads(static_cast<int>(file.integer("threads", 1, 4096)));
}

}  // namespace prefscope
