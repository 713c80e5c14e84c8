// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/tokenizer.h"

namespace prefscope {

/// How a family of models writes a conversation: the words and special tokens around what was said. What chat templates
/// do beside that (tools, several turns) is left out.
struct ChatFormat {
  std::string name;    ///< "llama-3.1"
  std::string models;  ///< whose it is, for people
  std::string start;   ///< of every prompt
  bool takes_system = true;
  std::string before_system, after_system;       ///< around the system message
  std::optional<std::string> usual_system = {};  ///< stands where none is given; absent: then there is none
  std::string before_user, after_user;           ///< what comes after is the response
  std::string before_response, after_response;   ///< the first special token of the latter ends a response
  bool trims_system = false, trims_user = false, trims_response = false;  ///< blanks at both ends
  std::vector<std::string> needed;  ///< special tokens of the words above; a tokenizer without them is refused
  std::vector<std::string> tokens_where_known = {};  ///< those that are plain text to some tokenizers
};

/// All formats that are known here; "none" is not among them.
const std::vector<ChatFormat>& chat_formats();
/// Names to choose from: auto, none, and those of chat_formats().
std::vector<std::string> chat_choices();

/// What a checkpoint says of its format.
struct ChatTemplate {
  std::filesystem::path file;          ///< that has the template; empty: it has none
  std::string sha256;                  ///< of the template's text
  const ChatFormat* format = nullptr;  ///< whose outputs equal the template's; nullptr: unknown
};
/// Reads chat_template.jinja, else chat_template of tokenizer_config.json ("default", where there are several), as
/// transformers does. The template is not run: it is known by its hash, or not. Throws BadFile for a file that cannot
/// be read.
ChatTemplate read_chat_template(const std::filesystem::path& folder);

/// The format by what the person chose; nullptr for none. auto: the checkpoint's, none where it has no template.
/// Throws BadInput where that is unknown, leaving the choice to the person, and for a name that is no choice.
const ChatFormat* choose_chat_format(const std::filesystem::path& folder, const std::string& choice);

/// A piece of a rendered text.
struct ChatSegment {
  enum class Kind {
    Token,    ///< one special token
    Words,    ///< of the template
    Outside,  ///< what was said; never read as a special token, whatever it holds
  };
  Kind kind;
  std::string text;
};

/// The prompt up to where the response begins. Throws BadInput for a system message that the format does not take.
std::vector<ChatSegment> render_chat_prompt(const ChatFormat& format, const std::optional<std::string>& system,
                                            const std::string& user);
/// A response as it follows the prompt, with the token that ends it.
std::vector<ChatSegment> render_chat_response(const ChatFormat& format, const std::string& response);
/// The pieces one behind the other, special tokens as their text.
std::string text_of(const std::vector<ChatSegment>& segments);
/// Token ids of the pieces as one text, as transformers encodes it, special tokens found in the template's pieces
/// alone. Throws BadInput where the tokenizer lacks one that the format needs.
std::vector<int32_t> chat_ids(const Tokenizer& tokenizer, const ChatFormat& format,
                              const std::vector<ChatSegment>& segments);
/// The special token that ends a response. Throws as chat_ids.
int32_t chat_end(const Tokenizer& tokenizer, const ChatFormat& format);

}  // namespace prefscope
