// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/export_model.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/lora.h"
#include "engine/llm/model_files.h"
#include "engine/llm/safetensors.h"
#include "engine/store/runs.h"
#include "engine/store/scores.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What stands beside the weights and is copied as it is.
const char* const companions[] = {"chat_template.jinja",     "tokenizer.json",    "tokenizer.model",
                                  "tokenizer_config.json",   "vocab.json",        "merges.txt",
                                  "special_tokens_map.json", "added_tokens.json", "generation_config.json"};

/// The model's folder, and its adapters, lowest first.
struct Sources {
  fs::path model;
  std::string name;  ///< as an adapter says what it belongs to; empty for the bundled starter
  std::vector<fs::path> adapters;
};

Sources sources_of(const ExportOptions& o) {
  if (!o.run) return {model_folder(o.model), o.model == "starter" ? "" : o.model, o.adapters};
  if (!o.adapters.empty())
    throw Error(ErrorKind::BadInput, "--adapter: with --run its own adapters are taken; leave one of them out");
  Workspace workspace(o.workspace);
  const Run run = read_run(workspace, *o.run);
  if (run.status != RunStatus::Done) {
    throw Error(ErrorKind::BadInput, fmt::format("--run {}: expected a finished run, found one that is {}", *o.run,
                                                 status_name(run.status)));
  }
  const ModelRow row = read_model(workspace, run.model);
  Sources sources{model_folder(row.path), row.path == "starter" ? "" : row.path, {}};
  if (weights_hash(sources.model) != row.weights_hash)
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: the weights have changed since run {} was trained on them; put the "
                            "old files back",
                            sources.model.string(), *o.run));
  for (const Run& each : run_chain(workspace, *o.run))
    sources.adapters.push_back(workspace.run_folder(each.id) / "adapter");
  return sources;
}

/// config.json of the model, saying the type of the weights written.
std::string config_with_dtype(const fs::path& file, const std::string& dtype) {
  auto config = nlohmann::ordered_json::parse(read_file(file, 1 << 20));  // read before, so it is JSON
  const bool older = config.contains("torch_dtype");
  if (older) config["torch_dtype"] = dtype;
  if (!older || config.contains("dtype")) config["dtype"] = dtype;
  return config.dump(2) + "\n";
}

int64_t write_merged(const Sources& sources, LoraStack stack, ModelWeights weights, const std::string& dtype,
                     const fs::path& out) {
  const ModelWeights merged = merge(std::move(weights), stack);
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  int64_t parameters = 0;
  for (const auto& [name, tensor] : named_tensors(merged)) {
    tensors.emplace_back(name, tensor.to(number_type(dtype)));
    parameters += tensor.numel();
  }
  write_safetensors(out / "model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomically(out / "config.json", config_with_dtype(sources.model / "config.json", dtype));
  for (const char* name : companions) {
    if (fs::exists(sources.model / name)) write_file_atomically(out / name, read_file(model_file(sources.model, name)));
  }
  return parameters;
}

/// A folder beside the one to make, removed unless it becomes that one.
class Draft {
 public:
  explicit Draft(const fs::path& out) : out_(out) {
    std::error_code code;
    if (fs::exists(out) && (!fs::is_directory(out) || !fs::is_empty(out, code)))
      throw Error(ErrorKind::BadInput,
                  fmt::format("--out {}: expected a folder that is absent or empty; choose another", out.string()));
    fs::create_directories(out.parent_path(), code);
    std::string name = out.string() + ".partial-XXXXXX";
    if (!::mkdtemp(name.data()))
      throw Error(ErrorKind::Storage,
                  fmt::format("{}: no folder can be made beside it; choose another --out", out.string()));
    folder_ = name;
    fs::permissions(folder_,
                    fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec,
                    fs::perm_options::add, code);
  }
  ~Draft() {
    std::error_code code;
    fs::remove_all(folder_, code);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const fs::path& folder() const { return folder_; }
  void keep() {
    std::error_code code;
    fs::rename(folder_, out_, code);
    if (code) throw Error(ErrorKind::Storage, fmt::format("{}: cannot be written: {}", out_.string(), code.message()));
  }

 private:
  fs::path out_, folder_;
};

}  // namespace

ExportResult export_model(const ExportOptions& o, const TaskContext& context) {
  if (o.out.empty()) throw Error(ErrorKind::BadInput, "--out: expected a folder to write");
  number_type(o.dtype);
  const Sources sources = sources_of(o);
  if (sources.adapters.empty() && !o.merged)
    throw Error(ErrorKind::BadInput, "expected --run or --adapter: without one there is no adapter to export");
  return with_torch_errors([&] {
    const at::InferenceMode inference;
    ModelWeights weights;
    if (o.merged) {
      weights = load_weights(sources.model, {.device = "cpu", .dtype = o.dtype, .context = context});
    } else {
      weights.config = read_model_config(sources.model);
    }
    std::vector<Lora> adapters;
    for (const fs::path& folder : sources.adapters) adapters.push_back(load_lora(folder, weights.config));
    std::vector<const Lora*> stack;
    for (const Lora& adapter : adapters) stack.push_back(&adapter);
    context.check();
    fs::path out = fs::absolute(o.out).lexically_normal();
    if (!out.has_filename()) out = out.parent_path();
    Draft draft(out);
    context.report({"Writing", -1, -1, {}});
    ExportResult result;
    if (o.merged) {
      result.parameters = write_merged(sources, stack, std::move(weights), o.dtype, draft.folder());
    } else {
      const Lora all = combine(stack);
      save_lora(all, draft.folder(), sources.name);
      result.rank = all.rank;
      for (const at::Tensor& weight : parameters(all)) result.parameters += weight.numel();
    }
    context.check();
    for (const auto& entry : fs::directory_iterator(draft.folder()))
      result.files.push_back(entry.path().filename().string());
    std::sort(result.files.begin(), result.files.end());
    draft.keep();
    return result;
  });
}

}  // namespace prefscope
