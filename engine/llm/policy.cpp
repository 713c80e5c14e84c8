// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/model_files.h"
#include "engine/store/runs.h"
#include "engine/text/chat.h"

namespace prefscope {

std::vector<const Lora*> LoadedPolicy::stack() const {
  std::vector<const Lora*> all;
  for (const Lora& adapter : adapters) all.push_back(&adapter);
  return all;
}

LoadedPolicy load_policy(Workspace& workspace, const Policy& policy, const std::string& device,
                         const std::string& dtype) {
  const ModelRow row = read_model(workspace, policy.model);
  LoadedPolicy loaded{load_language_model(model_folder(row.path), {.device = device, .dtype = dtype}), {}, {}};
  if (loaded.model.weights_hash != row.weights_hash) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: the weights have changed since they were used here; put the old "
                                                "files back, or train anew with this model",
                                                loaded.model.folder.string()));
  }
  loaded.model.chat = choose_chat_format(loaded.model.folder, row.chat);
  std::string identity = fmt::format("{} {} {}", row.weights_hash, dtype, device == "cpu" ? "cpu" : "cuda");
  if (loaded.model.chat) identity += ' ' + row.chat;
  for (std::optional<int64_t> run = policy.run; run; run = read_run(workspace, *run).parent) {
    const std::filesystem::path folder = workspace.run_folder(*run) / "adapter";
    loaded.adapters.push_back(load_lora(folder, loaded.model.weights.config));
    identity += ' ' + sha256_file(folder / "adapter_model.safetensors");
  }
  std::reverse(loaded.adapters.begin(), loaded.adapters.end());
  loaded.identity = sha256(identity);
  for (Lora& adapter : loaded.adapters) adapter = to_device(adapter, device);
  return loaded;
}

int64_t model_row(Workspace& workspace, const std::string& model, const std::string& chat) {
  const std::filesystem::path folder = model_folder(model);
  read_model_config(folder);  // an unsupported model is refused before anything is written
  const std::string hash = weights_hash(folder);
  SQLite::Statement query(workspace.db(), "SELECT id FROM model WHERE weights_hash = ?");
  query.bind(1, hash);
  if (query.executeStep()) return query.getColumn(0).getInt64();
  if (const ChatTemplate own = read_chat_template(folder); chat == "auto" && !own.file.empty() && !own.format) {
    std::vector<std::string> choices = chat_choices();
    std::erase(choices, "auto");
    throw Error(
        ErrorKind::BadInput,
        fmt::format("{}: its chat_template (SHA-256 {}) is none of those known here, and is not run; say how its "
                    "prompts are written, in the window under File, Models, or with prefscope-cli model chat {} "
                    "FORMAT, of {}",
                    own.file.string(), own.sha256, model, fmt::join(choices, ", ")));
  }
  const ChatFormat* format = choose_chat_format(folder, chat);
  SQLite::Statement insert(
      workspace.db(),
      "INSERT OR IGNORE INTO model(name, path, weights_hash, config, added_at, chat) VALUES (?, ?, ?, ?, ?, ?)");
  const std::filesystem::path absolute = std::filesystem::absolute(folder).lexically_normal();
  insert.bind(1, model == "starter" ? model : model_name(absolute));
  insert.bind(2, model == "starter" ? model : absolute.string());
  insert.bind(3, hash);
  insert.bind(4, read_file(folder / "config.json", 1 << 20));
  insert.bind(5, utc_now());
  insert.bind(6, format ? format->name : "none");
  insert.exec();
  query.reset();
  query.executeStep();
  return query.getColumn(0).getInt64();
}

}  // namespace prefscope
