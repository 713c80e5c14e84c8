// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/byte_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/error.h"

namespace prefscope {
namespace {

constexpr size_t piece_bytes = size_t{1} << 20;
// Tables of text are packed to a tenth, rarely a fiftieth; deflate reaches 1032.
constexpr double most_expansion = 400, unsuspicious_bytes = 64 << 20;

struct OpenFile {
  int descriptor = -1;
  double bytes = 0, bytes_read = 0;
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

/// The state of zlib and the packed bytes that it has not taken yet.
struct Unpacking {
  ByteStream packed;
  std::string name;
  z_stream zlib{};
  std::vector<unsigned char> piece = std::vector<unsigned char>(piece_bytes);
  double bytes_in = 0, bytes_out = 0;
  unsigned asked = 0;  ///< of the call that is under way
  bool within_member = true, over = false;

  Unpacking(ByteStream from, std::string of) : packed(std::move(from)), name(std::move(of)) {
    if (::inflateInit2(&zlib, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;
  ~Unpacking() { ::inflateEnd(&zlib); }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: expected a whole gzip file, found {} after {:.0f} unpacked bytes; fetch it again",
                            name, what, bytes_out + (asked - zlib.avail_out)));
  }
  /// Whether there are packed bytes.
  bool fill() {
    if (zlib.avail_in > 0) return true;
    const size_t n = packed.read(reinterpret_cast<char*>(piece.data()), piece.size());
    bytes_in += static_cast<double>(n);
    zlib.next_in = piece.data();
    zlib.avail_in = static_cast<unsigned>(n);
    return n > 0;
  }
  /// What follows a member: the end (padded with zeros, as on tapes), or the next member.
  void begin_next_member() {
    while (fill() && *zlib.next_in == 0) ++zlib.next_in, --zlib.avail_in;
    over = !fill();
    if (over) return;
    if (*zlib.next_in != 0x1f) fail("bytes that are not gzip");
    ::inflateReset(&zlib);
    within_member = true;
  }
  size_t read(char* into, size_t room) {
    zlib.next_out = reinterpret_cast<unsigned char*>(into);
    zlib.avail_out = static_cast<unsigned>(std::min(room, piece_bytes));
    asked = zlib.avail_out;
    while (!over && zlib.avail_out == asked) {
      if (!within_member) begin_next_member();
      if (over) break;
      if (!fill()) fail("its end");
      const int status = ::inflate(&zlib, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        within_member = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail(zlib.msg != nullptr ? zlib.msg : "damage");
      }
    }
    bytes_out += asked - zlib.avail_out;
    check_expansion(name, bytes_in, bytes_out);
    return asked - zlib.avail_out;
  }
};

}  // namespace

ByteStream open_plain(const std::filesystem::path& path) {
  const auto file = std::make_shared<OpenFile>();
  const std::string name = path.string();
  const auto fail = [name](int reason) {
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: cannot be read: {}; check the path and its permissions", name, std::strerror(reason)));
  };
  // Not blocking: the opening of a pipe would wait for who writes into it.
  file->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct ::stat about {};
  if (file->descriptor < 0 || ::fstat(file->descriptor, &about) != 0) fail(errno);
  if (!S_ISREG(about.st_mode))
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a file, found {}; write what it gives into a file", name,
                                                S_ISDIR(about.st_mode)    ? "a folder"
                                                : S_ISFIFO(about.st_mode) ? "a pipe"
                                                                          : "a device or a socket"));
  file->bytes = static_cast<double>(about.st_size);
  ::posix_fadvise(file->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return {[file, fail](char* into, size_t room) {
            for (;;) {
              const ssize_t n = ::read(file->descriptor, into, room);
              if (n < 0 && errno == EINTR) continue;
              if (n < 0) fail(errno);
              file->bytes_read += static_cast<double>(n);
              return static_cast<size_t>(n);
            }
          },
          [file] { return file->bytes > 0 ? std::min(1.0, file->bytes_read / file->bytes) : 0; }};
}

ByteStream open_memory(std::string content) {
  struct Place {
    std::string content;
    size_t at = 0;
  };
  const auto place = std::make_shared<Place>(Place{std::move(content)});
  return {[place](char* into, size_t room) {
            const size_t n = std::min(room, place->content.size() - place->at);
            std::memcpy(into, place->content.data() + place->at, n);
            place->at += n;
            return n;
          },
          [place] {
            return static_cast<double>(place->at) / static_cast<double>(std::max(place->content.size(), size_t{1}));
          }};
}

ByteStream with_front(std::string front, ByteStream rest) {
  rest.read = [read = std::move(rest.read), front = std::move(front), given = size_t{0}](char* into,
                                                                                         size_t room) mutable {
    if (given == front.size()) return read(into, room);
    const size_t n = front.copy(into, room, given);
    given += n;
    return n;
  };
  return rest;
}

ByteStream open_gzip(ByteStream packed, const std::string& name) {
  const auto unpacking = std::make_shared<Unpacking>(std::move(packed), name);
  return {[unpacking](char* into, size_t room) { return unpacking->read(into, room); },
          [unpacking] { return unpacking->packed.done(); }};
}

size_t read_fully(const ByteStream& stream, char* into, size_t room) {
  size_t have = 0;
  while (have < room) {
    const size_t n = stream.read(into + have, room - have);
    if (n == 0) break;
    have += n;
  }
  return have;
}

std::string read_all(const ByteStream& stream, size_t max_bytes, const std::string& name) {
  std::string content;
  for (std::vector<char> piece(size_t{1} << 16);;) {
    const size_t n = stream.read(piece.data(), piece.size());
    if (n == 0) return content;
    if (n > max_bytes - content.size())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: expected at most {} MiB, found more; split the file", name, max_bytes >> 20));
    content.append(piece.data(), n);
  }
}

void check_expansion(const std::string& name, double packed, double unpacked) {
  if (unpacked > unsuspicious_bytes && unpacked > most_expansion * packed)
    throw Error(
        ErrorKind::BadFile,
        fmt::format("{}: expected a table of text, found {:.0f} bytes that unpack to {:.0f} or more; if it is to "
                    "be trusted, unpack it and import the files",
                    name, packed, unpacked));
}

}  // namespace prefscope
