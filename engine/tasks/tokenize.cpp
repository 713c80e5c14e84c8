// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/tokenize.h"

#include "engine/llm/checkpoint.h"

namespace prefscope {

std::unique_ptr<Tokenizer> tokenizer_of(const std::string& model) {
  return load_tokenizer(model_folder(model));
}

TokenizedText tokenize(const Tokenizer& tokenizer, std::string_view text, bool special_tokens) {
  const PromptPart part{text, special_tokens};
  const Tokenizer::Encoding encoding = tokenizer.encode_prompt({&part, 1});
  TokenizedText result{{}, tokenizer.decode(encoding.ids)};
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    const auto [begin, end] = encoding.offsets[i];
    const int32_t id = encoding.ids[i];
    result.tokens.push_back({id, tokenizer.token(id), begin, end, tokenizer.is_special(id)});
  }
  return result;
}

}  // namespace prefscope
