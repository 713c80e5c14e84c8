// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace prefscope {

/// Reads a .safetensors file into float32 or its own dtype (F32, F16, BF16, I32, I64, U8). Every size is checked
/// against the file before memory is taken; errors name file, tensor, expected and found.
std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& path);
/// Writes tensors in the given order, atomically. metadata may be empty.
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace prefscope
