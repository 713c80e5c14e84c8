// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/tokenizer.h"

namespace prefscope {

/// Holds decoding to known titles: after an opening quote (“ or ") a text may go on with one of them and the closing
/// quote alone, and each title may be named once. Works on bytes, so it does not matter how a tokenizer cuts a title;
/// outside of quotes everything may come. A trie of the titles is walked implicitly: those that begin with what was
/// written. Where all are named no further quote may be opened.
class HeldTitles {
 public:
  /// No titles: no quote may be opened.
  HeldTitles(const Tokenizer& tokenizer, std::vector<std::string> titles);
  /// Whether a token may come next. One without text (EOS, other special ones) may not within quotes.
  bool allows(int32_t id) const;
  /// Goes on with a token that was chosen.
  void push(int32_t id);

 private:
  /// What stands between the last opening quote and here; not open: outside of quotes.
  struct Place {
    bool open = false;
    std::string_view closing;
    std::string written;
    std::string tail;                ///< the last bytes outside of quotes, as a quote may be cut in two
    std::vector<std::string> named;  ///< titles that stand between quotes already
  };
  bool advance(Place& place, std::string_view bytes) const;
  bool is_left(const Place& place, const std::string& title) const;
  bool begins_title(const Place& place) const;

  std::vector<std::string> titles_;
  std::vector<std::string> tokens_;  ///< [vocabulary] bytes
  std::vector<bool> quotes_;         ///< [vocabulary] whether outside of quotes a token needs a look
  Place place_;
};

}  // namespace prefscope
