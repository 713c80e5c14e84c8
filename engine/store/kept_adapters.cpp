// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/kept_adapters.h"

#include <algorithm>
#include <charconv>

namespace prefscope {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const Workspace& workspace, int64_t run) {
  return workspace.run_folder(run) / "steps";
}

}  // namespace

fs::path kept_adapter(const Workspace& workspace, int64_t run, int64_t step) {
  return folder_of(workspace, run) / std::to_string(step);
}

std::vector<int64_t> kept_steps(const Workspace& workspace, int64_t run) {
  std::vector<int64_t> steps;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_of(workspace, run), none)) {
    const std::string name = entry.path().filename().string();
    int64_t step = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
    if (error == std::errc() && end == name.data() + name.size() && step > 0 &&
        fs::exists(entry.path() / "adapter_config.json"))
      steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace prefscope
