// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/train/negative_sampling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/data/negatives.h"

namespace prefscope {
namespace {

constexpr int max_k = 64;
constexpr uint64_t draw_stream = 0x6e65676174697665, policy_stream = 0x73656c6668617264;

bool is_one_of(const std::string& value, const std::vector<std::string>& known) {
  return std::find(known.begin(), known.end(), value) != known.end();
}

/// What may be rejected in an example, sorted.
std::vector<int64_t> choices_of(const NegativeSampling& s, const std::vector<Example>& examples, size_t i) {
  if (!s.listed) return without(s.catalogue, s.touched[i]);
  std::vector<int64_t> others = examples[i].candidates;
  std::erase(others, examples[i].target);
  std::sort(others.begin(), others.end());
  return others;
}

std::vector<int64_t> at(const std::vector<int64_t>& items, const std::vector<size_t>& places) {
  std::vector<int64_t> chosen;
  for (const size_t place : places) chosen.push_back(items[place]);
  return chosen;
}

}  // namespace

void check_sampling(const Preparation& p, const SourceOptions& o) {
  if (o.sft) return;
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  const bool given = p.prompt == "given", drawn = o.negatives != "prepared";
  if (!is_one_of(o.negatives, negative_sampling_names()))
    fail(fmt::format("--negatives {}: expected one of {}", o.negatives, fmt::join(negative_sampling_names(), ", ")));
  if (given && drawn)
    fail(
        fmt::format("--negatives {}: expected prepared, as given pairs bring their own rejected responses and name no "
                    "items to draw others from",
                    o.negatives));
  if (given && o.oracle)
    fail("--objective rosepo: its oracle ranks items, and given pairs name none; take dpo with --label-smoothing");
  const std::vector<std::string> models = {"popularity", "itemknn", "ease"};
  if ((o.negatives == "hard" || o.oracle) && !is_one_of(o.negatives_model, models))
    fail(fmt::format("--negatives-model {}: expected one of {}", o.negatives_model, fmt::join(models, ", ")));
  if (o.resample && o.negatives != "uniform" && o.negatives != "popularity") {
    fail(
        fmt::format("--resample: expected --negatives uniform or popularity, found {}, which {}", o.negatives,
                    o.negatives == "self-hard" ? "is chosen anew every epoch in any case" : "is the same every epoch"));
  }
  if (o.k < 0 || o.k > max_k) fail(fmt::format("--k: expected 1 .. {}, found {}", max_k, o.k));
  if (!drawn && o.k > p.negatives)
    fail(
        fmt::format("--k: {} negatives were prepared, found {}; prepare with --negatives {}, or draw them with "
                    "--negatives uniform",
                    p.negatives, o.k, o.k));
  if (drawn && p.prompt == "listed" && (o.k == 0 ? usual_k : o.k) > p.candidates - 1) {
    fail(
        fmt::format("--k: a listed prompt can only reject what it lists, so expected 1 .. {} of its {} candidates, "
                    "found {}; lower --k or prepare with more --candidates",
                    p.candidates - 1, p.candidates, o.k == 0 ? usual_k : o.k));
  }
  if (o.oracle && !(o.label_smoothing >= 0 && o.label_smoothing < 0.5))
    fail(fmt::format("--label-smoothing: expected 0 .. below 0.5, found {}", o.label_smoothing));
}

NegativeSampling make_sampling(Workspace& workspace, const Preparation& preparation,
                               const std::vector<Example>& examples, const SourceOptions& options,
                               const TaskContext& context) {
  check_sampling(preparation, options);
  NegativeSampling s;
  s.options = options;
  if (options.k == 0) s.options.k = options.negatives == "prepared" ? preparation.negatives : usual_k;
  s.listed = preparation.prompt == "listed";
  s.catalogue = read_catalogue(workspace, preparation.data_set, preparation.view);
  if (options.negatives != "prepared") {
    if (!s.listed) s.touched = read_touched(workspace, preparation.id);
    for (size_t i = 0; i < examples.size(); ++i) {
      const size_t found = choices_of(s, examples, i).size();
      if (found >= static_cast<size_t>(s.options.k)) continue;
      throw Error(
          ErrorKind::BadInput,
          fmt::format("--k: user {} has {} items {}, expected at least {}; lower --k", examples[i].user_key, found,
                      s.listed ? "beside the target in the list" : "left that they never touched", s.options.k));
    }
  }
  const bool ranked = options.negatives == "hard" || options.negatives == "similar";
  if (options.negatives == "popularity" || ranked || options.oracle) {
    s.data = read_training_data(workspace, preparation);
    s.popularity.assign(static_cast<size_t>(s.data.matrix.item_count), 1);
    for (const auto& user : s.data.matrix.items) {
      for (const int32_t item : user) ++s.popularity[static_cast<size_t>(item)];
    }
  }
  const auto fitted = [&](const std::string& name) {
    auto model = make_recommender(name, options.seed);
    model->fit(s.data.matrix, context);
    return model;
  };
  if (ranked) s.ranker = fitted(options.negatives == "similar" ? "itemknn" : options.negatives_model);
  if (options.oracle) s.oracle = fitted(options.negatives_model);
  return s;
}

NegativeItems sample_negatives(const NegativeSampling& s, const std::vector<Example>& examples, int64_t epoch,
                               const TaskContext& context) {
  const int k = s.options.k;
  const std::string& how = s.options.negatives;
  NegativeItems all;
  uint64_t of_user = 0;  // which example of its user: each draws for itself
  ProgressClock clock(context, "Choosing negatives");
  for (size_t i = 0; i < examples.size(); ++i) {
    clock.update(static_cast<double>(i) / static_cast<double>(examples.size()));
    const Example& e = examples[i];
    of_user = i > 0 && examples[i - 1].user_key == e.user_key ? of_user + 1 : 0;
    if (how == "prepared") {
      all.emplace_back(e.negatives.begin(), e.negatives.begin() + std::min<std::ptrdiff_t>(k, std::ssize(e.negatives)));
      continue;
    }
    const std::vector<int64_t> choices = choices_of(s, examples, i);
    Random random({s.options.seed, draw_stream, static_cast<uint64_t>(epoch), hash_key(e.user_key), of_user});
    if (how == "popularity") {
      std::vector<double> weights;
      for (const int32_t item : s.data.indices(choices)) weights.push_back(s.popularity[static_cast<size_t>(item)]);
      all.push_back(at(choices, draw_weighted(weights, k, random)));
    } else if (s.ranker) {
      const auto scores = s.ranker->score(s.data.indices(e.history), s.data.indices(choices), e.position);
      all.push_back(at(choices, highest(scores, k, random)));
    } else {
      all.push_back(draw_uniform(choices, {}, k, random));
    }
  }
  return all;
}

NegativeItems sample_for_policy(const NegativeSampling& s, const std::vector<Example>& examples, int64_t epoch) {
  NegativeItems all;
  for (size_t i = 0; i < examples.size(); ++i) {
    const std::vector<int64_t> choices = choices_of(s, examples, i);
    const int count = std::min(std::max(20, 4 * s.options.k), static_cast<int>(choices.size()));
    Random random({s.options.seed, policy_stream, static_cast<uint64_t>(epoch), hash_key(examples[i].user_key)});
    all.push_back(draw_uniform(choices, {}, count, random));
  }
  return all;
}

std::vector<float> pair_smoothing(const NegativeSampling& s, const Example& example,
                                  const std::vector<int64_t>& rejected) {
  const auto scores = s.oracle->score(s.data.indices(example.history), s.data.indices(s.catalogue), example.position);
  const auto place = [&](int64_t item) {
    return static_cast<size_t>(std::lower_bound(s.catalogue.begin(), s.catalogue.end(), item) - s.catalogue.begin());
  };
  std::vector<size_t> places = {place(example.target)};
  for (const int64_t item : rejected) places.push_back(place(item));
  const std::vector<double> shares = percentiles(scores, places);
  std::vector<float> smoothing;
  for (size_t i = 1; i < shares.size(); ++i)
    smoothing.push_back(static_cast<float>(rose_smoothing(s.options.label_smoothing, shares[0], shares[i])));
  return smoothing;
}

}  // namespace prefscope
