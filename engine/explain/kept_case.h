// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/explain/case.h"

namespace prefscope {

/// The adapter of a run, below or on top of a case's model.
struct CaseAdapter {
  std::string run, objective;  ///< the run's name, and dmpo, sft ...
  std::string weights_hash;    ///< SHA-256 of its file
};

/// Where a case's numbers come from. Equal hashes give equal numbers on the same kind of device.
struct CaseSource {
  std::string data_set, content_hash;      ///< its name, and the SHA-256 of its files
  std::string base_model, weights_hash;    ///< its name, and the SHA-256 of model.safetensors
  std::vector<CaseAdapter> adapters = {};  ///< the lowest first; none: the base model alone
};

/// A case as a notebook keeps it: all that was seen, frozen, and what a person wrote on it.
struct KeptCase {
  std::string saved_at;  ///< ISO 8601, UTC
  bool starred = false;
  std::vector<std::string> tags = {};
  std::string note = {};
  CaseSource source;
  CaseReport report;
};

}  // namespace prefscope
