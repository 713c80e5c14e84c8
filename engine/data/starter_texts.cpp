// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/starter_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/error.h"
#include "engine/data/prompts.h"
#include "engine/data/world.h"

namespace prefscope {

StarterPopulation world_population(uint64_t seed) {
  const World world = make_world(bundled_world_items, bundled_world_seed);
  StarterPopulation population{"the sample world", {}, 10, {}};
  for (size_t i = 0; i < world.items.size(); ++i) population.items.push_back(item_text(world, static_cast<int>(i)));
  population.draw = [world, seed](Random& random, double done) {
    // Users who look at taste alone come first: what belongs together is learned ten times slower from choices that
    // popularity blurs. At the end they are the broad population.
    const double popularity = broad_popularity_weight * std::clamp((done - 0.5) / 0.3, 0.0, 1.0);
    Random own({seed, 0x62726f6164, random.next()});  // never the stream of a bundled user
    std::vector<size_t> items;
    for (const WorldChoice& choice : draw_user(world, popularity, own).choices)
      items.push_back(static_cast<size_t>(choice.item));
    return items;
  };
  return population;
}

StarterPopulation training_population(Workspace& workspace, const std::string& name, const Preparation& preparation) {
  StarterPopulation population{
      name, read_item_texts(workspace, preparation.data_set), static_cast<size_t>(preparation.history), {}};
  std::map<int64_t, size_t> index;
  for (size_t i = 0; i < population.items.size(); ++i) index[population.items[i].id] = i;
  std::vector<std::vector<size_t>> sequences;
  std::vector<double> lengths;  // users are drawn by their number of choices, so that each choice is seen equally often
  for (const auto& sequence : read_training_sequences(workspace, preparation.id)) {
    if (sequence.size() < 2) continue;
    sequences.emplace_back();
    for (const int64_t item : sequence) sequences.back().push_back(index.at(item));
    lengths.push_back(static_cast<double>(sequence.size()));
  }
  if (sequences.empty()) {
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: no training user has two interactions before the target; prepare the set with a "
                            "smaller --held-out",
                            name));
  }
  population.draw = [sequences, lengths](Random& random, double) { return sequences[random.weighted(lengths)]; };
  return population;
}

StarterTexts::Template StarterTexts::load(const std::string& name) {
  constexpr std::string_view history = "{history}";
  const std::string text = load_prompt_template(name);
  const size_t found = text.find(history);
  if (found == std::string::npos)
    throw Error(ErrorKind::BadFile, fmt::format("prompts/{}.txt: expected {}, found none", name, history));
  return {text.substr(0, found + history.size()), text.substr(found + history.size())};
}

StarterTexts::StarterTexts(const StarterPopulation& population, uint64_t seed, int sequences)
    : population_(population),
      seed_(seed),
      sequences_(sequences),
      open_(load("open")),
      listed_(load("listed")),
      rationale_(load("rationale")) {}

std::vector<StarterText> StarterTexts::step(int64_t step, double done) const {
  std::vector<StarterText> texts;
  for (int n = 0; n < sequences_; ++n) {
    Random random({seed_, 0x73746570, static_cast<uint64_t>(step), static_cast<uint64_t>(n)});
    texts.push_back(draw(random, done));
  }
  return texts;
}

StarterText StarterTexts::draw(Random& random, double done) const {
  const double kind = random.uniform();
  if (kind < 0.2) {
    // Facts: several items with their attributes, drawn evenly, so that rare ones are known too.
    StarterText text{"", "", ""};
    for (int n = 0; n < 4; ++n) {
      const ItemText& item = population_.items[random.below(population_.items.size())];
      text.history += fmt::format("{}- {}:", n > 0 ? "\n" : "", item.title);
      for (const auto& [name, value] : item.attributes) text.history += fmt::format(" the {} {}", name, value);
    }
    return text;
  }
  const std::vector<size_t> user = population_.draw(random, done);
  // A target anywhere in the user's time, and a history of varied length before it.
  const size_t target = 1 + random.below(user.size() - 1);
  const size_t length =
      std::min(target, random.uniform() < 0.7 ? population_.history : 1 + random.below(2 * population_.history));
  std::vector<const ItemText*> history;
  for (size_t i = target - length; i < target; ++i) history.push_back(&population_.items[user[i]]);
  const ItemText& item = population_.items[user[target]];
  const auto text = [&](const Template& from, const std::vector<const ItemText*>& list, std::string response) {
    return StarterText{render_prompt(from.head, history, {}), render_prompt(from.tail, {}, list), std::move(response)};
  };
  if (kind < 0.55) return text(open_, {}, render_response(item));
  if (kind < 0.63) return text(listed_, candidates(user, item, random), render_response(item));
  // Rationales also for items that were not chosen, so that the model learns to look rather than to agree.
  const ItemText& other = population_.items[random.below(population_.items.size())];
  const ItemText& subject = random.uniform() < 0.5 ? item : other;
  return {render_prompt(rationale_.head, history, {}), render_rationale_prompt(rationale_.tail, {}, subject),
          " " + rationale_sentence(history, subject, random)};
}

std::vector<const ItemText*> StarterTexts::candidates(const std::vector<size_t>& user, const ItemText& target,
                                                      Random& random) const {
  std::vector<const ItemText*> list = {&target};
  const size_t wanted = std::min<size_t>(20, population_.items.size() / 2);
  for (int tries = 0; list.size() < wanted && tries < 1000; ++tries) {
    const size_t draw = random.below(population_.items.size());
    const ItemText* item = &population_.items[draw];
    if (std::find(user.begin(), user.end(), draw) == user.end() &&
        std::find(list.begin(), list.end(), item) == list.end())
      list.push_back(item);
  }
  random.shuffle(list);
  return list;
}

std::vector<std::string> StarterTexts::tokenizer_corpus() const {
  std::vector<std::string> corpus;
  for (const ItemText& item : population_.items) {
    corpus.push_back(render_response(item));
    for (const auto& [name, value] : item.attributes) corpus.push_back(fmt::format(" the {} {}", name, value));
  }
  for (int64_t n = 1; n <= 40; ++n) {
    for (const StarterText& text : step(-n, 0)) corpus.push_back(text.history + text.question + text.response);
  }
  return corpus;
}

}  // namespace prefscope
