// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/utf8.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_entries = 10'000;

/// libarchive gives names in the encoding of the locale, and none where they do not fit: UTF-8 while this lives, on
/// this thread, whatever the person's locale is or lacks.
class Utf8Names {
 public:
  Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
  }
  ~Utf8Names() {
    if (utf8_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t utf8_, before_ = nullptr;
};

/// Whether a name leads out of the folder that an archive would be unpacked in, whichever slash it is written with.
bool leaves_folder(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  const fs::path path(name);
  const bool drive = name.size() > 2 && name[1] == ':' && name[2] == '/';
  return path.is_absolute() || drive || std::find(path.begin(), path.end(), "..") != path.end();
}

/// ".git/config" and "._ratings.csv": some programs put such companions of each file into an archive.
bool is_hidden(const std::string& name) {
  const fs::path path(name);
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) {
    return part.native().starts_with('.') && part != "." && part != "..";
  });
}

/// An archive that is read from its start, entry by entry.
struct Reading {
  fs::path path;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader;
  double packed_bytes = 0, bytes_out = 0;
  archive_entry* entry = nullptr;
  size_t entries = 0;
  std::string name;
  bool hidden = false;
  std::stop_token stop;

  Reading(const fs::path& of, std::stop_token asked)
      : path(of), reader(archive_read_new(), &archive_read_free), stop(std::move(asked)) {
    archive_read_support_format_zip(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    std::error_code code;
    packed_bytes = static_cast<double>(fs::file_size(path, code));
    if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) fail("expected an archive");
  }
  [[noreturn]] void fail(const std::string& what) const {
    const char* words = archive_error_string(reader.get());
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}: {}; fetch the archive again", path.string(), what,
                                                words != nullptr ? words : "damaged"));
  }
  /// Reads the rest of an entry: what gzip packed is not skipped at once, and a stop must not wait for it.
  void skip_rest() {
    if (entry == nullptr || archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_GZIP) return;
    std::string piece(size_t{1} << 16, '\0');
    while (read(piece.data(), piece.size()) > 0) continue;
  }
  bool next_entry() {
    skip_rest();
    const Utf8Names utf8_names;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return false;
    if (status < ARCHIVE_WARN) fail("reading the list of entries");
    if (++entries > max_entries)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: more than {} entries; unpack it and import the files", path.string(), max_entries));
    const char* given = archive_entry_pathname(entry);
    if (given == nullptr)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: entry {} claims a name in UTF-8 and has none; unpack it and import the files",
                              path.string(), entries));
    if (leaves_folder(given))
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: entry {}: expected the name of a file within the archive, found \"{}\", which leads "
                              "elsewhere; if it is to be trusted, unpack it and import the files",
                              path.string(), entries, printable(given)));
    name = lossy_utf8(fs::path(given).filename().string());
    hidden = is_hidden(given);
    return true;
  }
  size_t read(char* into, size_t room) {
    if (stop.stop_requested()) throw Cancelled{};
    const la_ssize_t n = archive_read_data(reader.get(), into, room);
    if (n < 0) fail("unpacking " + name);
    bytes_out += static_cast<double>(n);
    check_expansion(path.string(), packed_bytes, bytes_out);
    return static_cast<size_t>(n);
  }
};

}  // namespace

bool is_archive(std::string_view head) {
  return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06") ||
         (head.size() > 262 && head.substr(257, 5) == "ustar");
}

std::vector<ArchiveEntry> list_archive(const fs::path& path, size_t head_bytes,
                                       const std::function<bool(const std::string&, const std::string&)>& wanted,
                                       const TaskContext& context) {
  std::vector<ArchiveEntry> files;
  Reading reading(path, context.stop);
  double claimed = 0;
  while (reading.next_entry()) {
    context.check();
    if (archive_entry_filetype(reading.entry) != AE_IFREG || reading.hidden) continue;
    if (archive_entry_size_is_set(reading.entry) != 0)
      claimed += static_cast<double>(std::max<la_int64_t>(archive_entry_size(reading.entry), 0));
    check_expansion(path.string(), reading.packed_bytes, claimed);
    std::string head(head_bytes, '\0');
    size_t have = 0;
    while (have < head_bytes) {
      const size_t n = reading.read(head.data() + have, head_bytes - have);
      if (n == 0) break;
      have += n;
    }
    head.resize(have);
    if (wanted(reading.name, head)) files.push_back({reading.name, head, reading.entries - 1});
  }
  return files;
}

ByteStream open_archive_entry(const fs::path& path, const ArchiveEntry& entry, const std::stop_token& stop) {
  const auto reading = std::make_shared<Reading>(path, stop);
  for (size_t n = 0; n <= entry.place; ++n) {
    if (!reading->next_entry()) reading->fail("looking for " + entry.name);
  }
  reading->bytes_out = 0;  // of this entry
  const double bytes = archive_entry_size_is_set(reading->entry) != 0
                           ? static_cast<double>(archive_entry_size(reading->entry))
                           : reading->packed_bytes;
  return {[reading](char* into, size_t room) { return reading->read(into, room); },
          [reading, bytes] { return bytes > 0 ? std::min(1.0, reading->bytes_out / bytes) : 0; }};
}

}  // namespace prefscope
