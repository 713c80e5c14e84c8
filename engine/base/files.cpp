// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <utility>

#include "engine/base/error.h"

namespace prefscope {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path, size_t max_bytes) {
  std::ifstream in(path, std::ios::binary);
  std::error_code code;
  const auto size = fs::file_size(path, code);
  if (!in || code) throw Error(ErrorKind::BadFile, fmt::format("{}: cannot be read; check the path and its permissions", path.string()));
  if (size > max_bytes) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected at most {} bytes, found {}", path.string(), max_bytes, size));
  }
  std::string content(size, '\0');
  in.read(content.data(), static_cast<std::streamsize>(size));
  if (in.bad()) throw Error(ErrorKind::BadFile, fmt::format("{}: reading failed; check the disk", path.string()));
  content.resize(static_cast<size_t>(in.gcount()));
  return content;
}

void write_file_atomically(const fs::path& asked, std::string_view content) {
  write_file_atomically(asked, std::vector<std::string_view>{content});
}

void write_file_atomically(const fs::path& asked, const std::vector<std::string_view>& pieces) {
  std::error_code code;
  // A link stays one: what it leads to is written. A device or folder is never replaced.
  const fs::path path = fs::is_symlink(asked, code) ? fs::weakly_canonical(asked) : asked;
  if (fs::exists(path, code) && !fs::is_regular_file(path, code))
    throw Error(ErrorKind::Storage, fmt::format("{}: expected a file or nothing yet, found something else; choose another "
                                                "name", path.string()));
  const fs::path folder = fs::absolute(path).parent_path();
  if (fs::create_directories(folder, code); code) {
    throw Error(ErrorKind::Storage, fmt::format("{}: the folder cannot be made: {}", path.string(), code.message()));
  }
  const fs::path temporary = path.string() + ".part";
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto fail = [&](const char* what) {
    const int reason = errno;
    if (file >= 0) ::close(file);
    ::unlink(temporary.c_str());
    throw Error(ErrorKind::Storage, fmt::format("{}: {} failed: {}", path.string(), what, std::strerror(reason)));
  };
  if (file < 0) fail("opening the temporary file");
  for (const std::string_view content : pieces) {
    size_t written = 0;
    while (written < content.size()) {
      const ssize_t n = ::write(file, content.data() + written, content.size() - written);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("writing");
      written += static_cast<size_t>(n);
    }
  }
  if (::fsync(file) != 0) fail("flushing");
  if (::close(std::exchange(file, -1)) != 0) fail("flushing");
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("renaming");
}

namespace {

/// SHA-256 over pieces.
class Sha256 {
 public:
  void add(std::string_view data) {
    total_ += data.size();
    while (!data.empty()) {
      const size_t n = std::min(data.size(), block_.size() - used_);
      std::memcpy(block_.data() + used_, data.data(), n);
      used_ += n;
      data.remove_prefix(n);
      if (used_ == block_.size()) compress();
    }
  }
  std::string hex() {
    const uint64_t bits = total_ * 8;
    add(std::string_view("\x80", 1));
    while (used_ != 56) add(std::string_view("\0", 1));
    std::string length(8, '\0');
    for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(bits >> (56 - 8 * i));
    add(length);
    std::string out;
    for (const uint32_t h : state_) out += fmt::format("{:08x}", h);
    return out;
  }

 private:
  void compress() {
    static constexpr std::array<uint32_t, 64> k = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
        0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
        0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
        0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
        0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
        0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    std::array<uint32_t, 64> w;
    for (int i = 0; i < 16; ++i) {
      w[i] = 0;
      for (int b = 0; b < 4; ++b) w[i] = w[i] << 8 | block_[4 * i + b];
    }
    for (int i = 16; i < 64; ++i) {
      const uint32_t a = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const uint32_t b = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (int i = 0; i < 64; ++i) {
      const uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
      const uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<uint32_t, 8> add = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) state_[i] += add[i];
    used_ = 0;
  }

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_{};
  size_t used_ = 0;
  uint64_t total_ = 0;
};

}  // namespace

std::string sha256(std::string_view content) {
  Sha256 hash;
  hash.add(content);
  return hash.hex();
}

std::string sha256_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const auto fail = [&] {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: cannot be read; check the path and its permissions", path.string()));
  };
  if (!in) fail();
  Sha256 hash;
  std::string piece(1 << 20, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    hash.add(std::string_view(piece.data(), static_cast<size_t>(in.gcount())));
  }
  if (in.bad()) fail();  // a folder, or a disk that fails: half a file's hash is none
  return hash.hex();
}

namespace {

fs::path bundled(const char* folder, std::string_view relative) {
  const fs::path source = fs::path(PREFSCOPE_SOURCE) / folder;
  std::error_code code;
  const fs::path root = fs::exists(source, code) ? source : fs::path(PREFSCOPE_SHARE_DIR) / folder;
  return root / relative;
}

}  // namespace

fs::path resource_path(std::string_view relative) { return bundled("resources", relative); }
fs::path bundled_dataset_path(std::string_view relative) { return bundled("datasets", relative); }

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), n};
}

}  // namespace prefscope
