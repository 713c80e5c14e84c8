// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/generation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/llm/activations.h"
#include "engine/llm/decoder.h"

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
at::Tensor next_logits(const ModelWeights& model, LoraStack adapters, Cache& cache, const std::vector<int64_t>& ids) {
  const ModelConfig& config = model.config;
  const auto tokens = static_cast<int64_t>(ids.size());
  std::vector<int64_t> positions(ids.size());
  for (int64_t i = 0; i < tokens; ++i) positions[static_cast<size_t>(i)] = cache.length + i;
  const int64_t seen = cache.length + tokens;
  const at::Tensor x = decode(
      model, adapters, ids, positions,
      [&](size_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Rotary& angles) {
        const auto heads = [&](const at::Tensor& t) { return t.view({tokens, -1, config.head_dim}); };
        const auto by_head = [](const at::Tensor& t) { return t.transpose(0, 1).unsqueeze(0); };
        cache.keys[layer].narrow(0, cache.length, tokens).copy_(rotate(heads(k), angles));
        cache.values[layer].narrow(0, cache.length, tokens).copy_(heads(v));
        // Several tokens come only as the prompt, when the cache is empty; then plain causal attention is right.
        const at::Tensor out = at::scaled_dot_product_attention(
            by_head(rotate(heads(q), angles)), by_head(repeat_heads(config, cache.keys[layer].narrow(0, 0, seen))),
            by_head(repeat_heads(config, cache.values[layer].narrow(0, 0, seen))), {}, 0.0, tokens > 1);
        return out.squeeze(0).transpose(0, 1).reshape({tokens, config.heads * config.head_dim});
      });
  cache.length = seen;
  return at::linear(rms_norm(x.select(0, tokens - 1), model.final_norm, config.rms_norm_eps), model.head)
      .to(at::kFloat);
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

int64_t choose(const at::Tensor& logits, double temperature, Random& random) {
  if (temperature <= 0) return logits.argmax().item<int64_t>();
  const at::Tensor p = at::softmax(logits.to(at::kDouble) / temperature, 0).cpu().contiguous();
  const auto* values = p.const_data_ptr<double>();
  return static_cast<int64_t>(random.weighted({values, values + p.numel()}));
}

}  // namespace

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
  std::optional<HeldTitles> held = options.held;
  while (static_cast<int64_t>(written.size()) < room) {
    if (stop.stop_requested()) throw Cancelled{};
    at::Tensor logits = next_logits(model, adapters, cache, next);
    if (held) logits = allowed(logits, *held);
    const int64_t id = choose(logits, options.temperature, random);
    if (std::find(model.config.eos.begin(), model.config.eos.end(), id) != model.config.eos.end()) break;
    written.push_back(static_cast<int32_t>(id));
    if (held) held->push(written.back());
    if (on_token) on_token(written.back());
    next = {id};
  }
  return written;
}

}  // namespace prefscope
