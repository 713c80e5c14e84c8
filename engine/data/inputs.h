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
  bool by_content = false;           ///< in a folder or an archive, with a name that does not say that it is data
  bool cr_lines = false;             ///< its lines end with a CR alone; the head has LF in its place
};

/// A file in memory.
InputFile memory_file(const std::string& name, std::string content);

/// Opens what paths name: files, those of a folder (four folders deep, links to folders aside, 10,000 at most), or
/// those of a zip, tar or tar.gz; what is packed is known by its content. Of a folder or an archive every file is taken
/// that is not hidden and is text by its beginning or has the ending of data; the files with such endings come first.
/// Of each the head is read, nothing is written to disk. Throws BadFile for what cannot be read, a web page or a
/// git-LFS pointer in the place of data, a name in an archive that leads out of it, and what unpacks to far more than
/// tables do.
std::vector<InputFile> open_inputs(const std::vector<std::filesystem::path>& paths, const TaskContext& context);

/// The encoding of the whole file, which is read for it.
Encoding whole_encoding(const InputFile& file, const TaskContext& context);
/// The text of a file in an encoding, as UTF-8 with LF or CRLF.
ByteStream text_of(const InputFile& file, Encoding encoding);
/// The SHA-256 of each file.
std::vector<std::string> file_hashes(const std::vector<InputFile>& files, const TaskContext& context);
/// The SHA-256 of the hashes of files in ascending order: the same in whichever order, folder or archive they come.
std::string content_hash(std::vector<std::string> hashes);

/// The first line that is not empty, without its line break.
std::string_view first_line(const InputFile& file);
/// Whether the content begins as a JSON array or object does.
bool looks_like_json(const InputFile& file);

}  // namespace prefscope
