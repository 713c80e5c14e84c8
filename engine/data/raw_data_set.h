// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/data/import_report.h"
#include "engine/data/interaction_columns.h"
#include "engine/store/preparations.h"

namespace prefscope {

struct RawItem {
  std::string key, title;
  std::vector<std::pair<std::string, std::string>> attributes;
};

struct RawExample {
  Role role = Role::Train;
  std::string source;  ///< "file.json record 12"
  std::vector<TextPair> pairs;
};

/// What a reader makes of files, before it becomes rows. Interactions are in file order.
struct RawDataSet {
  std::string format;
  std::vector<std::string> users;  ///< keys, by first appearance
  std::vector<RawItem> items;
  InteractionColumns interactions;
  std::vector<RawExample> examples;
  ImportReport report;
};

}  // namespace prefscope
