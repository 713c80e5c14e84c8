// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// csv, json-lines, recbole, preference-json.
const std::vector<std::string>& data_export_formats();

struct DataExportOptions {
  std::filesystem::path workspace;
  std::string data_set;
  std::string view = {};  ///< a view's rows; empty: all
  std::string format = "csv";
  std::optional<int64_t> preparation = {};  ///< preference-json: whose examples; absent: the newest
  std::filesystem::path out;                ///< folder, made if absent
};

struct DataExportResult {
  std::vector<std::filesystem::path> files;
  int64_t interactions = 0, items = 0, examples = 0;
};

/// Writes a data set so that other programs, and `import`, read it.
/// - csv: interactions.csv (user,item,time and, where there are ratings, rating) and items.csv (id,title and a column
///   for each attribute, several values joined by "|"), as the sample world's files are; unknown times are empty.
/// - json-lines: interactions.jsonl and items.jsonl, attributes as lists. An attribute named item or title, as the
///   item's own keys are, becomes item_attribute or title_attribute.
/// - recbole: NAME.inter, NAME.item, NAME.user, named as the folder, RecBole's atomic files: tab separated, typed
///   header; an attribute is a token_seq, whose blanks become "_", as blanks separate its values. One named as a column
///   of RecBole's own becomes title_attribute and the like.
/// - preference-json: train.json and eval.json of a preparation's training and held-out examples, a record for each
///   negative, in the form of the DMPO paper's files.
/// Tabs and line breaks of titles become blanks where the format has no way to hold them. Each file is whole or not
/// there. Throws Storage where it cannot be written, BadInput for what there is nothing of.
DataExportResult export_data(const DataExportOptions& options, const TaskContext& context);

}  // namespace prefscope
