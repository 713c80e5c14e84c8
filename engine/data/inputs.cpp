// SPDX-License-Identifier: GPL-3.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/base/files.h"
#include "engine/data/raw_data_set.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_total_bytes = size_t{2} << 30;
constexpr int max_entries = 10'000;

bool is_wanted(const fs::path& name) {
  const std::string extension = name.extension().string();
  return extension == ".csv" || extension == ".json";
}

void read_zip(const fs::path& path, std::vector<InputFile>& files, size_t& total, const TaskContext& context) {
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
    if (entries > max_entries)
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: more than {} entries; unpack it and import the files", path.string(), max_entries));
    const fs::path name = archive_entry_pathname(entry) != nullptr ? archive_entry_pathname(entry) : "";
    if (archive_entry_filetype(entry) != AE_IFREG || !is_wanted(name)) continue;
    InputFile file{name.filename().string(), {}};
    std::string piece(1 << 16, '\0');
    for (;;) {
      const la_ssize_t n = archive_read_data(reader.get(), piece.data(), piece.size());
      if (n == 0) break;
      if (n < 0) fail(("unpacking " + file.name).c_str());
      total += static_cast<size_t>(n);
      if (total > max_total_bytes)
        throw Error(ErrorKind::BadFile,
                    fmt::format("{}: unpacks to more than {} bytes; import its files one set at a time", path.string(),
                                max_total_bytes));
      file.content.append(piece.data(), static_cast<size_t>(n));
      context.check();
    }
    files.push_back(std::move(file));
  }
}

void read_plain(const fs::path& path, std::vector<InputFile>& files, size_t& total) {
  files.push_back({path.filename().string(), read_file(path, max_total_bytes - total)});
  total += files.back().content.size();
}

std::string_view first_line(const InputFile& file) {
  std::string_view text = file.content;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace

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
      for (const auto& entry : fs::directory_iterator(path)) {
        if (entry.is_regular_file() && is_wanted(entry.path())) inside.push_back(entry.path());
      }
      std::sort(inside.begin(), inside.end());
      for (const fs::path& file : inside) read_plain(file, files, total);
    } else if (path.extension() == ".zip" || path.extension() == ".ZIP") {
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
  std::string seen;
  for (const InputFile& file : files) {
    const std::string_view line = first_line(file);
    if (line == "userId,movieId,rating,timestamp") return "movielens";
    if (line.starts_with("user,item,time")) return "sample-world";
    const size_t start = file.content.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (start != std::string::npos && (file.content[start] == '[' || file.content[start] == '{')) return "dmpo-json";
    seen += fmt::format("{}{} beginning \"{}\"", seen.empty() ? "" : ", ", file.name, line.substr(0, 60));
  }
  throw Error(ErrorKind::BadFile, fmt::format("unknown format: expected MovieLens (ratings.csv with "
                                              "userId,movieId,rating,timestamp and movies.csv), preference JSON "
                                              "([{{\"instruction\",\"input\",\"output\"}}]) or a sample world "
                                              "(interactions.csv with user,item,time), found {}",
                                              seen));
}

}  // namespace prefscope
