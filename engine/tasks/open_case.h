// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/explain/case.h"
#include "engine/explain/counterfactual.h"
#include "engine/explain/occlusion.h"
#include "engine/tasks/explain.h"

namespace prefscope {

/// One user's case with its model, reference and catalogue in memory, for questions that score changed histories.
struct OpenCase;
using OpenCasePtr = std::shared_ptr<const OpenCase>;

/// Loads what the options name. Throws BadInput as rank() does, and for a case of given pairs, which has no history.
OpenCasePtr open_case(const RankOptions& options, const TaskContext& context);

/// Its example as it is saved, and the texts of its history.
const Example& example_of(const OpenCase& opened);
std::vector<ItemText> history_of(const OpenCase& opened);
/// An item of its data set, by id or by the id in the file. Throws BadInput where there is none.
const ItemText& item_text(const OpenCase& opened, int64_t item);
const ItemText& find_item(const OpenCase& opened, const std::string& key);

/// A case with another history or other candidates: item ids.
struct CaseEdit {
  std::vector<int64_t> history, candidates;
};

/// The ranking of an edited case; nothing is saved. Throws BadInput for an unknown item, one twice among the
/// candidates, or fewer than two candidates.
RankResult what_if(const OpenCase& opened, const CaseEdit& edit, const TaskContext& context);
/// The same in two steps, for a window that shows ranks as soon as the model has scored: its ranking without log-ratios
/// (unless candidates are scored by them), then the reference's log-probs added to that.
RankResult what_if_ranks(const OpenCase& opened, const CaseEdit& edit, const TaskContext& context);
RankResult add_reference(const OpenCase& opened, const RankResult& ranked, const TaskContext& context);

/// What to ask about what carries a candidate; items by id.
struct EvidenceOptions {
  std::optional<int64_t> item;   ///< absent: the target
  std::optional<int64_t> rival;  ///< absent: the mean of all other candidates
  int neutral = 3, random = 20, pair_items = 8;
  uint64_t seed = 0;
};

/// What carries a candidate of this case, and how it was asked.
struct Evidence {
  int64_t item = 0;
  std::optional<int64_t> rival;
  std::string score = "sum";
  Occlusion occlusion;
};

/// Measured once and kept with the example, the model and the options; found again it is read.
Evidence evidence(const OpenCase& opened, const EvidenceOptions& options, const TaskContext& context);
/// What was kept, without loading a model; nothing where it was never asked.
std::optional<Evidence> kept_evidence(const RankOptions& options, const EvidenceOptions& evidence);

struct CounterfactualOptions {
  std::optional<int64_t> wanted;  ///< the candidate that should become first; absent: any other
  int most_removed = 8, most_added = 3;
  int additions = 100;  ///< items that may be added: those most like the candidates that should be first
};

/// The changes that put another candidate first. Looked for once and kept with the example, the model and the options.
Counterfactual counterfactual(const OpenCase& opened, const CounterfactualOptions& options, const TaskContext& context);

/// What was kept, with the texts that its positions speak of.
struct KeptCounterfactual {
  CaseEdit unchanged;  ///< the case as it is saved
  std::vector<ItemText> history, candidates;
  Counterfactual found;
};
/// Without loading a model; nothing where it was never asked.
std::optional<KeptCounterfactual> kept_counterfactual(const RankOptions& options,
                                                      const CounterfactualOptions& counterfactual);

}  // namespace prefscope
