// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/sha256.h"

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
