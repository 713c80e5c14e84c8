// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A file to be put into a zip archive.
struct ZipEntry {
  std::string name, content;
  bool deflated = false;
  std::optional<uint64_t> claimed_size = {};  ///< what the headers say of the unpacked size; absent: the truth
  bool utf8_name = true;                      ///< flag 11: the name is said to be UTF-8
};

/// A zip archive as a program would write it (APPNOTE 6.3: local headers with data, central directory, its end), or one
/// that lies about sizes.
inline std::string make_zip(const std::vector<ZipEntry>& entries) {
  const auto number = [](uint64_t value, int bytes) {
    std::string text;
    for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value);
    return text;
  };
  const auto crc32 = [](const std::string& content) {
    uint32_t crc = ~uint32_t{0};
    for (const char c : content) {
      crc ^= static_cast<unsigned char>(c);
      for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
  };
  std::string archive, directory;
  for (const ZipEntry& entry : entries) {
    std::string data = entry.content;
    if (entry.deflated) {
      const QByteArray packed =
          qCompress(reinterpret_cast<const uchar*>(data.data()), static_cast<qsizetype>(data.size()));
      // Qt puts the size, zlib its header and checksum around the stream.
      data.assign(packed.constData() + 6, static_cast<size_t>(packed.size()) - 10);
    }
    const std::string common = number(20, 2) + number(entry.utf8_name ? 0x0800 : 0, 2) +
                               number(entry.deflated ? 8 : 0, 2) + number(0, 4) + number(crc32(entry.content), 4) +
                               number(data.size(), 4) + number(entry.claimed_size.value_or(entry.content.size()), 4) +
                               number(entry.name.size(), 2) + number(0, 2);
    directory += "PK\x01\x02" + number(20, 2) + common + number(0, 10) + number(archive.size(), 4) + entry.name;
    archive += "PK\x03\x04" + common + entry.name + data;
  }
  const std::string end = "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) +
                          number(directory.size(), 4) + number(archive.size(), 4) + number(0, 2);
  return archive + directory + end;
}
