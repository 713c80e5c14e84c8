// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include "engine/text/tokenizer_parts.h"

namespace prefscope {

/// Which of a model's tokens stand around a sequence: sentencepiece's own file does not say.
struct SequenceEnds {
  bool begin = false;  ///< the model's BOS in front
  bool end = false;    ///< its EOS behind
};

/// Reads the content of a tokenizer.model, sentencepiece's ModelProto with BPE or Unigram; ids, offsets and text as of
/// sentencepiece itself. The blank in front stands before the text, not after special tokens within it. ends: BOS in
/// front where nothing is said and the model has one. file is for messages. Throws BadFile and Unsupported as
/// load_tokenizer() does.
TokenizerParts read_sentencepiece_model(const std::filesystem::path& file, std::string_view content,
                                        std::optional<SequenceEnds> ends);

}  // namespace prefscope
