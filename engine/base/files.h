// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace prefscope {

/// Reads a whole file. Throws BadFile when it cannot be read or is larger than max_bytes.
std::string read_file(const std::filesystem::path& path, size_t max_bytes = size_t{1} << 30);

/// Writes a file so that a reader sees the old content or the new, never a part: temporary file beside it, fsync, rename.
/// A link is followed. Throws Storage, leaving the old content, when it cannot, or when path is a folder or a device.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);
/// The same with content in pieces, one behind the other.
void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& pieces);

/// SHA-256 as 64 hex digits (FIPS 180-4).
std::string sha256(std::string_view content);
/// SHA-256 of a file, read in pieces.
std::string sha256_file(const std::filesystem::path& path);

/// The folder of bundled files (prompts, starter-model): the source tree the program was built from, else the installed one.
std::filesystem::path resource_path(std::string_view relative);
/// The same for datasets/ (the sample world).
std::filesystem::path bundled_dataset_path(std::string_view relative);

/// Now as ISO 8601 in UTC: 2026-11-24T10:00:00Z.
std::string utc_now();

}  // namespace prefscope
