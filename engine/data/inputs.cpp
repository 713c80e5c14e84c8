// SPDX-License-Identifier: GPL-3.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include "engine/base/files.h"
#include "engine/data/raw_data_set.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_total_bytes = size_t{2} << 30;
constexpr int max_entries = 10'000;

/// Not "._ratings.csv": some programs put such companions of each file into an archive.
bool is_wanted(const fs::path& name) {
  const std::string extension = name.extension().string();
  return (extension == ".csv" || extension == ".json") && !name.filename().string().starts_with("._");
}

bool is_zip(const fs::path& path) {
  std::array<char, 4> start{};
  std::ifstream(path, std::ios::binary).read(start.data(), start.size());
  return std::string_view(start.data(), start.size()) == "PK\x03\x04";
}

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

void read_zip(const fs::path& path, std::vector<InputFile>& files, size_t& total, const TaskContext& context) {
  const Utf8Names utf8_names;
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_zip(reader.get());
  const auto fail = [&](const char* what) {
    const char* words = archive_error_string(reader.get());
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}: {}; fetch the archive again", path.string(), what,
                                                words != nullptr ? words : "damaged"));
  };
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) fail("expected a zip archive");
  archive_entry* entry = nullptr;
  for (int entries = 0;; ++entries) {
    context.check();
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) fail("reading the list of entries");
    if (entries >= max_entries)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: more than {} entries; unpack it and import the files", path.string(), max_entries));
    const char* given = archive_entry_pathname(entry);
    if (given == nullptr)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: entry {} claims a name in UTF-8 and has none; unpack it and import the files",
                              path.string(), entries + 1));
    const fs::path name = given;
    if (archive_entry_filetype(entry) != AE_IFREG || !is_wanted(name)) continue;
    InputFile file{lossy_utf8(name.filename().string()), {}};
    const auto check_size = [&](size_t bytes) {
      if (bytes > max_total_bytes - total)
        throw Error(ErrorKind::BadFile,
                    fmt::format("{}: unpacks to more than {} bytes; import its files one set at a time", path.string(),
                                max_total_bytes));
    };
    if (archive_entry_size_is_set(entry) != 0) check_size(static_cast<size_t>(archive_entry_size(entry)));
    std::string piece(1 << 16, '\0');
    for (;;) {
      const la_ssize_t n = archive_read_data(reader.get(), piece.data(), piece.size());
      if (n == 0) break;
      if (n < 0) fail(("unpacking " + file.name).c_str());
      check_size(static_cast<size_t>(n));
      total += static_cast<size_t>(n);
      file.content.append(piece.data(), static_cast<size_t>(n));
      context.check();
    }
    files.push_back(std::move(file));
  }
}

void read_plain(const fs::path& path, std::vector<InputFile>& files, size_t& total) {
  files.push_back({lossy_utf8(path.filename().string()), read_file(path, max_total_bytes - total)});
  total += files.back().content.size();
}

}  // namespace

std::string_view first_line(const InputFile& file) {
  std::string_view text = file.content;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool looks_like_json(const InputFile& file) {
  const size_t start = file.content.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return start != std::string::npos && (file.content[start] == '[' || file.content[start] == '{');
}

std::vector<InputFile> read_inputs(const std::vector<fs::path>& paths, const TaskContext& context) {
  std::vector<InputFile> files;
  size_t total = 0;
  for (const fs::path& path : paths) {
    context.check();
    std::error_code code;
    if (!fs::exists(path, code))
      throw Error(ErrorKind::BadFile, fmt::format("{}: there is no such file or folder", path.string()));
    if (fs::is_directory(path, code)) {
      std::vector<fs::path> inside;
      for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
        if (entry->is_regular_file(code) && is_wanted(entry->path())) inside.push_back(entry->path());
      }
      if (code) throw Error(ErrorKind::BadFile, fmt::format("{}: {}", path.string(), code.message()));
      std::sort(inside.begin(), inside.end());
      for (const fs::path& file : inside) read_plain(file, files, total);
    } else if (is_zip(path)) {
      read_zip(path, files, total, context);
    } else {
      read_plain(path, files, total);
    }
  }
  if (files.empty())
    throw Error(ErrorKind::BadFile, "nothing to read: expected .csv or .json files, a folder or a zip archive of them");
  return files;
}

std::string recognise_format(const std::vector<InputFile>& files) {
  // A table's header says more than a brace: a sample world's folder holds truth.json as well.
  for (const InputFile& file : files) {
    if (first_line(file) == "userId,movieId,rating,timestamp") return "movielens";
    if (first_line(file) == "user,item,time" || first_line(file) == "user,item,time,rating") return "sample-world";
  }
  std::string seen;
  for (const InputFile& file : files) {
    if (looks_like_json(file)) return "dmpo-json";
    seen += fmt::format("{}{} beginning \"{}\"", seen.empty() ? "" : ", ", file.name,
                        lossy_utf8(first_line(file).substr(0, 60)));
  }
  throw Error(
      ErrorKind::BadFile,
      fmt::format(
          "unknown format: expected MovieLens (ratings.csv with userId,movieId,rating,timestamp, and movies.csv), "
          "preference JSON ([{{\"instruction\",\"input\",\"output\"}}]) or a sample world (interactions.csv with "
          "user,item,time, and items.csv), found {}",
          seen));
}

}  // namespace prefscope
