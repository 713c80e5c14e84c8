// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/model_files.h"

namespace prefscope {

namespace fs = std::filesystem;

/// A file mapped for reading, unmapped at the end.
class MappedWeights {
 public:
  explicit MappedWeights(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) {
      if (file >= 0) ::close(file);
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: cannot be read; check the path and its permissions", path.string()));
    }
    size_ = static_cast<size_t>(status.st_size);
    if (!S_ISREG(status.st_mode)) {
      ::close(file);
      throw Error(ErrorKind::BadFile, fmt::format("{}: expected a file, found something else", path.string()));
    }
    if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (data_ == MAP_FAILED)
      throw Error(ErrorKind::BadFile, fmt::format("{}: cannot be mapped into memory", path.string()));
  }
  ~MappedWeights() {
    if (size_ > 0) ::munmap(data_, size_);
  }
  MappedWeights(const MappedWeights&) = delete;
  MappedWeights& operator=(const MappedWeights&) = delete;
  const char* data() const { return static_cast<const char*>(data_); }
  size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

namespace {

using nlohmann::json;

constexpr uint64_t max_header_bytes = 100'000'000;  // the limit of the safetensors package

const std::pair<const char*, at::ScalarType> dtypes[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16},
    {"I64", at::kLong},   {"I32", at::kInt},   {"U8", at::kByte}};

[[noreturn]] void bad(const fs::path& path, const std::string& what) {
  throw Error(ErrorKind::BadFile,
              fmt::format("{}: {}; the file is damaged or incomplete, fetch or write it again", path.string(), what));
}

using Entry = SafetensorsFile::Entry;

Entry read_entry(const fs::path& path, const std::string& name, const json& value, uint64_t data_bytes) {
  if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() || !value.contains("shape") ||
      !value["shape"].is_array() || !value.contains("data_offsets") || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2) {
    bad(path, fmt::format("tensor {}: expected dtype, shape and data_offsets", name));
  }
  const auto dtype_name = value["dtype"].get<std::string>();
  const auto* dtype =
      std::find_if(std::begin(dtypes), std::end(dtypes), [&](const auto& d) { return dtype_name == d.first; });
  if (dtype == std::end(dtypes)) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: tensor {}: dtype {} is not read here; expected F64, F32, F16, BF16, I64, I32 or U8",
                            path.string(), name, dtype_name));
  }
  Entry entry{name, dtype->second, {}, 0, 0};
  // span is bytes with every 0 in the shape taken as 1: the strides of an empty tensor have to fit too.
  uint64_t bytes = at::elementSize(dtype->second), span = bytes;
  for (const json& size : value["shape"]) {
    if (!size.is_number_unsigned())
      bad(path, fmt::format("tensor {}: expected a shape of non-negative whole numbers, found {}", name,
                            value["shape"].dump()));
    const auto count = size.get<uint64_t>();
    if (__builtin_mul_overflow(span, std::max<uint64_t>(1, count), &span) || span > uint64_t{INT64_MAX})
      bad(path, fmt::format("tensor {}: shape {} is too large", name, value["shape"].dump()));
    bytes *= count;
    entry.shape.push_back(static_cast<int64_t>(count));
  }
  for (const json& offset : value["data_offsets"]) {
    if (!offset.is_number_unsigned())
      bad(path, fmt::format("tensor {}: expected two offsets, found {}", name, value["data_offsets"].dump()));
  }
  entry.begin = value["data_offsets"][0].get<uint64_t>();
  entry.end = value["data_offsets"][1].get<uint64_t>();
  if (entry.begin > entry.end || entry.end > data_bytes) {
    bad(path, fmt::format("tensor {}: expected bytes within 0 .. {}, found {} .. {}", name, data_bytes, entry.begin,
                          entry.end));
  }
  if (entry.end - entry.begin != bytes) {
    bad(path, fmt::format("tensor {}: expected {} bytes for {} {}, found {}", name, bytes, dtype_name,
                          value["shape"].dump(), entry.end - entry.begin));
  }
  return entry;
}

/// Refuses, while a header is parsed, what no header has: else a hundred megabytes of brackets would become gigabytes.
struct BoundedHeader {
  const fs::path& path;
  int values = 0;  // since the last key

  bool operator()(int depth, json::parse_event_t event, const json&) {
    const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (event == json::parse_event_t::key) values = 0;
    if ((opens && depth > 2) || (event == json::parse_event_t::value && ++values > 64))
      bad(path, "expected a header of tensors with at most 64 dimensions, found something else");
    return true;
  }
};

}  // namespace

SafetensorsFile open_safetensors(const fs::path& path) {
  const auto file = std::make_shared<const MappedWeights>(path);
  if (file->size() < 8) bad(path, fmt::format("expected at least 8 bytes, found {}", file->size()));
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file->data(), 8);
  const std::string other = not_what_was_meant({file->data(), std::min<size_t>(file->size(), 200)});
  if (header_bytes > max_header_bytes || header_bytes > file->size() - 8) {
    if (!other.empty()) throw Error(ErrorKind::BadFile, fmt::format("{}: found {}", path.string(), other));
    bad(path, fmt::format("expected a header of at most {} bytes, found a length of {}",
                          std::min<uint64_t>(max_header_bytes, file->size() - 8), header_bytes));
  }
  const json header = json::parse(file->data() + 8, file->data() + 8 + header_bytes, BoundedHeader{path}, false);
  if (!header.is_object()) {
    if (!other.empty()) throw Error(ErrorKind::BadFile, fmt::format("{}: found {}", path.string(), other));
    bad(path, "expected a header that is a JSON object");
  }

  const uint64_t data_begin = 8 + header_bytes, data_bytes = file->size() - data_begin;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") entries.push_back(read_entry(path, name, value, data_bytes));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  uint64_t end = 0;
  for (size_t i = 0; i < entries.size(); end = entries[i++].end) {
    if (entries[i].begin < end)
      bad(path, fmt::format("tensor {} overlaps tensor {}", entries[i].name, entries[i - 1].name));
    if (entries[i].begin > end)
      bad(path, fmt::format("expected tensor {} at byte {}, found it at {}", entries[i].name, end, entries[i].begin));
  }
  if (end != data_bytes) bad(path, fmt::format("expected {} bytes of tensors, found {}", end, data_bytes));
  for (Entry& entry : entries) {
    entry.begin += data_begin;
    entry.end += data_begin;
  }
  return {path, std::move(entries), file};
}

at::Tensor mapped_tensor(const SafetensorsFile& file, const Entry& entry) {
  const auto options = at::TensorOptions().dtype(entry.dtype);
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  // at::from_blob takes a pointer to what may be written; nobody does.
  auto* const bytes = const_cast<char*>(file.mapping->data() + entry.begin);
  if (reinterpret_cast<uintptr_t>(bytes) % at::elementSize(entry.dtype) != 0) {
    const at::Tensor copy = at::empty(entry.shape, options);
    std::memcpy(copy.data_ptr(), bytes, entry.end - entry.begin);
    return copy;
  }
  return at::from_blob(
      bytes, entry.shape, [mapping = file.mapping](void*) {}, options);
}

void release_pages(const SafetensorsFile& file, uint64_t begin, uint64_t end) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  begin = begin / page * page;
  // Advice: where the system does not take it, only more memory is in use.
  if (end > begin) ::madvise(const_cast<char*>(file.mapping->data()) + begin, end - begin, MADV_DONTNEED);
}

std::map<std::string, at::Tensor> read_safetensors(const fs::path& path) {
  const SafetensorsFile file = open_safetensors(path);
  std::map<std::string, at::Tensor> tensors;
  for (const Entry& entry : file.entries) tensors.emplace(entry.name, mapped_tensor(file, entry).clone());
  return tensors;
}

void write_safetensors(const fs::path& path, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t end = 0;
  std::vector<at::Tensor> parts;
  for (const auto& [name, tensor] : tensors) {
    const auto* dtype = std::find_if(std::begin(dtypes), std::end(dtypes),
                                     [type = tensor.scalar_type()](const auto& d) { return type == d.second; });
    if (dtype == std::end(dtypes))
      throw Error(ErrorKind::Unsupported, fmt::format("tensor {}: its dtype cannot be written to safetensors", name));
    parts.push_back(tensor.detach().cpu().contiguous());
    const uint64_t begin = end;
    end += parts.back().nbytes();
    header[name] = {{"dtype", dtype->first}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data begins aligned
  const uint64_t header_bytes = text.size();
  // Piece by piece: weights are not copied to be written.
  std::vector<std::string_view> pieces = {{reinterpret_cast<const char*>(&header_bytes), 8}, text};
  for (const at::Tensor& part : parts)
    pieces.emplace_back(static_cast<const char*>(part.const_data_ptr()), part.nbytes());
  write_file_atomically(path, pieces);
}

}  // namespace prefscope
