// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/byte_stream.h"
#include "engine/data/encoding.h"

namespace prefscope {

/// A file among those that were given, which is read when it is needed: a plain one, an entry of an archive, or what
/// gzip packed.
struct InputFile {
  std::string name;                  ///< without its folder, as UTF-8
  std::string head;                  ///< its first 64 KiB at most, as UTF-8
  Encoding encoding;                 ///< as its head says; see whole_encoding
  std::function<ByteStream()> open;  ///< its bytes, unpacked, from the start
};

/// A file in memory.
InputFile memory_file(const std::string& name, std::string content);

/// Opens what paths name: files, those of a folder with a known ending (not deeper), or those of a zip, tar or tar.gz;
/// what is packed is known by its content. Of each the head is read, nothing is written to disk, and no name leads
/// anywhere. Throws BadFile for what cannot be read, a web page or a git-LFS pointer in the place of data, and what
/// unpacks to far more than tables do.
std::vector<InputFile> open_inputs(const std::vector<std::filesystem::path>& paths, const TaskContext& context);

/// The encoding of the whole file, which is read for it.
Encoding whole_encoding(const InputFile& file, const TaskContext& context);
/// The SHA-256 of the hashes of all files in ascending order: the same in whichever order, folder or archive they come.
std::string content_hash(const std::vector<InputFile>& files, const TaskContext& context);

/// The first line that is not empty, without its line break.
std::string_view first_line(const InputFile& file);
/// Whether the content begins as a JSON array or object does.
bool looks_like_json(const InputFile& file);

}  // namespace prefscope
