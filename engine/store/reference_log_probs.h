// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// Log-prob of one response under a reference.
struct ReferenceLogProb {
  std::string response;  ///< its response_key
  double log_prob = 0;   ///< nats, summed over the tokens, EOS included
};

/// 16 bytes that name a response below its prompt: the first of the SHA-256 of both token sequences, each behind its
/// length.
std::string response_key(std::span<const int32_t> prompt, std::span<const int32_t> response);
/// 32 bytes that name how log-probs come about: SHA-256 of LoadedPolicy's identity (weights, frozen adapters, number
/// type, kind of device) and the version of the kernels' path.
std::string reference_key(const std::string& identity);

/// The log-probs that the workspace keeps of these responses; nothing where it has none.
std::vector<std::optional<double>> find_reference_log_probs(Workspace& workspace, const std::string& policy,
                                                            const std::vector<std::string>& responses);
/// Keeps log-probs; one that is there already stays. In the caller's transaction, or one by one without.
void keep_reference_log_probs(Workspace& workspace, const std::string& policy,
                              const std::vector<ReferenceLogProb>& log_probs);

}  // namespace prefscope
