// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/data_sets.h"
#include "engine/store/preparations.h"

namespace prefscope {

struct RawItem {
  std::string key, title;
  std::vector<std::pair<std::string, std::string>> attributes;
};

struct RawInteraction {
  int32_t user = 0, item = 0;  ///< indices
  std::optional<double> rating;
  std::optional<int64_t> time;
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
  std::vector<RawInteraction> interactions;
  std::vector<RawExample> examples;
  std::vector<Dropped> dropped;
};

/// A file's name and content.
struct InputFile {
  std::string name, content;
};

/// Reads what paths name: files, all files of a folder (not deeper), or the entries of a zip archive. Only .csv and
/// .json are taken. At most 2 GiB together, whatever an archive claims; nothing is written to disk.
std::vector<InputFile> read_inputs(const std::vector<std::filesystem::path>& paths, const TaskContext& context);

/// The format by content: movielens, dmpo-json, sample-world. Throws BadFile, saying what is read, for another.
std::string recognise_format(const std::vector<InputFile>& files);

/// MovieLens "latest": ratings.csv (userId,movieId,rating,timestamp) and movies.csv (movieId,title,genres).
RawDataSet read_movielens(const std::vector<InputFile>& files, const TaskContext& context);
/// The sample world: items.csv (id,title,attributes...) and interactions.csv (user,item,time).
RawDataSet read_sample_world(const std::vector<InputFile>& files, const TaskContext& context);
/// The DMPO paper's JSON: an array of {instruction, input, output}. Consecutive records with one history and one
/// positive become one example of k pairs, each with its own prompt. Files whose name holds "eval" become held-out
/// examples, the others training ones.
RawDataSet read_preference_json(const std::vector<InputFile>& files, const TaskContext& context);

}  // namespace prefscope
