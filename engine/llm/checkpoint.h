// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "engine/llm/weights.h"
#include "engine/text/chat.h"
#include "engine/text/tokenizer.h"

namespace prefscope {

/// A language model as published: weights, tokenizer, and what identifies them.
struct LanguageModel {
  std::filesystem::path folder;
  std::string weights_hash;  ///< what identifies the weights (model_files.h)
  ModelWeights weights;
  std::shared_ptr<const Tokenizer> tokenizer;
  const ChatFormat* chat = nullptr;  ///< in which its prompts are written; nullptr: none

  /// The id that ends a response: the format's, else the model's. Throws BadFile where the model names none.
  int32_t eos() const;
};

/// The folder of a model by what the person said: "starter" is the bundled one.
std::filesystem::path model_folder(const std::string& model);
/// The tokenizer of a model's folder: its tokenizer.json, else its tokenizer.model. Throws BadFile where it has
/// neither.
std::unique_ptr<Tokenizer> load_model_tokenizer(const std::filesystem::path& folder);
/// Reads a Hugging Face folder: config.json, weights (weights.h), tokenizer.
LanguageModel load_language_model(const std::filesystem::path& folder, const LoadOptions& options = {});

/// Prompt ids: what the tokenizer's post-processor puts in front, then the text; with a chat format what it puts around
/// the text as a user's. Response ids: the text, then what ends it.
std::vector<int32_t> prompt_ids(const LanguageModel& model, const std::string& prompt);
std::vector<int32_t> response_ids(const LanguageModel& model, const std::string& response);

/// "auto" -> cuda where a GPU answers (libtorch_cuda is opened before the first CUDA query), else cpu. Throws BadInput
/// for cuda where none.
std::string choose_device(const std::string& asked);

}  // namespace prefscope
