// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/data/small_zip.h"

/// What gzip makes of a text (RFC 1952): its header, a deflated stream, checksum and size.
inline std::string make_gzip(const std::string& content) {
  const auto number = [](uint64_t value) {
    std::string text;
    for (int i = 0; i < 4; ++i, value >>= 8) text += static_cast<char>(value);
    return text;
  };
  uint32_t crc = ~uint32_t{0};
  for (const char c : content) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  const QByteArray packed =
      qCompress(reinterpret_cast<const uchar*>(content.data()), static_cast<qsizetype>(content.size()));
  // Qt puts the size, zlib its header and checksum around the stream.
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) +
         std::string(packed.constData() + 6, static_cast<size_t>(packed.size()) - 10) + number(~crc) +
         number(content.size());
}

/// A tar archive (POSIX ustar) of files: name and content.
inline std::string make_tar(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string archive;
  for (const auto& [name, content] : files) {
    std::string header(512, '\0');
    const auto put = [&](size_t at, const std::string& text) { text.copy(header.data() + at, text.size()); };
    const auto octal = [](size_t value, int digits) {
      std::string text(static_cast<size_t>(digits), '0');
      for (size_t i = text.size(); i > 0 && value > 0; value /= 8) text[--i] = static_cast<char>('0' + value % 8);
      return text;
    };
    put(0, name);
    put(100, "0000644");
    put(124, octal(content.size(), 11));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\0"
                         "00",
                         8));
    size_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, octal(sum, 6) + std::string("\0 ", 2));
    archive += header + content + std::string((512 - content.size() % 512) % 512, '\0');
  }
  return archive + std::string(1024, '\0');
}
