// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "engine/store/workspace.h"

namespace prefscope {

/// Chooses how a workspace writes a model's prompts when it trains, ranks and explains: one of chat_choices() (chat.h).
/// What the base model has scored and said there is forgotten where that changes it. Throws BadInput where the
/// tokenizer lacks what the format needs, and where runs have learned from its prompts as they were. Returns the
/// format's name, or none.
std::string set_model_chat(Workspace& workspace, const std::string& model, const std::string& choice);

}  // namespace prefscope
