// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// A token as the model gets it.
struct SeenToken {
  int32_t id = 0;
  std::string token;     ///< as the vocabulary writes it
  std::string text;      ///< what it stands for; empty for a special token and for a part of a character
  bool special = false;  ///< one that text from outside never becomes
  bool learned = false;  ///< the loss sees it: those of responses, what ends them included
};

/// A response to a prompt: its tokens hang below the prompt's.
struct SeenResponse {
  std::string text;
  bool chosen = false;
  std::vector<SeenToken> tokens;
};

/// A prompt and its responses: one of these for an example of items; of an imported one for each different prompt with
/// its chosen response, though each rejected one is a pair of its own to a training.
struct SeenPrompt {
  std::string text;                     ///< the prompt as it was written, before a chat format
  std::vector<SeenToken> tokens;        ///< with what the tokenizer or the chat format puts around it
  std::vector<SeenResponse> responses;  ///< the chosen first, then the rejected (of held-out examples the candidates)
};

/// An example exactly as a training (or, held out, a ranking) has it.
struct SeenExample {
  int64_t id = 0;
  Role role = Role::Train;
  std::string subject;  ///< the user's id in the file, or where an imported example stood
  std::vector<SeenPrompt> prompts;
  int64_t longest = 0;    ///< tokens of the longest prompt with its longest response
  int64_t positions = 0;  ///< of the model
  /// How many of the oldest items of the history would have to go, where it is too long; nothing where it fits, or no
  /// shorter history would. The engine cuts nothing: training and scoring refuse an example that is too long.
  std::optional<int64_t> cut_items;
  int64_t target_place = -1;  ///< of the target in the saved candidate list, from 0; -1: there is none
  int64_t candidates = 0;     ///< in that list
};

/// What a model gets of a user's example in a preparation: of held-out users the held-out one, else the training one.
/// chat: one of chat_choices(). No weights are read. Polls. Throws BadInput where the user has none.
SeenExample inspect_example(const std::filesystem::path& workspace, int64_t preparation, const std::string& user,
                            const std::string& model, const std::string& chat, const TaskContext& context = {});

/// The same of any example, by its id.
SeenExample inspect_example(const std::filesystem::path& workspace, int64_t example, const std::string& model,
                            const std::string& chat, const TaskContext& context = {});

}  // namespace prefscope
