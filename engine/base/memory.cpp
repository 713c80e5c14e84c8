// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace prefscope {
namespace {

namespace fs = std::filesystem;
constexpr int64_t unlimited = std::numeric_limits<int64_t>::max();

std::optional<int64_t> number_in(const std::string& text) {
  const size_t begin = text.find_first_of("0123456789");
  if (begin == std::string::npos) return std::nullopt;
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  if (code != std::errc()) return std::nullopt;  // also one too large for 64 bits, which is no limit
  return value;
}

/// The number behind "key:" in a file of such lines, in kB there, in bytes here.
std::optional<int64_t> line_bytes(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key + ":")) continue;
    const auto kib = number_in(line.substr(key.size()));
    if (kib && *kib <= unlimited / 1024) return *kib * 1024;
  }
  return std::nullopt;
}

std::optional<int64_t> number_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return number_in(line);
}

/// What the limits of a control group and those above it leave.
int64_t left_in_group(const fs::path& mount, const fs::path& group, const char* limit, const char* usage) {
  int64_t left = unlimited;
  fs::path folder = group;
  for (;;) {
    const fs::path at = folder.empty() ? mount : mount / folder;
    const auto most = number_of(at / limit), used = number_of(at / usage);
    if (most && used) left = std::min(left, std::max<int64_t>(0, *most - *used));
    if (folder.empty()) return left;
    folder = folder.parent_path();
  }
}

}  // namespace

int64_t available_memory() {
  return available_memory("/");
}

int64_t available_memory(const fs::path& root) {
  int64_t available = line_bytes(root / "proc/meminfo", "MemAvailable").value_or(unlimited);
  // Lines of /proc/self/cgroup: "0::/path" for version 2, "4:memory:/path" for version 1. In a container the path may
  // be the host's and absent here; then the group is the mount itself, which the walk upwards reaches too.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = fs::path(line.substr(second + 1)).relative_path();
    if (controllers.empty())
      available = std::min(available, left_in_group(root / "sys/fs/cgroup", group, "memory.max", "memory.current"));
    if (controllers == "memory")
      available = std::min(available, left_in_group(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes",
                                                    "memory.usage_in_bytes"));
  }
  return available;
}

int64_t resident_memory() {
  return line_bytes("/proc/self/status", "VmRSS").value_or(0);
}

int64_t peak_memory() {
  return line_bytes("/proc/self/status", "VmHWM").value_or(0);
}

bool reset_peak_memory() {
  std::ofstream out("/proc/self/clear_refs");
  out << "5\n";
  out.flush();
  return out.good();
}

}  // namespace prefscope
