// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "engine/data/item_index.h"
#include "engine/evaluate/metrics.h"
#include "engine/explain/variant_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

using Items = std::vector<const ItemText*>;

/// A user's settings of a probe, each with the variant that it asks for.
using Settings =
    std::function<std::map<int64_t, CaseVariant>(const Items& history, const Items& candidates, size_t target)>;

struct Values {
  std::vector<double> auc, hr_1, margin;
};

std::vector<Example> asked_examples(Workspace& workspace, const ProbeOptions& options, int64_t preparation) {
  if (options.users && *options.users < 1)
    throw Error(ErrorKind::BadInput, fmt::format("--users: expected at least 1, found {}", *options.users));
  std::vector<Example> examples;
  if (options.user.empty()) {
    examples = read_examples(workspace, preparation, Role::HeldOut, options.users.value_or(0));
  } else {
    examples = {find_example(workspace, preparation, options.user)};
  }
  if (examples.empty() || !examples.front().pairs.empty())
    throw Error(ErrorKind::BadInput,
                "there are no held-out users with candidates; prepare a data set of interactions with --held-out");
  return examples;
}

Probe probe(const ProbeOptions& options, const ChosenModel& subject, Workspace& workspace, const Settings& settings,
            const TaskContext& context) {
  const std::vector<Example> examples = asked_examples(workspace, options, subject.preparation.id);
  return with_torch_errors([&] {
    const ItemIndex items(read_item_texts(workspace, subject.preparation.data_set));
    const LoadedPolicy policy = load_policy(workspace, subject.policy, choose_device(options.device));
    std::map<int64_t, Values> values;
    ProgressClock clock(context, "Probing");
    for (size_t n = 0; n < examples.size(); ++n) {
      clock.update(static_cast<double>(n) / static_cast<double>(examples.size()),
                   fmt::format("user {} of {}", n + 1, examples.size()));
      const Example& e = examples[n];
      const auto target =
          static_cast<size_t>(std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin());
      const auto asked = settings(items.all(e.history), items.all(e.candidates), target);
      std::vector<CaseVariant> variants;
      for (const auto& entry : asked) variants.push_back(entry.second);
      const auto scores = variant_scores(policy, subject.preparation, e, variants, context).mean;
      size_t v = 0;
      for (const auto& entry : asked) {
        const UserMetrics m = user_metrics(scores[v], target);
        Values& of = values[entry.first];
        of.auc.push_back(m.auc);
        of.hr_1.push_back(m.hit_1);
        of.margin.push_back(margin_over_others(scores[v++], target));
      }
    }
    clock.update(1);
    Probe out{subject.name, subject.preparation.protocol, {}};
    for (const auto& [setting, of] : values)
      out.points.push_back({setting, std::ssize(of.auc), bootstrap_mean(of.auc, options.seed),
                            bootstrap_mean(of.hr_1, options.seed), bootstrap_mean(of.margin, options.seed)});
    return out;
  });
}

}  // namespace

Probe probe_history_length(const ProbeOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const ChosenModel subject =
      find_chosen_model(workspace, options.run, options.model, options.data_set, options.preparation);
  const auto longest = static_cast<int64_t>(subject.preparation.history);
  const auto settings = [longest](const Items& history, const Items& candidates, size_t) {
    std::map<int64_t, CaseVariant> asked;
    for (int64_t length = 1; length < longest; length *= 2) {
      if (length <= std::ssize(history)) asked[length] = {{history.end() - length, history.end()}, candidates};
    }
    asked[longest] = {history, candidates};
    return asked;
  };
  return probe(options, subject, workspace, settings, context);
}

Probe probe_position(const ProbeOptions& options, const TaskContext& context) {
  Workspace workspace(options.workspace);
  const ChosenModel subject =
      find_chosen_model(workspace, options.run, options.model, options.data_set, options.preparation);
  if (subject.preparation.prompt != "listed")
    throw Error(ErrorKind::BadInput,
                "open prompts list no candidates, so none has a position; prepare the data set with --prompt listed");
  const auto settings = [](const Items& history, const Items& candidates, size_t target) {
    Items others = candidates;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(target));
    std::map<int64_t, CaseVariant> asked;
    for (size_t place = 0; place < candidates.size(); ++place) {
      Items listed = others;
      listed.insert(listed.begin() + static_cast<std::ptrdiff_t>(place), candidates[target]);
      asked[static_cast<int64_t>(place) + 1] = {history, candidates, listed};
    }
    return asked;
  };
  return probe(options, subject, workspace, settings, context);
}

}  // namespace prefscope
