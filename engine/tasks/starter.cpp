// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/starter.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/data/starter_texts.h"
#include "engine/llm/copying_heads.h"
#include "engine/llm/weights.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/starter_population.h"
#include "engine/tasks/torch_errors.h"
#include "engine/text/tokenizer.h"
#include "engine/train/pretrain.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr float answer_weight = 5;  // a title or sentence against an item of a history

/// One sequence: its first token is the prompt, everything after it hangs below with its weight.
void add_text(const StarterText& text, const Tokenizer& tokenizer, const ModelConfig& config, PretrainBatch& batch) {
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

void check(const StarterOptions& o) {
  const auto within = [](const char* name, double value, double low, double high) {
    if (!(value >= low && value <= high))
      throw Error(ErrorKind::BadInput, fmt::format("{}: expected {} .. {}, found {}", name, low, high, value));
  };
  within("--steps", o.steps, 1, 10'000'000);
  within("--minutes", o.minutes, 0, 100'000);
  within("--layers", o.layers, 1, 128);
  within("--hidden", o.hidden, 8, 8192);
  within("--heads", o.heads, 1, 128);
  within("--kv-heads", o.kv_heads, 1, o.heads);
  within("--vocabulary", o.vocabulary, 300, 1'000'000);
  within("--sequences", o.sequences, 1, 10'000);
  within("--lr", o.learning_rate, 1e-9, 1);
  if (o.hidden % (2 * o.heads) != 0)
    throw Error(ErrorKind::BadInput,
                fmt::format("--hidden: expected a multiple of twice the heads ({}), found {}", 2 * o.heads, o.hidden));
  if (o.heads % o.kv_heads != 0)
    throw Error(ErrorKind::BadInput,
                fmt::format("--kv-heads: expected a divisor of the heads ({}), found {}", o.heads, o.kv_heads));
}

/// The command line that trains this model anew: every option that decides it. With --minutes the speed of the machine
/// does so too.
std::string command_of(const StarterOptions& o) {
  return fmt::format(
      "prefscope-cli starter{} --steps {} --layers {} --hidden {} --heads {} --kv-heads {} --vocabulary {} --sequences "
      "{} "
      "--lr {} --seed {}{}",
      o.data_set.empty() ? "" : fmt::format(" --dataset \"{}\"", o.data_set), o.steps, o.layers, o.hidden, o.heads,
      o.kv_heads, o.vocabulary, o.sequences, o.learning_rate, o.seed,
      o.minutes > 0 ? fmt::format(" --minutes {}", o.minutes) : "");
}

StarterPopulation read_population(const StarterOptions& options, const TaskContext& context) {
  if (options.data_set.empty()) return world_population(options.seed);
  Workspace workspace(options.workspace);
  const DataSet data_set = find_data_set(workspace, options.data_set);
  if (data_set.interactions == 0)
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: this set holds preference examples alone; a small model learns from "
                            "interactions, so import a set that has them",
                            data_set.name));
  return training_population(workspace, data_set.name, latest_preparation(workspace, data_set.id), context);
}

std::string model_card(const StarterOptions& options, const StarterPopulation& population, const PretrainResult& result,
                       int64_t parameters) {
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
                     options.vocabulary, command_of(options), options.data_set.empty() ? "generated" : "the training",
                     result.steps, options.sequences, options.learning_rate, result.seconds, result.loss);
}

StarterResult build(const StarterOptions& options, const TaskContext& context) {
  context.report({"Reading the population", 0, -1, ""});
  const StarterPopulation population = read_population(options, context);
  const StarterTexts texts(population, options.seed, options.sequences);

  context.report({"Training the tokenizer", 0, -1, ""});
  const std::string tokenizer_json =
      train_bpe(texts.tokenizer_corpus(), {options.vocabulary, {"<s>", "</s>", "<pad>"}});
  fs::create_directories(options.out);
  write_file_atomically(options.out / "tokenizer.json", tokenizer_json);
  const auto tokenizer = load_tokenizer(options.out / "tokenizer.json");

  ModelConfig config;
  config.vocab_size = tokenizer->vocabulary_size();
  config.hidden_size = options.hidden;
  config.intermediate_size = (options.hidden * 8 / 3 + 31) / 32 * 32;
  config.layers = options.layers;
  config.heads = options.heads;
  config.kv_heads = options.kv_heads;
  config.head_dim = options.hidden / options.heads;
  config.max_positions = 1024;
  config.tie_word_embeddings = true;
  config.taught_rationales = population.rationales;
  config.rationale_prompt = population.rationale_prompt;
  config.bos = tokenizer->special_token("<s>");
  config.eos = {*tokenizer->special_token("</s>")};
  ModelWeights model = random_weights(config, options.seed);
  model.embedding.mul_(3);  // copying out of the prompt is learned sooner
  // The sample world's starter finds such heads in its hours; with a catalogue of thousands none are found in half an
  // hour.
  if (!options.data_set.empty()) add_copying_heads(model, options.seed);

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
  save_weights(model, options.out, true);
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

}  // namespace

fs::path small_model_folder(const fs::path& workspace, int64_t data_set) {
  return workspace / "models" / fmt::format("dataset-{}", data_set);
}

StarterResult build_starter(const StarterOptions& options, const TaskContext& context) {
  check(options);
  return with_torch_errors([&] { return build(options, context); });
}

}  // namespace prefscope
