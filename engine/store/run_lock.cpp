// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/error.h"

namespace prefscope {

std::optional<RunLock> RunLock::take(const std::filesystem::path& run_folder) {
  std::error_code ignored;  // the lock says below what is wrong
  std::filesystem::create_directories(run_folder, ignored);
  const std::filesystem::path path = run_folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    throw Error(ErrorKind::Storage, fmt::format("{}: cannot be made; check the folder's permissions", path.string()));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return std::nullopt;
  }
  return RunLock(file);
}

RunLock::~RunLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace prefscope
