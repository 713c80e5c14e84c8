// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "engine/llm/weights.h"

namespace prefscope {

/// Gives a model with random weights heads that copy, so that training need not find them: what follows a token that
/// stood before is written again when the token comes again (the induction heads of Olsson et al. 2022,
/// transformer-circuits.pub, which a small model finds late or never where each text has titles of its own). One head
/// of the first layer looks at the token before; two of the second look for places where the token before is the one
/// at hand, and pass on what stands there. All weights remain free to learn. Takes the embedding's first dimension for
/// a constant. Does nothing with fewer than two layers or two key and value heads.
void add_copying_heads(ModelWeights& model, uint64_t seed);

}  // namespace prefscope
