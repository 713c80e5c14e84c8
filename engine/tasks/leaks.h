// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// One example of a kind of leak.
struct LeakRow {
  int64_t example = 0;
  std::string subject;  ///< its user's key, or where an imported example stood: "file.json record 12"
  std::string detail;   ///< what it shares, in words: "the training example of user 12"
};

/// A way in which what is tested can be known from training.
struct Leak {
  std::string kind;           ///< same_example, same_prompt, target_in_history, user_in_training, later_training
  std::string meaning;        ///< a sentence on what is counted
  int64_t count = 0;          ///< held-out examples; of target_in_history, examples of any role
  std::vector<LeakRow> rows;  ///< the first max_leak_rows of them, in the order of the preparation
};

inline constexpr size_t max_leak_rows = 1000;

/// Looks for leaks between training (panel included) and held-out examples of a preparation. Every kind is there, with
/// a count of 0 where there is none.
std::vector<Leak> find_leaks(const std::filesystem::path& workspace, const std::string& data_set,
                             std::optional<int64_t> preparation, const TaskContext& context);

}  // namespace prefscope
