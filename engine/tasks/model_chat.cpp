// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/model_chat.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/llm/policy.h"
#include "engine/store/runs.h"
#include "engine/text/chat.h"

namespace prefscope {

std::string set_model_chat(Workspace& workspace, const std::string& model, const std::string& choice) {
  const std::filesystem::path folder = model_folder(model);
  const ChatFormat* format = choose_chat_format(folder, choice);
  if (format) {
    const auto tokenizer = load_model_tokenizer(folder);
    chat_ids(*tokenizer, *format, render_chat_prompt(*format, {}, ""));
    chat_end(*tokenizer, *format);
  }
  const std::string chat = format ? format->name : "none";
  SQLite::Transaction transaction(workspace.db());
  const int64_t id = model_row(workspace, model, chat);
  if (const std::string before = read_model(workspace, id).chat; before != chat) {
    for (const Run& run : list_runs(workspace)) {
      if (run.model == id)
        throw Error(ErrorKind::BadInput,
                    fmt::format("chat format {}: run {} has learned from this model's prompts as they are written now "
                                "({}); delete its runs first",
                                chat, run.id, before));
    }
    for (const char* table : {"response_score", "rationale", "analysis"}) {
      SQLite::Statement forget(workspace.db(), fmt::format("DELETE FROM {} WHERE model = ?", table));
      forget.bind(1, id);
      forget.exec();
    }
    SQLite::Statement update(workspace.db(), "UPDATE model SET chat = ? WHERE id = ?");
    update.bind(1, chat);
    update.bind(2, id);
    update.exec();
  }
  transaction.commit();
  return chat;
}

}  // namespace prefscope
