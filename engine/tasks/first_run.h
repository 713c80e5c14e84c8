// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/progress.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/train.h"

namespace prefscope {

/// The sample world as it first opens.
struct SampleStart {
  int64_t data_set = 0, preparation = 0;
  int64_t sft = 0, dmpo = 0;  ///< runs that come with the program; 0 where they do not fit the starter that is there
  std::string user;           ///< whose case shows what DMPO does; empty where there is no run
};

/// How many users the first run learns from.
inline constexpr int64_t sample_train_users = 100;

/// Whether a set is the bundled sample world, whose titles the bundled starter knows.
bool is_sample_world(const DataSet& set);
/// The bundled sample world in a workspace, imported unless it is there.
DataSet import_sample_world(const std::filesystem::path& workspace, const TaskContext& context);
/// How the sample world is prepared. Few training users: histories as the starter was trained on. All (train_users 0):
/// longer ones, since its users have many tastes, and five targets a user.
PrepareOptions sample_preparation(const std::filesystem::path& workspace, const std::string& data_set,
                                  int64_t train_users);
/// How SFT and DMPO (objective) are trained on it: few examples three times in small steps, many once and DMPO half as
/// long, since more of it harms.
TrainOptions sample_training(const std::filesystem::path& workspace, const std::string& data_set, int64_t preparation,
                             const std::string& objective);
/// Seconds that SFT and DMPO took together where the bundled runs were made (2 cores); 0: no bundle.
double sample_training_seconds();

/// Imports the bundled sample world unless it is there, prepares it for few-shot training unless it is so already, and
/// takes the bundled SFT and DMPO runs in, as finished; DMPO writes its rationale of the case. May be called again.
SampleStart open_sample_world(const std::filesystem::path& workspace, const TaskContext& context);

/// Makes the bundle of open_sample_world anew with the starter that is there, in an empty workspace: trains SFT and
/// DMPO on sample_train_users users and writes resources/first-run. Whose case is shown: among the held-out users whose
/// target DMPO brings to rank 1 or 2, the one whose rank gains most; ties by saved order.
SampleStart make_first_run(const std::filesystem::path& workspace, const std::filesystem::path& out,
                           const TaskContext& context);

}  // namespace prefscope
