// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

/// A file in memory (/dev/shm) with a folder of its own, written anew for each input. The folder stays.
class FuzzFile {
 public:
  explicit FuzzFile(const char* name) {
    std::string folder = "/dev/shm/prefscope-fuzz-XXXXXX";
    folder_ = ::mkdtemp(folder.data()) == nullptr ? std::string("/tmp") : folder;
    path_ = folder_ / name;
  }
  void write(const uint8_t* data, size_t size) const {
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
    ::close(file);
  }
  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path folder_, path_;
};
