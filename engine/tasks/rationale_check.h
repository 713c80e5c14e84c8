// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/store/results.h"

namespace prefscope {

struct RationaleCheckOptions {
  std::filesystem::path workspace;
  std::optional<int64_t> run;          ///< absent: the base model alone
  std::string model = "starter";       ///< base model where there is no run
  std::string data_set;                ///< needed without a run
  std::optional<int64_t> preparation;  ///< absent: the run's, else the newest of data_set
  std::optional<int64_t> users;        ///< the first N held-out users in saved order
  bool hold_titles = false;            ///< unconstrained by default: what the model says when it may say anything
  double temperature = 0;
  uint64_t seed = 0;  ///< of texts, random removals, intervals and p-values
  std::string device = "auto";
};

/// One user's rationale for the first of the ranking.
struct CheckedRationale {
  std::string user, item, text;
  std::optional<double> fall;  ///< of the margin without what it cites, nats; absent where it cites nothing
  int titles = 0, titles_in_history = 0, titles_invented = 0, titles_repeated = 0, attributes = 0, attributes_true = 0;
};

/// How much the margin of the recommended item (log-prob less the mean of the other candidates', nats) falls when the
/// history changes; means over users with 95 % bootstrap intervals. Compared with the items that a rationale cites are
/// as many random others (mean of five draws) and as many of the most recent others. Comprehensiveness and sufficiency
/// after ERASER (DeYoung et al. 2020), with history items as units and the margin in place of a probability.
struct Faithfulness {
  int64_t users = 0;               ///< with a cited item and as many others to remove
  Interval cited, random, recent;  ///< comprehensiveness: the fall without these items; more is more faithful
  Interval cited_less_random, cited_less_recent;
  Interval only_cited, only_random, only_recent;  ///< sufficiency: the fall with these items alone; less is more
  Interval random_less_only_cited, recent_less_only_cited;
  /// Paired sign-flip tests of the four differences, two-sided, as they are.
  double p_random = 1, p_recent = 1, p_only_random = 1, p_only_recent = 1;
  /// The same with Holm's correction over the four.
  double holm_random = 1, holm_recent = 1, holm_only_random = 1, holm_only_recent = 1;
  Interval flips, flips_random;  ///< shares of users whose first candidate changes without these items
};

/// Metrics of the texts as texts, after PETER (Li et al. 2021); features are the attribute values that they name.
struct TextFigures {
  double usr = 0;             ///< distinct texts / texts
  double fcr = 0;             ///< distinct features / features of the catalogue
  double div = 0;             ///< mean over pairs of texts of the features they share; lower is more diverse
  std::optional<double> fmr;  ///< share of texts that name the feature with the largest true contribution, where known
};

/// Whether the first attribute that is named is among the two largest true contributions to the item's utility.
/// Shares of users; a rationale that names none counts as wrong.
struct TruthToUser {
  int64_t users = 0;
  Interval rationale;             ///< what the model names
  Interval most_frequent;         ///< template: the item's attribute that most history items have
  Interval most_frequent_of_all;  ///< template: the value that most history items have, whether the item has it or not
  Interval oracle;                ///< the largest true contribution among the attributes that the history shares
  Interval gain;                  ///< rationale less most_frequent, paired
};

struct RationaleReport {
  std::string model, note;  ///< note: how the texts were made
  std::vector<CheckedRationale> rationales;
  int titles = 0, titles_in_history = 0, titles_invented = 0,
      titles_repeated = 0;  ///< sums, as RationaleFacts has them
  int attributes = 0, attributes_true = 0;
  Faithfulness faithfulness;
  TextFigures texts;
  std::optional<TruthToUser> truth;  ///< where the causes are known: the bundled sample world
};

/// Lets a model write a rationale for every held-out user's first recommendation and checks what it says: against the
/// history and the catalogue, against the model itself, and against the true causes where they are known. Texts are not
/// saved.
RationaleReport check_rationales(const RationaleCheckOptions& options, const TaskContext& context);

/// The same for the base model and every run up to options.run, base first, on the same users.
std::vector<RationaleReport> check_chain(const RationaleCheckOptions& options, const TaskContext& context);

}  // namespace prefscope
