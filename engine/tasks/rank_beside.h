// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/tasks/explain.h"

namespace prefscope {

/// Which models rank a case's saved list beside the one that is asked for.
struct BesideOptions {
  std::vector<std::string> classics;  ///< random, popularity, itemknn, ease
  bool base = false;                  ///< the base model alone
  std::vector<int64_t> runs;          ///< finished ones of the case's preparation
  uint64_t seed = 0;                  ///< of random, as evaluate's
};

/// Classic models that are fitted already, those of the preparation asked for last. For one thread at a time.
struct ClassicModels;
using ClassicModelsPtr = std::shared_ptr<ClassicModels>;
ClassicModelsPtr make_classic_models();

/// "ItemKNN" for itemknn.
std::string classic_title(const std::string& name);

/// Ranks the list of the case that `options` names under each model of `beside`: classics, base, runs, in the order
/// given, each once. Classic models are fitted as evaluate() fits them, on what training users did before their
/// targets, and stay in `fitted`; a user's scores under them are those of evaluate() with the same seed. Runs are
/// ranked by log-prob, by token where options.score is mean; what is not scored yet is scored and kept. Throws BadInput
/// as rank() does, for an unknown name, a run that is not done or of another preparation, and for given pairs, which
/// name no items.
std::vector<BesideModel> rank_beside(const RankOptions& options, const BesideOptions& beside, ClassicModels& fitted,
                                     const TaskContext& context);

}  // namespace prefscope
