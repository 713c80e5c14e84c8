// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/packing.h"

#include "engine/base/error.h"

namespace prefscope {

PackedGroups pack(std::span<const PromptGroup> groups) {
  PackedGroups packed;
  packed.group_begin.push_back(0);
  packed.response_begin.push_back(0);
  const auto add = [&](int32_t id, int64_t position, int64_t exit) {
    packed.enter.push_back(static_cast<int64_t>(packed.ids.size()));
    packed.exit.push_back(exit);
    packed.ids.push_back(id);
    packed.positions.push_back(position);
  };
  for (const PromptGroup& group : groups) {
    if (group.prompt.empty())
      throw Error(ErrorKind::BadInput,
                  "a prompt must have at least one token; check the prompt template and the tokenizer");
    const auto begin = static_cast<int64_t>(packed.ids.size());
    const auto prompt_size = static_cast<int64_t>(group.prompt.size());
    int64_t end = begin + prompt_size;
    for (const auto& response : group.responses) end += static_cast<int64_t>(response.size());

    // The prompt is seen by everything after it in its group, a response only by itself.
    for (int64_t i = 0; i < prompt_size; ++i) add(group.prompt[static_cast<size_t>(i)], i, end);
    for (const auto& response : group.responses) {
      if (response.empty())
        throw Error(ErrorKind::BadInput, "a response must have at least one token; check the tokenizer's EOS");
      const auto first = static_cast<int64_t>(packed.ids.size());
      const int64_t exit = first + static_cast<int64_t>(response.size());
      for (int64_t i = 0; first + i < exit; ++i) {
        // The first token of a response is predicted by the last token of the prompt, the others by the one before.
        packed.predicting_row.push_back(i == 0 ? begin + prompt_size - 1 : first + i - 1);
        packed.target.push_back(response[static_cast<size_t>(i)]);
        add(response[static_cast<size_t>(i)], prompt_size + i, exit);
      }
      packed.response_begin.push_back(static_cast<int64_t>(packed.target.size()));
    }
    packed.group_begin.push_back(end);
  }
  return packed;
}

}  // namespace prefscope
