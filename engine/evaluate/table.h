// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "engine/store/results.h"

namespace prefscope {

/// An evaluation as a Markdown table with its protocol beneath: a row a model, "0.670 [0.628, 0.714]" a metric.
std::string markdown_table(const Evaluation& evaluation);

}  // namespace prefscope
