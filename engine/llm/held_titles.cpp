// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/held_titles.h"

#include <algorithm>
#include <utility>

namespace prefscope {
namespace {

constexpr std::string_view opening = "“", curly_closing = "”", straight = "\"";

}  // namespace

HeldTitles::HeldTitles(const Tokenizer& tokenizer, std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    tokens_.push_back(tokenizer.bytes_of_token(id));
    // Any part of a quote: its bytes may come one by one.
    quotes_.push_back(tokens_.back().find_first_of("\xe2\x80\x9c\"") != std::string::npos);
  }
}

bool HeldTitles::is_left(const Place& place, const std::string& title) const {
  return std::find(place.named.begin(), place.named.end(), title) == place.named.end();
}

bool HeldTitles::begins_title(const Place& place) const {
  return std::any_of(titles_.begin(), titles_.end(), [&](const std::string& title) {
    if (!is_left(place, title)) return false;
    const size_t n = place.written.size();
    return n <= title.size()
               ? title.compare(0, n, place.written) == 0
               : place.written.compare(0, title.size(), title) == 0 &&
                     place.closing.substr(0, n - title.size()) == std::string_view(place.written).substr(title.size());
  });
}

/// Takes bytes in; false where they lead to no title.
bool HeldTitles::advance(Place& place, std::string_view bytes) const {
  for (const char byte : bytes) {
    if (!place.open) {
      place.tail += byte;
      if (place.tail.ends_with(opening) || place.tail.ends_with(straight)) {
        if (std::none_of(titles_.begin(), titles_.end(), [&](const auto& title) { return is_left(place, title); }))
          return false;
        place.open = true;
        place.closing = place.tail.ends_with(straight) ? straight : curly_closing;
        place.written.clear();
        place.tail.clear();
      }
      if (place.tail.size() > opening.size()) place.tail.erase(0, 1);
      continue;
    }
    place.written += byte;
    if (!begins_title(place)) return false;
    const auto closed = std::find_if(titles_.begin(), titles_.end(), [&](const std::string& title) {
      return place.written.size() == title.size() + place.closing.size() && place.written.starts_with(title) &&
             place.written.ends_with(place.closing);
    });
    if (closed == titles_.end()) continue;
    place.named.push_back(*closed);
    place.open = false;
  }
  return true;
}

bool HeldTitles::allows(int32_t id) const {
  const auto index = static_cast<size_t>(id);
  if (id < 0 || index >= tokens_.size() || tokens_[index].empty()) return !place_.open;
  if (!place_.open && !quotes_[index]) return true;
  Place place = place_;
  return advance(place, tokens_[index]);
}

void HeldTitles::push(int32_t id) {
  const auto index = static_cast<size_t>(id);
  if (id >= 0 && index < tokens_.size()) advance(place_, tokens_[index]);
}

}  // namespace prefscope
