// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// "★ Frozen on 2026-11-26 at 09:00 UTC · tags: odd, to show".
std::string kept_line(const KeptCase& kept);
/// "Data: sample world (SHA-256 ...). Model: starter (SHA-256 ...), with the adapter of DMPO 2 (dmpo, SHA-256 ...)."
std::string source_text(const CaseSource& source);

}  // namespace prefscope
