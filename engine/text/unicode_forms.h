// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/text/aligned_text.h"

namespace prefscope {

/// Unicode's normal forms (UAX 15).
enum class UnicodeForm { nfc, nfd, nfkc, nfkd };

/// Brings a text into a form; what each code point stands for is as in tokenizers.
void apply(UnicodeForm form, AlignedText& text);

}  // namespace prefscope
