// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/store/close_behind.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace prefscope {
namespace {

constexpr uintmax_t large_log = 16 << 20;  // bytes; a smaller one is closed within some 30 ms

std::mutex closings_mutex;
std::vector<std::future<void>> closings;  // their destructors wait, so the end of the program does

/// Another connection may be reading or doing the same; what is left to do is done when the last one closes.
void write_and_close(std::unique_ptr<Workspace> workspace) {
  workspace->db().tryExec("PRAGMA wal_checkpoint(PASSIVE)");
  workspace.reset();
}

/// Call with the mutex held. A thread that has ended keeps its stack until its future goes.
void drop_closed() {
  std::erase_if(closings, [](const std::future<void>& closing) {
    return closing.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
}

bool all_closed() {
  const std::lock_guard lock(closings_mutex);
  drop_closed();
  return closings.empty();
}

void close_behind(Workspace* to_close) {
  std::unique_ptr<Workspace> workspace(to_close);
  std::error_code none;
  const uintmax_t log = std::filesystem::file_size(workspace->folder() / "workspace.db-wal", none);
  if (none || log < large_log) return;
  const std::lock_guard lock(closings_mutex);
  drop_closed();
  try {
    closings.push_back(std::async(std::launch::async, write_and_close, std::move(workspace)));
  } catch (const std::system_error&) {  // no thread is to be had: it was closed here, by its destructor
  }
}

}  // namespace

std::shared_ptr<Workspace> open_to_write_much(const std::filesystem::path& folder) {
  std::shared_ptr<Workspace> workspace(new Workspace(folder), close_behind);
  workspace->db().exec("PRAGMA wal_autocheckpoint = 0");
  return workspace;
}

void wait_until_closed(const TaskContext& context) {
  while (!all_closed() && !context.stop.stop_requested()) {
    context.report({"Writing to disk", -1, -1, ""});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace prefscope
