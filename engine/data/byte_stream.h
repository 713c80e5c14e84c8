// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace prefscope {

/// Bytes from the start of something to its end, in pieces: memory stays the same however large it is.
struct ByteStream {
  /// Writes at most `room` bytes and gives how many; 0 only at the end. Throws BadFile.
  std::function<size_t(char* into, size_t room)> read;
  /// How much of it was read, 0 .. 1, as far as that is known.
  std::function<double()> done = [] { return 0.0; };
};

/// A file as it is. Throws BadFile where it cannot be opened or is no file (a folder, a pipe).
ByteStream open_plain(const std::filesystem::path& path);
/// Bytes in memory.
ByteStream open_memory(std::string content);
/// A stream behind bytes that were taken off it, or come before it.
ByteStream with_front(std::string front, ByteStream rest);
/// What gzip packed (RFC 1952), all members one behind the other, each with its checksum. Throws BadFile, naming the
/// file, where it is cut short or damaged, or unpacks to far more than a table of text could.
ByteStream open_gzip(ByteStream packed, const std::string& name);

/// Reads until `room` bytes are there or the end.
size_t read_fully(const ByteStream& stream, char* into, size_t room);
/// The whole; throws BadFile, naming the file, where it is larger than max_bytes.
std::string read_all(const ByteStream& stream, size_t max_bytes, const std::string& name);

/// Throws BadFile where something packed unpacks to so many times its size that it was made to fill a machine.
void check_expansion(const std::string& name, double packed, double unpacked);

}  // namespace prefscope
