// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

#include "engine/data/byte_stream.h"

namespace prefscope {

/// How a text was written as bytes. Windows1252 also reads Latin-1, which differs in control characters alone.
enum class Encoding { Utf8, Utf8Mark, Utf16Little, Utf16Big, Windows1252 };

/// "UTF-8", "UTF-8 with a byte order mark", "UTF-16 LE", "UTF-16 BE", "Windows-1252".
std::string encoding_name(Encoding encoding);
/// The encoding that a person names: utf-8, utf-16le, utf-16be, latin-1 or windows-1252, in any case. Throws BadInput.
Encoding encoding_from_name(std::string_view name);

/// Judges pieces of a text: by its byte order mark, else UTF-8 unless more of its bytes are wrong as UTF-8 than it has
/// characters that only UTF-8 could mean.
class EncodingJudge {
 public:
  void add(std::string_view piece);
  /// After the last piece.
  Encoding encoding();

 private:
  std::string rest_;  ///< the last bytes, which may be the beginning of a character
  bool begun_ = false, marked_ = false;
  Encoding mark_ = Encoding::Utf8;
  size_t wrong_ = 0, right_ = 0;
};

/// The same text as UTF-8 without a mark. Bytes that are wrong in UTF-8 stay as they are; of UTF-16 they become U+FFFD.
ByteStream decoded(ByteStream bytes, Encoding encoding);

}  // namespace prefscope
