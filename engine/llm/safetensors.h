// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prefscope {

class MappedWeights;

/// A .safetensors file that is mapped into memory: opening it reads the header and takes no memory for the tensors.
/// The file must not be changed while it is open.
struct SafetensorsFile {
  struct Entry {
    std::string name;
    at::ScalarType dtype;
    std::vector<int64_t> shape;
    uint64_t begin, end;  ///< bytes of the mapping
  };
  std::filesystem::path path;
  std::vector<Entry> entries;  ///< in the order of their bytes
  std::shared_ptr<const MappedWeights> mapping;
};

/// Every size is checked against the file before memory is taken: a header longer than the file, tensors that overlap,
/// leave gaps, lie beyond the file or do not fit their shape. Errors name file, tensor, expected and found; a git-LFS
/// pointer, a web page and a pickle are called so. dtypes: F64, F32, F16, BF16, I64, I32, U8.
SafetensorsFile open_safetensors(const std::filesystem::path& path);
/// A tensor of the file without a copy (with one where its bytes are not aligned for its dtype): only for reading, and
/// good for as long as it lives.
at::Tensor mapped_tensor(const SafetensorsFile& file, const SafetensorsFile::Entry& entry);
/// Lets the system take back the memory of bytes [begin, end) of the mapping; they are read again where needed.
void release_pages(const SafetensorsFile& file, uint64_t begin, uint64_t end);

/// A copy of all tensors of a file, each in its own dtype.
std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& path);
/// Writes tensors in the given order, atomically. metadata may be empty.
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace prefscope
