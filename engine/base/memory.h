// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>

namespace prefscope {

/// Bytes that programs can still take without swapping: MemAvailable of the kernel, or what the memory limit of this
/// process's control group (cgroup v2 or v1) leaves where that is less. The largest int64 where neither can be read.
int64_t available_memory();
/// The same from another root than "/", for tests.
int64_t available_memory(const std::filesystem::path& root);

/// Memory of this process that is in RAM, in bytes; 0 where it cannot be read.
int64_t resident_memory();
/// Its highest value since the process started, or since reset_peak_memory; 0 where it cannot be read.
int64_t peak_memory();
/// Begins a new peak at what is resident now. False where the kernel does not let it: then peak_memory stays that of
/// the whole process, and a caller takes samples of resident_memory instead.
bool reset_peak_memory();

}  // namespace prefscope
