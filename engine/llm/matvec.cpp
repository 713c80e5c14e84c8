// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/matvec.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

namespace prefscope {
namespace {

/// y[r] = w[r] . x for rows [begin, end). The sums of 32 lanes do not depend on each other, so the compiler keeps them
/// in wide registers without reordering anything.
inline __attribute__((always_inline)) void dot_rows(const float* w, const float* x, float* y, int64_t begin,
                                                    int64_t end, int64_t in) {
  constexpr int lanes = 32;
  for (int64_t r = begin; r < end; ++r) {
    const float* row = w + r * in;
    float sums[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= in; i += lanes) {
      for (int l = 0; l < lanes; ++l) sums[l] += row[i + l] * x[i + l];
    }
    float sum = 0;
    for (; i < in; ++i) sum += row[i] * x[i];
    for (const float s : sums) sum += s;
    y[r] = sum;
  }
}

using DotRows = void (*)(const float*, const float*, float*, int64_t, int64_t, int64_t);

void dot_rows_plain(const float* w, const float* x, float* y, int64_t begin, int64_t end, int64_t in) {
  dot_rows(w, x, y, begin, end, in);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void dot_rows_avx2(const float* w, const float* x, float* y, int64_t begin,
                                                       int64_t end, int64_t in) {
  dot_rows(w, x, y, begin, end, in);
}

__attribute__((target("avx512f"))) void dot_rows_avx512(const float* w, const float* x, float* y, int64_t begin,
                                                        int64_t end, int64_t in) {
  dot_rows(w, x, y, begin, end, in);
}
#endif

DotRows fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return dot_rows_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return dot_rows_avx2;
#endif
  return dot_rows_plain;
}

}  // namespace

at::Tensor one_row_linear(const at::Tensor& x, const at::Tensor& weight) {
  const bool plain = x.is_cpu() && weight.is_cpu() && x.scalar_type() == at::kFloat &&
                     weight.scalar_type() == at::kFloat && x.dim() == 2 && x.size(0) == 1 && weight.is_contiguous();
  if (!plain) return at::linear(x, weight);
  static const DotRows run = fastest();
  const int64_t out = weight.size(0), in = weight.size(1);
  const at::Tensor from = x.contiguous();
  TORCH_CHECK(from.size(1) == in, "a row of ", from.size(1), " by a weight of ", in);
  at::Tensor y = at::empty({1, out}, x.options());
  const auto* w = weight.const_data_ptr<float>();
  const auto* v = from.const_data_ptr<float>();
  auto* to = y.mutable_data_ptr<float>();
  const int64_t grain = std::max<int64_t>(1, 32'768 / std::max<int64_t>(1, in));  // rows worth a thread
  at::parallel_for(0, out, grain, [&](int64_t begin, int64_t end) { run(w, v, to, begin, end, in); });
  return y;
}

}  // namespace prefscope
