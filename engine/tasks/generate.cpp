// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/generate.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/error.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/generation.h"
#include "engine/llm/lora.h"
#include "engine/llm/model_config.h"
#include "engine/llm/model_files.h"
#include "engine/store/preparations.h"
#include "engine/tasks/torch_errors.h"
#include "engine/text/stop_strings.h"

namespace prefscope {

namespace fs = std::filesystem;

class LoadedModel {
 public:
  fs::path folder;
  ModelWeights weights;
  std::shared_ptr<const Tokenizer> tokenizer;  ///< a folder may lack one: ids need none
  std::vector<Lora> adapters;                  ///< lowest first
};

namespace {

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

GenerationOptions generation_options(const GenerateOptions& o) {
  GenerationOptions generation{.max_tokens = o.max_new_tokens, .temperature = o.temperature, .seed = o.seed};
  generation.repetition_penalty = o.repetition_penalty;
  generation.top_k = o.top_k;
  generation.top_p = o.top_p;
  generation.min_p = o.min_p;
  generation.keep_end = true;
  return generation;
}

/// Refuses what can be refused without the model; the format in which the prompt is written.
const ChatFormat* check(const GenerateOptions& o, const fs::path& folder) {
  check_generation(generation_options(o));
  if (o.prompt.has_value() == !o.ids.empty()) throw Error(ErrorKind::BadInput, "expected either --prompt or --ids");
  const ChatFormat* format = choose_chat_format(folder, o.chat);
  if (!o.prompt && (o.chat != "none" || o.system))
    throw Error(ErrorKind::BadInput, "--chat and --system: need --prompt; ids are taken as they are");
  return format;
}

}  // namespace

ChatPrompt render_prompt(const Tokenizer& tokenizer, const std::string& model, const std::string& chat,
                         const std::optional<std::string>& system, const std::string& prompt) {
  return render(tokenizer, choose_chat_format(model_folder(model), chat), system, prompt);
}

ChatPrompt render_prompt(const std::string& model, const std::string& chat, const std::optional<std::string>& system,
                         const std::string& prompt) {
  return render_prompt(*load_model_tokenizer(model_folder(model)), model, chat, system, prompt);
}

ExamplePrompts example_prompts(const fs::path& folder, int64_t preparation_id, const std::string& user,
                               const std::string& model) {
  Workspace workspace(folder);
  const std::vector<Example> examples = read_examples(workspace, preparation_id, Role::HeldOut);
  if (examples.empty()) return {};
  const auto asked =
      std::find_if(examples.begin(), examples.end(), [&](const Example& e) { return e.user_key == user; });
  const Example& e = asked == examples.end() ? examples.front() : *asked;
  if (!e.pairs.empty()) return {e.user_key, e.pairs.front().prompt, {}};
  const Preparation preparation = read_preparation(workspace, preparation_id);
  const ItemIndex items(read_item_texts(workspace, preparation.data_set));
  std::vector<const ItemText*> listed;
  if (preparation.prompt == "listed") listed = items.all(e.candidates);
  return {e.user_key, render_prompt(preparation.prompt_template, items.all(e.history), listed),
          render_rationale_prompt(load_prompt_template(read_model_config(model_folder(model)).rationale_prompt),
                                  items.all(e.history), *items.at(e.target))};
}

std::shared_ptr<const LoadedModel> load_for_writing(const GenerateOptions& o, const TaskContext& context) {
  const fs::path folder = model_folder(o.model);
  const std::string device = choose_device(o.device);
  number_type(o.dtype);
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    const LoadOptions options{.device = device, .dtype = o.dtype, .context = context};
    auto model = std::make_shared<LoadedModel>();
    model->folder = folder;
    if (tokenizer_file(folder).empty()) {
      model->weights = load_weights(folder, options);
    } else {
      LanguageModel whole = load_language_model(folder, options);
      model->weights = std::move(whole.weights);
      model->tokenizer = std::move(whole.tokenizer);
    }
    for (const fs::path& adapter : o.adapters)
      model->adapters.push_back(to_device(load_lora(adapter, model->weights.config), device));
    return model;
  });
}

GenerateResult generate_text(const GenerateOptions& o, const std::function<void(std::string_view)>& on_text,
                             const TaskContext& context) {
  check(o, model_folder(o.model));  // before the model takes its time
  return generate_text(*load_for_writing(o, context), o, on_text, context);
}

GenerateResult generate_text(const LoadedModel& model, const GenerateOptions& o,
                             const std::function<void(std::string_view)>& on_text, const TaskContext& context) {
  const ChatFormat* format = check(o, model.folder);
  GenerationOptions generation = generation_options(o);
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    if (!model.tokenizer && (o.prompt || !o.stop.empty()))
      throw Error(ErrorKind::BadInput, fmt::format("{}: has no tokenizer, which {} needs; give --ids alone",
                                                   model.folder.string(), o.prompt ? "--prompt" : "--stop"));
    const std::vector<int32_t> prompt = prompt_of(o, model, format);
    std::vector<const Lora*> stack;
    for (const Lora& adapter : model.adapters) stack.push_back(&adapter);
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
