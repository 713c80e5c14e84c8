// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Which files a model folder consists of. Free of torch.

namespace prefscope {

/// A file of a model folder: folder / name. Throws BadFile where it is missing, and where a link leads out of the
/// folder; links of Hugging Face's cache, from models--x/snapshots/<revision> to models--x/blobs, are fine.
std::filesystem::path model_file(const std::filesystem::path& folder, const std::string& name);

/// The .safetensors files with the weights: model.safetensors, or where it is absent the shards that
/// model.safetensors.index.json names, in the order of their names. Throws Unsupported for pickled weights (.bin, .pt,
/// .pth), which are never read.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& folder);
/// The file of a folder's tokenizer: tokenizer.json, else tokenizer.model; empty: it has neither.
std::filesystem::path tokenizer_file(const std::filesystem::path& folder);
/// Whether a folder has a config.json and safetensors, by their names alone.
bool holds_model(const std::filesystem::path& folder);
/// The folder that a person means by a path: that of a file; of a model in Hugging Face's cache (models--org--name) the
/// snapshot that main points to; else the path itself.
std::filesystem::path folder_meant(const std::filesystem::path& path);
/// What identifies the weights: the SHA-256 of model.safetensors; of several shards that of their hashes in order.
std::string weights_hash(const std::filesystem::path& folder);

/// What a file that should hold something else begins with, in words and with advice, where it is one of the usual
/// mistakes: a git-LFS pointer, a web page, a pickle, a zip archive. Else empty.
std::string not_what_was_meant(std::string_view begin);

/// What people call the model of a folder: "org/name" in Hugging Face's cache, else the folder's name.
std::string model_name(const std::filesystem::path& folder);

/// A model in Hugging Face's cache.
struct CachedModel {
  std::string name;              ///< "org/name"
  std::string revision;          ///< a commit, or what the snapshot's folder is called
  std::filesystem::path folder;  ///< the snapshot, which can be opened as a model folder
  std::string model_type = {};   ///< as config.json says; empty where it cannot be read
  bool weights = false;          ///< whether safetensors are there
};

/// $HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub.
std::filesystem::path hub_cache();
/// The models in it with a config.json, by name, the revision that main points to first. Empty where the folder is not
/// there.
std::vector<CachedModel> list_cached_models(const std::filesystem::path& cache);

}  // namespace prefscope
