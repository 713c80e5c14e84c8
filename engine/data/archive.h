// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/byte_stream.h"

namespace prefscope {

/// Whether a file's first bytes, unpacked where gzip packed them, are those of a zip or a tar.
bool is_archive(std::string_view head);

/// A file in an archive.
struct ArchiveEntry {
  std::string name;  ///< without its folder, as UTF-8
  std::string head;  ///< the first bytes, as many as were asked for at most
  size_t place = 0;  ///< among all entries
};

/// The files of a zip, tar or tar.gz that are not hidden and whose names (without folder) and heads are wanted, at most
/// 10,000 entries. Nothing is written to disk. Throws BadFile, naming the archive, also for a name that leads out of
/// it.
std::vector<ArchiveEntry> list_archive(
    const std::filesystem::path& path, size_t head_bytes,
    const std::function<bool(const std::string& name, const std::string& head)>& wanted, const TaskContext& context);
/// The bytes of an entry. Throws Cancelled when a stop is asked for, also while the entry is looked for.
ByteStream open_archive_entry(const std::filesystem::path& path, const ArchiveEntry& entry,
                              const std::stop_token& stop);

}  // namespace prefscope
