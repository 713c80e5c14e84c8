// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/llm/policy.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// What a model is asked to write a rationale for, and how.
struct RationaleRequest {
  std::vector<const ItemText*> history;
  const ItemText* item = nullptr;
  int max_tokens = 96;
  double temperature = 0;  ///< 0: greedy
  uint64_t seed = 0;
  bool hold_titles = true;  ///< titles in quotes can be those of the history alone
};

/// Lets the model write why. on_text (may be empty) gets each piece as it comes, whole characters; the pieces add up to
/// the text. Throws BadInput where the prompt leaves no room, naming `user`; Cancelled on a stop, within one token.
std::string write_rationale_text(const LoadedPolicy& policy, const RationaleRequest& request, const std::string& user,
                                 const std::function<void(std::string_view)>& on_text, std::stop_token stop);

}  // namespace prefscope
