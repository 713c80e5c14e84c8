// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/data/prompts.h"
#include "engine/llm/generation.h"

namespace prefscope {

std::string write_rationale_text(const LoadedPolicy& policy, const RationaleRequest& request, const std::string& user,
                                 const std::function<void(std::string_view)>& on_text, std::stop_token stop) {
  const LanguageModel& model = policy.model;
  const std::vector<int32_t> prompt =
      prompt_ids(model, render_rationale_prompt(load_prompt_template(model.weights.config.rationale_prompt), request.history, *request.item));
  if (static_cast<int64_t>(prompt.size()) >= model.weights.config.max_positions) {
    throw Error(ErrorKind::BadInput,
                fmt::format("user {}: the prompt of the rationale takes {} tokens, but the model has {} positions; "
                            "prepare with a shorter --history",
                            user, prompt.size(), model.weights.config.max_positions));
  }
  GenerationOptions options{request.max_tokens, request.temperature, request.seed, {}};
  if (model.chat) options.more_ends.push_back(model.eos());
  if (request.hold_titles) {
    std::vector<std::string> titles;
    for (const ItemText* seen : request.history) titles.push_back(seen->title);
    options.held.emplace(*model.tokenizer, std::move(titles));
  }
  // Tokens can end within a character: only whole characters are passed on. Decoding all anew each time is quadratic,
  // but the text is short. Some tokenizers begin a text with a blank, which is not part of it.
  std::vector<int32_t> ids;
  size_t shown = 0;
  const auto show = [&](bool last) {
    std::string text = model.tokenizer->decode(ids);
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    if (!last) {
      while (text.ends_with("\xef\xbf\xbd")) text.resize(text.size() - 3);
    }
    if (on_text && text.size() > shown) on_text(std::string_view(text).substr(shown));
    shown = std::max(shown, text.size());
    return text;
  };
  generate(
      model.weights, policy.stack(), prompt, options,
      [&](int32_t id) {
        ids.push_back(id);
        show(false);
      },
      stop);
  return show(true);
}

}  // namespace prefscope
