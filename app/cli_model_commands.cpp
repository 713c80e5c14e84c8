// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/tasks/inspect.h"
#include "engine/tasks/inspect_model.h"

// Commands that look at model folders: what is in one, which are in Hugging Face's cache, what a model computes.

namespace prefscope {
namespace {

std::string sizeOf(int64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.0f} kB", size / 1e3);
  return bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", size / 1e6) : fmt::format("{:.2f} GB", size / 1e9);
}

Answer answerOf(const ModelDescription& d) {
  Answer answer;
  answer.json = {{"folder", d.folder.string()},
                 {"architecture", d.architecture},
                 {"parameters", d.parameters},
                 {"dtypes", d.dtypes},
                 {"bytes", d.bytes},
                 {"files", d.files},
                 {"context", d.context},
                 {"vocabulary", d.vocabulary},
                 {"layers", d.layers},
                 {"hidden_size", d.hidden_size},
                 {"heads", d.heads},
                 {"kv_heads", d.kv_heads},
                 {"head_dim", d.head_dim},
                 {"intermediate_size", d.intermediate_size},
                 {"tied", d.tied},
                 {"rope", {{"type", d.rope_type}, {"theta", d.rope_theta}, {"factor", d.rope_factor}}},
                 {"sliding_window", d.sliding_window},
                 {"layers_with_window", d.layers_with_window},
                 {"end_of_text", d.end_of_text},
                 {"tokenizer", d.tokenizer},
                 {"chat", d.chat},
                 {"memory", nlohmann::ordered_json::object()}};
  for (const ModelMemory& memory : d.memory)
    answer.json["memory"][memory.dtype] = {{"inference", memory.inference}, {"training", memory.training}};
  const auto line = [&](const char* name, const std::string& value) {
    answer.text += fmt::format("{:<16}{}\n", name, value);
  };
  line("folder", onOneLine(d.folder.string()));
  line("architecture", d.architecture);
  line("parameters", d.parameters < 10'000'000
                         ? fmt::format("{}", d.parameters)
                         : fmt::format("{:.2f} billion ({})", static_cast<double>(d.parameters) / 1e9, d.parameters));
  line("weights", fmt::format("{}, {} in {} file{}", fmt::join(d.dtypes, " and "), sizeOf(d.bytes), d.files,
                              d.files == 1 ? "" : "s"));
  line("context", fmt::format("{} positions", d.context));
  line("vocabulary", fmt::format("{}{}", d.vocabulary, d.tied ? ", head and embedding are one" : ""));
  line("layers", fmt::format("{}, hidden {}, MLP {}", d.layers, d.hidden_size, d.intermediate_size));
  line("heads", fmt::format("{} of {}, {} for keys", d.heads, d.head_dim, d.kv_heads));
  line("rope", d.rope_type == "default"
                   ? fmt::format("theta {:g}", d.rope_theta)
                   : fmt::format("theta {:g}, {}, factor {:g}", d.rope_theta, d.rope_type, d.rope_factor));
  line("sliding window", d.sliding_window == 0 ? "none"
                                               : fmt::format("{} tokens in {} of {} layers", d.sliding_window,
                                                             d.layers_with_window, d.layers));
  line("end of text", d.end_of_text.empty() ? "none named" : fmt::format("{}", fmt::join(d.end_of_text, " ")));
  line("tokenizer", d.tokenizer.empty() ? "none" : d.tokenizer);
  line("chat format", d.chat);
  for (const ModelMemory& memory : d.memory)
    line("memory", fmt::format("{}: about {} to write {} tokens, {} to train an adapter", memory.dtype,
                               sizeOf(memory.inference), usual_text_tokens, sizeOf(memory.training)));
  return answer;
}

void addInspect(CLI::App& model, Request& request) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = addCommand(model, "inspect", "What a model folder holds, without loading its weights",
                                 "prefscope-cli model inspect DIR");
  command->add_option("MODEL", *folder, "Folder of the model, or starter")->required();
  command->callback(
      [folder, &request] { request.run = [folder](const TaskContext&) { return answerOf(describe_model(*folder)); }; });
}

void addList(CLI::App& model, Request& request) {
  auto cache = std::make_shared<std::string>(hub_cache().string());
  CLI::App* command = addCommand(model, "list", "Models in Hugging Face's cache", "prefscope-cli model list");
  addOption(command, "--cache", *cache, "Folder of the cache");
  command->callback([cache, &request] {
    request.run = [cache](const TaskContext&) {
      Answer answer;
      answer.json["models"] = nlohmann::ordered_json::array();
      for (const CachedModel& m : list_cached_models(*cache)) {
        answer.json["models"].push_back({{"name", m.name},
                                         {"revision", m.revision},
                                         {"folder", m.folder.string()},
                                         {"architecture", m.model_type},
                                         {"weights", m.weights}});
        answer.text += onOneLine(fmt::format("{}  {}  {}{}", m.name, m.model_type, m.folder.string(),
                                             m.weights ? "" : "  (no safetensors)")) +
                       "\n";
      }
      if (answer.text.empty()) answer.text = fmt::format("no models in {}\n", onOneLine(*cache));
      return answer;
    };
  });
}

void addLogits(CLI::App& app, Request& request) {
  struct Options {
    std::string model, ids;
    ComputeOptions compute;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "logits", "Logits of a sequence of token ids, [token][vocabulary]",
                                 "prefscope-cli logits --model DIR --ids \"1 2 3\" --json");
  command->add_option("--model", o->model, "Folder of the model, or starter")->required();
  command->add_option("--ids", o->ids, "Token ids with blanks between")->required();
  addCompute(command, o->compute.device, o->compute.dtype);
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      const auto logits = logits_of(o->model, parseIds(o->ids), o->compute, context);
      Answer answer{{{"logits", logits}}, ""};
      for (const auto& row : logits) answer.text += fmt::format("{:.6g}\n", fmt::join(row, " "));
      return answer;
    };
  });
}

}  // namespace

void addModelCommands(CLI::App& app, Request& request) {
  CLI::App& model = modelCommand(app);
  addInspect(model, request);
  addList(model, request);
  addLogits(app, request);
}

}  // namespace prefscope
