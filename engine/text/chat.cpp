// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/chat.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Kind = ChatSegment::Kind;

ChatFormat llama_3(const std::string& name, const std::string& models) {
  return {.name = name,
          .models = models,
          .start = "<|begin_of_text|>",
          .before_system = "<|start_header_id|>system<|end_header_id|>\n\n",
          .after_system = "<|eot_id|>",
          .before_user = "<|start_header_id|>user<|end_header_id|>\n\n",
          .after_user = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
          .before_response = "",
          .after_response = "<|eot_id|>",
          .trims_system = true,
          .trims_user = true,
          .trims_response = true,
          .needed = {"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}};
}

ChatFormat chatml(const std::string& name, const std::string& models, const std::optional<std::string>& usual_system) {
  return {.name = name,
          .models = models,
          .start = "",
          .before_system = "<|im_start|>system\n",
          .after_system = "<|im_end|>\n",
          .usual_system = usual_system,
          .before_user = "<|im_start|>user\n",
          .after_user = "<|im_end|>\n<|im_start|>assistant\n",
          .before_response = "",
          .after_response = "<|im_end|>",
          .needed = {"<|im_start|>", "<|im_end|>"}};
}

ChatFormat mistral(const std::string& name, const std::string& models, const std::string& start,
                   const std::string& after_user, const std::string& before_response) {
  return {.name = name,
          .models = models,
          .start = start,
          .before_system = "",
          .after_system = "\n\n",
          .before_user = "",
          .after_user = after_user,
          .before_response = before_response,
          .after_response = "</s>",
          .needed = {"<s>", "</s>"},
          .tokens_where_known = {"[INST]", "[/INST]"}};
}

std::vector<ChatFormat> make_formats() {
  std::vector<ChatFormat> all;
  all.push_back({.name = "llama-2",
                 .models = "Llama 2 Chat",
                 .start = "<s>[INST] ",
                 .before_system = "<<SYS>>\n",
                 .after_system = "\n<</SYS>>\n\n",
                 .before_user = "",
                 .after_user = " [/INST]",
                 .before_response = " ",
                 .after_response = " </s>",
                 .trims_user = true,
                 .trims_response = true,
                 .needed = {"<s>", "</s>"}});
  all.push_back(llama_3("llama-3", "Llama 3 Instruct"));
  all.push_back(llama_3("llama-3.1", "Llama 3.1, 3.2 and 3.3 Instruct"));
  // Llama 3.2's template writes the day of today here, which no result could be repeated with; this is its fallback.
  all.back().before_system += "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";
  all.back().usual_system = "";
  all.push_back(chatml("chatml", "ChatML without a system message of its own, Qwen3 Instruct", {}));
  all.push_back(chatml("qwen-2", "Qwen2 Instruct", "You are a helpful assistant."));
  all.push_back(
      chatml("qwen-2.5", "Qwen2.5 Instruct", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."));
  all.push_back(chatml("qwen-3", "Qwen3, without thinking", {}));
  all.back().after_user += "<think>\n\n</think>\n\n";
  all.back().tokens_where_known = {"<think>", "</think>"};
  all.push_back(
      mistral("mistral-0.1", "Mistral Instruct 0.1 and, as first published, 0.2", "<s>[INST] ", " [/INST]", ""));
  all.back().takes_system = false;
  all.push_back(mistral("mistral", "Mistral Instruct 0.2, Mixtral Instruct", "<s> [INST] ", " [/INST]", " "));
  all.push_back(mistral("mistral-0.3", "Mistral Instruct 0.3, Large 2407, Small 2409", "<s>[INST] ", "[/INST]", " "));
  all.back().trims_response = true;
  return all;
}

/// SHA-256 of published templates whose outputs the format equals; what each stands for is in
/// tests/parity/chat/templates.json, beside those outputs.
constexpr struct {
  const char* sha256;
  const char* format;
} known_templates[] = {
    {"e8d5b5a546d3f19df16a5320c614fab05bdc4edd50e850f1afd947b503ea41cf", "llama-2"},      // Llama-2-*-chat-hf
    {"ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122", "llama-3"},      // Meta-Llama-3-*-Instruct
    {"e10ca381b1ccc5cf9db52e371f3b6651576caee0a630b452e2816b2d404d4b65", "llama-3.1"},    // Llama-3.1-*-Instruct
    {"5816fce10444e03c2e9ee1ef8a4a1ea61ae7e69e438613f3b17b69d0426223a4", "llama-3.1"},    // Llama-3.2-1B, 3B-Instruct
    {"fcf7a096fe99a48fd9ad2b250bf9237e96e8f48bffec1c7ea4d3f225176cd40e", "chatml"},       // ChatML as trl writes it
    {"f0206845c9ebc3abb4735d44f286eb81ce99238ad2accc710c6fc60e6cb8ccc8", "qwen-2"},       // Qwen2-*-Instruct
    {"cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f", "qwen-2.5"},     // Qwen2.5-*-Instruct
    {"a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8", "qwen-3"},       // Qwen3-*
    {"64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326", "chatml"},       // Qwen3-4B-Instruct-2507
    {"7e995b379ec01747807246483647cd99030abf331653f1119e16d7ac041a3495", "mistral-0.1"},  // Mistral-7B-Instruct-v0.1
    {"26a59556925c987317ce5291811ba3b7f32ec4c647c400c6cc7e3a9993007ba7", "mistral-0.1"},  // v0.2, Mixtral at first
    {"796853172235ab3aaa4810013ddfe2eab481bda3306dad4f700c00d436eed596", "mistral"},      // v0.2, Mixtral since
    {"e16746b40344d6c5b5265988e0328a0bf7277be86f1c335156eae07e29c82826", "mistral-0.3"},  // v0.3, Large 2407
};

const ChatFormat* find_format(std::string_view name) {
  const auto& all = chat_formats();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const ChatFormat& format) { return format.name == name; });
  return found == all.end() ? nullptr : &*found;
}

/// What Python's str.strip() takes away, in UTF-8.
constexpr std::string_view blanks[] = {"\t",           "\n",           "\v",           "\f",           "\r",
                                       "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
                                       "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
                                       "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
                                       "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
                                       "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

std::string_view trim_end(std::string_view text) {
  for (const std::string_view* found = std::begin(blanks); found != std::end(blanks);) {
    found = std::find_if(std::begin(blanks), std::end(blanks), [&](auto blank) { return text.ends_with(blank); });
    if (found != std::end(blanks)) text.remove_suffix(found->size());
  }
  return text;
}

std::string_view trim(std::string_view text) {
  for (const std::string_view* found = std::begin(blanks); found != std::end(blanks);) {
    found = std::find_if(std::begin(blanks), std::end(blanks), [&](auto blank) { return text.starts_with(blank); });
    if (found != std::end(blanks)) text.remove_prefix(found->size());
  }
  return trim_end(text);
}

/// The template's words, special tokens apart.
void add_words(std::vector<ChatSegment>& segments, const ChatFormat& format, std::string_view words) {
  std::vector<std::string> tokens = format.needed;
  tokens.insert(tokens.end(), format.tokens_where_known.begin(), format.tokens_where_known.end());
  while (!words.empty()) {
    size_t begin = std::string_view::npos, length = 0;
    for (const std::string& token : tokens) {
      const size_t at = words.find(token);
      if (at < begin) begin = at, length = token.size();
    }
    if (begin > 0) segments.push_back({Kind::Words, std::string(words.substr(0, begin))});
    if (begin == std::string_view::npos) return;
    segments.push_back({Kind::Token, std::string(words.substr(begin, length))});
    words.remove_prefix(begin + length);
  }
}

void add_outside(std::vector<ChatSegment>& segments, std::string_view text) {
  if (!text.empty()) segments.push_back({Kind::Outside, std::string(text)});
}

[[noreturn]] void no_such_token(const ChatFormat& format, const std::string& token) {
  throw Error(ErrorKind::BadInput,
              fmt::format("--chat {}: this tokenizer has no special token {}; choose another of {}", format.name, token,
                          fmt::join(chat_choices(), ", ")));
}

}  // namespace

const std::vector<ChatFormat>& chat_formats() {
  static const std::vector<ChatFormat> all = make_formats();
  return all;
}

std::vector<std::string> chat_choices() {
  std::vector<std::string> names{"auto", "none"};
  for (const ChatFormat& format : chat_formats()) names.push_back(format.name);
  return names;
}

ChatTemplate read_chat_template(const fs::path& folder) {
  constexpr size_t most_bytes = size_t{16} << 20;
  ChatTemplate found;
  std::string text;
  if (fs::exists(folder / "chat_template.jinja")) {
    found.file = folder / "chat_template.jinja";
    text = read_file(found.file, most_bytes);
  } else if (fs::exists(folder / "tokenizer_config.json")) {
    const fs::path file = folder / "tokenizer_config.json";
    const json config = json::parse(read_file(file, most_bytes), nullptr, false);
    if (!config.is_object()) throw Error(ErrorKind::BadFile, fmt::format("{}: expected a JSON object", file.string()));
    if (!config.contains("chat_template") || config["chat_template"].is_null()) return found;
    json value = config["chat_template"];
    if (value.is_array()) {  // several by name
      const auto named = std::find_if(value.begin(), value.end(), [](const json& entry) {
        return entry.is_object() && entry.value("name", json()) == "default" && entry.contains("template");
      });
      if (named == value.end()) return found;
      value = json((*named)["template"]);
    }
    if (!value.is_string())
      throw Error(ErrorKind::BadFile, fmt::format("{}: expected chat_template to be a text", file.string()));
    found.file = file;
    text = value.get<std::string>();
  } else {
    return found;
  }
  found.sha256 = sha256(text);
  for (const auto& known : known_templates) {
    if (found.sha256 == known.sha256) found.format = find_format(known.format);
  }
  return found;
}

const ChatFormat* choose_chat_format(const fs::path& folder, const std::string& choice) {
  if (choice == "none") return nullptr;
  if (choice != "auto") {
    if (const ChatFormat* format = find_format(choice)) return format;
    throw Error(ErrorKind::BadInput,
                fmt::format("--chat: expected one of {}, found {}", fmt::join(chat_choices(), ", "), choice));
  }
  const ChatTemplate own = read_chat_template(folder);
  if (!own.file.empty() && !own.format) {
    const std::vector<std::string> choices = chat_choices();
    throw Error(
        ErrorKind::BadInput,
        fmt::format("{}: its chat_template (SHA-256 {}) is none of those known here, and is not run; choose one "
                    "with --chat {}, and look at the rendered prompt with prefscope-cli chat",
                    own.file.string(), own.sha256,
                    fmt::join(std::vector<std::string>(choices.begin() + 1, choices.end()), ", ")));
  }
  return own.format;
}

std::vector<ChatSegment> render_chat_prompt(const ChatFormat& format, const std::optional<std::string>& system,
                                            const std::string& user) {
  if (system && !format.takes_system) {
    throw Error(ErrorKind::BadInput, fmt::format("--system: chat format {} takes no system message; put it into the "
                                                 "prompt, or choose another --chat",
                                                 format.name));
  }
  std::vector<ChatSegment> segments;
  add_words(segments, format, format.start);
  if (system || format.usual_system) {
    add_words(segments, format, format.before_system);
    if (system) {
      add_outside(segments, format.trims_system ? trim(*system) : *system);
    } else {
      add_words(segments, format, *format.usual_system);
    }
    add_words(segments, format, format.after_system);
  }
  add_words(segments, format, format.before_user);
  // Llama 2 trims the system message and the user's text as one, so that the user's begin stays.
  const bool as_one = system && !format.trims_system;
  add_outside(segments, !format.trims_user ? user : as_one ? trim_end(user) : trim(user));
  add_words(segments, format, format.after_user);
  return segments;
}

std::vector<ChatSegment> render_chat_response(const ChatFormat& format, const std::string& response) {
  std::vector<ChatSegment> segments;
  add_words(segments, format, format.before_response);
  add_outside(segments, format.trims_response ? trim(response) : response);
  add_words(segments, format, format.after_response);
  return segments;
}

std::string text_of(const std::vector<ChatSegment>& segments) {
  std::string text;
  for (const ChatSegment& segment : segments) text += segment.text;
  return text;
}

std::vector<int32_t> chat_ids(const Tokenizer& tokenizer, const ChatFormat& format,
                              const std::vector<ChatSegment>& segments) {
  for (const std::string& token : format.needed) {
    if (!tokenizer.special_token(token)) no_such_token(format, token);
  }
  std::vector<PromptPart> parts;
  for (const ChatSegment& segment : segments) parts.push_back({segment.text, segment.kind != Kind::Outside});
  return tokenizer.encode_prompt(parts).ids;
}

int32_t chat_end(const Tokenizer& tokenizer, const ChatFormat& format) {
  for (const ChatSegment& segment : render_chat_response(format, "")) {
    if (segment.kind != Kind::Token) continue;
    if (const auto id = tokenizer.special_token(segment.text)) return *id;
    no_such_token(format, segment.text);
  }
  throw Error(ErrorKind::BadInput, fmt::format("--chat {}: has no token that ends a response", format.name));
}

}  // namespace prefscope
