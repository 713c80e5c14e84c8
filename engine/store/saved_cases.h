// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// A case of the notebook, with what a person wrote on it. It outlives its example, model and run: what was seen lies
/// in its report.
struct SavedCase {
  int64_t id = 0, data_set = 0;
  std::optional<int64_t> example, model, run;  ///< absent: not, or no more, in this workspace; run: also the base model
  std::string user_key, model_name, note, created_at;
  bool starred = false;
  std::vector<std::string> tags;
};

/// Tags as they are typed, separated by commas: trimmed, empty ones and repetitions left out, in the order typed.
std::vector<std::string> tags_of(const std::string& typed);
/// "a, b".
std::string tags_text(const std::vector<std::string>& tags);

/// Keeps a case with its report, frozen. With an id: puts back what delete_case took. Returns the id.
int64_t save_case(Workspace& workspace, const SavedCase& saved, const std::string& report);
/// Of a data set, oldest first.
std::vector<SavedCase> list_cases(Workspace& workspace, int64_t data_set);
/// Of all data sets.
std::vector<SavedCase> list_cases(Workspace& workspace);
/// Throws BadInput, saying which there are, when there is no such case.
SavedCase read_case(Workspace& workspace, int64_t id);
/// The report as it was saved.
std::string read_case_report(Workspace& workspace, int64_t id);
/// Writes the star, the tags and the note of a case; all else stays as it was saved. Throws as read_case does.
void update_case(Workspace& workspace, const SavedCase& saved);
void delete_case(Workspace& workspace, int64_t id);

}  // namespace prefscope
