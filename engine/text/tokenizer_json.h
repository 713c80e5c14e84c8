// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string_view>

#include "engine/text/tokenizer_parts.h"

namespace prefscope {

/// Reads the content of a tokenizer.json of the tokenizers package. file is for messages. Throws BadFile and
/// Unsupported as load_tokenizer() does.
TokenizerParts read_tokenizer_json(const std::filesystem::path& file, std::string_view content);

}  // namespace prefscope
