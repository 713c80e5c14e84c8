// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/starter.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/data/prompts.h"
#include "engine/data/world.h"
#include "engine/llm/llama.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/sample_world.h"
#include "engine/text/tokenizer.h"
#include "engine/train/pretrain.h"

// What the model reads: (0) a sentence of facts about an item; (1) whole open prompts with their answer, every token
// supervised, so that each step of a history is an example; (2) listed prompts, the answer alone; (3) rationale
// prompts, the sentence alone. Users come from a population that is not evaluated.

namespace prefscope {
namespace {

namespace fs = std::filesystem;

/// Items and the source of histories.
struct Population {
  std::string name;
  std::vector<ItemText> items;
  size_t history = 10;                               ///< items at most
  std::function<std::vector<size_t>(Random&)> draw;  ///< a user's item indices, oldest first, at least two
};

Population world_population(uint64_t seed) {
  // The catalogue of the bundled world; the seed of the population differs from that of the bundled users by its
  // stream.
  const World world = make_world(SampleWorldOptions{}.items, SampleWorldOptions{}.seed);
  Population population{"the sample world", {}, 10, {}};
  for (size_t i = 0; i < world.items.size(); ++i) population.items.push_back(item_text(world, static_cast<int>(i)));
  population.draw = [world, seed](Random& random) {
    Random own({seed, 0x62726f6164, random.next()});
    std::vector<size_t> items;
    for (const WorldChoice& choice : draw_user(world, 1.5, own).choices)
      items.push_back(static_cast<size_t>(choice.item));
    return items;
  };
  return population;
}

Population imported_population(const StarterOptions& options) {
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  const Preparation preparation = latest_preparation(workspace, data_set.id);
  Population population{
      data_set.name, read_item_texts(workspace, data_set.id), static_cast<size_t>(preparation.history), {}};
  std::map<int64_t, size_t> index;
  for (size_t i = 0; i < population.items.size(); ++i) index[population.items[i].id] = i;
  std::vector<std::vector<size_t>> sequences;
  for (const auto& sequence : read_training_sequences(workspace, preparation.id)) {
    if (sequence.size() < 2) continue;
    sequences.emplace_back();
    for (const int64_t item : sequence) sequences.back().push_back(index.at(item));
  }
  if (sequences.empty()) {
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: no training user has two interactions; prepare the set with a smaller --held-out",
                            data_set.name));
  }
  std::vector<double> lengths;  // users are drawn by their number of choices, so that each choice is seen equally often
  for (const auto& sequence : sequences) lengths.push_back(static_cast<double>(sequence.size()));
  population.draw = [sequences, lengths](Random& random) { return sequences[random.weighted(lengths)]; };
  return population;
}

/// Builds the training texts of one step. A function of the seed and the step alone.
class Texts {
 public:
  Texts(const Population& population, uint64_t seed, int sequences)
      : population_(population),
        seed_(seed),
        sequences_(sequences),
        open_(load_prompt_template("open")),
        listed_(load_prompt_template("listed")),
        rationale_(load_prompt_template("rationale")) {}

  struct Pair {
    std::string prompt, response;
    bool whole = false;  ///< supervise the prompt too
  };

  std::vector<Pair> step(int64_t step) const {
    std::vector<Pair> pairs;
    for (int n = 0; n < sequences_; ++n) {
      Random random({seed_, 0x73746570, static_cast<uint64_t>(step), static_cast<uint64_t>(n)});
      pairs.push_back(draw(random));
      if (n % 2 == 0)
        pairs.push_back({"The item is:", facts(population_.items[random.below(population_.items.size())]), false});
    }
    return pairs;
  }

 private:
  Pair draw(Random& random) const {
    const std::vector<size_t> user = population_.draw(random);
    // A target anywhere in the user's time, and a history of varied length before it.
    const size_t target = 1 + random.below(user.size() - 1);
    const size_t length =
        std::min(target, random.uniform() < 0.7 ? population_.history : 1 + random.below(population_.history));
    std::vector<const ItemText*> history;
    for (size_t i = target - length; i < target; ++i) history.push_back(&population_.items[user[i]]);
    const ItemText& item = population_.items[user[target]];
    const double kind = random.uniform();
    if (kind < 0.65) return {render_prompt(open_, history, {}), render_response(item), true};
    if (kind < 0.80)
      return {render_prompt(listed_, history, candidates(user, item, random)), render_response(item), false};
    // Rationales also for items that were not chosen, so that the model learns to look rather than to agree.
    const ItemText& other = population_.items[random.below(population_.items.size())];
    const ItemText& subject = random.uniform() < 0.7 ? item : other;
    return {render_rationale_prompt(rationale_, history, subject), " " + rationale_sentence(history, subject, random),
            false};
  }

  static std::string facts(const ItemText& item) {
    std::string text = " " + item.title;
    for (size_t i = 0; i < item.attributes.size(); ++i) {
      text += fmt::format("{} the {} {}",
                          i == 0                           ? " has"
                          : i + 1 < item.attributes.size() ? ","
                                                           : " and",
                          item.attributes[i].first, item.attributes[i].second);
    }
    return text + ".";
  }

  std::vector<const ItemText*> candidates(const std::vector<size_t>& user, const ItemText& target,
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

  const Population& population_;
  uint64_t seed_;
  int sequences_;
  std::string open_, listed_, rationale_;
};

/// Titles, attributes and some hundred steps of text: what the tokenizer is trained on.
std::vector<std::string> tokenizer_corpus(const Population& population, const Texts& texts) {
  std::vector<std::string> corpus;
  for (const ItemText& item : population.items) {
    corpus.push_back(render_response(item));
    for (const auto& [name, value] : item.attributes) corpus.push_back(fmt::format(" the {} {}", name, value));
  }
  for (int64_t step = 0; step < 40; ++step) {
    for (const auto& pair : texts.step(-1 - step)) corpus.push_back(pair.prompt + pair.response);
  }
  return corpus;
}

std::string model_card(const StarterOptions& options, const Population& population, const PretrainResult& result,
                       int64_t parameters) {
  const std::string command =
      options.data_set.empty() ? fmt::format("prefscope-cli starter --steps {} --seed {}", options.steps, options.seed)
                               : fmt::format("prefscope-cli starter --dataset \"{}\" --steps {} --seed {}",
                                             options.data_set, options.steps, options.seed);
  return fmt::format(R"(---
license: gpl-3.0
library_name: transformers
---
# Starter model for {}

A Llama-shaped decoder of {} parameters ({} layers of {}, {} heads, {} key/value heads, byte-level BPE of {}), trained from scratch by

    {}

on {} users: {} steps of {} sequences, learning rate {} with cosine, {:.0f} s, {:.3f} nats per supervised token at the end (curve.csv). It knows this
catalogue and the prompts of resources/prompts, and nothing else: it is no general language model. Its rationales are generated text,
not evidence.
)",
                     population.name, parameters, options.layers, options.hidden, options.heads, options.kv_heads,
                     options.vocabulary, command, options.data_set.empty() ? "generated" : "the training", result.steps,
                     options.sequences, options.learning_rate, result.seconds, result.loss);
}

}  // namespace

StarterResult build_starter(const StarterOptions& options, const TaskContext& context) {
  if (options.steps < 1 || options.layers < 1 || options.heads < 1 || options.kv_heads < 1 ||
      options.hidden % (2 * options.heads) != 0 || options.heads % options.kv_heads != 0 || options.sequences < 1) {
    throw Error(ErrorKind::BadInput,
                "starter: expected at least one step, layer and sequence, a hidden size that is a multiple of twice "
                "the heads, and heads that are a multiple of kv-heads");
  }
  context.report({"Reading the population", 0, -1, ""});
  const Population population =
      options.data_set.empty() ? world_population(options.seed) : imported_population(options);
  const Texts texts(population, options.seed, options.sequences);

  context.report({"Training the tokenizer", 0, -1, ""});
  const std::string tokenizer_json =
      train_bpe(tokenizer_corpus(population, texts), {options.vocabulary, {"<s>", "</s>", "<pad>"}});
  fs::create_directories(options.out);
  write_file_atomically(options.out / "tokenizer.json", tokenizer_json);
  const auto tokenizer = load_tokenizer(options.out / "tokenizer.json");

  LlamaConfig config;
  config.vocab_size = tokenizer->vocabulary_size();
  config.hidden_size = options.hidden;
  config.intermediate_size = (options.hidden * 8 / 3 + 31) / 32 * 32;
  config.layers = options.layers;
  config.heads = options.heads;
  config.kv_heads = options.kv_heads;
  config.head_dim = options.hidden / options.heads;
  config.max_positions = 1024;
  config.tie_word_embeddings = true;
  config.bos = tokenizer->special_token("<s>");
  config.eos = {*tokenizer->special_token("</s>")};
  Llama model = random_llama(config, options.seed);

  const auto batch = [&](int64_t step) {
    std::vector<PromptGroup> groups;
    for (const Texts::Pair& pair : texts.step(step)) {
      PromptGroup group{tokenizer->encode(pair.prompt).ids, {tokenizer->encode(pair.response).ids}};
      std::vector<int32_t>& response = group.responses.front();
      response.push_back(static_cast<int32_t>(config.eos.front()));
      if (pair.whole) {
        response.insert(response.begin(), group.prompt.begin() + 1, group.prompt.end());
        group.prompt.resize(1);
      }
      if (static_cast<int64_t>(group.prompt.size() + response.size()) <= config.max_positions)
        groups.push_back(std::move(group));
    }
    return groups;
  };
  PretrainOptions training;
  training.steps = options.steps;
  training.learning_rate = options.learning_rate;
  training.minutes = options.minutes;
  training.checkpoint = options.out / "checkpoint.safetensors";
  training.identity = fmt::format("{} {} {} {} {} {} {} {} {} {}", options.data_set, sha256(tokenizer_json),
                                  options.steps, options.layers, options.hidden, options.heads, options.kv_heads,
                                  options.sequences, options.learning_rate, options.seed);
  const PretrainResult result = pretrain(model, training, batch, context);

  StarterResult out{options.out, 0, result.steps, result.seconds, result.loss};
  for (const auto& entry : named_tensors(model)) out.parameters += entry.second.numel();
  save_llama(model, options.out, true);
  const nlohmann::json tokenizer_config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                                           {"bos_token", "<s>"},
                                           {"eos_token", "</s>"},
                                           {"pad_token", "<pad>"},
                                           {"add_bos_token", false},
                                           {"clean_up_tokenization_spaces", false},
                                           {"model_max_length", config.max_positions}};
  write_file_atomically(options.out / "tokenizer_config.json", tokenizer_config.dump(2) + "\n");
  std::string curve = "step,loss\n";
  for (size_t i = 0; i < result.curve.size(); ++i) curve += fmt::format("{},{:.4f}\n", i + 1, result.curve[i]);
  write_file_atomically(options.out / "curve.csv", curve);
  write_file_atomically(options.out / "README.md", model_card(options, population, result, out.parameters));
  return out;
}

}  // namespace prefscope
