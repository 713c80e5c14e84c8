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

/// A file's name (without its folder, as UTF-8) and content.
struct InputFile {
  std::string name, content;
};

/// Reads what paths name: files, all .csv and .json of a folder (not deeper), or those of a zip archive. At most 2 GiB
/// together, whatever an archive claims; nothing is written to disk.
std::vector<InputFile> read_inputs(const std::vector<std::filesystem::path>& paths, const TaskContext& context);

/// The format by content: movielens, sample-world, dmpo-json. Throws BadFile, saying what is read, for another.
std::string recognise_format(const std::vector<InputFile>& files);
/// The first line without byte order mark and line break.
std::string_view first_line(const InputFile& file);
/// Whether the content begins as a JSON array or object does.
bool looks_like_json(const InputFile& file);

/// MovieLens "latest": movies.csv (movieId,title,genres) and ratings.csv (userId,movieId,rating,timestamp). Attributes
/// are genre and year; the year also stays in the title. Tags and links are not used.
RawDataSet read_movielens(const std::vector<InputFile>& files, const TaskContext& context);
/// The sample world: items.csv (id,title,<attribute>...; several values separated by "|") and interactions.csv
/// (user,item,time[,rating]; time in seconds since 1970).
RawDataSet read_sample_world(const std::vector<InputFile>& files, const TaskContext& context);
/// The DMPO paper's JSON: an array of {instruction, input, output} where output is [chosen, rejected] or, in SFT and
/// some evaluation files, a text. Consecutive records with one history and one positive become one example of k pairs,
/// each with its own prompt; a record whose output is a text is an example of its own. Without a role, the examples of
/// a file whose name holds "eval" are held out and the others train. Throws BadFile with file, record number and
/// reason.
RawDataSet read_preference_json(const std::vector<InputFile>& files, std::optional<Role> role,
                                const TaskContext& context);

}  // namespace prefscope
