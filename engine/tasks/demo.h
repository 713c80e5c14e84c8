// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>

#include "engine/base/progress.h"
#include "engine/store/results.h"

namespace prefscope {

struct DemoOptions {
  std::filesystem::path workspace;
  std::filesystem::path out;  ///< folder of the report; empty: the workspace's exports/
  int64_t train_users = 0;    ///< few-shot: so many; 0: all
};

struct DemoResult {
  double seconds = 0;
  Evaluation evaluation;         ///< rows base, sft, dmpo, random, popularity, itemknn, ease
  std::filesystem::path report;  ///< the exported case, HTML
  std::filesystem::path table;   ///< the evaluation as Markdown, with wins and losses of DMPO, beside the report
};

/// The whole loop on the sample world with the starter model: import, prepare, SFT, DMPO, evaluate, explain. May be
/// called again in the same workspace: the sample world is imported once, the rest is made anew.
DemoResult demo(const DemoOptions& options, const TaskContext& context);

}  // namespace prefscope
