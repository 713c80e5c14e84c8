// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/generate.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/error.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/generation.h"
#include "engine/tasks/torch_errors.h"
#include "engine/text/stop_strings.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

/// A model whose folder may lack a tokenizer, since ids need none.
struct LoadedModel {
  ModelWeights weights;
  std::shared_ptr<const Tokenizer> tokenizer;
};

LoadedModel load(const fs::path& folder, const LoadOptions& options) {
  if (!fs::exists(folder / "tokenizer.json") && !fs::exists(folder / "tokenizer.model"))
    return {load_weights(folder, options), nullptr};
  LanguageModel model = load_language_model(folder, options);
  return {std::move(model.weights), std::move(model.tokenizer)};
}

std::vector<int32_t> ids_of(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids = tokenizer.prefix_ids();
  const auto encoded = tokenizer.encode(text).ids;
  ids.insert(ids.end(), encoded.begin(), encoded.end());
  return ids;
}

ChatPrompt render(const Tokenizer& tokenizer, const ChatFormat* format, const std::optional<std::string>& system,
                  const std::string& prompt) {
  if (format) {
    auto segments = render_chat_prompt(*format, system, prompt);
    auto ids = chat_ids(tokenizer, *format, segments);
    for (ChatSegment& segment : segments) {  // to some tokenizers [INST] is text
      if (segment.kind == ChatSegment::Kind::Token && !tokenizer.special_token(segment.text))
        segment.kind = ChatSegment::Kind::Words;
    }
    return {format->name, std::move(segments), std::move(ids)};
  }
  if (system)
    throw Error(ErrorKind::BadInput,
                "--system: without a chat format there is no system message; choose one with "
                "--chat, or put it into --prompt");
  ChatPrompt plain{"none", {}, ids_of(tokenizer, prompt)};
  for (const int32_t id : tokenizer.prefix_ids())
    plain.segments.push_back({ChatSegment::Kind::Token, tokenizer.decode({id})});
  plain.segments.push_back({ChatSegment::Kind::Outside, prompt});
  return plain;
}

/// The prompt's ids, within the model.
std::vector<int32_t> prompt_of(const GenerateOptions& o, const LoadedModel& model, const ChatFormat* format) {
  const ModelConfig& config = model.weights.config;
  std::vector<int32_t> ids;
  if (o.prompt) {
    ids = render(*model.tokenizer, format, o.system, *o.prompt).ids;
  } else {
    for (const int64_t id : o.ids) {
      if (id < 0 || id >= config.vocab_size)
        throw Error(ErrorKind::BadInput,
                    fmt::format("--ids: expected ids within 0 .. {}, found {}", config.vocab_size - 1, id));
      ids.push_back(static_cast<int32_t>(id));
    }
  }
  if (ids.empty() || static_cast<int64_t>(ids.size()) >= config.max_positions) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: expected 1 .. {} tokens, as the model has {} positions, found {}",
                                                 o.prompt ? "--prompt" : "--ids", config.max_positions - 1,
                                                 config.max_positions, ids.size()));
  }
  return ids;
}

}  // namespace

ChatPrompt render_prompt(const std::string& model, const std::string& chat, const std::optional<std::string>& system,
                         const std::string& prompt) {
  const fs::path folder = model_folder(model);
  return render(*load_tokenizer(folder), choose_chat_format(folder, chat), system, prompt);
}

GenerateResult generate_text(const GenerateOptions& o, const std::function<void(std::string_view)>& on_text,
                             const TaskContext& context) {
  GenerationOptions generation{.max_tokens = o.max_new_tokens, .temperature = o.temperature, .seed = o.seed};
  generation.repetition_penalty = o.repetition_penalty;
  generation.top_k = o.top_k;
  generation.top_p = o.top_p;
  generation.min_p = o.min_p;
  generation.keep_end = true;
  check_generation(generation);
  if (o.prompt.has_value() == !o.ids.empty()) throw Error(ErrorKind::BadInput, "expected either --prompt or --ids");
  const fs::path folder = model_folder(o.model);
  const std::string device = choose_device(o.device);
  number_type(o.dtype);
  const ChatFormat* format = choose_chat_format(folder, o.chat);
  if (!o.prompt && (o.chat != "none" || o.system))
    throw Error(ErrorKind::BadInput, "--chat and --system: need --prompt; ids are taken as they are");

  return with_torch_errors([&] {
    const at::InferenceMode inference;
    LoadedModel model = load(folder, {.device = device, .dtype = o.dtype, .context = context});
    if (!model.tokenizer && (o.prompt || !o.stop.empty()))
      throw Error(ErrorKind::BadInput, fmt::format("{}: has no tokenizer, which {} needs; give --ids alone",
                                                   folder.string(), o.prompt ? "--prompt" : "--stop"));
    const std::vector<int32_t> prompt = prompt_of(o, model, format);
    std::vector<Lora> adapters;
    for (const fs::path& adapter : o.adapters)
      adapters.push_back(to_device(load_lora(adapter, model.weights.config), device));
    std::vector<const Lora*> stack;
    for (const Lora& adapter : adapters) stack.push_back(&adapter);
    if (format) generation.more_ends.push_back(chat_end(*model.tokenizer, *format));

    GenerateResult result;
    result.prompt_tokens = prompt.size();
    std::vector<int32_t> written;
    std::optional<StopStrings> stops;
    if (model.tokenizer) stops.emplace(*model.tokenizer, o.stop);
    size_t shown = 0;
    const auto show = [&] {
      if (!on_text || !model.tokenizer) return;
      std::string text = model.tokenizer->decode(written);
      while (text.ends_with("\xef\xbf\xbd")) text.resize(text.size() - 3);  // a character that is not whole yet
      const size_t end = stops->shown(text);
      if (end > shown) on_text(std::string_view(text).substr(shown, end - shown));
      shown = std::max(shown, end);
    };
    result.ended = "length";
    generation.ends_with = [&](int32_t id) {
      if (!stops || !stops->push(id)) return false;
      result.ended = "stop";
      return true;
    };
    context.report({"Writing", -1, -1, {}});
    const auto begin = std::chrono::steady_clock::now();
    result.ids = generate(
        model.weights, stack, prompt, generation,
        [&](int32_t id) {
          written.push_back(id);
          show();
        },
        context.stop);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (result.ids.size() > written.size()) result.ended = "end";
    if (model.tokenizer) {
      result.text = std::string(stops->before(model.tokenizer->decode(written)));
      if (on_text && result.text->size() > shown) on_text(std::string_view(*result.text).substr(shown));
    }
    return result;
  });
}

}  // namespace prefscope
