// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/explain/rationale_text.h"
#include "engine/explain/variant_scores.h"
#include "engine/store/analyses.h"
#include "engine/store/kept_adapters.h"
#include "engine/store/runs.h"
#include "engine/tasks/candidate_scores.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

using nlohmann::json;

/// The frames to come, without their figures: what decides the film beside the example and the run.
std::vector<FilmFrame> plan(const Workspace& workspace, const std::vector<Run>& chain) {
  std::vector<FilmFrame> frames = {{"base", {}, 0, {}, {}, 0, {}}};
  for (const Run& run : chain) {
    for (const int64_t step : kept_steps(workspace, run.id)) {
      if (step >= run.best_step.value_or(run.steps_done)) break;  // the run's end follows
      frames.push_back({run.name, run.id, step, {}, {}, 0, {}});
    }
    frames.push_back({run.name, run.id, run.best_step.value_or(run.steps_done), {}, {}, 0, {}});
  }
  return frames;
}

std::string settings_of(const std::vector<FilmFrame>& frames, const std::optional<std::string>& rationale_template) {
  json moments = json::array();
  for (const FilmFrame& f : frames) moments.push_back({f.run ? json(*f.run) : json(), f.step});
  const json prompt = rationale_template ? json(sha256(*rationale_template)) : json();
  return json{{"moments", moments}, {"rationale_prompt", prompt}}.dump();
}

json to_json(const std::vector<FilmFrame>& frames) {
  json list = json::array();
  for (const FilmFrame& f : frames) list.push_back({{"scores", f.scores}, {"rationale", f.rationale}});
  return list;
}

/// The moment's adapter above those that the runs before have ended with; the model stays. at: of the moment before.
void move_to(Workspace& workspace, const FilmFrame& frame, const FilmFrame& at, LoadedPolicy& policy,
             const std::string& device) {
  const Run run = read_run(workspace, *frame.run);
  const bool end = frame.step == run.best_step.value_or(run.steps_done);
  if (frame.run != at.run) policy.adapters.emplace_back();
  const auto folder = end ? workspace.run_folder(run.id) / "adapter" : kept_adapter(workspace, run.id, frame.step);
  policy.adapters.back() = to_device(load_lora(folder, policy.model.weights.config), device);
}

void finish(FilmFrame& frame, size_t target) {
  frame.margin = margin_over_others(frame.scores, target);
  std::vector<CandidateScore> scores(frame.scores.size());
  for (size_t i = 0; i < scores.size(); ++i) scores[i].score = frame.scores[i];
  frame.ranks = ranks_of(scores);
}

}  // namespace

Film film(const RankOptions& options, bool rationales, const TaskContext& context) {
  if (!options.run) throw Error(ErrorKind::BadInput, "--run: a film shows a training; expected a run, found none");
  Workspace workspace(options.workspace);
  const auto [chosen, example] = find_chosen_case(workspace, options);
  if (example.candidates.size() < 2)
    throw Error(ErrorKind::BadInput, "an example of given pairs has no candidate list; a film needs one");
  const std::vector<Run> chain = run_chain(workspace, *options.run);
  Film result{example, {}, plan(workspace, chain), {}, {}};
  if (result.frames.size() == 1 + chain.size())
    result.missing = fmt::format(
        "{} kept no adapter on the way, so only ends are shown. A run keeps one at each evaluation of its panel, where "
        "all take 64 MiB at most: one that is trained here anew will",
        chain.back().name);
  const ItemIndex items(read_item_texts(workspace, chosen.preparation.data_set));
  const std::vector<const ItemText*> candidates = items.all(example.candidates), history = items.all(example.history);
  for (const ItemText* candidate : candidates) result.candidates.push_back(*candidate);
  const auto target = static_cast<size_t>(
      std::find(example.candidates.begin(), example.candidates.end(), example.target) - example.candidates.begin());
  if (rationales) {
    SavedRationale how;
    how.model = chosen.policy.model;
    how.held_titles = true;
    result.note = rationale_note(workspace, how);
  }

  const std::string settings = settings_of(
      result.frames, rationales ? std::optional(rationale_template(workspace, chosen.policy.model)) : std::nullopt);
  if (const auto kept = find_analysis(workspace, example.id, chosen.policy, "film", settings)) {
    const json list = json::parse(*kept);
    for (size_t n = 0; n < result.frames.size(); ++n) {
      result.frames[n].scores = list.at(n).at("scores").get<std::vector<double>>();
      result.frames[n].rationale = list.at(n).at("rationale").get<std::string>();
      finish(result.frames[n], target);
    }
    return result;
  }
  return with_torch_errors([&] {
    const std::string device = choose_device(options.device);
    LoadedPolicy policy = load_policy(workspace, {chosen.policy.model, {}}, device);
    ProgressClock clock(context, "Scoring each moment of the training");
    for (size_t n = 0; n < result.frames.size(); ++n) {
      FilmFrame& frame = result.frames[n];
      clock.update(static_cast<double>(n) / static_cast<double>(result.frames.size()),
                   fmt::format("{}, step {}", frame.model, frame.step));
      if (n > 0) move_to(workspace, frame, result.frames[n - 1], policy, device);
      frame.scores = variant_scores(policy, chosen.preparation, example, {{history, candidates}}, context).mean.front();
      finish(frame, target);
      if (!rationales) continue;
      const auto first = std::find(frame.ranks.begin(), frame.ranks.end(), 1) - frame.ranks.begin();
      frame.rationale = write_rationale_text(policy, {history, candidates[static_cast<size_t>(first)]},
                                             example.user_key, nullptr, context.stop);
    }
    save_analysis(workspace, example.id, chosen.policy, "film", settings, to_json(result.frames).dump());
    return result;
  });
}

}  // namespace prefscope
