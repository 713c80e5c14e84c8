// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/base/utf8.h"
#include "engine/tasks/inspect.h"
#include "engine/tasks/tokenize.h"

namespace prefscope {
namespace {

nlohmann::ordered_json jsonOf(const std::string& text, const TokenizedText& tokenized) {
  auto ids = nlohmann::ordered_json::array(), tokens = ids, offsets = ids;
  for (const TokenOfText& token : tokenized.tokens) {
    ids.push_back(token.id);
    tokens.push_back(lossy_utf8(token.token));
    offsets.push_back({token.begin, token.end});
  }
  return {{"text", lossy_utf8(text)},
          {"ids", ids},
          {"tokens", tokens},
          {"offsets", offsets},
          {"decoded", tokenized.decoded}};
}

std::string tableOf(const TokenizedText& tokenized) {
  std::string out;
  for (const TokenOfText& token : tokenized.tokens)
    out += fmt::format("{:>8}  {:>5} .. {:<5}  {}{}\n", token.id, token.begin, token.end, onOneLine(token.token),
                       token.special ? "  (special)" : "");
  return out + fmt::format("{} tokens; decoded: {}\n", tokenized.tokens.size(), onOneLine(tokenized.decoded));
}

}  // namespace

void addTokenizeCommand(CLI::App& app, Request& request) {
  struct Options {
    std::string model, tokenizer, file;
    std::optional<std::string> text;
    bool specialTokens = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command =
      addCommand(app, "tokenize", "Ids, tokens, offsets in code points and decoded text",
                 "prefscope-cli tokenize --model DIR --text \"Heat (1995)\" --json\n  "
                 "prefscope-cli tokenize --model DIR --file titles.txt --json\n  "
                 "echo '{\"text\": \"Heat (1995)\"}' | prefscope-cli tokenize --tokenizer tokenizer.json");
  CLI::Option* model =
      command->add_option("--model", o->model, "Folder of the model, a tokenizer.json or tokenizer.model, or starter");
  CLI::Option* lines = command->add_option("--tokenizer", o->tokenizer,
                                           "A tokenizer.json; standard input holds a JSON object {\"text\"} a line, "
                                           "the output {\"ids\", \"offsets\", \"decoded\"}");
  CLI::Option* text = command->add_option("--text", o->text, "The text");
  CLI::Option* file = command->add_option("--file", o->file, "A text a line, an answer a line; - reads standard input");
  command->add_flag("--special-tokens", o->specialTokens, "The text is a template: find the special tokens it spells");
  model->excludes(lines);
  text->needs(model)->excludes(file);
  file->needs(model);
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext&) -> std::optional<Answer> {
      if (!o->tokenizer.empty()) {
        tokenize_lines(o->tokenizer, std::cin, std::cout);
        return std::nullopt;
      }
      if (o->model.empty())
        throw Error(ErrorKind::BadInput, "--model: expected a folder, a tokenizer.json or tokenizer.model, or starter");
      if (!o->text && o->file.empty())
        throw Error(ErrorKind::BadInput, "--text or --file: expected one of them, found neither");
      const auto tokenizer = tokenizer_of(o->model);
      if (o->text) {
        const TokenizedText tokenized = tokenize(*tokenizer, *o->text, o->specialTokens);
        return Answer{jsonOf(*o->text, tokenized), tableOf(tokenized)};
      }
      std::ifstream opened;
      if (o->file != "-") {
        opened.open(o->file);
        if (!opened) throw Error(ErrorKind::BadFile, fmt::format("--file: {} cannot be read", o->file));
      }
      std::istream& in = o->file == "-" ? std::cin : opened;
      for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        const TokenizedText tokenized = tokenize(*tokenizer, line, o->specialTokens);
        if (request.json) {
          std::cout << jsonOf(line, tokenized).dump() << '\n';
        } else {
          std::cout << onOneLine(line) << '\n' << tableOf(tokenized) << '\n';
        }
      }
      return std::nullopt;
    };
  });
}

}  // namespace prefscope
