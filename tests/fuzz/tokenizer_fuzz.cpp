// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer (run_tokenizer.sh): any bytes as a tokenizer.json, or, where they begin as one does, as a sentencepiece
// model; what can be read encodes texts and decodes them. tokenizer_mutation_test.cpp runs the same on changed
// fixtures.
#include <cstdint>
#include <string_view>

#include "engine/base/error.h"
#include "engine/text/sentencepiece_model.h"
#include "engine/text/tokenizer.h"
#include "engine/text/tokenizer_json.h"

namespace {

void encode_and_decode(const prefscope::Tokenizer& tokenizer) {
  for (const std::string_view text :
       {"", " the lantern\n\n<s>caf\u00e9 </s> 1984 \u4e03", "\u2603\u0301 \u2581<unk> ::\u3000e\u0301\xff\ufb01"}) {
    const prefscope::PromptPart part{text, true};
    for (const auto& encoding : {tokenizer.encode(text), tokenizer.encode_prompt({&part, 1})}) {
      if (encoding.offsets.size() != encoding.ids.size()) __builtin_trap();
      for (size_t i = 0; i < encoding.ids.size(); ++i) {
        const auto [begin, end] = encoding.offsets[i];
        if (begin < 0 || begin > end || end > static_cast<int32_t>(text.size())) __builtin_trap();
        if (encoding.ids[i] < 0 || encoding.ids[i] >= tokenizer.vocabulary_size()) __builtin_trap();
        tokenizer.token(encoding.ids[i]);
        tokenizer.bytes_of_token(encoding.ids[i]);
      }
      tokenizer.decode(encoding.ids);
      tokenizer.decode(encoding.ids, true);
    }
  }
}

/// Whether it could be read.
bool try_out(std::string_view content) {
  try {
    const bool sentencepiece = content.starts_with('\n');
    encode_and_decode(prefscope::Tokenizer(
        sentencepiece ? prefscope::read_sentencepiece_model("tokenizer.model", content, std::nullopt)
                      : prefscope::read_tokenizer_json("tokenizer.json", content)));
    return true;
  } catch (const prefscope::Error&) {  // refused by name: what bad files are for
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try_out({reinterpret_cast<const char*>(data), size});
  return 0;
}
