// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// What a rationale may name: the titles and the attribute values of a catalogue.
struct RationaleWords {
  std::vector<std::string> titles;                              ///< sorted
  std::vector<std::pair<std::string, std::string>> attributes;  ///< (name, value), the longest values first
};
RationaleWords rationale_words(const std::vector<ItemText>& items);

/// What a rationale names, and whether it is so.
struct RationaleFacts {
  int titles = 0;             ///< in quotes (“ ” or " "), each time they are
  int titles_in_history = 0;  ///< of these
  int titles_invented = 0;    ///< of these: in no catalogue
  std::vector<size_t> cited;  ///< positions in the history, each once, in order of the text
  int attributes = 0;         ///< attribute values named outside of quotes
  /// Of these: the recommended item has it, and so does every item that is named in the same clause.
  int attributes_true = 0;
  std::optional<std::pair<std::string, std::string>> first_attribute;  ///< the first that is named
};

/// Reads a rationale for `item`. A clause ends at a full stop or semicolon, and before ", and" with a title of its own.
/// Values count as whole words, in the catalogue's letters.
RationaleFacts read_rationale(const std::string& text, const std::vector<const ItemText*>& history,
                              const ItemText& item, const RationaleWords& words);

/// The template that a rationale has to beat: of the item's attributes, the one that most items of the history have;
/// ties by the item's order. Nothing where the item has none.
std::optional<std::pair<std::string, std::string>> most_frequent_attribute(const std::vector<const ItemText*>& history,
                                                                           const ItemText& item);

}  // namespace prefscope
