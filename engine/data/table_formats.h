// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/data/read_tables.h"

namespace prefscope {

/// A published data set's files, mapped, and what is to be said of those that are not read.
struct RecognisedSet {
  MappedSet set;
  std::vector<Remark> notes;
};

/// The set that files are, known by their first lines and not by their names; nothing where they are of no known
/// format. format: empty, or the only one that is looked for.
std::optional<RecognisedSet> recognise_tables(const std::vector<InputFile>& files, const std::string& format);

/// The formats of tables, for messages and --format.
std::vector<std::string> table_format_names();

/// How the file with the interactions of a format is known: "a file whose first line begins with ...".
std::string mark_of_format(const std::string& format);

/// Whether a file has RecBole's typed header ("user_id:token<tab>item_id:token").
bool is_atomic_file(const InputFile& file);
/// RecBole's atomic files (.inter, .item; .user, .kg and .link are said not to be read).
std::optional<RecognisedSet> recognise_atomic_files(const std::vector<InputFile>& files);

}  // namespace prefscope
