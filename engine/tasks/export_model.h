// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// What leaves Prefscope for programs that read Hugging Face folders.
struct ExportOptions {
  std::filesystem::path workspace = {};  ///< of the run
  std::optional<int64_t> run = {};       ///< a finished run: its model, and its adapters with those of its parents
  std::string model = "starter";         ///< without a run: a Hugging Face folder, or starter
  std::vector<std::filesystem::path> adapters = {};  ///< without a run: peft folders, lowest first
  bool merged = false;            ///< a whole model with the adapters in its weights; else one adapter of them all
  std::string dtype = "float32";  ///< of the merged weights; the sums are rounded to it once
  std::filesystem::path out;      ///< folder to make; must be absent or empty
};

struct ExportResult {
  std::vector<std::string> files;  ///< within out, sorted
  int64_t parameters = 0;          ///< of the adapter, or of the model
  int64_t rank = 0;                ///< of the adapter; 0 for a merged model
};

/// Writes a folder that peft (or, merged, transformers) reads: an adapter that does what the stack does, or the model
/// with it merged and with the tokenizer's files. Whole or not at all: it is made beside and renamed. Throws BadInput,
/// naming the setting, Storage where it cannot be written, and Cancelled on a stop.
ExportResult export_model(const ExportOptions& options, const TaskContext& context);

}  // namespace prefscope
