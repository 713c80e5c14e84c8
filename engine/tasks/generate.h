// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/text/chat.h"

namespace prefscope {

/// A prompt as a model gets it.
struct ChatPrompt {
  std::string format;  ///< one of chat_formats(), or none
  std::vector<ChatSegment> segments;
  std::vector<int32_t> ids;
};

/// Renders a prompt for a model. model: a Hugging Face folder, or starter. chat: one of chat_choices(). Without a
/// format the prompt is one piece, after what the tokenizer puts in front. Throws BadInput as choose_chat_format and
/// chat_ids do.
ChatPrompt render_prompt(const std::string& model, const std::string& chat, const std::optional<std::string>& system,
                         const std::string& prompt);
/// The same with a tokenizer that was read before.
ChatPrompt render_prompt(const Tokenizer& tokenizer, const std::string& model, const std::string& chat,
                         const std::optional<std::string>& system, const std::string& prompt);

/// Prompts of one example, as candidates and a rationale of its target are asked for; rationale is empty for imported
/// pairs.
struct ExamplePrompts {
  std::string user;  ///< the user's id in the file
  std::string ranking, rationale;
};
/// Of a user's held-out example in a preparation; where there is no such user, of the first one. Empty where there is
/// none. model: a folder, or starter, whose form the prompt of the rationale has.
ExamplePrompts example_prompts(const std::filesystem::path& workspace, int64_t preparation, const std::string& user,
                               const std::string& model);

struct GenerateOptions {
  std::string model = "starter";                     ///< a Hugging Face folder, or starter
  std::vector<std::filesystem::path> adapters = {};  ///< peft folders, all on, lowest first
  std::optional<std::string> prompt = {};            ///< this, or ids
  std::vector<int64_t> ids = {};
  std::string chat = "none";  ///< one of chat_choices(): how the prompt is written
  std::optional<std::string> system = {};
  int max_new_tokens = 96;
  double temperature = 0;  ///< 0: greedy; what follows but the penalty counts above 0 alone
  int top_k = 0;           ///< 0: all
  double top_p = 1, min_p = 0, repetition_penalty = 1;
  uint64_t seed = 0;
  std::vector<std::string> stop = {};  ///< strings that end the text
  std::string device = "cpu";          ///< auto, cpu, cuda
  std::string dtype = "float32";       ///< of weights and activations: float32, bfloat16, float16
};

struct GenerateResult {
  size_t prompt_tokens = 0;
  std::vector<int32_t> ids;         ///< written, the one that ended the text included, as transformers gives them
  std::optional<std::string> text;  ///< before what ended it; absent where the folder has no tokenizer
  std::string ended;                ///< end (a token that ends), stop (one of the strings), length
  double seconds = 0;               ///< of prompt and writing, without loading
};

/// A model in memory with its adapters, to write with as often as one likes.
class LoadedModel;
/// Loads what the options name: model, adapters, device, dtype. Reports the bytes that are read; throws as opening
/// does, and Cancelled on a stop.
std::shared_ptr<const LoadedModel> load_for_writing(const GenerateOptions& options, const TaskContext& context);

/// Continues a prompt. on_text sees the text as it grows, whole characters only and nothing that may belong to a stop
/// string. Throws BadInput, naming the setting, for what is out of range or asks for a tokenizer that the folder lacks;
/// Cancelled on a stop, within one layer of the model.
GenerateResult generate_text(const GenerateOptions& options, const std::function<void(std::string_view)>& on_text,
                             const TaskContext& context);
/// The same with a model that is loaded: what the options say of model, adapters, device and dtype is not read again.
GenerateResult generate_text(const LoadedModel& model, const GenerateOptions& options,
                             const std::function<void(std::string_view)>& on_text, const TaskContext& context);

}  // namespace prefscope
