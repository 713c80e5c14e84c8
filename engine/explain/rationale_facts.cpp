// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/rationale_facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace prefscope {
namespace {

constexpr std::string_view opening = "“", closing = "”";

bool word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

/// Whether the `length` bytes at `at` are words of their own.
bool whole_words(const std::string& text, size_t at, size_t length) {
  const size_t end = at + length;
  return (at == 0 || !word_byte(text[at - 1])) && (end >= text.size() || !word_byte(text[end]));
}

/// A text that is read from the left or searched; what is read is blanked out, so that nothing is read twice.
struct Reading {
  std::string rest;
  std::vector<NamedPart> parts;
  std::vector<size_t> clause_ends;  ///< where they end

  void take(size_t at, size_t length, NamedPart part) {
    part.at = at;
    part.length = length;
    parts.push_back(std::move(part));
    std::fill_n(rest.begin() + static_cast<std::ptrdiff_t>(at), length, '\n');
  }

  size_t clause_of(const NamedPart& part) const {
    return static_cast<size_t>(std::upper_bound(clause_ends.begin(), clause_ends.end(), part.at) - clause_ends.begin());
  }
};

/// What stands in quotes from `begin` on: its length, or nothing where it is no title.
size_t quoted_length(std::string_view text, size_t begin, std::string_view end, const RationaleWords& words) {
  const std::string_view rest = text.substr(begin);
  for (const std::string& title : words.titles) {
    if (rest.starts_with(title) && rest.substr(title.size()).starts_with(end)) return title.size();
  }
  if (const size_t close = rest.find(end); close != std::string_view::npos) return close;
  if (end != closing) return 0;  // a straight quote that is never closed: inches, say
  const bool cut = std::any_of(words.titles.begin(), words.titles.end(),
                               [&](const std::string& title) { return title.starts_with(rest); });
  return cut ? 0 : rest.size();
}

void read_quotes(Reading& reading, const RationaleWords& words) {
  const std::string text = reading.rest;
  const std::string_view all = text;
  for (size_t i = 0; i < all.size();) {
    const bool curly = all.substr(i).starts_with(opening), straight = all[i] == '"';
    const std::string_view end = curly ? closing : "\"";
    const size_t begin = i + (curly ? opening.size() : 1);
    const size_t length = curly || straight ? quoted_length(all, begin, end, words) : 0;
    if (length > 0) {
      NamedPart part;
      part.words = text.substr(begin, length);
      reading.take(begin, length, part);
    }
    i = length > 0 ? begin + length + end.size() : i + 1;
  }
}

/// What stands within titles ends none.
void find_clauses(Reading& reading) {
  for (size_t i = 0; i < reading.rest.size(); ++i) {
    const std::string_view left = std::string_view(reading.rest).substr(i);
    if (left.front() == ';' || left.starts_with(". ") || left.starts_with(", and “") ||
        left.starts_with(", and like “"))
      reading.clause_ends.push_back(i);
  }
}

void read_words(Reading& reading, const std::string& words, const NamedPart& part) {
  for (size_t at = reading.rest.find(words); at != std::string::npos; at = reading.rest.find(words, at + 1)) {
    if (whole_words(reading.rest, at, words.size())) reading.take(at, words.size(), part);
  }
}

}  // namespace

RationaleWords rationale_words(const std::vector<ItemText>& items) {
  RationaleWords words;
  std::set<Attribute> attributes;
  for (const ItemText& item : items) {
    if (!item.title.empty()) words.titles.push_back(item.title);
    auto& all = words.by_title[item.title];
    all.insert(all.end(), item.attributes.begin(), item.attributes.end());
    for (const Attribute& attribute : item.attributes) {
      if (!attribute.second.empty()) attributes.insert(attribute);
    }
  }
  std::stable_sort(words.titles.begin(), words.titles.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  words.attributes.assign(attributes.begin(), attributes.end());
  std::stable_sort(words.attributes.begin(), words.attributes.end(),
                   [](const Attribute& a, const Attribute& b) { return a.second.size() > b.second.size(); });
  return words;
}

RationaleFacts read_rationale(const std::string& text, const std::vector<const ItemText*>& history,
                              const ItemText& item, const RationaleWords& words) {
  Reading reading{text, {}, {}};
  read_quotes(reading, words);
  for (const std::string& title : words.titles) {
    NamedPart part;
    part.words = title;
    if (title.find(' ') != std::string::npos) read_words(reading, title, part);
  }
  find_clauses(reading);
  for (const Attribute& attribute : words.attributes) {
    NamedPart part;
    part.attribute = attribute;
    part.words = attribute.first + " " + attribute.second;
    read_words(reading, attribute.second, part);
  }
  std::sort(reading.parts.begin(), reading.parts.end(),
            [](const NamedPart& a, const NamedPart& b) { return a.at < b.at; });

  RationaleFacts facts;
  std::map<size_t, std::vector<const std::vector<Attribute>*>> named;  // attributes by clause; nullptr: of no item
  for (NamedPart& part : reading.parts) {
    if (!part.attribute.second.empty() || part.words == item.title) continue;
    const auto seen =
        std::find_if(history.begin(), history.end(), [&](const ItemText* h) { return h->title == part.words; });
    const bool of_history = seen != history.end();
    const auto known = words.by_title.find(part.words);
    const bool of_catalogue = known != words.by_title.end();
    part.what = of_history ? Named::HistoryTitle : of_catalogue ? Named::OtherTitle : Named::InventedTitle;
    part.position = of_history ? static_cast<size_t>(seen - history.begin()) : 0;
    named[reading.clause_of(part)].push_back(of_history     ? &(*seen)->attributes
                                             : of_catalogue ? &known->second
                                                            : nullptr);
  }
  std::set<std::string> titles;
  for (NamedPart& part : reading.parts) {
    if (part.attribute.second.empty()) {
      if (part.words == item.title) continue;
      if (titles.insert(part.words).second) {
        ++facts.titles;
        facts.titles_in_history += part.what == Named::HistoryTitle ? 1 : 0;
        facts.titles_invented += part.what == Named::InventedTitle ? 1 : 0;
        if (part.what == Named::HistoryTitle) facts.cited.push_back(part.position);
      } else {
        ++facts.titles_repeated;
      }
    } else {
      const auto& items = named[reading.clause_of(part)];
      const bool so = has_attribute(item, part.attribute) &&
                      std::all_of(items.begin(), items.end(), [&](const std::vector<Attribute>* has) {
                        return has && std::find(has->begin(), has->end(), part.attribute) != has->end();
                      });
      part.what = so ? Named::TrueAttribute : Named::FalseAttribute;
      ++facts.attributes;
      facts.attributes_true += so ? 1 : 0;
      if (!facts.first_attribute) facts.first_attribute = part.attribute;
    }
    facts.parts.push_back(std::move(part));
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
