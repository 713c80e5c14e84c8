// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/explain/occlusion.h"
#include "engine/explain/rationale_agreement.h"
#include "engine/tasks/explain.h"

namespace prefscope {

/// Several rationales of one case, from each model of a run's chain; all speak of the same item.
struct SampleOptions {
  RankOptions rank;             ///< the last model of the chain
  std::optional<int64_t> item;  ///< what they speak of; absent: the first of that model's ranking
  bool whole_chain = true;      ///< the base model and every run up to the last; false: the last alone
  int samples = 5;              ///< of each model, 1 .. 20; 1 at temperature 0, where all are the same
  uint64_t seed = 0;
  double temperature = 0.8;
  int max_tokens = 96;
  bool hold_titles = true;  ///< titles in quotes can be those of the history alone
};

struct RationaleSample {
  uint64_t seed = 0;  ///< write_rationale with it writes the same text
  std::string text;
  RationaleFacts facts;
};

struct SampledModel {
  std::string name;  ///< "base", then the runs' names
  std::optional<int64_t> run;
  std::vector<RationaleSample> samples;
  std::optional<Occlusion> effects;  ///< on the margin of the item over the mean of all others; absent: not measured
};

struct RationaleSamples {
  Example example;
  std::vector<ItemText> history;
  ItemText item;                     ///< what they speak of
  std::string note;                  ///< how they were made; stands beside them wherever they are shown
  std::vector<SampledModel> models;  ///< base first
  RationaleAgreement agreement;      ///< its models in the same order
};

/// The seed of sample `sample` (from 0), whatever the number of samples; below 2^63. The same for each model.
uint64_t sample_seed(uint64_t seed, int sample);

/// A sample as it is written: its text so far, and what it names once it is whole (else nullptr).
struct SampleUpdate {
  size_t model = 0, sample = 0;
  const std::string& text;
  const RationaleFacts* facts = nullptr;
};

/// The models of the options, without samples.
std::vector<SampledModel> sampled_models(const SampleOptions& options);

/// Writes them, or reads those that were written before: sample by sample, each by every model in turn. Each text is
/// kept in the workspace as soon as it is whole. on_update (may be empty) is called on the task's thread. Throws
/// BadInput as write_rationale does, and Cancelled on a stop, within one token. Generated text is not evidence.
RationaleSamples sample_rationales(const SampleOptions& options,
                                   const std::function<void(const SampleUpdate&)>& on_update,
                                   const TaskContext& context);

/// What each item of the history does to the margin of the item spoken of under each model, as it is kept; measure: and
/// measured where it never was. [models]
std::vector<std::optional<Occlusion>> history_effects(const SampleOptions& options, bool measure,
                                                      const TaskContext& context);

}  // namespace prefscope
