// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/generation.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/llm/activations.h"
#include "engine/llm/attention.h"
#include "engine/llm/decoder.h"
#include "engine/llm/matvec.h"
#include "engine/llm/sampling.h"

namespace prefscope {
namespace {

/// Keys and values of the tokens seen so far, room for all to come: [capacity, kv_heads, head_dim] a layer.
struct Cache {
  std::vector<at::Tensor> keys, values;
  int64_t length = 0;
};

Cache make_cache(const ModelWeights& model, int64_t capacity) {
  Cache cache;
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const auto room = [&] {
      return at::empty({capacity, model.config.kv_heads, model.config.head_dim}, model.embedding.options());
    };
    cache.keys.push_back(room());
    cache.values.push_back(room());
  }
  return cache;
}

/// Logits [vocabulary] after these tokens, which come after those in the cache and are added to it.
at::Tensor next_logits(const ModelWeights& model, LoraStack adapters, Cache& cache, const std::vector<int64_t>& ids,
                       const std::stop_token& stop) {
  const ModelConfig& config = model.config;
  const auto tokens = static_cast<int64_t>(ids.size());
  std::vector<int64_t> positions(ids.size());
  for (int64_t i = 0; i < tokens; ++i) positions[static_cast<size_t>(i)] = cache.length + i;
  const int64_t seen = cache.length + tokens;
  const at::Tensor x =
      decode(model, adapters, ids, positions,
             [&](size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Rotary& angles) {
               if (stop.stop_requested()) throw Cancelled{};
               const auto heads = [&](const at::Tensor& t) { return t.view({tokens, -1, config.head_dim}); };
               cache.keys[layer].narrow(0, cache.length, tokens).copy_(rotate(heads(k), angles));
               cache.values[layer].narrow(0, cache.length, tokens).copy_(heads(v));
               return cached_attention(config, config.window(layer), rotate(heads(q), angles),
                                       cache.keys[layer].narrow(0, 0, seen), cache.values[layer].narrow(0, 0, seen));
             },
             {}, {.one_token = tokens == 1});
  cache.length = seen;
  const at::Tensor last = rms_norm(x.narrow(0, tokens - 1, 1), model.final_norm, config.rms_norm_eps);
  return one_row_linear(last, model.head).squeeze(0).to(at::kFloat);
}

/// Logits [vocabulary] without the tokens that may not come.
at::Tensor allowed(const at::Tensor& logits, const HeldTitles& held) {
  at::Tensor out = logits.cpu().contiguous();
  auto* values = out.mutable_data_ptr<float>();
  for (int64_t id = 0; id < out.numel(); ++id) {
    if (!held.allows(static_cast<int32_t>(id))) values[id] = -std::numeric_limits<float>::infinity();
  }
  return out;
}

/// seen: prompt and what was written.
int64_t choose(at::Tensor logits, const std::vector<int32_t>& seen, const GenerationOptions& options, Random& random) {
  if (options.repetition_penalty != 1) {
    logits = logits.to(at::kCPU, at::kFloat, false, /*copy=*/true).contiguous();
    penalize_repetition({logits.mutable_data_ptr<float>(), static_cast<size_t>(logits.numel())}, seen,
                        options.repetition_penalty);
  }
  if (options.temperature <= 0) return logits.argmax().item<int64_t>();
  at::Tensor scaled = (logits.to(at::kDouble) / options.temperature).cpu().contiguous();
  const std::span<double> values(scaled.mutable_data_ptr<double>(), static_cast<size_t>(scaled.numel()));
  if (options.top_k > 0) keep_top_k(values, options.top_k);
  if (options.top_p < 1) keep_top_p(values, options.top_p);
  if (options.min_p > 0) keep_min_p(values, options.min_p);
  const at::Tensor p = at::softmax(scaled, 0);
  const auto* weights = p.const_data_ptr<double>();
  return static_cast<int64_t>(random.weighted({weights, weights + p.numel()}));
}

}  // namespace

void check_generation(const GenerationOptions& o) {
  const auto check = [](bool good, const char* name, const char* expected, double found) {
    if (!good) throw Error(ErrorKind::BadInput, fmt::format("{}: expected {}, found {}", name, expected, found));
  };
  check(o.max_tokens >= 1 && o.max_tokens <= 1'000'000, "--max-new-tokens", "1 .. 1000000", o.max_tokens);
  check(o.temperature >= 0 && o.temperature <= 100, "--temperature", "0 (greedy) .. 100", o.temperature);
  check(o.repetition_penalty > 0 && o.repetition_penalty <= 100, "--repetition-penalty",
        "a number above 0, at most 100 (1: none)", o.repetition_penalty);
  check(o.top_k >= 0, "--top-k", "0 (all) or more", o.top_k);
  check(o.top_p > 0 && o.top_p <= 1, "--top-p", "a number above 0, at most 1 (all)", o.top_p);
  check(o.min_p >= 0 && o.min_p <= 1, "--min-p", "0 (all) .. 1", o.min_p);
}

std::vector<int32_t> generate(const ModelWeights& model, LoraStack adapters, const std::vector<int32_t>& prompt,
                              const GenerationOptions& options, const std::function<void(int32_t)>& on_token,
                              std::stop_token stop) {
  if (prompt.empty()) throw Error(ErrorKind::BadInput, "generation needs a prompt of at least one token");
  const at::NoGradGuard no_grad;
  Random random({options.seed, 0x67656e});
  const auto room =
      std::min<int64_t>(options.max_tokens, model.config.max_positions - static_cast<int64_t>(prompt.size()));
  std::vector<int32_t> written;
  if (room <= 0) return written;
  Cache cache = make_cache(model, static_cast<int64_t>(prompt.size()) + room);
  std::vector<int64_t> next(prompt.begin(), prompt.end());
  std::vector<int32_t> seen = prompt;
  std::vector<int64_t> ends = model.config.eos;
  ends.insert(ends.end(), options.more_ends.begin(), options.more_ends.end());
  std::optional<HeldTitles> held = options.held;
  while (static_cast<int64_t>(written.size()) < room) {
    if (stop.stop_requested()) throw Cancelled{};
    at::Tensor logits = next_logits(model, adapters, cache, next, stop);
    if (!logits.isfinite().all().item<bool>())
      throw Error(ErrorKind::BadInput,
                  "the model's logits are not finite; use --dtype float32 or bfloat16, or fetch its weights anew");
    if (held) logits = allowed(logits, *held);
    const int64_t id = choose(logits, seen, options, random);
    const bool end = std::find(ends.begin(), ends.end(), id) != ends.end();
    if (!end || options.keep_end) written.push_back(static_cast<int32_t>(id));
    if (end) break;
    seen.push_back(written.back());
    if (held) held->push(written.back());
    if (on_token) on_token(written.back());
    if (options.ends_with && options.ends_with(written.back())) break;
    next = {id};
  }
  return written;
}

}  // namespace prefscope
