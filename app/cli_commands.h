// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "app/cli_output.h"
#include "engine/base/progress.h"
#include "engine/tasks/rank_beside.h"

namespace prefscope {

/// What the command line asked for.
struct Request {
  std::filesystem::path workspace;
  bool json = false;
  /// The chosen command; nothing as answer where it has written its own output.
  std::function<std::optional<Answer>(const TaskContext&)> run;
};

/// Adds every command to the parser. Parsing fills `request`, which must outlive the parser.
void addCommands(CLI::App& app, Request& request);
/// The part of them that looks at data sets: report. Called by addCommands.
void addDataCommands(CLI::App& app, Request& request);
/// The part of them that looks at one user or item: user, item. Called by addCommands.
void addPageCommands(CLI::App& app, Request& request);
/// The part of them that trains: train, resume, finish, runs, estimate. Called by addCommands.
void addTrainCommands(CLI::App& app, Request& request);
/// The part of them that looks into something or times it: score, tokenize, negatives, bench. Called by addCommands.
void addInspectCommands(CLI::App& app, Request& request);
/// tokenize. Called by addInspectCommands.
void addTokenizeCommand(CLI::App& app, Request& request);
/// The part of them that takes any model folder: generate, chat, model export. Called by addCommands.
void addGenerateCommands(CLI::App& app, Request& request);
/// The part of them that looks at model folders: model inspect, model list, logits. Called by addCommands.
void addModelCommands(CLI::App& app, Request& request);
/// The command that those on model folders belong to (model export), made by whoever asks first.
CLI::App& modelCommand(CLI::App& app);
/// The part of them that studies cases as they are: rank, hardest, explain, rationales, faithfulness. Called by
/// addCommands.
void addCaseCommands(CLI::App& app, Request& request);
/// The part of them that scores changed histories: occlude, counterfactual, what-if, probe. Called by addCommands.
void addEvidenceCommands(CLI::App& app, Request& request);
/// Several rationales of one case: samples. Called by addCommands.
void addSampleCommands(CLI::App& app, Request& request);
/// The notebook: save-case, cases, note-case, export-case, open-case, check-case. Called by addCommands.
void addNotebookCommands(CLI::App& app, Request& request);
/// Whose list is ranked, and by what.
void addRankOptions(CLI::App* command, RankOptions& options);
/// Which other models rank the same list.
void addBesideOptions(CLI::App* command, BesideOptions& options);
/// The part of them that makes the sample world, its starter and its report. Called by addCommands.
void addWorldCommands(CLI::App& app, Request& request);

}  // namespace prefscope
