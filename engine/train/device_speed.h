// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>

#include "engine/llm/weights.h"

namespace prefscope {

/// Multiplications and additions per second that one product of `rows` tokens with the model's MLP reaches on a device
/// ("cpu", "cuda") in a number type: the best of a fifth of a second.
double matmul_speed(const ModelConfig& config, const std::string& device, const std::string& dtype, int64_t rows);

}  // namespace prefscope
