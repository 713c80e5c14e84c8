// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/llm/model_files.h"

namespace prefscope {

class Workbench;

/// An adapter on a base model: of a finished run, or a folder that was added.
struct KnownAdapter {
  QString title;
  std::optional<qint64> run;                 ///< a finished run
  std::vector<std::filesystem::path> stack;  ///< folders in force, lowest first: its parents' and its own
  bool added = false;                        ///< by hand, so it can be taken off the list
};

/// A base model that the window knows, with the adapters on it.
struct KnownModel {
  QString title;
  std::string model;  ///< as the engine takes it: a folder, or "starter"
  QString origin;     ///< "bundled", "trained here", "added", "of runs", "in the cache"
  bool added = false;
  std::vector<KnownAdapter> adapters;
};

/// What the window knows: the base models of the workbench with their adapters, then models in Hugging Face's cache
/// that have safetensors. Folders that are gone are left out. Throws Error where the workspace cannot be read.
std::vector<KnownModel> knownModels(Workbench& workbench, const std::vector<CachedModel>& cached);

/// What a person pointed at, as it was added.
struct AddedModel {
  std::string model;              ///< the base model
  std::filesystem::path adapter;  ///< empty: none
};
/// What a path is that a person pointed at: the folder of a model, or of an adapter that peft wrote; a file in it, or a
/// model's folder in Hugging Face's cache, will do. An adapter goes to the known model that it names as its base, else
/// to `chosen`, which it must fit. Opens the files, so call it on a job's thread. Throws Error with what to do where it
/// is neither, cannot be opened, or does not fit.
AddedModel readModelFolder(const std::filesystem::path& path, const std::string& chosen,
                           const std::vector<KnownModel>& models);
/// Puts it on the list; remembered.
void rememberModel(Workbench& workbench, const AddedModel& added);
/// Takes what was added by hand off the list; its files stay.
void forgetModel(Workbench& workbench, const std::string& model);
void forgetAdapter(Workbench& workbench, const std::filesystem::path& adapter);
/// Folders of models that were added by hand and are still there.
std::vector<std::string> addedModels(Workbench& workbench);

}  // namespace prefscope
