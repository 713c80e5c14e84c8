// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/store/workspace.h"
#include "engine/tasks/export_model.h"
#include "engine/tasks/generate.h"
#include "engine/tasks/model_chat.h"

// Commands about any model folder: text from a model, its prompt as it is rendered, and folders for other programs.

namespace prefscope {
namespace {

void addModelOption(CLI::App* command, std::string& model) {
  command->add_option("--model", model, "Folder of the model, or starter")->required();
}

void addChatOptions(CLI::App* command, std::string& chat, std::optional<std::string>& system) {
  addChoice(command, "--chat", chat, chat_choices(),
            "How the prompt is written; auto: as the model's chat template, where it is known");
  command->add_option("--system", system, "System message before the prompt");
}

void addGenerate(CLI::App& app, Request& request) {
  struct Options {
    GenerateOptions generate;
    std::string ids;
    bool greedy = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "generate", "Continue a prompt with a model",
                                 "prefscope-cli generate --model DIR --prompt \"The next item is\" --max-new-tokens 40 "
                                 "--temperature 0.8 --top-p 0.95");
  addModelOption(command, o->generate.model);
  command->add_option("--adapter", o->generate.adapters, "Folder of an adapter; several: the lowest first");
  auto* prompt = command->add_option("--prompt", o->generate.prompt, "The prompt");
  auto* ids = command->add_option("--ids", o->ids, "The prompt as token ids with blanks between")->excludes(prompt);
  addChatOptions(command, o->generate.chat, o->generate.system);
  addOption(command, "--max-new-tokens", o->generate.max_new_tokens, "Tokens to write at most");
  auto* greedy = command->add_flag("--greedy", o->greedy, "The most probable token each time (as temperature 0)");
  command->add_option("--temperature", o->generate.temperature, "Above 0: tokens are drawn")
      ->capture_default_str()
      ->excludes(greedy);
  addOption(command, "--top-k", o->generate.top_k, "Draw among so many most probable; 0: all");
  addOption(command, "--top-p", o->generate.top_p, "Draw among the fewest that have this probability; 1: all");
  addOption(command, "--min-p", o->generate.min_p, "Draw among those this times as probable as the best; 0: all");
  addOption(command, "--repetition-penalty", o->generate.repetition_penalty,
            "Makes tokens that were there less probable; 1: does not");
  addSeed(command, o->generate.seed, "Seed of the draws");
  command->add_option("--stop", o->generate.stop, "Text that ends the writing; may be given several times")
      ->allow_extra_args(false);
  addDevice(command, o->generate.device);
  addChoice(command, "--dtype", o->generate.dtype, {"float32", "bfloat16", "float16"}, "Of weights and activations");
  command->callback([o, ids, &request] {
    request.run = [o, given = ids->count() > 0, &request](const TaskContext& context) -> std::optional<Answer> {
      const auto stream = [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
      };
      if (given) o->generate.ids = parseIds(o->ids);
      const bool shows = !request.json;
      const GenerateResult result =
          generate_text(o->generate, shows ? std::function<void(std::string_view)>(stream) : nullptr, context);
      const double speed = static_cast<double>(result.ids.size()) / std::max(result.seconds, 1e-9);
      Answer answer;
      answer.json["ids"] = result.ids;
      answer.json["text"] = result.text ? nlohmann::ordered_json(*result.text) : nlohmann::ordered_json();
      answer.json["tokens_per_second"] = speed;
      answer.json["prompt_tokens"] = result.prompt_tokens;
      answer.json["seconds"] = result.seconds;
      answer.json["ended"] = result.ended;
      if (!result.text) answer.text = fmt::format("{}", fmt::join(result.ids, " "));
      answer.text += "\n";
      if (shows)
        log(fmt::format("{} tokens, {:.1f} a second, after a prompt of {}\n", result.ids.size(), speed,
                        result.prompt_tokens));
      return answer;
    };
  });
}

const char* nameOf(ChatSegment::Kind kind) {
  switch (kind) {
    case ChatSegment::Kind::Token:
      return "token";
    case ChatSegment::Kind::Words:
      return "words";
    case ChatSegment::Kind::Outside:
      break;
  }
  return "outside";
}

void addChat(CLI::App& app, Request& request) {
  struct Options {
    std::string model, chat = "auto", prompt;
    std::optional<std::string> system;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "chat", "Show a prompt as a model gets it, special tokens in ⟨⟩",
                                 "prefscope-cli chat --model DIR --prompt \"The next item is\"");
  addModelOption(command, o->model);
  command->add_option("--prompt", o->prompt, "The prompt")->required();
  addChatOptions(command, o->chat, o->system);
  command->callback([o, &request] {
    request.run = [o](const TaskContext&) {
      const ChatPrompt prompt = render_prompt(o->model, o->chat, o->system, o->prompt);
      Answer answer;
      answer.json["format"] = prompt.format;
      answer.json["text"] = text_of(prompt.segments);
      answer.json["ids"] = prompt.ids;
      answer.json["segments"] = nlohmann::ordered_json::array();
      for (const ChatSegment& segment : prompt.segments) {
        answer.json["segments"].push_back({{"kind", nameOf(segment.kind)}, {"text", segment.text}});
        // Line by line, so that what was said cannot steer the terminal.
        std::string shown;
        for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
          end = segment.text.find('\n', begin);
          shown += onOneLine(segment.text.substr(begin, end - begin)) + (end == std::string::npos ? "" : "\n");
        }
        answer.text += segment.kind == ChatSegment::Kind::Token ? "⟨" + shown + "⟩" : shown;
      }
      answer.text += fmt::format("\n\n{} tokens, format {}\n", prompt.ids.size(), prompt.format);
      return answer;
    };
  });
}

void addModelChat(CLI::App& model, Request& request) {
  struct Options {
    std::string model, format = "auto";
  };
  auto o = std::make_shared<Options>();
  CLI::App* command =
      addCommand(model, "chat", "Choose how this workspace writes a model's prompts when it trains, ranks and explains",
                 "prefscope-cli --workspace ws model chat DIR llama-3");
  command->add_option("MODEL", o->model, "Folder of the model, or starter")->required();
  command->add_option("FORMAT", o->format, "Of the formats in chat --help; auto: as its template")
      ->check(CLI::IsMember(chat_choices()))
      ->capture_default_str();
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      const std::string chat = set_model_chat(workspace, o->model, o->format);
      return Answer{{{"model", o->model}, {"chat", chat}},
                    fmt::format("{}: prompts as {}\n", onOneLine(o->model), chat)};
    };
  });
}

void addExport(CLI::App& model, Request& request) {
  auto o = std::make_shared<ExportOptions>();
  CLI::App* command =
      addCommand(model, "export", "Write an adapter, or a model with its adapters merged, for peft and transformers",
                 "prefscope-cli --workspace ws model export --run 2 --merged --dtype bfloat16 --out DIR");
  auto* run = command->add_option("--run", o->run, "A finished run: its model, with its adapters and its parents'");
  command->add_option("--model", o->model, "Without a run: folder of the model, or starter")->excludes(run);
  command->add_option("--adapter", o->adapters, "Without a run: folder of an adapter; several: the lowest first")
      ->excludes(run);
  command->add_flag("--merged", o->merged, "A whole model; else one adapter that does what all of them do");
  addChoice(command, "--dtype", o->dtype, {"float32", "bfloat16", "float16"}, "Of merged weights");
  command->add_option("--out", o->out, "Folder to make; must be absent or empty")->required();
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const ExportResult result = export_model(*o, context);
      Answer answer;
      answer.json["folder"] = o->out.string();
      answer.json["files"] = result.files;
      answer.json["parameters"] = result.parameters;
      if (result.rank > 0) answer.json["rank"] = result.rank;
      answer.text = fmt::format("{}: {} of {} parameters: {}\n", onOneLine(o->out.string()),
                                result.rank > 0 ? fmt::format("an adapter of rank {}", result.rank) : "a model",
                                result.parameters, fmt::join(result.files, ", "));
      return answer;
    };
  });
}

}  // namespace

CLI::App& modelCommand(CLI::App& app) {
  for (CLI::App* there : app.get_subcommands([](const CLI::App* each) { return each->get_name() == "model"; }))
    return *there;
  CLI::App* command =
      addCommand(app, "model", "Model folders: see their commands", "prefscope-cli model export --help");
  command->require_subcommand(1);
  command->fallthrough();
  return *command;
}

void addGenerateCommands(CLI::App& app, Request& request) {
  addGenerate(app, request);
  addChat(app, request);
  addExport(modelCommand(app), request);
  addModelChat(modelCommand(app), request);
}

}  // namespace prefscope
