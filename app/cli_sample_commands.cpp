// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/tasks/open_case.h"
#include "engine/tasks/rationale_samples.h"

namespace prefscope {
namespace {

struct SamplesAsked {
  SampleOptions options;
  std::string item, models = "all";
  bool measure = false;
};

std::string kind_name(Named what) {
  switch (what) {
    case Named::HistoryTitle:
      return "history";
    case Named::OtherTitle:
      return "catalogue";
    case Named::InventedTitle:
      return "invented";
    case Named::TrueAttribute:
      return "true_attribute";
    case Named::FalseAttribute:
      return "false_attribute";
  }
  return "unknown";
}

nlohmann::ordered_json json_of(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nullptr;
}

nlohmann::ordered_json json_of(const RationaleSample& sample) {
  nlohmann::ordered_json json = {
      {"seed", sample.seed}, {"text", sample.text}, {"parts", nlohmann::ordered_json::array()}};
  for (const NamedPart& part : sample.facts.parts)
    json["parts"].push_back(
        {{"at", part.at}, {"length", part.length}, {"is", kind_name(part.what)}, {"words", part.words}});
  return json;
}

/// What an item of the history does under a model; null where it is not measured.
nlohmann::ordered_json effect_json(const SampledModel& model, size_t position) {
  if (!model.effects) return nullptr;
  const ItemEffect& e = model.effects->items.at(position);
  return {{"deletion", e.deletion},
          {"low", e.low},
          {"high", e.high},
          {"band", {model.effects->band_low, model.effects->band_high}},
          {"beyond", e.beyond}};
}

std::string effect_text(const SampledModel& model, size_t position) {
  if (!model.effects) return "";
  const ItemEffect& e = model.effects->items.at(position);
  return e.beyond ? fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", e.deletion, e.low, e.high) : "no measurable effect";
}

std::string overlap_text(const std::optional<double>& overlap) {
  return overlap ? fmt::format("{:.2f}", *overlap) : "-";
}

Answer answerOf(const RationaleSamples& samples) {
  Answer answer{{{"user", samples.example.user_key},
                 {"item", {{"id", samples.item.key}, {"title", samples.item.title}}},
                 {"note", samples.note},
                 {"caption", "generated text is not evidence"},
                 {"models", nlohmann::ordered_json::array()},
                 {"overlap_all", json_of(samples.agreement.overlap_all)},
                 {"named", nlohmann::ordered_json::array()}},
                fmt::format("Why {} for user {} ({}). Generated text is not evidence.\n", onOneLine(samples.item.title),
                            onOneLine(samples.example.user_key), onOneLine(samples.note))};
  for (size_t m = 0; m < samples.models.size(); ++m) {
    const SampledModel& model = samples.models[m];
    nlohmann::ordered_json json = {{"model", model.name},
                                   {"run", model.run ? nlohmann::ordered_json(*model.run) : nullptr},
                                   {"overlap", json_of(samples.agreement.overlap[m])},
                                   {"samples", nlohmann::ordered_json::array()}};
    answer.text += fmt::format("\n{}, overlap of the named titles {}\n", onOneLine(model.name),
                               overlap_text(samples.agreement.overlap[m]));
    for (const RationaleSample& sample : model.samples) {
      json["samples"].push_back(json_of(sample));
      answer.text += fmt::format("  seed {}: {}\n", sample.seed, onOneLine(sample.text));
    }
    answer.json["models"].push_back(json);
  }
  answer.text += "\nNamed in so many samples, and measured effect on the margin in nats with its range\n";
  for (const NamedThing& thing : samples.agreement.things) {
    nlohmann::ordered_json json = {{"is", kind_name(thing.what)}, {"words", thing.words}, {"samples", thing.named}};
    std::string line;
    for (size_t m = 0; m < samples.models.size(); ++m)
      line += fmt::format("{}{} {} of {}", m == 0 ? "" : ", ", onOneLine(samples.models[m].name), thing.named[m],
                          samples.agreement.samples[m]);
    if (thing.what == Named::HistoryTitle) {
      json["item"] = samples.history.at(thing.position).key;
      json["effects"] = nlohmann::ordered_json::array();
      for (const SampledModel& model : samples.models) {
        json["effects"].push_back(effect_json(model, thing.position));
        if (const std::string effect = effect_text(model, thing.position); !effect.empty())
          line += fmt::format("; {}: {}", onOneLine(model.name), effect);
      }
    } else if (thing.what == Named::TrueAttribute || thing.what == Named::FalseAttribute) {
      json["so"] = thing.so;
    }
    answer.json["named"].push_back(json);
    const bool title = thing.what == Named::OtherTitle || thing.what == Named::InventedTitle;
    answer.text += fmt::format("  {}{}: {}\n", onOneLine(thing.words),
                               title                                 ? fmt::format(" ({})", kind_name(thing.what))
                               : thing.what == Named::FalseAttribute ? " (not so)"
                                                                     : "",
                               line);
  }
  return answer;
}

Answer samples(const SamplesAsked& asked, const TaskContext& context) {
  SampleOptions o = asked.options;
  o.whole_chain = asked.models == "all";
  if (!asked.item.empty()) o.item = find_item(*open_case(o.rank, context), asked.item).id;
  if (asked.measure) history_effects(o, true, context);
  return answerOf(sample_rationales(o, {}, context));
}

}  // namespace

void addSampleCommands(CLI::App& app, Request& request) {
  auto o = std::make_shared<SamplesAsked>();
  CLI::App* command = addCommand(
      app, "samples", "Several rationales of one case from each model of a run's chain, and how far they agree",
      "prefscope-cli --workspace ws samples --user 12 --run 2 --samples 5 --temperature 0.8");
  addRankOptions(command, o->options.rank);
  command->add_option("--item", o->item, "Item to speak of, by its id in the file (default: the first of the ranking)");
  addChoice(command, "--models", o->models, {"all", "last"}, "all: the base model and every run up to --run");
  addOption(command, "--samples", o->options.samples, "Texts of each model, 1 .. 20");
  addOption(command, "--temperature", o->options.temperature, "0: greedy, one text of each");
  addOption(command, "--max-tokens", o->options.max_tokens, "Length of a text at most");
  command->add_flag("--titles-free{false}", o->options.hold_titles,
                    "Let the texts quote any title, not those of the history alone");
  command->add_flag("--measure", o->measure, "Measure what the items of the history do where that was never done");
  addSeed(command, o->options.seed, "Seed of the samples; a sample does not depend on their number");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->options.rank.workspace = request.workspace;
      return samples(*o, context);
    };
  });
}

}  // namespace prefscope
