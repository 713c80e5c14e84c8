// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/sha256.h"
#include "engine/base/utf8.h"
#include "engine/data/archive.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr size_t head_bytes = size_t{1} << 16, piece_bytes = size_t{1} << 18;

/// Of a folder or an archive only what may be data is read, not its licence or its pictures. Not "._ratings.csv": some
/// programs put such companions of each file into an archive.
bool is_wanted(const std::string& name) {
  static const std::set<std::string> endings = {".csv",  ".tsv",  ".json", ".jsonl", ".ndjson", ".dat",
                                                ".data", ".item", ".user", ".inter", ".kg",     ".link"};
  fs::path path(name);
  if (path.extension() == ".gz") path = path.stem();
  return endings.contains(path.extension().string()) && !name.starts_with("._");
}

bool begins_as(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

/// Throws for what was fetched in the place of data, whatever its name.
void refuse_what_is_no_data(const std::string& name, std::string_view head) {
  const size_t start = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const std::string_view text = head.substr(std::min(start, head.size()));
  if (begins_as(text, "<!doctype html") || begins_as(text, "<html"))
    throw Error(ErrorKind::BadFile, fmt::format("{} line 1: expected data, found a web page (\"{}\"); the address may "
                                                "want a sign-in or have moved: fetch the file anew",
                                                name, lossy_utf8(text.substr(0, 40))));
  if (text.starts_with("version https://git-lfs"))
    throw Error(ErrorKind::BadFile,
                fmt::format("{} line 1: expected data, found a git-LFS pointer to it; run \"git lfs pull\" in its "
                            "repository",
                            name));
}

std::string read_head(const ByteStream& stream) {
  std::string head(head_bytes, '\0');
  head.resize(read_fully(stream, head.data(), head.size()));
  return head;
}

/// The bytes as they are, or what gzip packed.
std::function<ByteStream()> unpacked(const std::string& name, std::string_view head, std::function<ByteStream()> open) {
  if (!head.starts_with("\x1f\x8b")) return open;
  return [open = std::move(open), name] { return open_gzip(open(), name); };
}

/// Bytes of unknown content as an input: gzip is taken off, the head is read.
InputFile input_of(const std::string& name, const std::string& raw_head, std::function<ByteStream()> raw) {
  InputFile file{name, {}, Encoding::Utf8, unpacked(name, raw_head, std::move(raw))};
  const std::string head = raw_head.starts_with("\x1f\x8b") ? read_head(file.open()) : raw_head;
  refuse_what_is_no_data(name, head);
  EncodingJudge judge;
  // The head may end within a character, which is no reason to doubt the others.
  judge.add(head.size() == head_bytes ? std::string_view(head).substr(0, head.rfind('\n')) : head);
  file.encoding = judge.encoding();
  file.head = read_all(decoded(open_memory(head), file.encoding), 4 * head_bytes, name);
  return file;
}

void open_path(const fs::path& path, std::vector<InputFile>& files, const TaskContext& context) {
  const std::string name = lossy_utf8(path.filename().string());
  const auto open = [path] { return open_plain(path); };
  std::string head = read_head(open());
  refuse_what_is_no_data(name, head);
  std::string inner = head;
  if (head.starts_with("\x1f\x8b")) inner = read_head(open_gzip(open(), path.string()));
  if (!is_archive(inner)) {
    files.push_back(input_of(name, head, open));
    return;
  }
  for (ArchiveEntry& entry : list_archive(path, head_bytes, is_wanted, context)) {
    const std::string entry_head = std::move(entry.head);
    entry.head.clear();
    files.push_back(input_of(entry.name, entry_head,
                             [path, entry, stop = context.stop] { return open_archive_entry(path, entry, stop); }));
  }
}

}  // namespace

InputFile memory_file(const std::string& name, std::string content) {
  const std::string head = content.substr(0, head_bytes);
  return input_of(name, head, [content = std::move(content)] { return open_memory(content); });
}

std::vector<InputFile> open_inputs(const std::vector<fs::path>& paths, const TaskContext& context) {
  std::vector<InputFile> files;
  for (const fs::path& path : paths) {
    context.check();
    std::error_code code;
    if (!fs::exists(path, code))
      throw Error(ErrorKind::BadFile,
                  code ? fmt::format("{}: cannot be read: {}; check its permissions", path.string(), code.message())
                       : fmt::format("{}: there is no such file or folder", path.string()));
    if (!fs::is_directory(path, code)) {
      open_path(path, files, context);
      continue;
    }
    std::vector<fs::path> inside;
    for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
      if (entry->is_regular_file(code) && is_wanted(entry->path().filename().string())) inside.push_back(entry->path());
    }
    if (code)
      throw Error(ErrorKind::BadFile, fmt::format("{}: the folder cannot be read: {}; check its permissions",
                                                  path.string(), code.message()));
    std::sort(inside.begin(), inside.end());
    for (const fs::path& file : inside) open_path(file, files, context);
  }
  if (files.empty())
    throw Error(ErrorKind::BadFile,
                "nothing to read: expected .csv, .tsv, .dat, .json, .jsonl or .inter files, a folder or an archive of "
                "them");
  return files;
}

Encoding whole_encoding(const InputFile& file, const TaskContext& context) {
  EncodingJudge judge;
  const ByteStream bytes = file.open();
  std::string piece(piece_bytes, '\0');
  while (const size_t n = bytes.read(piece.data(), piece.size())) {
    context.check();
    judge.add({piece.data(), n});
  }
  return judge.encoding();
}

std::string content_hash(const std::vector<InputFile>& files, const TaskContext& context) {
  std::vector<std::string> hashes;
  std::string piece(piece_bytes, '\0');
  for (const InputFile& file : files) {
    Sha256 hash;
    const ByteStream bytes = file.open();
    while (const size_t n = bytes.read(piece.data(), piece.size())) {
      context.check();
      hash.add({piece.data(), n});
    }
    hashes.push_back(hash.hex());
  }
  std::sort(hashes.begin(), hashes.end());
  Sha256 all;
  for (const std::string& hash : hashes) all.add(hash);
  return all.hex();
}

std::string_view first_line(const InputFile& file) {
  std::string_view text = file.head;
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool looks_like_json(const InputFile& file) {
  const size_t start = file.head.find_first_not_of(" \t\r\n");
  return start != std::string::npos && (file.head[start] == '[' || file.head[start] == '{');
}

}  // namespace prefscope
