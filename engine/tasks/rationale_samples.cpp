// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/rationale_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/explain/rationale_text.h"
#include "engine/llm/policy.h"
#include "engine/store/analyses.h"
#include "engine/store/runs.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/explain.h"
#include "engine/tasks/open_case.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

using nlohmann::json;

void check(const SampleOptions& o) {
  if (o.samples < 1 || o.samples > 20)
    throw Error(ErrorKind::BadInput, fmt::format("--samples: expected 1 .. 20, found {}", o.samples));
  if (!(o.temperature >= 0 && o.temperature <= 100))
    throw Error(ErrorKind::BadInput, fmt::format("--temperature: expected 0 .. 100, found {}", o.temperature));
  if (o.temperature == 0 && o.samples > 1)
    throw Error(ErrorKind::BadInput, fmt::format("--samples: expected 1 at --temperature 0, where every text is the "
                                                 "same, found {}; give a temperature above 0",
                                                 o.samples));
  if (o.max_tokens < 1 || o.max_tokens > 4096)
    throw Error(ErrorKind::BadInput, fmt::format("--max-tokens: expected 1 .. 4096, found {}", o.max_tokens));
}

std::vector<SampledModel> models_of(Workspace& workspace, const SampleOptions& o) {
  std::vector<SampledModel> models;
  if (o.whole_chain || !o.rank.run) models.push_back({"base", std::nullopt, {}, {}});
  if (o.rank.run) {
    for (const Run& run : run_chain(workspace, *o.rank.run)) {
      if (o.whole_chain || run.id == *o.rank.run) models.push_back({run.name, run.id, {}, {}});
    }
  }
  return models;
}

/// The options of a ranking of this example by a model of the chain.
RankOptions rank_of(Workspace& workspace, const SampleOptions& o, const ChosenCase& chosen,
                    const std::optional<int64_t>& run) {
  RankOptions rank = o.rank;
  rank.run = run;
  rank.model = read_model(workspace, chosen.model.policy.model).path;
  rank.preparation = chosen.model.preparation.id;
  rank.example = chosen.example.id;
  if (!run && rank.score == "ratio") rank.score = "sum";  // it has no reference
  return rank;
}

int64_t item_spoken_of(const SampleOptions& o, const TaskContext& context) {
  return o.item ? *o.item : rank(o.rank, context).candidates.front().item;
}

std::optional<Occlusion> kept_effects(const RankOptions& rank, const EvidenceOptions& asked) {
  const auto kept = kept_evidence(rank, asked);
  return kept ? std::optional(kept->occlusion) : std::nullopt;
}

ChosenCase find_case(Workspace& workspace, const SampleOptions& o) {
  ChosenCase chosen = find_chosen_case(workspace, o.rank);
  if (!chosen.example.pairs.empty())
    throw Error(ErrorKind::BadInput, fmt::format("{}: an example of given pairs has no item to speak of; use a data "
                                                 "set of interactions",
                                                 chosen.example.source));
  return chosen;
}

}  // namespace

uint64_t sample_seed(uint64_t seed, int sample) {
  return Random({seed, static_cast<uint64_t>(sample), 0x73616d706c65}).next() >> 1;
}

std::vector<SampledModel> sampled_models(const SampleOptions& options) {
  Workspace workspace(options.rank.workspace);
  return models_of(workspace, options);
}

RationaleSamples sample_rationales(const SampleOptions& o, const std::function<void(const SampleUpdate&)>& on_update,
                                   const TaskContext& context) {
  check(o);
  Workspace workspace(o.rank.workspace);
  const ChosenCase chosen = find_case(workspace, o);
  const ItemIndex items(read_item_texts(workspace, chosen.model.preparation.data_set));
  if (o.item && !items.has(*o.item))
    throw Error(ErrorKind::BadInput, fmt::format("there is no item {} in this data set", *o.item));
  const ItemText& item = *items.at(item_spoken_of(o, context));
  const std::vector<const ItemText*> history = items.all(chosen.example.history);
  const RationaleWords words = rationale_words(items.texts());

  RationaleSamples out;
  out.example = chosen.example;
  for (const ItemText* seen : history) out.history.push_back(*seen);
  out.item = item;
  out.models = models_of(workspace, o);
  SavedRationale how;
  how.model = chosen.model.policy.model;
  how.seed = o.seed;
  how.temperature = o.temperature;
  how.held_titles = o.hold_titles;
  out.note = rationale_note(workspace, how);

  // Everything that decides a text beside the example, the model and the seed.
  const std::string prompt = render_rationale_prompt(rationale_template(workspace, how.model), history, item);
  json settings = {{"prompt", sha256(prompt)},
                   {"temperature", o.temperature},
                   {"held", o.hold_titles},
                   {"max_tokens", o.max_tokens}};
  const auto policy_of = [&](size_t m) { return Policy{how.model, out.models[m].run}; };
  const auto settings_of = [&](int sample) {
    settings["seed"] = sample_seed(o.seed, sample);
    return settings.dump();
  };
  const auto kept_text = [&](size_t m, int sample) -> std::optional<std::string> {
    const auto kept = find_analysis(workspace, out.example.id, policy_of(m), "rationale", settings_of(sample));
    return kept ? std::optional(json::parse(*kept).at("text").get<std::string>()) : std::nullopt;
  };

  // The models share the weights of the base model and, one upon the other, the adapters.
  std::optional<LoadedPolicy> last;
  std::vector<Lora> adapters;
  const auto write = [&](size_t m, int sample, const std::function<void(const std::string&)>& so_far) {
    if (!last) {
      last = load_policy(workspace, chosen.model.policy, choose_device(o.rank.device));
      adapters = last->adapters;
    }
    const size_t above = o.whole_chain ? out.models.size() - 1 - m : 0;
    last->adapters.assign(adapters.begin(), adapters.end() - static_cast<std::ptrdiff_t>(above));
    std::string text;
    return write_rationale_text(
        *last, {history, &item, o.max_tokens, o.temperature, sample_seed(o.seed, sample), o.hold_titles},
        out.example.user_key,
        [&](std::string_view piece) {
          text += piece;
          so_far(text);
        },
        context.stop);
  };

  const double all = static_cast<double>(out.models.size()) * o.samples;
  double done = 0;
  ProgressClock clock(context, "Writing rationales");
  with_torch_errors([&] {
    for (int s = 0; s < o.samples; ++s) {
      for (size_t m = 0; m < out.models.size(); ++m, ++done) {
        clock.update(done / all, fmt::format("sample {} of {}, {}", s + 1, o.samples, out.models[m].name));
        context.check();
        std::optional<std::string> text = kept_text(m, s);
        if (!text) {
          text = write(m, s, [&](const std::string& so_far) {
            if (on_update) on_update({m, static_cast<size_t>(s), so_far, nullptr});
          });
          save_analysis(workspace, out.example.id, policy_of(m), "rationale", settings_of(s),
                        json::object({{"text", *text}}).dump());
        }
        out.models[m].samples.push_back({sample_seed(o.seed, s), *text, read_rationale(*text, history, item, words)});
        if (on_update) on_update({m, static_cast<size_t>(s), *text, &out.models[m].samples.back().facts});
      }
    }
  });
  clock.update(1);

  EvidenceOptions asked;
  asked.item = item.id;
  std::vector<std::vector<RationaleFacts>> facts;
  for (SampledModel& model : out.models) {
    if (!history.empty()) model.effects = kept_effects(rank_of(workspace, o, chosen, model.run), asked);
    facts.emplace_back();
    for (const RationaleSample& sample : model.samples) facts.back().push_back(sample.facts);
  }
  out.agreement = rationale_agreement(facts, history, item);
  return out;
}

std::vector<std::optional<Occlusion>> history_effects(const SampleOptions& o, bool measure,
                                                      const TaskContext& context) {
  Workspace workspace(o.rank.workspace);
  const ChosenCase chosen = find_case(workspace, o);
  EvidenceOptions asked;
  asked.item = item_spoken_of(o, context);
  const std::vector<SampledModel> models = models_of(workspace, o);
  std::vector<std::optional<Occlusion>> effects;
  ProgressClock clock(context, measure ? "Taking out parts of the history" : "Reading the evidence");
  for (const SampledModel& model : models) {
    clock.update(static_cast<double>(effects.size()) / static_cast<double>(models.size()), model.name);
    const RankOptions rank = rank_of(workspace, o, chosen, model.run);
    effects.push_back(kept_effects(rank, asked));
    if (!effects.back() && measure) {
      const TaskContext quiet{{}, context.stop};
      effects.back() = evidence(*open_case(rank, quiet), asked, quiet).occlusion;
    }
  }
  return effects;
}

}  // namespace prefscope
