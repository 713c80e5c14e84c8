// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>

namespace prefscope {

/// Held by the process that trains a run, so that no second one does and a killed one is recognised: the system lets go
/// when a process ends.
class RunLock {
 public:
  /// Nothing when another process, or another holder in this one, has it. Makes the folder.
  static std::optional<RunLock> take(const std::filesystem::path& run_folder);
  RunLock(RunLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int file) : file_(file) {}
  int file_;
};

}  // namespace prefscope
