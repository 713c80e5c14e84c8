// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <string_view>

#include "app/cli_commands.h"
#include "app/cli_progress.h"
#include "app/cli_worker.h"
#include "engine/base/calm_threads.h"
#include "engine/base/error.h"
#include "engine/store/close_behind.h"

using namespace prefscope;

namespace {

constexpr int exitTrouble = 1, exitUsage = 2;

/// The window's own workspace, where no other was asked for.
std::filesystem::path defaultWorkspace() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? value : nullptr;
  };
  if (const char* data = set("XDG_DATA_HOME")) return std::filesystem::path(data) / "prefscope" / "workspace";
  const char* home = set("HOME");
  return std::filesystem::path(home ? home : ".") / ".local" / "share" / "prefscope" / "workspace";
}

const char* nameOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::BadInput:
      return "bad_input";
    case ErrorKind::BadFile:
      return "bad_file";
    case ErrorKind::Storage:
      return "storage";
    case ErrorKind::OutOfMemory:
      return "out_of_memory";
    case ErrorKind::Unsupported:
      return "unsupported";
  }
  return "unknown";
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Nothing here throws where an output cannot be written.
void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void printError(const char* kind, const std::string& message) {
  print(dump({{"error", {{"kind", kind}, {"message", message}}}}) + "\n");
  std::fflush(stdout);
}

int trouble(const Request& request, const char* kind, const std::string& message) {
  log("prefscope-cli: " + onOneLine(message) + "\n");
  if (request.json) printError(kind, message);
  return exitTrouble;
}

/// Does what the command line asks for; gives the exit code.
int work(int argc, char** argv, const std::stop_source& stop) {
  Request request;
  request.workspace = defaultWorkspace();
  CLI::App app("Prefscope without a window: train and explain recommenders made of language models.", "prefscope-cli");
  app.set_version_flag("--version", PREFSCOPE_VERSION);
  app.add_option("--workspace", request.workspace, "Folder of the workspace; made if absent")->capture_default_str();
  app.add_flag("--json", request.json, "Print one JSON object on standard output; the log goes to standard error");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Examples:\n"
      "  prefscope-cli demo\n"
      "  prefscope-cli --workspace ws import ml-latest-small.zip --name movies\n"
      "  prefscope-cli --workspace ws prepare movies\n"
      "  prefscope-cli --workspace ws starter --dataset movies --minutes 30\n"
      "  prefscope-cli --workspace ws train movies --model ws/models/dataset-1 --objective sft\n"
      "  prefscope-cli --workspace ws train movies --objective dmpo --from 1\n"
      "  prefscope-cli --workspace ws evaluate movies --runs 1 2\n"
      "Exit codes: 0 done, 1 trouble, 2 wrong use, 130 cancelled.");
  addCommands(app, request);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (app.exit(e) == 0) return 0;
    // The flag may stand behind what could not be read.
    if (std::find(argv, argv + argc, std::string_view("--json")) != argv + argc) printError("usage", e.what());
    return exitUsage;
  }

  try {
    std::optional<Answer> answer;
    {
      ProgressLine line;
      const TaskContext context{[&line](const Progress& progress) { line.show(progress); }, stop.get_token()};
      answer = request.run(context);
      wait_until_closed(context);
    }
    if (answer && request.json) {
      print(dump(answer->json) + "\n");
    } else if (answer) {
      print(answer->text);
    }
    return std::fflush(stdout) == 0 && std::cout.flush()
               ? 0
               : trouble(request, "storage", "standard output: cannot be written");
  } catch (const Cancelled&) {
    log("prefscope-cli: cancelled\n");
    return exitCancelled;
  } catch (const Error& e) {
    return trouble(request, nameOf(e.kind()), e.what());
  } catch (const std::exception& e) {
    return trouble(request, "unknown", e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  wait_calmly(argv);
  const std::stop_source stop;
  workInChild(stop);
  const int code = work(argc, argv, stop);
  wait_until_closed({{}, stop.get_token()});  // after an error too
  answered(code);
  return code;
}
