// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/starter.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/data/starter_texts.h"
#include "engine/llm/llama.h"
#include "engine/store/data_sets.h"
#include "engine/text/tokenizer.h"
#include "engine/train/pretrain.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr float answer_weight = 3;  // a title or sentence against an item of a history

/// One sequence: its first token is the prompt, everything after it hangs below with its weight.
void add_text(const StarterText& text, const Tokenizer& tokenizer, const LlamaConfig& config, PretrainBatch& batch) {
  std::vector<int32_t> ids;
  std::vector<float> weights;
  const auto add = [&](const std::string& part, float weight) {
    for (const int32_t id : tokenizer.encode(part).ids) {
      ids.push_back(id);
      weights.push_back(weight);
    }
  };
  add(text.history, 1);
  add(text.question, 0);
  add(text.response, answer_weight);
  ids.push_back(static_cast<int32_t>(config.eos.front()));
  weights.push_back(answer_weight);
  if (static_cast<int64_t>(ids.size()) > config.max_positions) return;
  batch.groups.push_back({{ids.front()}, {{ids.begin() + 1, ids.end()}}});
  batch.weights.insert(batch.weights.end(), weights.begin() + 1, weights.end());
}

StarterPopulation read_population(const StarterOptions& options) {
  if (options.data_set.empty()) return world_population(options.seed);
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  return training_population(workspace, data_set.name, latest_preparation(workspace, data_set.id));
}

std::string model_card(const StarterOptions& options, const StarterPopulation& population, const PretrainResult& result,
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
  const StarterPopulation population = read_population(options);
  const StarterTexts texts(population, options.seed, options.sequences);

  context.report({"Training the tokenizer", 0, -1, ""});
  const std::string tokenizer_json =
      train_bpe(texts.tokenizer_corpus(), {options.vocabulary, {"<s>", "</s>", "<pad>"}});
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

  const auto batch = [&](int64_t step, double done) {
    PretrainBatch batch;
    for (const StarterText& text : texts.step(step, done)) add_text(text, *tokenizer, config, batch);
    if (batch.groups.empty())
      throw Error(ErrorKind::BadInput,
                  fmt::format("step {}: every text is longer than {} tokens; prepare the set with a "
                              "smaller --history",
                              step + 1, config.max_positions));
    return batch;
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
