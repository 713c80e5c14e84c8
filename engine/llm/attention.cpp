// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/attention.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/llm/decoder.h"

// In a forest a row sees its ancestors and what comes before it in its own run. A block takes up to block_rows rows of
// one tree that ask, one after the other. Its keys are the union of what they see. The ancestors that all runs of the
// block have in common need no mask; the rest, at most about as many rows as the block has, is masked.
//
// With a window a row sees only those of them at fewer than `window` positions before its own. The position of a row is
// its depth, and along a run depths are consecutive: so what a window hides of a run is its beginning. A block then
// leaves out what none of its rows sees, and masks what only its shallower rows see.
//
// Scores of a block are [kv_heads, group * queries, keys] with group = heads / kv_heads: query heads that share keys
// are rows of one matrix, so keys are never repeated.

namespace prefscope {
namespace {

using Interval = std::pair<int64_t, int64_t>;

/// Rows that ask in a block: few, so that little is masked and the scores stay in the processor's cache; on a GPU more,
/// so that its many units have work.
int64_t block_rows(const at::Device& device) {
  return device.is_cuda() ? 512 : 128;
}

/// Ancestors' rows of a run, root first.
std::vector<Interval> ancestors(const PackedForest& forest, size_t run) {
  std::vector<Interval> path;
  for (int64_t r = forest.runs[run].parent; r >= 0; r = forest.runs[static_cast<size_t>(r)].parent)
    path.emplace_back(forest.runs[static_cast<size_t>(r)].begin, forest.runs[static_cast<size_t>(r)].end);
  std::reverse(path.begin(), path.end());
  return path;
}

/// Adds an interval to a sorted list, joined with the last where they touch or overlap.
void add_interval(std::vector<Interval>& list, Interval next) {
  if (next.first >= next.second) return;
  if (!list.empty() && next.first <= list.back().second) {
    list.back().second = std::max(list.back().second, next.second);
  } else {
    list.push_back(next);
  }
}

int64_t length(const std::vector<Interval>& list) {
  int64_t sum = 0;
  for (const auto& [begin, end] : list) sum += end - begin;
  return sum;
}

/// Rows [begin, end) of one run, without those above a depth.
Interval from_depth(const PackedForest& forest, Interval rows, int64_t depth) {
  if (rows.first < rows.second)
    rows.first += std::max<int64_t>(0, depth - forest.positions[static_cast<size_t>(rows.first)]);
  return rows;
}

AttentionPlan::Block plan_block(const PackedForest& forest, const std::vector<size_t>& run_of,
                                const std::vector<int64_t>& rows, int64_t query_begin, const at::Device& device,
                                int64_t window) {
  const auto depth = [&](int64_t row) { return forest.positions[static_cast<size_t>(row)]; };
  // The depths from which all rows of the block see, and from which any does.
  int64_t all_from = 0, any_from = 0;
  if (window > 0) {
    const auto [low, high] =
        std::minmax_element(rows.begin(), rows.end(), [&](int64_t a, int64_t b) { return depth(a) < depth(b); });
    all_from = depth(*high) - window + 1;
    any_from = depth(*low) - window + 1;
  }
  const size_t first_run = run_of[static_cast<size_t>(rows.front())],
               last_run = run_of[static_cast<size_t>(rows.back())];
  // Seen by all: the ancestors that first and last have in common (depth-first order: so have those between), and of a
  // single run what is before its first row.
  std::vector<Interval> common, all;
  const auto path = ancestors(forest, first_run), last_path = ancestors(forest, last_run);
  if (first_run == last_run) {
    for (const Interval& i : path) add_interval(common, from_depth(forest, i, all_from));
    add_interval(common, from_depth(forest, {forest.runs[first_run].begin, rows.front() + 1}, all_from));
  } else {
    for (size_t i = 0; i < std::min(path.size(), last_path.size()) && path[i] == last_path[i]; ++i)
      add_interval(common, from_depth(forest, path[i], all_from));
    // The first run may be an ancestor of all others: what its first row sees of it, all see.
    const TokenRun& above = forest.runs[first_run];
    if (rows.back() < above.exit) add_interval(common, from_depth(forest, {above.begin, rows.front() + 1}, all_from));
  }
  // Seen by some: every run on a path from the block, up to the last row that asks.
  std::vector<Interval> some;
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t run = run_of[static_cast<size_t>(rows[i])];
    if (i > 0 && run == run_of[static_cast<size_t>(rows[i - 1])]) {
      some.back().second = rows[i] + 1;
      continue;
    }
    const auto above = ancestors(forest, run);
    some.insert(some.end(), above.begin(), above.end());
    some.emplace_back(forest.runs[run].begin, rows[i] + 1);
  }
  std::sort(some.begin(), some.end());
  for (const Interval& i : some) add_interval(all, from_depth(forest, i, any_from));

  AttentionPlan::Block block{query_begin, static_cast<int64_t>(rows.size()), common, 0, length(common), {}};
  std::vector<int64_t> masked;  // rows seen by some only
  for (const auto& [begin, end] : all) {
    int64_t from = begin;
    for (const auto& [c, d] : common) {
      if (d <= from || c >= end) continue;
      if (from < c) block.keys.emplace_back(from, c);
      from = d;
    }
    if (from < end) block.keys.emplace_back(from, end);
  }
  for (size_t i = common.size(); i < block.keys.size(); ++i) {
    for (int64_t row = block.keys[i].first; row < block.keys[i].second; ++row) masked.push_back(row);
  }
  block.key_count = length(block.keys);
  if (!masked.empty()) {
    at::Tensor hidden = at::empty({block.queries, static_cast<int64_t>(masked.size())}, at::kBool);
    auto* cell = hidden.mutable_data_ptr<bool>();
    for (const int64_t row : rows) {
      for (const int64_t key : masked) {
        *cell++ = key > row || row >= forest.runs[run_of[static_cast<size_t>(key)]].exit ||
                  (window > 0 && depth(row) - depth(key) >= window);
      }
    }
    block.hidden = hidden.to(device);
  }
  return block;
}

/// Rows `keys` of x [heads, rows, head_dim], one after the other.
at::Tensor take(const at::Tensor& x, const std::vector<Interval>& keys) {
  std::vector<at::Tensor> parts;
  for (const auto& [begin, end] : keys) parts.push_back(x.narrow(1, begin, end - begin));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

void add_rows(at::Tensor& x, const std::vector<Interval>& keys, const at::Tensor& values) {
  int64_t from = 0;
  for (const auto& [begin, end] : keys) {
    x.narrow(1, begin, end - begin).add_(values.narrow(1, from, end - begin));
    from += end - begin;
  }
}

/// x [rows, heads * head_dim] as [heads, rows, head_dim].
at::Tensor by_head(const at::Tensor& x, int64_t head_dim) {
  return x.view({x.size(0), -1, head_dim}).transpose(0, 1);
}

/// x [heads, rows, head_dim] turned by its rows' angles, or back by them: at least float32, in one piece.
at::Tensor turned(const at::Tensor& x, const Rotary& by, bool back) {
  const int64_t half = x.size(2) / 2;
  at::Tensor y = at::empty(x.sizes(), by.cos.options());
  at::mul_out(y, x, by.cos);
  const at::Tensor sin = by.sin.narrow(1, 0, half);
  const at::Tensor first = x.narrow(2, 0, half), second = x.narrow(2, half, half);
  y.narrow(2, 0, half).addcmul_(second, sin, back ? 1 : -1);
  y.narrow(2, half, half).addcmul_(first, sin, back ? -1 : 1);
  return y;
}

/// Softmax weights of a block, [kv_heads, group * queries, keys].
at::Tensor weights_of(const AttentionPlan::Block& block, const at::Tensor& q, const at::Tensor& keys) {
  at::Tensor scores = at::bmm(q, keys.transpose(1, 2));
  if (block.hidden.defined()) {
    scores.view({scores.size(0), -1, block.queries, block.key_count})
        .narrow(3, block.seen_by_all, block.key_count - block.seen_by_all)
        .masked_fill_(block.hidden, -INFINITY);
  }
  return at::softmax(scores, -1);
}

/// The queries' rows of a block as one matrix for each head of keys: [kv_heads, group * queries, head_dim].
at::Tensor block_rows_of(const at::Tensor& x, const AttentionPlan::Block& block, int64_t kv_heads) {
  return x.narrow(1, block.query_begin, block.queries).reshape({kv_heads, -1, x.size(2)});
}

/// Half-precision numbers are exact in TF32, and their products are added up in float32: so on a GPU the matrix
/// products of widened bfloat16 or float16 are both exact and quick. Sets TF32 while it lives, for those alone.
class ExactTf32 {
 public:
  explicit ExactTf32(const at::Tensor& x) : before_(at::globalContext().allowTF32CuBLAS()), changed_(x.is_cuda()) {
    changed_ = changed_ && (x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf);
    if (changed_) at::globalContext().setAllowTF32CuBLAS(true);
  }
  ~ExactTf32() {
    if (changed_) at::globalContext().setAllowTF32CuBLAS(before_);
  }
  ExactTf32(const ExactTf32&) = delete;
  ExactTf32& operator=(const ExactTf32&) = delete;

 private:
  bool before_, changed_;
};

struct PlanHolder : torch::CustomClassHolder {
  std::shared_ptr<const AttentionPlan> plan;
  Rotary keys_by, queries_by;
};

class ForestAttention : public torch::autograd::Function<ForestAttention> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, int64_t head_dim, const c10::intrusive_ptr<PlanHolder>& held) {
    const at::ScalarType type = q.scalar_type();
    const ExactTf32 exact(q);
    // Kept for backward in the model's own type; computed with in at least float32.
    const at::Tensor rq =
        turned(by_head(q, head_dim), held->queries_by, false).div_(std::sqrt(static_cast<double>(head_dim))).to(type);
    const at::Tensor rk = turned(by_head(k, head_dim), held->keys_by, false).to(type);
    const at::Tensor rv = by_head(v, head_dim).contiguous();
    const at::Tensor wide_q = at_least_float(rq), wide_k = at_least_float(rk), wide_v = at_least_float(rv);
    at::Tensor out = at::empty({q.size(0), q.size(1) / head_dim, head_dim}, q.options());
    for (const AttentionPlan::Block& block : held->plan->blocks) {
      const at::Tensor weights = weights_of(block, block_rows_of(wide_q, block, rk.size(0)), take(wide_k, block.keys));
      out.narrow(0, block.query_begin, block.queries)
          .copy_(at::bmm(weights, take(wide_v, block.keys)).view({-1, block.queries, head_dim}).transpose(0, 1));
    }
    context->save_for_backward({rq, rk, rv});
    context->saved_data["held"] = at::IValue::make_capsule(held);
    return out.view({q.size(0), q.size(1)});
  }

  /// With P the weights of a block and G the gradient of its values: dV = P'G, dS = P * (GV' - rowsum(P * GV')),
  /// dQ = dS K, dK = dS'Q.
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto capsule = context->saved_data["held"].toCapsule();
    const auto* held = static_cast<const PlanHolder*>(capsule.get());
    const at::ScalarType type = saved[0].scalar_type();
    const ExactTf32 exact(saved[0]);
    const at::Tensor q = at_least_float(saved[0]), k = at_least_float(saved[1]), v = at_least_float(saved[2]);
    const int64_t head_dim = q.size(2), kv_heads = k.size(0);
    const at::Tensor g = at_least_float(by_head(gradients[0].contiguous(), head_dim));
    at::Tensor dq = at::empty_like(q), dk = at::zeros_like(k), dv = at::zeros_like(v);
    for (const AttentionPlan::Block& block : held->plan->blocks) {
      const at::Tensor block_q = block_rows_of(q, block, kv_heads), block_g = block_rows_of(g, block, kv_heads);
      const at::Tensor keys = take(k, block.keys);
      const at::Tensor weights = weights_of(block, block_q, keys);
      add_rows(dv, block.keys, at::bmm(weights.transpose(1, 2), block_g));
      const at::Tensor ds = at::_softmax_backward_data(at::bmm(block_g, take(v, block.keys).transpose(1, 2)), weights,
                                                       -1, weights.scalar_type());
      dq.narrow(1, block.query_begin, block.queries).copy_(at::bmm(ds, keys).view({-1, block.queries, head_dim}));
      add_rows(dk, block.keys, at::bmm(ds.transpose(1, 2), block_q));
    }
    const auto rows_of = [&](const at::Tensor& x) {
      return x.transpose(0, 1).reshape({x.size(1), x.size(0) * head_dim}).to(type);
    };
    dq.div_(std::sqrt(static_cast<double>(head_dim)));
    return {rows_of(turned(dq, held->queries_by, true)), rows_of(turned(dk, held->keys_by, true)), rows_of(dv),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

/// Frequencies as the config scales them [head_dim / 2]. Llama3: those with less than low_freq_factor waves within the
/// original positions are divided by the factor, those with more than high_freq_factor stay, between them it is
/// blended.
at::Tensor scaled(const RopeScaling& scaling, const at::Tensor& frequency) {
  if (scaling.kind == RopeScaling::Kind::None) return frequency;
  const at::Tensor slow = frequency / scaling.factor;
  if (scaling.kind == RopeScaling::Kind::Linear) return slow;
  const at::Tensor waves = frequency * (static_cast<double>(scaling.original_positions) / (2 * M_PI));
  const at::Tensor kept =
      ((waves - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)).clamp(0, 1);
  return (1 - kept) * slow + kept * frequency;
}

Rotary rotary(const ModelConfig& config, const at::Tensor& positions, at::ScalarType type) {
  const auto options = at::TensorOptions().dtype(type == at::kDouble ? type : at::kFloat).device(positions.device());
  const at::Tensor exponent = at::arange(0, config.head_dim, 2, options) / static_cast<double>(config.head_dim);
  const at::Tensor frequency =
      scaled(config.rope_scaling, at::pow(at::scalar_tensor(config.rope_theta, options), -exponent));
  const at::Tensor half = positions.to(options.dtype()).unsqueeze(1) * frequency.unsqueeze(0);
  const at::Tensor angle = at::cat({half, half}, -1);
  return {angle.cos(), angle.sin()};
}

at::Tensor rotate(const at::Tensor& x, const Rotary& by) {
  return turned(x.transpose(0, 1), by, false).transpose(0, 1).to(x.scalar_type());
}

std::shared_ptr<const AttentionPlan> plan_attention(const PackedForest& forest, const std::vector<int64_t>& keep,
                                                    const at::Device& device, int64_t window) {
  auto plan = std::make_shared<AttentionPlan>();
  if (!keep.empty()) plan->query_rows = as_tensor(keep, device);
  std::vector<size_t> run_of(forest.ids.size());
  for (size_t r = 0; r < forest.runs.size(); ++r) {
    for (int64_t row = forest.runs[r].begin; row < forest.runs[r].end; ++row) run_of[static_cast<size_t>(row)] = r;
  }
  auto next = keep.begin();
  int64_t query = 0;
  for (size_t t = 0; t + 1 < forest.tree_begin.size(); ++t) {
    std::vector<int64_t> rows;
    for (int64_t row = forest.tree_begin[t]; row < forest.tree_begin[t + 1]; ++row) {
      if (!keep.empty()) {
        if (next == keep.end() || *next != row) continue;
        ++next;
      }
      rows.push_back(row);
    }
    const auto count = static_cast<int64_t>(rows.size());
    // Even blocks: one that is nearly empty costs nearly as much as a full one.
    const int64_t blocks = (count + block_rows(device) - 1) / block_rows(device);
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t from = count * b / blocks, to = count * (b + 1) / blocks;
      plan->blocks.push_back(
          plan_block(forest, run_of, {rows.begin() + from, rows.begin() + to}, query + from, device, window));
    }
    query += count;
  }
  return plan;
}

std::vector<std::shared_ptr<const AttentionPlan>> plan_layers(const ModelConfig& config, const PackedForest& forest,
                                                              const std::vector<int64_t>& keep,
                                                              const at::Device& device) {
  std::vector<std::shared_ptr<const AttentionPlan>> plans;
  std::map<int64_t, std::shared_ptr<const AttentionPlan>> by_window;
  const auto last = static_cast<size_t>(config.layers) - 1;
  for (size_t l = 0; l < last; ++l) {
    auto& plan = by_window[config.window(l)];
    if (!plan) plan = plan_attention(forest, {}, device, config.window(l));
    plans.push_back(plan);
  }
  plans.push_back(plan_attention(forest, keep, device, config.window(last)));
  return plans;
}

at::Tensor forest_attention(const ModelConfig& config, std::shared_ptr<const AttentionPlan> plan, const Rotary& by,
                            const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  auto held = c10::make_intrusive<PlanHolder>();
  held->keys_by = held->queries_by = by;
  if (plan->query_rows.defined())
    held->queries_by = {by.cos.index_select(0, plan->query_rows), by.sin.index_select(0, plan->query_rows)};
  held->plan = std::move(plan);
  return ForestAttention::apply(q, k, v, config.head_dim, held);
}

at::Tensor cached_attention(const ModelConfig& config, int64_t window, const at::Tensor& q, const at::Tensor& keys,
                            const at::Tensor& values) {
  const int64_t tokens = q.size(0), before = keys.size(0) - tokens;
  const auto as_batch = [](const at::Tensor& x) { return x.transpose(0, 1).unsqueeze(0); };
  /// Queries [first, first + n) over keys [from, to).
  const auto attend = [&](int64_t first, int64_t n, int64_t from, int64_t to, const std::optional<at::Tensor>& sees,
                          bool causal) {
    const auto kept = [&](const at::Tensor& x) { return as_batch(repeat_heads(config, x.narrow(0, from, to - from))); };
    return at::scaled_dot_product_attention(as_batch(q.narrow(0, first, n)), kept(keys), kept(values), sees, 0.0,
                                            causal)
        .squeeze(0)
        .transpose(0, 1)
        .reshape({n, config.heads * config.head_dim});
  };
  const bool hides = window > 0 && keys.size(0) > window;
  if (tokens == 1) return attend(0, 1, hides ? before + 1 - window : 0, before + 1, {}, false);
  if (!hides && before == 0) return attend(0, tokens, 0, tokens, {}, true);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < tokens; first += block_rows(q.device())) {
    const int64_t n = std::min(block_rows(q.device()), tokens - first);
    const int64_t from = hides ? std::max<int64_t>(0, before + first + 1 - window) : 0, to = before + first + n;
    const auto whole = at::TensorOptions().dtype(at::kLong).device(q.device());
    const at::Tensor back = at::arange(before + first, to, whole).unsqueeze(1) - at::arange(from, to, whole);
    const at::Tensor sees = hides ? back.ge(0).logical_and_(back.lt(window)) : back.ge(0);
    parts.push_back(attend(first, n, from, to, sees, false));
  }
  return at::cat(parts);
}

}  // namespace prefscope
