// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/llm/checkpoint.h"
#include "engine/llm/lora.h"
#include "engine/store/scores.h"

namespace prefscope {

/// A base model with the adapters of a run and its parents, lowest first.
struct LoadedPolicy {
  LanguageModel model;
  std::vector<Lora> adapters;
  std::string identity = {};  ///< SHA-256 over the weights, the adapters, the number type and the kind of device

  /// The adapters as forward passes take them.
  std::vector<const Lora*> stack() const;
};

/// Reads what a policy consists of. dtype: of the weights and activations (float32, bfloat16, float16); adapters stay
/// float32. Throws BadFile, naming the file, where the model has changed since or an adapter is
/// missing.
LoadedPolicy load_policy(Workspace& workspace, const Policy& policy, const std::string& device,
                         const std::string& dtype = "float32");

/// The row of a model folder, made if it is not there yet; the id. chat: of a new model, how its prompts are written,
/// one of chat_choices(). Throws BadInput, saying what to do, where that is auto and its template is unknown.
int64_t model_row(Workspace& workspace, const std::string& model, const std::string& chat = "auto");

}  // namespace prefscope
