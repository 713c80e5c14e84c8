// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/model_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/error.h"
#include "engine/base/files.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

[[noreturn]] void bad(const fs::path& path, const std::string& what) {
  throw Error(ErrorKind::BadFile, fmt::format("{}: {}", path.string(), what));
}

bool lies_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// Whether a snapshot's link leads to where Hugging Face's cache keeps the contents of that model.
bool is_blob_of(const fs::path& file, const fs::path& snapshot) {
  const fs::path model = snapshot.parent_path().parent_path();
  return snapshot.parent_path().filename() == "snapshots" && model.filename().string().starts_with("models--") &&
         file.parent_path() == model / "blobs";
}

/// The shards that an index names, each once.
std::vector<std::string> shards(const fs::path& index) {
  const std::string text = read_file(index, 4 << 20);
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("weight_map") || !object["weight_map"].is_object()) {
    const std::string other = not_what_was_meant(text);
    bad(index, "expected a JSON object with weight_map" + (other.empty() ? "" : ", found " + other));
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : object["weight_map"].items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : std::string();
    if (!name.ends_with(".safetensors") || name.find_first_of("/\\") != std::string::npos ||
        name.find('\0') != std::string::npos) {
      bad(index, fmt::format("tensor {}: expected the name of a .safetensors file of this folder, found {}", tensor,
                             file.dump(-1, ' ', false, json::error_handler_t::replace)));
    }
    names.insert(name);
  }
  if (names.empty()) bad(index, "weight_map names no tensor");
  return {names.begin(), names.end()};
}

/// What a folder holds, by name; nothing where it cannot be read.
std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, code)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The text of a small file; empty where it cannot be read.
std::string text_of(const fs::path& path) {
  try {
    return read_file(path, 1 << 20);
  } catch (const Error&) {
    return {};
  }
}

/// The snapshots of a model in Hugging Face's cache, the one that main points to first.
std::vector<fs::path> snapshots_of(const fs::path& repository) {
  const std::string main = text_of(repository / "refs" / "main");
  std::vector<fs::path> snapshots = entries(repository / "snapshots");
  std::stable_partition(snapshots.begin(), snapshots.end(), [&](const fs::path& s) { return s.filename() == main; });
  return snapshots;
}

/// Pickled weights in a folder without safetensors, or none.
fs::path pickled(const fs::path& folder) {
  for (const fs::path& path : entries(folder)) {
    const std::string extension = path.extension().string();
    if (extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt") return path;
  }
  return {};
}

}  // namespace

fs::path model_file(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / name;
  std::error_code code;
  const fs::path real_folder = fs::canonical(folder, code);
  if (code) bad(folder, "cannot be read; expected the folder of a model in Hugging Face's layout");
  if (!fs::is_directory(real_folder))
    bad(folder, fmt::format("expected the folder of a model in Hugging Face's layout, found a file; give {}",
                            fs::absolute(folder).parent_path().string()));
  const fs::path real = fs::canonical(path, code);
  if (code) {
    const bool link = fs::is_symlink(fs::symlink_status(path, code));
    bad(path, link ? "is a link to what is not there; download the model again"
                   : "is missing or cannot be read; check the path and its permissions");
  }
  if (!fs::is_regular_file(real)) bad(path, "expected a file, found something else");
  if (!lies_within(real, real_folder) && !is_blob_of(real, real_folder)) {
    bad(path, fmt::format("is a link that leads out of its folder, to {}; copy the file itself into the folder",
                          real.string()));
  }
  return path;
}

std::vector<fs::path> weight_files(const fs::path& folder) {
  const bool whole = fs::exists(fs::symlink_status(folder / "model.safetensors"));
  const fs::path index = folder / "model.safetensors.index.json";
  if (!whole && fs::exists(fs::symlink_status(index))) {
    std::vector<fs::path> files;
    for (const std::string& name : shards(model_file(folder, index.filename().string())))
      files.push_back(model_file(folder, name));
    return files;
  }
  const fs::path pickle = whole ? fs::path() : pickled(folder);
  if (!pickle.empty()) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: pickled weights can run programs and are not read; expected model.safetensors. "
                            "Convert them where you trust them, with transformers: "
                            "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(new_folder)",
                            pickle.string()));
  }
  return {model_file(folder, "model.safetensors")};
}

fs::path tokenizer_file(const fs::path& folder) {
  for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
    if (fs::exists(fs::symlink_status(folder / name))) return model_file(folder, name);
  }
  return {};
}

bool holds_model(const fs::path& folder) {
  std::error_code code;
  const auto has = [&](const char* name) { return fs::exists(folder / name, code); };
  return !folder.empty() && has("config.json") && (has("model.safetensors") || has("model.safetensors.index.json"));
}

fs::path folder_meant(const fs::path& path) {
  std::error_code code;
  const fs::path folder = fs::is_directory(path, code) ? path : fs::absolute(path).parent_path();
  const fs::path plain = folder.has_filename() ? folder : folder.parent_path();  // without a slash at its end
  if (!plain.filename().string().starts_with("models--")) return plain;
  const auto snapshots = snapshots_of(plain);
  return snapshots.empty() ? plain : snapshots.front();
}

namespace {

/// sha256_file, kept for this process while the file has this size and was last written at this time: models are opened
/// again and again, and have many gigabytes.
std::string kept_sha256(const fs::path& file) {
  static std::mutex mutex;
  static std::map<fs::path, std::pair<std::string, std::string>> kept;  // by file: size and time, hash
  const fs::path real = fs::canonical(file);
  const std::string state =
      fmt::format("{} {}", fs::file_size(real), fs::last_write_time(real).time_since_epoch().count());
  {
    const std::lock_guard lock(mutex);
    if (const auto found = kept.find(real); found != kept.end() && found->second.first == state)
      return found->second.second;
  }
  const std::string hash = sha256_file(real);
  const std::lock_guard lock(mutex);
  kept[real] = {state, hash};
  return hash;
}

}  // namespace

std::string weights_hash(const fs::path& folder) {
  const auto files = weight_files(folder);
  if (files.size() == 1) return kept_sha256(files.front());
  std::string hashes;
  for (const fs::path& file : files) hashes += kept_sha256(file);
  return sha256(hashes);
}

std::string not_what_was_meant(std::string_view begin) {
  if (begin.starts_with("version https://git-lfs")) {
    return "a git-LFS pointer, which stands for the file; fetch the file itself: git lfs install && git lfs pull";
  }
  const size_t first = begin.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos) {
    std::string word(begin.substr(first, 14));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (word.starts_with("<!doctype html") || word.starts_with("<html"))
      return "a web page; download the file again, logged in where the model asks for it";
  }
  if (begin.starts_with("PK\x03\x04") || (begin.size() >= 2 && begin[0] == '\x80' && begin[1] >= 2 && begin[1] <= 5)) {
    return "a pickle or zip archive as torch.save writes it, which is never read; convert it with transformers: "
           "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(new_folder)";
  }
  return {};
}

fs::path hub_cache() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value ? value : "");
  };
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (!set(name).empty()) return set(name);
  }
  if (!set("HF_HOME").empty()) return set("HF_HOME") / "hub";
  if (!set("XDG_CACHE_HOME").empty()) return set("XDG_CACHE_HOME") / "huggingface" / "hub";
  return set("HOME") / ".cache" / "huggingface" / "hub";
}

std::string model_name(const fs::path& folder) {
  const fs::path repository = folder.parent_path().parent_path();
  std::string name = repository.filename().string();
  if (folder.parent_path().filename() != "snapshots" || !name.starts_with("models--"))
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  name = name.substr(8);
  if (const size_t cut = name.find("--"); cut != std::string::npos) name.replace(cut, 2, "/");
  return name;
}

std::vector<CachedModel> list_cached_models(const fs::path& cache) {
  std::vector<CachedModel> models;
  for (const fs::path& repository : entries(cache)) {
    if (!repository.filename().string().starts_with("models--")) continue;
    for (const fs::path& snapshot : snapshots_of(repository)) {
      const json config = json::parse(text_of(snapshot / "config.json"), nullptr, false);
      if (!config.is_object()) continue;  // something else than a model, or a part of a download
      CachedModel model{model_name(snapshot), snapshot.filename().string(), snapshot};
      if (config.contains("model_type") && config["model_type"].is_string())
        model.model_type = config["model_type"].get<std::string>();
      try {
        model.weights = !weight_files(snapshot).empty();
      } catch (const Error&) {
        model.weights = false;
      }
      models.push_back(std::move(model));
    }
  }
  return models;
}

}  // namespace prefscope
