// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/progress.h"
#include "engine/explain/case.h"
#include "engine/store/results.h"

namespace prefscope {

struct RankOptions {
  std::filesystem::path workspace;
  std::optional<int64_t> run;          ///< absent: the base model alone
  std::string model = "starter";       ///< base model where there is no run
  std::optional<int64_t> preparation;  ///< absent: the run's, else the newest of data_set
  std::string data_set;                ///< needed without a run
  std::string user;                    ///< the id in the file
  std::optional<int64_t> example;      ///< of the preparation, in place of the user, who may have a panel example too
  std::string score = "sum";           ///< sum, mean, ratio
  std::string device = "auto";
};

/// Ranks one user's saved candidate list; scores are computed once and kept.
RankResult rank(const RankOptions& options, const TaskContext& context);

struct RationaleOptions {
  RankOptions rank;
  std::optional<int64_t> item;  ///< the recommendation to speak of; absent: the first of the ranking
  uint64_t seed = 0;
  double temperature = 0;  ///< 0: greedy
  int max_tokens = 96;
  bool hold_titles = true;  ///< titles in quotes can be those of the history alone
};

/// What was written, and a sentence on how, which stands beside it wherever it is shown.
struct Rationale {
  std::string text, note;
};

/// How a rationale was made: "greedy; titles held to those of the history; sentences taught from ItemKNN's
/// contributions", and whether its prompt says what is shared.
std::string rationale_note(Workspace& workspace, const SavedRationale& rationale);

/// The prompt template after which a model writes rationales, as its config.json says.
std::string rationale_template(Workspace& workspace, int64_t model);

/// Lets the model write why; `on_text` gets each piece as it comes, whole characters, on the task's thread; the pieces
/// add up to what is saved and returned. Generated text is not evidence.
Rationale write_rationale(const RationaleOptions& options, const std::function<void(std::string_view)>& on_text,
                          const TaskContext& context);

}  // namespace prefscope
