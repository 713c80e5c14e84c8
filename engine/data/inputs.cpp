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

constexpr int max_depth = 4;
constexpr size_t max_files = 10'000;

bool has_data_ending(const std::string& name) {
  static const std::set<std::string> endings = {".csv",  ".tsv",  ".json", ".jsonl", ".ndjson", ".dat",
                                                ".data", ".item", ".user", ".inter", ".kg",     ".link"};
  fs::path path(name);
  if (path.extension() == ".gz") path = path.stem();
  return endings.contains(path.extension().string());
}

bool is_gzip(std::string_view head) {
  return head.starts_with("\x1f\x8b");
}

/// Text, not a picture: no NUL byte, unless it is UTF-16 with its mark.
bool is_text(std::string_view head) {
  return head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff") || head.find('\0') == std::string_view::npos;
}

/// Of a folder or an archive only what may be data is taken: by its name, or as it is text or packed.
bool is_wanted(const std::string& name, const std::string& head) {
  return has_data_ending(name) || (!head.empty() && (is_gzip(head) || is_text(head)));
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
  if (!is_gzip(head)) return open;
  return [open = std::move(open), name] { return open_gzip(open(), name); };
}

/// Bytes of unknown content as an input: gzip is taken off, the head is read.
InputFile input_of(const std::string& name, const std::string& raw_head, std::function<ByteStream()> raw) {
  InputFile file{name, {}, Encoding::Utf8, unpacked(name, raw_head, std::move(raw))};
  const std::string head = is_gzip(raw_head) ? read_head(file.open()) : raw_head;
  EncodingJudge judge;
  // The head may end within a character, which is no reason to doubt the others.
  judge.add(head.size() == head_bytes ? std::string_view(head).substr(0, head.rfind('\n')) : head);
  file.encoding = judge.encoding();
  file.head = read_all(decoded(open_memory(head), file.encoding), 4 * head_bytes, name);
  file.cr_lines = file.head.find('\n') == std::string::npos && file.head.find('\r') != std::string::npos;
  if (file.cr_lines) std::replace(file.head.begin(), file.head.end(), '\r', '\n');
  return file;
}

/// Adds a file of a folder or an archive, unless what gzip packed in it is no text.
void add_found(const std::string& name, const std::string& raw_head, std::function<ByteStream()> raw,
               std::vector<InputFile>& files) {
  InputFile file = input_of(name, raw_head, std::move(raw));
  file.by_content = !has_data_ending(name);
  // Read beside the data and not as data, a page of help is a text like any other.
  if (!file.by_content) refuse_what_is_no_data(name, file.head);
  if (!file.by_content || (is_text(file.head) && !is_archive(file.head))) files.push_back(std::move(file));
}

void open_path(const fs::path& path, bool in_folder, std::vector<InputFile>& files, const TaskContext& context) {
  const std::string name = lossy_utf8(path.filename().string());
  const auto open = [path] { return open_plain(path); };
  const std::string head = read_head(open());
  if (in_folder && !has_data_ending(name)) {
    if (is_wanted(name, head)) add_found(name, head, open, files);
    return;
  }
  refuse_what_is_no_data(name, head);
  if (!is_archive(is_gzip(head) ? read_head(open_gzip(open(), path.string())) : head)) {
    files.push_back(input_of(name, head, open));
    refuse_what_is_no_data(name, files.back().head);
    return;
  }
  for (ArchiveEntry& entry : list_archive(path, head_bytes, is_wanted, context)) {
    const std::string entry_head = std::move(entry.head);
    entry.head.clear();
    add_found(
        entry.name, entry_head, [path, entry, stop = context.stop] { return open_archive_entry(path, entry, stop); },
        files);
  }
}

/// The files of a folder and of those in it, sorted.
void list_folder(const fs::path& folder, int depth, std::vector<fs::path>& found, const TaskContext& context) {
  context.check();
  std::vector<fs::path> inside, folders;
  std::error_code code, of_entry;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().filename().native().starts_with('.')) continue;
    if (entry->is_regular_file(of_entry)) inside.push_back(entry->path());
    if (entry->is_directory(of_entry) && !entry->is_symlink(of_entry)) folders.push_back(entry->path());
  }
  if (code)
    throw Error(ErrorKind::BadFile, fmt::format("{}: the folder cannot be read: {}; check its permissions",
                                                folder.string(), code.message()));
  if (found.size() + inside.size() > max_files)
    throw Error(ErrorKind::BadFile,
                fmt::format("{}: more than {} files; import those of the set", folder.string(), max_files));
  std::sort(inside.begin(), inside.end());
  std::sort(folders.begin(), folders.end());
  found.insert(found.end(), inside.begin(), inside.end());
  if (depth == max_depth) return;
  for (const fs::path& deeper : folders) list_folder(deeper, depth + 1, found, context);
}

[[noreturn]] void nothing_to_read(const std::vector<fs::path>& paths) {
  std::string names;
  for (const fs::path& path : paths) names += (names.empty() ? "" : ", ") + lossy_utf8(path.string());
  throw Error(ErrorKind::BadFile,
              fmt::format("{}: nothing to read: expected tables or JSON as text (.csv, .tsv, .dat, .json, .jsonl, "
                          ".inter or any name), found no text at most {} folders deep; give the files, a folder or an "
                          "archive (zip, tar, tar.gz) of them, and unpack what is packed in another way",
                          names, max_depth));
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
    std::vector<fs::path> inside;
    if (fs::is_directory(path, code)) {
      list_folder(path, 0, inside, context);
      for (const fs::path& file : inside) open_path(file, true, files, context);
    } else {
      open_path(path, false, files, context);
    }
  }
  if (files.empty()) nothing_to_read(paths);
  // A format takes the first file that looks as it wants one.
  std::stable_partition(files.begin(), files.end(), [](const InputFile& file) { return !file.by_content; });
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

ByteStream text_of(const InputFile& file, Encoding encoding) {
  ByteStream text = decoded(file.open(), encoding);
  if (!file.cr_lines) return text;
  text.read = [read = std::move(text.read)](char* into, size_t room) {
    const size_t n = read(into, room);
    std::replace(into, into + n, '\r', '\n');
    return n;
  };
  return text;
}

std::vector<std::string> file_hashes(const std::vector<InputFile>& files, const TaskContext& context) {
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
  return hashes;
}

std::string content_hash(std::vector<std::string> hashes) {
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
  if (start == std::string::npos || (file.head[start] != '[' && file.head[start] != '{')) return false;
  // "[![Build](..." begins a text for readers, "{\rtf1" one of a word processor.
  const size_t next = file.head.find_first_not_of(" \t\r\n", start + 1);
  return next == std::string::npos ||
         std::string_view("[]{}\"'-0123456789").find(file.head[next]) != std::string_view::npos;
}

}  // namespace prefscope
