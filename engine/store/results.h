// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// A summary with its 95 % bootstrap interval over users.
struct Interval {
  double value = 0, low = 0, high = 0;
};

struct EvaluationRow {
  std::string model;  ///< base, sft, dmpo, "run 7", random, popularity, itemknn, ease
  std::optional<int64_t> run;
  std::map<std::string, Interval> metrics;  ///< auc, hr@1, hr@5, ndcg@5, mrr
};

struct Evaluation {
  int64_t id = 0, preparation = 0, users = 0;
  std::string created_at, protocol, score;
  uint64_t seed = 0;
  std::vector<EvaluationRow> rows;
};

/// What one model did for one user.
struct UserResult {
  int64_t example = 0;
  double auc = 0, target_rank = 1;  ///< rank from 1; ties count half
};

/// per_user[i] belongs to evaluation.rows[i]. Returns the new id; one transaction.
int64_t save_evaluation(Workspace& workspace, const Evaluation& evaluation,
                        const std::vector<std::vector<UserResult>>& per_user);
std::vector<Evaluation> list_evaluations(Workspace& workspace, int64_t preparation);
std::vector<UserResult> read_user_results(Workspace& workspace, int64_t evaluation, int row);

struct SavedRationale {
  int64_t id = 0, example = 0, model = 0, item = 0;
  std::optional<int64_t> run;
  uint64_t seed = 0;
  double temperature = 0;
  bool held_titles = false;  ///< titles in quotes could be those of the history alone
  std::string prompt, text, created_at;
};
int64_t save_rationale(Workspace& workspace, const SavedRationale& rationale);
std::vector<SavedRationale> read_rationales(Workspace& workspace, int64_t example);

}  // namespace prefscope
