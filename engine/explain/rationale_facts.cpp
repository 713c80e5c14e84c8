// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_facts.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/data/attributes.h"

namespace prefscope {
namespace {

constexpr std::string_view opening = "“", closing = "”";

bool word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

/// A part of a text that speaks of some titles and some attributes.
struct Clause {
  std::vector<std::string> titles;
  std::string rest;  ///< without what stands in quotes
};

/// A title may hold straight quotes, a curly one ends at its own kind; a quote that is never closed is text.
std::vector<Clause> clauses_of(const std::string& text) {
  std::vector<Clause> clauses(1);
  const std::string_view all = text;
  for (size_t i = 0; i < all.size();) {
    const std::string_view left = all.substr(i);
    const bool curly = left.starts_with(opening), straight = left.starts_with('"');
    const std::string_view end = curly ? closing : "\"";
    const size_t begin = i + (curly ? opening.size() : 1);
    const size_t close = curly || straight ? all.find(end, begin) : std::string_view::npos;
    if (close != std::string_view::npos) {
      clauses.back().titles.emplace_back(all.substr(begin, close - begin));
      clauses.back().rest += ' ';
      i = close + end.size();
      continue;
    }
    const bool next_title = left.starts_with(", and “") || left.starts_with(", and like “");
    if (left.front() == ';' || left.starts_with(". ") || next_title) clauses.emplace_back();
    clauses.back().rest += left.front();
    ++i;
  }
  return clauses;
}

/// The attributes that a clause names, by where they stand. A longer value hides a shorter one within it.
std::vector<Attribute> named_attributes(std::string rest, const RationaleWords& words) {
  std::vector<std::pair<size_t, Attribute>> found;
  for (const Attribute& attribute : words.attributes) {
    const std::string& value = attribute.second;
    for (size_t at = rest.find(value); at != std::string::npos; at = rest.find(value, at + 1)) {
      const size_t end = at + value.size();
      if ((at > 0 && word_byte(rest[at - 1])) || (end < rest.size() && word_byte(rest[end]))) continue;
      found.emplace_back(at, attribute);
      std::fill_n(rest.begin() + static_cast<std::ptrdiff_t>(at), value.size(), '\n');
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<Attribute> named;
  for (auto& entry : found) named.push_back(std::move(entry.second));
  return named;
}

}  // namespace

RationaleWords rationale_words(const std::vector<ItemText>& items) {
  RationaleWords words;
  std::set<Attribute> attributes;
  for (const ItemText& item : items) {
    words.titles.push_back(item.title);
    for (const Attribute& attribute : item.attributes) {
      if (!attribute.second.empty()) attributes.insert(attribute);
    }
  }
  std::sort(words.titles.begin(), words.titles.end());
  words.attributes.assign(attributes.begin(), attributes.end());
  std::stable_sort(words.attributes.begin(), words.attributes.end(),
                   [](const Attribute& a, const Attribute& b) { return a.second.size() > b.second.size(); });
  return words;
}

RationaleFacts read_rationale(const std::string& text, const std::vector<const ItemText*>& history,
                              const ItemText& item, const RationaleWords& words) {
  RationaleFacts facts;
  for (const Clause& clause : clauses_of(text)) {
    std::vector<const ItemText*> named;
    bool strangers = false;
    for (const std::string& title : clause.titles) {
      ++facts.titles;
      const auto seen =
          std::find_if(history.begin(), history.end(), [&](const ItemText* h) { return h->title == title; });
      if (seen == history.end()) {
        strangers = true;
        if (!std::binary_search(words.titles.begin(), words.titles.end(), title)) ++facts.titles_invented;
        continue;
      }
      ++facts.titles_in_history;
      named.push_back(*seen);
      const auto position = static_cast<size_t>(seen - history.begin());
      if (std::find(facts.cited.begin(), facts.cited.end(), position) == facts.cited.end())
        facts.cited.push_back(position);
    }
    for (const Attribute& attribute : named_attributes(clause.rest, words)) {
      if (!facts.first_attribute) facts.first_attribute = attribute;
      ++facts.attributes;
      const bool shared = std::all_of(named.begin(), named.end(),
                                      [&](const ItemText* seen) { return has_attribute(*seen, attribute); });
      facts.attributes_true += !strangers && shared && has_attribute(item, attribute) ? 1 : 0;
    }
  }
  return facts;
}

std::optional<Attribute> most_frequent_attribute(const std::vector<const ItemText*>& history, const ItemText& item) {
  std::optional<Attribute> best;
  std::ptrdiff_t most = -1;
  for (const Attribute& attribute : item.attributes) {
    const auto count = std::count_if(history.begin(), history.end(),
                                     [&](const ItemText* seen) { return has_attribute(*seen, attribute); });
    if (count > most) best = attribute;
    most = std::max(most, count);
  }
  return best;
}

}  // namespace prefscope
