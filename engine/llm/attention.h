// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "engine/llm/packing.h"
#include "engine/llm/weights.h"

namespace prefscope {

/// cos and sin of the rotary angles of some positions, each [rows, head_dim] (Su et al. 2021, arXiv 2104.09864; halves,
/// not interleaved pairs), with frequencies as the config scales them. At least float32.
struct Rotary {
  at::Tensor cos, sin;
};
Rotary rotary(const ModelConfig& config, const at::Tensor& positions, at::ScalarType type);
/// x [rows, heads, head_dim] turned by its rows' angles.
at::Tensor rotate(const at::Tensor& x, const Rotary& by);

/// Which rows see which, cut into blocks of queries, so that no mask or score matrix of all rows by all rows exists. A
/// block's keys are intervals of rows: those that all of its queries see, then those that some see, with a mask.
struct AttentionPlan {
  struct Block {
    int64_t query_begin = 0, queries = 0;
    std::vector<std::pair<int64_t, int64_t>> keys;  ///< [begin, end) of rows, those seen by all first
    int64_t key_count = 0, seen_by_all = 0;
    at::Tensor hidden;  ///< [queries, key_count - seen_by_all], true where a query does not see a key; may be undefined
  };
  std::vector<Block> blocks;
  at::Tensor query_rows;  ///< rows that ask, ascending; undefined: all
};

/// keep: rows that ask (ascending, each once); empty: all. window: how many positions a row sees, its own the last;
/// 0: all.
std::shared_ptr<const AttentionPlan> plan_attention(const PackedForest& forest, const std::vector<int64_t>& keep,
                                                    const at::Device& device, int64_t window = 0);
/// A plan for each layer, by its window; layers that are alike share one. keep: rows that ask in the last layer.
std::vector<std::shared_ptr<const AttentionPlan>> plan_layers(const ModelConfig& config, const PackedForest& forest,
                                                              const std::vector<int64_t>& keep,
                                                              const at::Device& device);

/// Softmax attention of a forest with rotary positions: q [queries, heads * head_dim], k and v [rows, kv_heads *
/// head_dim] before rotation -> [queries, heads * head_dim]. Computed in at least float32, block by block; backward
/// computes the weights anew, so that memory grows with the rows and not with their square. Deterministic.
at::Tensor forest_attention(const ModelConfig& config, std::shared_ptr<const AttentionPlan> plan, const Rotary& by,
                            const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/// Attention of the last tokens of one sequence, whose keys and values are kept: q [tokens, heads, head_dim] and keys
/// [seen, kv_heads, head_dim], both turned, values [seen, kv_heads, head_dim] -> [tokens, heads * head_dim]. window as
/// above. Not for training.
at::Tensor cached_attention(const ModelConfig& config, int64_t window, const at::Tensor& q, const at::Tensor& keys,
                            const at::Tensor& values);

}  // namespace prefscope
