// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/forward.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "engine/llm/decoder.h"

namespace prefscope {
namespace {

/// The tokens that ask in a layer: of group g those from begin[g] to begin[g + 1], and the mask [queries, tokens of the
/// group] of what they see.
struct Queries {
  std::vector<int64_t> begin;
  std::vector<at::Tensor> masks;
};

/// Every token asks; i sees j when enter_j <= i < exit_j.
Queries all_queries(const PackedGroups& packed, const at::Device& device) {
  const at::Tensor enter = as_tensor(packed.enter, device), exit = as_tensor(packed.exit, device);
  Queries queries{packed.group_begin, {}};
  for (size_t g = 0; g + 1 < packed.group_begin.size(); ++g) {
    const int64_t begin = packed.group_begin[g], n = packed.group_begin[g + 1] - begin;
    const at::Tensor row = at::arange(begin, begin + n, enter.options()).unsqueeze(1);
    queries.masks.push_back(
        enter.narrow(0, begin, n).unsqueeze(0).le(row).logical_and(exit.narrow(0, begin, n).unsqueeze(0).gt(row)));
  }
  return queries;
}

/// Only the tokens `keep` (ascending) ask.
Queries kept_queries(const Queries& all, const std::vector<int64_t>& keep) {
  Queries queries{{0}, {}};
  auto next = keep.begin();
  for (size_t g = 0; g < all.masks.size(); ++g) {
    std::vector<int64_t> rows;
    for (; next != keep.end() && *next < all.begin[g + 1]; ++next) rows.push_back(*next - all.begin[g]);
    queries.begin.push_back(next - keep.begin());
    queries.masks.push_back(all.masks[g].index_select(0, as_tensor(rows, all.masks[g].device())));
  }
  return queries;
}

/// q: [queries, heads, head_dim]; k, v: [tokens, kv_heads, head_dim] -> [queries, heads * head_dim].
at::Tensor attention(const LlamaConfig& config, const PackedGroups& packed, const Queries& queries, const at::Tensor& q,
                     const at::Tensor& k, const at::Tensor& v) {
  const auto by_head = [](const at::Tensor& x, const std::vector<int64_t>& begin, size_t g) {
    return x.narrow(0, begin[g], begin[g + 1] - begin[g]).transpose(0, 1).unsqueeze(0);
  };
  const at::Tensor keys = repeat_heads(config, k), values = repeat_heads(config, v);
  std::vector<at::Tensor> parts;
  for (size_t g = 0; g < queries.masks.size(); ++g) {
    const at::Tensor out = at::scaled_dot_product_attention(
        by_head(q, queries.begin, g), by_head(keys, packed.group_begin, g), by_head(values, packed.group_begin, g),
        queries.masks[g].unsqueeze(0).unsqueeze(0));
    parts.push_back(out.squeeze(0).transpose(0, 1).reshape({-1, config.heads * config.head_dim}));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

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

at::Tensor hidden_states(const Llama& model, LoraStack adapters, const PackedGroups& packed) {
  const Queries queries = all_queries(packed, model.embedding.device());
  return decode(model, adapters, packed.ids, packed.positions,
                [&](size_t, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
                  return attention(model.config, packed, queries, q, k, v);
                });
}

at::Tensor response_log_probs(const Llama& model, LoraStack adapters, const PackedGroups& packed) {
  const at::Device device = model.embedding.device();
  std::vector<int64_t> keep = packed.predicting_row;
  std::sort(keep.begin(), keep.end());
  keep.erase(std::unique(keep.begin(), keep.end()), keep.end());
  std::vector<int64_t> place;  // of each predicting row among the kept
  for (const int64_t row : packed.predicting_row)
    place.push_back(std::lower_bound(keep.begin(), keep.end(), row) - keep.begin());

  const Queries all = all_queries(packed, device), last = kept_queries(all, keep);
  const at::Tensor hidden = decode(
      model, adapters, packed.ids, packed.positions,
      [&](size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
        return attention(model.config, packed, layer + 1 == model.layers.size() ? last : all, q, k, v);
      },
      keep);
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

at::Tensor sequence_logits(const Llama& model, LoraStack adapters, const std::vector<int64_t>& ids) {
  const PromptGroup group{{ids.begin(), ids.end()}, {}};
  const at::Tensor x = hidden_states(model, adapters, pack(std::span(&group, 1)));
  return at_least_float(at::linear(rms_norm(x, model.final_norm, model.config.rms_norm_eps), model.head));
}

}  // namespace prefscope
