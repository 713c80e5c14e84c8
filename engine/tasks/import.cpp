// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

#include "engine/base/files.h"
#include "engine/base/utf8.h"
#include "engine/data/readers.h"
#include "engine/store/close_behind.h"
#include "engine/tasks/save_data_set.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::optional<Role> given_role(const std::string& role) {
  if (role.empty()) return std::nullopt;
  if (role == "train") return Role::Train;
  if (role == "held_out") return Role::HeldOut;
  throw Error(ErrorKind::BadInput, fmt::format("role {}: expected train or held_out", role));
}

RawDataSet read_raw(const std::vector<InputFile>& files, const ImportOptions& options, const TaskContext& context) {
  const std::optional<Role> role = given_role(options.role);
  if (options.map.empty() && options.map_items.empty())
    return read_data_set(files, options.format.empty() ? recognise_format(files) : options.format, role, context);
  if (!options.format.empty() || role)
    throw Error(ErrorKind::BadInput, "a mapping: expected no format and no role beside it; leave out one of them");
  return read_mapped(files, options.map, options.map_items, context);
}

/// A name for the set: the folder of loose tables, else the file's or folder's own name.
std::string name_from(const fs::path& given) {
  std::error_code code;
  fs::path path = fs::absolute(given, code).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (!fs::is_directory(path, code)) {
    if (path.extension() == ".gz") path.replace_extension();  // reviews.json.gz, set.tar.gz
    // A table is one of several in a folder that has the set's name.
    const bool is_table = path.extension() == ".csv" || path.extension() == ".dat" || path.extension() == ".data";
    if (is_table && path.parent_path().has_filename()) path = path.parent_path();
  }
  const std::string name = lossy_utf8((fs::is_directory(path, code) ? path.filename() : path.stem()).string());
  return name.empty() ? "data set" : name;
}

std::string unique_name(Workspace& workspace, const ImportOptions& options) {
  const std::vector<DataSet> known = list_data_sets(workspace);
  const auto taken = [&](const std::string& name) {
    return std::any_of(known.begin(), known.end(), [&](const DataSet& d) { return d.name == name; });
  };
  if (!options.name.empty()) {
    check_new_name(workspace, options.name);
    return options.name;
  }
  const std::string base = name_from(options.paths.front());
  std::string name = base;
  for (int n = 2; taken(name); ++n) name = fmt::format("{} {}", base, n);
  return name;
}

/// A licence beside the data is no part of the set, and a set without it is the same.
bool was_read(const InputFile& file, const ImportReport& report) {
  return std::any_of(report.encodings.begin(), report.encodings.end(),
                     [&](const auto& read) { return read.first == file.name; });
}

/// Hashes files beside the reading of them, on a thread of its own: it takes as long as the reading does.
class FileHashes {
 public:
  explicit FileHashes(const std::vector<InputFile>& files)
      : hashes_(std::async(std::launch::async, [&files, token = stop_.get_token()] {
          return file_hashes(files, {{}, token});
        })) {}
  ~FileHashes() {
    stop_.request_stop();
    if (hashes_.valid()) hashes_.wait();
  }
  FileHashes(const FileHashes&) = delete;
  FileHashes& operator=(const FileHashes&) = delete;

  std::vector<std::string> take(const TaskContext& context) {
    while (hashes_.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) context.check();
    return hashes_.get();
  }

 private:
  std::stop_source stop_;
  std::future<std::vector<std::string>> hashes_;
};

}  // namespace

ImportResult import_data(const ImportOptions& options, const TaskContext& context) {
  const auto start = Clock::now();
  if (options.paths.empty())
    throw Error(ErrorKind::BadInput, "import: expected at least one file, folder or zip archive");
  try {
    const std::shared_ptr<Workspace> opened = open_to_write_much(options.workspace);
    Workspace& workspace = *opened;
    unique_name(workspace, options);  // a name that is taken is said before the work
    context.report({"Reading files", 0, -1, ""});
    const std::vector<InputFile> files = open_inputs(options.paths, context);
    const TaskContext reading = part_of(context, 0.05, 0.4, start);
    FileHashes file_hashes(files);
    RawDataSet raw = read_raw(files, options, reading);
    std::vector<std::string> hashes = file_hashes.take(context), of_set;
    std::string source;
    for (size_t i = 0; i < files.size(); ++i) {
      if (files[i].by_content && !was_read(files[i], raw.report)) continue;
      source += (source.empty() ? "" : ", ") + files[i].name;
      of_set.push_back(std::move(hashes[i]));
    }

    SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
    const std::string name = unique_name(workspace, options);  // another import may have taken it meanwhile
    save_data_set(workspace, {name, source, content_hash(std::move(of_set)), options.role}, raw,
                  part_of(context, 0.4, 0.95, start));
    context.check();
    transaction.commit();
    context.report({"Imported", 1, 0, ""});
    return {find_data_set(workspace, name), remark_lines(raw.report), raw.report,
            std::chrono::duration<double>(Clock::now() - start).count()};
  } catch (const SQLite::Exception& e) {
    throw Error(ErrorKind::Storage, fmt::format("{}: {}; nothing was imported; check free space and whether another "
                                                "program holds the workspace",
                                                (options.workspace / "workspace.db").string(), e.what()));
  }
}

}  // namespace prefscope
