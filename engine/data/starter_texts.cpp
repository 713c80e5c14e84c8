// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/starter_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/base/error.h"
#include "engine/data/attributes.h"
#include "engine/data/prompts.h"
#include "engine/data/world.h"

namespace prefscope {
namespace {

constexpr size_t short_history = 10;

}  // namespace

StarterPopulation world_population(uint64_t seed) {
  const auto world = std::make_shared<const World>(make_world(bundled_world_items, bundled_world_seed));
  StarterPopulation population{"the sample world", {}, 20, "the true tastes of generated users", "rationale", {}};
  for (size_t i = 0; i < world->items.size(); ++i) population.items.push_back(item_text(*world, static_cast<int>(i)));
  population.draw = [world, seed](Random& random, double done) {
    // Users who look at taste alone come first: what belongs together is learned ten times slower from choices that
    // popularity blurs. At the end they are the broad population.
    const double share = std::clamp((done - 0.6) / 0.2, 0.0, 1.0);
    const uint64_t draw = random.next();
    Random own({seed, 0x62726f6164, draw}), crowd({seed, 0x63726f7764, draw});  // never the stream of a bundled user
    const double popularity =
        share * (least_popularity_weight + crowd.uniform() * (most_popularity_weight - least_popularity_weight));
    const WorldUser user = draw_user(*world, popularity, own);
    StarterUser out;
    for (const WorldChoice& choice : user.choices) out.items.push_back(static_cast<size_t>(choice.item));
    out.causes = [world, user](size_t n, size_t length, size_t item) {
      const auto parts = contributions(*world, user, n, static_cast<int>(item));
      Causes causes{{parts.begin(), parts.end()}, std::vector<double>(length)};
      for (size_t h = 0; h < length; ++h) {  // an item of the history speaks for it by what both have
        const WorldItem& seen = world->items[static_cast<size_t>(user.choices[n - length + h].item)];
        for (size_t a = 0; a < world_attributes; ++a)
          causes.items[h] += seen.values[a] == world->items[item].values[a] ? parts[a] : 0;
      }
      return causes;
    };
    return out;
  };
  return population;
}

StarterTexts::Template StarterTexts::load(const std::string& name) {
  constexpr std::string_view history = "{history}";
  const std::string text = load_prompt_template(name);
  if (text.find("{shared}") != std::string::npos) return {"", text};  // says of the history what is shared
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
      rationale_(load(population.rationale_prompt)) {}

std::vector<StarterText> StarterTexts::step(int64_t step, double done) const {
  // Short histories first, more of them: looking titles up and copying them is learned sooner among few.
  const bool short_ones = done < 0.3 && population_.history > short_history;
  std::vector<StarterText> texts;
  for (int n = 0; n < (short_ones ? 2 : 1) * sequences_; ++n) {
    Random random({seed_, 0x73746570, static_cast<uint64_t>(step), static_cast<uint64_t>(n)});
    texts.push_back(draw(random, done, short_ones ? short_history : population_.history));
  }
  return texts;
}

StarterText StarterTexts::selection(const std::vector<const ItemText*>& history, Random& random) const {
  const ItemText& any = *history[random.below(history.size())];
  StarterText text{render_prompt(open_.head, history, {}), "", ""};
  if (any.attributes.empty()) return text;
  const auto& wanted = any.attributes[random.below(any.attributes.size())];
  text.question = fmt::format("\nThose with the {} {}:\n", wanted.first, wanted.second);
  for (const ItemText* item : history) {
    if (has_attribute(*item, wanted)) text.response += (text.response.empty() ? "" : ", ") + quoted(item->title);
  }
  return text;
}

StarterText StarterTexts::echo(std::vector<const ItemText*> history, Random& random) const {
  StarterText text{render_prompt(open_.head, history, {}), "\nOnce more:\n", ""};
  if (random.below(2) == 0) random.shuffle(history);
  for (const ItemText* item : history) text.response += (text.response.empty() ? "" : ", ") + quoted(item->title);
  return text;
}

StarterText StarterTexts::facts(Random& random) const {
  StarterText text;
  for (int n = 0; n < 6; ++n) {  // drawn evenly, so that rare items are known too
    const ItemText& item = population_.items[random.below(population_.items.size())];
    text.history += fmt::format("{}{}:", n > 0 ? "\n" : "", quoted(item.title));
    std::vector<Attribute> attributes = item.attributes;
    random.shuffle(attributes);  // each is known from the title, not from those before it
    for (const auto& [name, value] : attributes) text.history += fmt::format(" the {} {}", name, value);
  }
  return text;
}

StarterText StarterTexts::draw(Random& random, double done, size_t longest) const {
  // Copying a title out of a list is the slowest thing to learn and all rationales need it: it is most of the
  // beginning. Where the prompt says what is shared, nothing needs to be looked up or known by heart.
  const bool told = population_.rationale_prompt == "rationale-shared";
  const double practice = told ? 0.15 : done < 0.08 ? 0.7 : 0.3;
  const bool practises = random.uniform() < practice;
  const double kind = random.uniform();
  if (!practises && !told && kind < 0.1) return facts(random);
  const StarterUser user = population_.draw(random, done);
  // A target anywhere in the user's time, and a history of varied length before it.
  const size_t target = 1 + random.below(user.items.size() - 1);
  const bool repeats = practises && (told || kind < (done < 0.3 ? 0.5 : 0.25));
  const size_t most = repeats ? std::min(longest, short_history) : longest;
  const size_t length = std::min(target, random.uniform() < 0.7 ? most : 1 + random.below(most));
  std::vector<const ItemText*> history;
  for (size_t i = target - length; i < target; ++i) history.push_back(&population_.items[user.items[i]]);
  if (practises) return repeats ? echo(std::move(history), random) : selection(history, random);
  const ItemText& item = population_.items[user.items[target]];
  const auto text = [&](const Template& from, const std::vector<const ItemText*>& list, std::string response) {
    return StarterText{render_prompt(from.head, history, {}), render_prompt(from.tail, {}, list), std::move(response)};
  };
  if (kind < 0.35) return text(open_, {}, render_response(item));
  if (kind < 0.45) return text(listed_, candidates(user.items, item, random), render_response(item));
  // Rationales also for items that were not chosen, so that the model learns to look rather than to agree.
  const size_t other = random.below(population_.items.size());
  const bool chosen =
      random.uniform() < 0.5 || std::find(user.items.begin(), user.items.end(), other) != user.items.end();
  const size_t subject = chosen ? user.items[target] : other;
  const ItemText& spoken = population_.items[subject];
  return {render_prompt(rationale_.head, history, {}), render_rationale_prompt(rationale_.tail, history, spoken),
          rationale_sentence(history, spoken, user.causes(target, length, subject), random)};
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
