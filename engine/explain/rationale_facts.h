// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/attributes.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// What a rationale may name: the titles and the attribute values of a catalogue.
struct RationaleWords {
  std::vector<std::string> titles;                         ///< the longest first
  std::vector<Attribute> attributes;                       ///< the longest values first
  std::map<std::string, std::vector<Attribute>> by_title;  ///< attributes of the items; of several with one title all
};
RationaleWords rationale_words(const std::vector<ItemText>& items);

/// What a part of a rationale is.
enum class Named {
  HistoryTitle,    ///< of an item of the history
  OtherTitle,      ///< of an item that is not in the history
  InventedTitle,   ///< in quotes, and of no item at all
  TrueAttribute,   ///< the recommended item has it, and so does every item of the catalogue that its clause names
  FalseAttribute,  ///< one of them has it not, or is invented
};

struct NamedPart {
  size_t at = 0, length = 0;  ///< bytes of the text; of a title without its quotes
  Named what = Named::HistoryTitle;
  std::string words;    ///< the title, or attribute and value: "genre mystery"
  size_t position = 0;  ///< of a title of the history: where it stands there
  Attribute attribute;  ///< of an attribute
};

/// What a rationale names, and whether it is so.
struct RationaleFacts {
  std::vector<NamedPart> parts;              ///< in order of the text; the title of the recommended item is none
  int titles = 0;                            ///< named, each once
  int titles_in_history = 0;                 ///< of these
  int titles_invented = 0;                   ///< of these
  int titles_repeated = 0;                   ///< times that one is named again
  std::vector<size_t> cited;                 ///< positions in the history, each once, in order of the text
  int attributes = 0;                        ///< attribute values named outside of titles
  int attributes_true = 0;                   ///< of these
  std::optional<Attribute> first_attribute;  ///< the first that is named
};

/// Reads a rationale for `item`. A title is what stands in quotes (“ ” or " ", a title may hold quotes itself) and,
/// without quotes, any title of the catalogue with two words or more. A clause ends at a full stop or semicolon, and
/// before
/// ", and" with a title of its own. Titles and values count as whole words, in the catalogue's letters; of those within
/// one another the longest. A title that the text's end cuts off is none where one of the catalogue begins so.
RationaleFacts read_rationale(const std::string& text, const std::vector<const ItemText*>& history,
                              const ItemText& item, const RationaleWords& words);

/// The template that a rationale has to beat: of the item's attributes, the one that most items of the history have;
/// ties by the item's order. Nothing where the item has none.
std::optional<Attribute> most_frequent_attribute(const std::vector<const ItemText*>& history, const ItemText& item);

}  // namespace prefscope
