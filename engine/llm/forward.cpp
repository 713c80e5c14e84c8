// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/forward.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "engine/llm/activations.h"

namespace prefscope {
namespace {

/// Rows of logits held at once: 4M elements are 16 MB in float32.
int64_t rows_at_once(int64_t vocabulary) {
  return std::max<int64_t>(1, (int64_t{4} << 20) / vocabulary);
}

/// log softmax(head h)[target] for rows h [rows, hidden], at least float32 [rows]. Keeps only the log-sum-exp of each
/// row; backward computes each chunk of logits anew:  d logit = g * (onehot(target) - softmax).
class TokenLogProbs : public torch::autograd::Function<TokenLogProbs> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& rows, const at::Tensor& head,
                            const at::Tensor& target) {
    const int64_t chunk = rows_at_once(head.size(0));
    std::vector<at::Tensor> log_probs, log_sums;
    for (int64_t begin = 0; begin < rows.size(0); begin += chunk) {
      const int64_t n = std::min(chunk, rows.size(0) - begin);
      const at::Tensor logits = at_least_float(at::linear(rows.narrow(0, begin, n), head));
      log_sums.push_back(at::logsumexp(logits, 1));
      log_probs.push_back(logits.gather(1, target.narrow(0, begin, n).unsqueeze(1)).squeeze(1) - log_sums.back());
    }
    context->save_for_backward({rows, head, target, at::cat(log_sums)});
    return at::cat(log_probs);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &rows = saved[0], &head = saved[1], &target = saved[2], &log_sum = saved[3];
    const bool wants_rows = context->needs_input_grad(0), wants_head = context->needs_input_grad(1);
    const int64_t chunk = rows_at_once(head.size(0));
    at::Tensor head_gradient = wants_head ? at::zeros_like(head) : at::Tensor();
    std::vector<at::Tensor> row_gradients;
    for (int64_t begin = 0; begin < rows.size(0); begin += chunk) {
      const int64_t n = std::min(chunk, rows.size(0) - begin);
      const at::Tensor h = rows.narrow(0, begin, n), g = gradients[0].narrow(0, begin, n).unsqueeze(1);
      at::Tensor d = at_least_float(at::linear(h, head)).sub_(log_sum.narrow(0, begin, n).unsqueeze(1)).exp_().mul_(-g);
      d.scatter_add_(1, target.narrow(0, begin, n).unsqueeze(1), g);
      d = d.to(head.scalar_type());
      if (wants_rows) row_gradients.push_back(d.matmul(head));
      if (wants_head) head_gradient.addmm_(d.t(), h);
    }
    return {wants_rows ? at::cat(row_gradients) : at::Tensor(), head_gradient, at::Tensor()};
  }
};

}  // namespace

at::Tensor hidden_states(const ModelWeights& model, LoraStack adapters, const PackedForest& packed) {
  const auto plans = plan_layers(model.config, packed, {}, model.embedding.device());
  return decode(model, adapters, packed.ids, packed.positions,
                [&](size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Rotary& angles) {
                  return forest_attention(model.config, plans[layer], angles, q, k, v);
                });
}

at::Tensor response_log_probs(const ModelWeights& model, LoraStack adapters, const PackedForest& packed,
                              const PassOptions& options) {
  const at::Device device = model.embedding.device();
  std::vector<int64_t> keep = packed.predicting_row;
  std::sort(keep.begin(), keep.end());
  keep.erase(std::unique(keep.begin(), keep.end()), keep.end());
  std::vector<int64_t> place;  // of each predicting row among the kept
  for (const int64_t row : packed.predicting_row)
    place.push_back(std::lower_bound(keep.begin(), keep.end(), row) - keep.begin());

  // By value: with checkpointed gradients it runs again in backward.
  const Attend attend = [config = model.config, plans = plan_layers(model.config, packed, keep, device)](
                            size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const Rotary& angles) { return forest_attention(config, plans[layer], angles, q, k, v); };
  const at::Tensor hidden = decode(model, adapters, packed.ids, packed.positions, attend, keep, options);
  const at::Tensor rows = rms_norm(hidden, model.final_norm, model.config.rms_norm_eps);
  return TokenLogProbs::apply(rows.index_select(0, as_tensor(place, device)), model.head,
                              as_tensor(packed.target, device));
}

at::Tensor sum_by_response(const at::Tensor& token_log_probs, const std::vector<int64_t>& response_begin) {
  std::vector<int64_t> owner;
  for (size_t r = 0; r + 1 < response_begin.size(); ++r) {
    owner.insert(owner.end(), static_cast<size_t>(response_begin[r + 1] - response_begin[r]), static_cast<int64_t>(r));
  }
  const auto responses = static_cast<int64_t>(response_begin.size()) - 1;
  return at::zeros({responses}, token_log_probs.options())
      .index_add(0, as_tensor(owner, token_log_probs.device()), token_log_probs);
}

at::Tensor sequence_logits(const ModelWeights& model, LoraStack adapters, const std::vector<int64_t>& ids) {
  const PromptGroup group{{ids.begin(), ids.end()}, {}};
  const at::Tensor x = hidden_states(model, adapters, pack(std::span(&group, 1)));
  return at_least_float(at::linear(rms_norm(x, model.final_norm, model.config.rms_norm_eps), model.head));
}

}  // namespace prefscope
