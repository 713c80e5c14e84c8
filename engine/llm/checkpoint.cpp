// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/checkpoint.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/llm/model_files.h"

namespace prefscope {

namespace fs = std::filesystem;

fs::path model_folder(const std::string& model) {
  return model == "starter" ? resource_path("starter-model") : fs::path(model);
}

int32_t LanguageModel::eos() const {
  if (chat) return chat_end(*tokenizer, *chat);
  if (weights.config.eos.empty()) {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected eos_token_id in config.json or generation_config.json: a response ends in it",
                            folder.string()));
  }
  return static_cast<int32_t>(weights.config.eos.front());
}

std::unique_ptr<Tokenizer> load_model_tokenizer(const fs::path& folder) {
  const fs::path file = tokenizer_file(folder);
  if (!file.empty()) return load_tokenizer(file);
  throw Error(
      ErrorKind::BadFile,
      fmt::format(
          "{}: expected a Hugging Face folder; tokenizer.json is missing, and so is tokenizer.model; fetch all of it",
          folder.string()));
}

LanguageModel load_language_model(const fs::path& folder, const LoadOptions& options) {
  if (!fs::exists(folder / "config.json")) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a Hugging Face folder with config.json, "
                                                "model.safetensors and tokenizer.json; config.json is missing",
                                                folder.string()));
  }
  LanguageModel model;
  model.folder = folder;
  model.tokenizer = load_model_tokenizer(folder);
  model.weights = load_weights(folder, options);
  model.weights_hash = weights_hash(folder);
  if (model.tokenizer->vocabulary_size() > model.weights.config.vocab_size) {
    throw Error(
        ErrorKind::BadFile,
        fmt::format("{}: the tokenizer has {} tokens, config.json a vocabulary of {}; they do not belong together",
                    folder.string(), model.tokenizer->vocabulary_size(), model.weights.config.vocab_size));
  }
  return model;
}

std::vector<int32_t> prompt_ids(const LanguageModel& model, const std::string& prompt) {
  if (model.chat) return chat_ids(*model.tokenizer, *model.chat, render_chat_prompt(*model.chat, {}, prompt));
  std::vector<int32_t> ids = model.tokenizer->prefix_ids();
  const auto text = model.tokenizer->encode(prompt).ids;
  ids.insert(ids.end(), text.begin(), text.end());
  return ids;
}

std::vector<int32_t> response_ids(const LanguageModel& model, const std::string& response) {
  std::vector<int32_t> ids = model.tokenizer->encode(response).ids;
  ids.push_back(model.eos());
  return ids;
}

namespace {

/// Opens libtorch_cuda from libtorch_cpu's folder. It must happen before the first CUDA query, whose answer is kept.
bool cuda_answers() {
  static const bool answer = [] {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr)
      return false;
    const fs::path library = fs::path(info.dli_fname).parent_path() / "libtorch_cuda.so";
    if (!fs::exists("/dev/nvidiactl") || ::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) return false;
    return at::globalContext().hasCUDA();
  }();
  return answer;
}

}  // namespace

std::string choose_device(const std::string& asked) {
  if (asked == "cpu") return "cpu";
  if (asked == "auto") return cuda_answers() ? "cuda" : "cpu";
  if (asked != "cuda") throw Error(ErrorKind::BadInput, fmt::format("device {}: expected auto, cpu or cuda", asked));
  if (!cuda_answers()) {
    throw Error(
        ErrorKind::BadInput,
        "device cuda: no GPU answers; choose cpu, or install the NVIDIA driver and run packaging/bootstrap.sh --cuda");
  }
  return "cuda";
}

}  // namespace prefscope
