// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/explain/kept_case.h"
#include "engine/store/saved_cases.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/rank_beside.h"

namespace prefscope {

/// All that is shown of a case: ranking, chain, marks, and what carries the target; what is not measured yet is
/// measured and kept. What would change the ranking is there where it was looked for, with what the window asks. The
/// rationale is the newest that was written under this model; empty where there is none. beside: the models that rank
/// the same list.
CaseReport case_report(const RankOptions& options, const TaskContext& context, const BesideOptions& beside = {});

/// A case as it was seen, with the hashes of the data, the weights and the adapters. The example is
/// report.rank.example; model: the base model where there is no run.
KeptCase freeze_case(Workspace& workspace, const CaseReport& report, std::optional<int64_t> run,
                     const std::string& model);
/// Freezes it into the notebook. Returns its id.
int64_t keep_case(Workspace& workspace, const CaseReport& report, std::optional<int64_t> run, const std::string& model);

/// A case of the notebook as it was frozen, with what is written on it now. Throws BadFile, saying what to do, where it
/// was saved before a notebook kept whole cases.
KeptCase read_kept_case(Workspace& workspace, int64_t id);
/// Several, in the order of the ids.
std::vector<KeptCase> read_kept_cases(Workspace& workspace, const std::vector<int64_t>& ids);

/// Writes cases to a file. format: html (one file that loads nothing), md (its figures in a folder beside it) or json
/// (case.json). Throws BadInput for another, Storage where it cannot be written.
void write_cases(const std::vector<KeptCase>& cases, const std::string& format, const std::filesystem::path& file);

/// Takes the cases of a case.json into the notebook of a workspace that has the data they speak of; where the same
/// user's list, weights and run are here too, the case leads to them. All or none. Returns the ids. Throws BadFile as
/// cases_from_json does, and BadInput where the data is not here.
std::vector<int64_t> open_case_file(Workspace& workspace, const std::filesystem::path& file);
/// The same of its text. name: what messages call it.
std::vector<int64_t> open_case_json(Workspace& workspace, std::string_view text, const std::string& name);

/// What is not here as it was when the case was frozen: data, weights, adapters; each a sentence. Empty: ranking the
/// case again gives the same numbers, on the same kind of device. Reads the files' hashes.
std::vector<std::string> changed_since(Workspace& workspace, const SavedCase& saved, const CaseSource& source);

/// A frozen ranking beside one of now, in a sentence: the numbers are the same, bit by bit, or how far they moved.
std::string compare_numbers(const RankResult& frozen, const RankResult& now);

/// Ranks a case of the notebook again under its model and says what became of its numbers, and what changed; where it
/// cannot be ranked here, why. What was frozen stays.
std::string rank_again(const std::filesystem::path& workspace, int64_t id, const TaskContext& context);

}  // namespace prefscope
