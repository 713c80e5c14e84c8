// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/scores.h"

namespace prefscope {

struct HardestOptions {
  std::filesystem::path workspace;
  int64_t run = 0;
  std::optional<int64_t> preparation;  ///< absent: the run's
  std::optional<int64_t> users;        ///< the first N held-out users in saved order
  std::string device = "auto";
};

/// A held-out example with its chosen item and the rejected one that comes closest to it or stands furthest above it.
struct HardestRejected {
  MarginPoint point;  ///< its margins, as in the planes; point.hardest is held against `rejected`
  std::string chosen, rejected, rejected_before;  ///< titles; under the run, and under its reference
};

/// Held-out users by their margin over the hardest rejected under the run, the smallest first, nats; ties by saved
/// order. What is not scored yet is scored and kept. Of given pairs it is the pair with the smallest margin, and its
/// texts. Throws BadInput where the run is not done or nobody is held out.
std::vector<HardestRejected> hardest_rejected(const HardestOptions& options, const TaskContext& context);

}  // namespace prefscope
