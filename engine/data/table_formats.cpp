// SPDX-License-Identifier: GPL-3.0-or-later
// Published data sets as a table: how their files begin, and which column is what. To add one, add a row.
#include "engine/data/table_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/data/json_lines.h"

namespace prefscope {
namespace {

/// How a file is known by its first line.
struct Mark {
  enum Kind {
    Header,   ///< begins with this header (quotes aside)
    Shape,    ///< has the fields of `text` between `separator`: n a number, t any text; no header
    Keys,     ///< is a JSON object with these keys, separated by blanks
    OnlyKeys  ///< is a JSON object with the first two of these keys and no others than these
  } kind = Header;
  const char* text = "";
  const char* separator = ",";
};

struct TableSource {
  Mark mark;
  TableMapping mapping;
};

/// A file that belongs to a format and is not read.
struct UnreadSource {
  Mark mark;
  const char* note;
};

struct TableFormat {
  const char* name;
  std::vector<TableSource> interactions, items;  ///< the same table in other spellings
  UnknownItem unknown = UnknownItem::Keep;
  bool known_items_only = false;
  std::vector<UnreadSource> unread = {};
  std::vector<TableSource> tag_names = {}, tag_uses = {};  ///< see MappedTags
  const char* tag_item_key = "";
};

bool is_number(std::string_view field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size();
}

std::vector<std::string> split(std::string_view line, std::string_view separator) {
  std::vector<std::string> fields;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(separator, begin), line.size());
    fields.emplace_back(line.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return fields;
}

bool has_mark(const InputFile& file, const Mark& mark) {
  const std::string_view line = first_line(file);
  switch (mark.kind) {
    case Mark::Header: {
      std::string plain;
      for (const char c : line) {
        if (c != '"') plain += c;
      }
      return plain == mark.text || plain.starts_with(std::string(mark.text) + mark.separator);
    }
    case Mark::Shape: {
      // The first row's fields, its quotes taken off.
      DelimitedReader reader(open_memory(std::string(line)), {mark.separator, true, false});
      std::vector<std::string_view> fields;
      const std::string_view kinds = mark.text;
      if (!reader.next(fields) || fields.size() != kinds.size()) return false;
      for (size_t f = 0; f < kinds.size(); ++f) {
        if (kinds[f] == 'n' && !is_number(fields[f])) return false;
      }
      return true;
    }
    case Mark::Keys:
    case Mark::OnlyKeys: {
      if (!line.starts_with('{')) return false;
      const std::vector<std::string> keys = json_keys(line);
      std::vector<std::string> wanted = split(mark.text, " ");
      if (mark.kind == Mark::OnlyKeys) {
        for (const std::string& key : keys) {
          if (std::find(wanted.begin(), wanted.end(), key) == wanted.end()) return false;
        }
        wanted.resize(2);
      }
      return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& key) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
      });
    }
  }
  return false;
}

TableForm table(const char* separator = ",", bool header = true, bool quoted = true, bool backslash = false) {
  TableForm form;
  form.delimited = {separator, quoted, backslash};
  form.header = header;
  return form;
}

TableForm lines_of_json() {
  TableForm form;
  form.json_lines = true;
  return form;
}

TableMapping interactions(TableForm form, const char* user, const char* item, const char* rating, const char* time,
                          TimeForm time_form = TimeForm::Seconds) {
  TableMapping mapping;
  mapping.form = std::move(form);
  mapping.user = user;
  mapping.item = item;
  mapping.rating = rating;
  mapping.time = time;
  mapping.time_form = time_form;
  return mapping;
}

TableMapping rated(TableMapping mapping, double least, double most, bool gaps = false) {
  mapping.least_rating = least;
  mapping.most_rating = most;
  mapping.gaps = gaps;
  return mapping;
}

TableMapping items(TableForm form, const char* item, const char* title, std::vector<MappedAttribute> attributes) {
  TableMapping mapping;
  mapping.form = std::move(form);
  mapping.item = item;
  mapping.title = title;
  mapping.attributes = std::move(attributes);
  return mapping;
}

TableMapping counted(TableMapping mapping, const char* count) {
  mapping.rating = count;
  return mapping;
}

TableMapping movies(TableMapping mapping) {
  mapping.year_in_title = true;
  return mapping;
}

/// u.item: a title, a date, two addresses and a flag for each of 19 genres ("unknown" is none).
TableMapping movies_100k() {
  static constexpr const char* genres[] = {"Action",      "Adventure", "Animation", "Children's", "Comedy", "Crime",
                                           "Documentary", "Drama",     "Fantasy",   "Film-Noir",  "Horror", "Musical",
                                           "Mystery",     "Romance",   "Sci-Fi",    "Thriller",   "War",    "Western"};
  TableMapping mapping = items(table("|", false, false), "#1", "#2", {});
  for (size_t g = 0; g < std::size(genres); ++g)
    mapping.attributes.push_back({fmt::format("#{}", 7 + g), "genre", {}, {}, true, genres[g]});
  return movies(std::move(mapping));
}

TableMapping steam() {
  TableMapping mapping = interactions(table(",", false), "#1", "#2", "#4", "");
  mapping.rating_if = "#3";  // of a purchase the number is always 1
  mapping.rating_if_is = "play";
  return mapping;
}

std::vector<MappedAttribute> book_columns(const char* author, const char* year, const char* publisher) {
  return {{author, "author"}, {year, "year", {}, "0"}, {publisher, "publisher"}};
}

const std::vector<TableFormat>& table_formats() {
  const std::vector<MappedAttribute> genre = {{"genres", "genre", "|", "(no genres listed)"}},
                                     third_genre = {{"#3", "genre", "|", "(no genres listed)"}};
  static const std::vector<TableFormat> formats = {
      {"movielens",
       {{{Mark::Header, "userId,movieId,rating,timestamp"},
         rated(interactions(table(), "userId", "movieId", "rating", "timestamp"), 0, 5)}},
       {{{Mark::Header, "movieId,title,genres"}, movies(items(table(), "movieId", "title", genre))}},
       UnknownItem::Drop,
       false,
       {{{Mark::Header, "userId,movieId,tag,timestamp"}, "the whole file: tags and links are not used"},
        {{Mark::Header, "movieId,imdbId,tmdbId"}, "the whole file: tags and links are not used"},
        {{Mark::Header, "movieId,tagId,relevance"}, "the whole file: the tag genome is not used"},
        {{Mark::Header, "tagId,tag"}, "the whole file: the tag genome is not used"}}},
      {"movielens-1m",  // and 10M
       {{{Mark::Shape, "nnnn", "::"}, rated(interactions(table("::", false, false), "#1", "#2", "#3", "#4"), 0, 5)}},
       {{{Mark::Shape, "ntt", "::"}, movies(items(table("::", false, false), "#1", "#2", third_genre))}},
       UnknownItem::Drop,
       false,
       {{{Mark::Shape, "ntttt", "::"}, "the whole file: users have no attributes here"},
        {{Mark::Shape, "nntn", "::"}, "the whole file: tags are not used"}}},
      {"movielens-100k",
       {{{Mark::Shape, "nnnn", "\t"}, rated(interactions(table("\t", false, false), "#1", "#2", "#3", "#4"), 0, 5)}},
       {{{Mark::Shape, "nttttnnnnnnnnnnnnnnnnnnn", "|"}, movies_100k()}},
       UnknownItem::Drop,
       false,
       {{{Mark::Shape, "ntttt", "|"}, "the whole file: users have no attributes here"}}},
      {"amazon",  // 2014 and 2018, then 2023
       {{{Mark::Keys, "reviewerID asin overall"},
         rated(interactions(lines_of_json(), "reviewerID", "asin", "overall", "unixReviewTime"), 0, 5, true)},
        {{Mark::Keys, "user_id parent_asin rating timestamp"},
         rated(interactions(lines_of_json(), "user_id", "parent_asin", "rating", "timestamp", TimeForm::Milliseconds),
               0, 5, true)},
        {{Mark::Header, "user_id,parent_asin,rating,timestamp"},
         rated(interactions(table(), "user_id", "parent_asin", "rating", "timestamp", TimeForm::Milliseconds), 0, 5,
               true)}},
       {{{Mark::Keys, "parent_asin title"},
         items(lines_of_json(), "parent_asin", "title", {{"store", "brand"}, {"categories", "category"}})},
        {{Mark::Keys, "asin categories"},
         items(lines_of_json(), "asin", "title", {{"brand", "brand"}, {"categories", "category"}})},
        {{Mark::Keys, "asin title"},
         items(lines_of_json(), "asin", "title", {{"brand", "brand"}, {"category", "category"}})},
        {{Mark::Keys, "asin title category"},
         items(lines_of_json(), "asin", "title", {{"brand", "brand"}, {"category", "category"}})}},
       UnknownItem::Keep,
       true},
      {"lastfm-hetrec",
       {{{Mark::Header, "userID\tartistID\tweight", "\t"},
         interactions(table("\t", true, false), "userID", "artistID", "weight", "")}},
       {{{Mark::Header, "id\tname\turl\tpictureURL", "\t"}, items(table("\t", true, false), "id", "name", {})}},
       UnknownItem::Keep,
       false,
       {{{Mark::Header, "userID\tfriendID", "\t"}, "the whole file: friends are not used"}},
       {{{Mark::Header, "tagID\ttagValue", "\t"}, items(table("\t", true, false), "tagID", "tagValue", {})}},
       {{{Mark::Header, "userID\tartistID\ttagID", "\t"}, items(table("\t", true, false), "artistID", "tagID", {})}}},
      {"goodbooks-10k",
       {{{Mark::Header, "user_id,book_id,rating"},
         rated(interactions(table(), "user_id", "book_id", "rating", ""), 0, 5)}},
       {{{Mark::Header, "book_id,goodreads_book_id"},
         items(table(), "book_id", "title",
               {{"authors", "author", ", "}, {"original_publication_year", "year"}, {"language_code", "language"}})}},
       UnknownItem::Keep,
       false,
       {{{Mark::Header, "user_id,book_id"}, "the whole file: books that a user means to read are no interactions"}},
       {{{Mark::Header, "tag_id,tag_name"}, items(table(), "tag_id", "tag_name", {})}},
       {{{Mark::Header, "goodreads_book_id,tag_id,count"},
         counted(items(table(), "goodreads_book_id", "tag_id", {}), "count")}},
       "goodreads_book_id"},
      {"book-crossing",
       {{{Mark::Header, "User-ID;ISBN;Book-Rating", ";"},
         rated(interactions(table(";", true, true, true), "User-ID", "ISBN", "Book-Rating", ""), 0, 10)},
        {{Mark::Header, "User-ID,ISBN,Book-Rating"},
         rated(interactions(table(), "User-ID", "ISBN", "Book-Rating", ""), 0, 10)},
        {{Mark::Header, "User-ID;ISBN;Rating", ";"},
         rated(interactions(table(";", true, true, true), "User-ID", "ISBN", "Rating", ""), 0, 10)}},
       {{{Mark::Header, "ISBN;Book-Title;Book-Author", ";"},
         items(table(";", true, true, true), "ISBN", "Book-Title",
               book_columns("Book-Author", "Year-Of-Publication", "Publisher"))},
        {{Mark::Header, "ISBN,Book-Title,Book-Author"},
         items(table(), "ISBN", "Book-Title", book_columns("Book-Author", "Year-Of-Publication", "Publisher"))},
        {{Mark::Header, "ISBN;Title;Author", ";"},
         items(table(";", true, true, true), "ISBN", "Title", book_columns("Author", "Year", "Publisher"))}},
       UnknownItem::Keep,
       false,
       {{{Mark::Header, "User-ID;Location;Age", ";"}, "the whole file: users have no attributes here"},
        {{Mark::Header, "User-ID,Location,Age"}, "the whole file: users have no attributes here"},
        {{Mark::Header, "User-ID;Age", ";"}, "the whole file: users have no attributes here"}}},
      {"steam-200k", {{{Mark::Shape, "nttnn"}, steam()}}, {}},
      {"sample-world",
       {{{Mark::Header, "user,item,time,rating"}, interactions(table(), "user", "item", "rating", "time")},
        {{Mark::Header, "user,item,time"}, interactions(table(), "user", "item", "", "time")},
        {{Mark::OnlyKeys, "user item rating time"}, interactions(lines_of_json(), "user", "item", "rating", "time")}},
       {{{Mark::Header, "id,title"}, items(table(), "id", "title", {})},
        {{Mark::Keys, "item title"}, items(lines_of_json(), "item", "title", {})}},
       UnknownItem::Drop}};
  return formats;
}

/// The first source whose mark a file has.
const TableSource* source_of(const InputFile& file, const std::vector<TableSource>& sources) {
  for (const TableSource& source : sources) {
    if (has_mark(file, source.mark)) return &source;
  }
  return nullptr;
}

/// Takes a format's tables of tags out of the other files, where both are there and there are items to give them to.
void find_tags(const TableFormat& format, std::vector<const InputFile*>& others, MappedSet& set) {
  const auto first_of = [&](const std::vector<TableSource>& sources) {
    MappedFile found;
    for (const InputFile* file : others) {
      const TableSource* source = source_of(*file, sources);
      if (source != nullptr && found.file == nullptr) found = {file, source->mapping};
    }
    return found;
  };
  const MappedFile names = first_of(format.tag_names), uses = first_of(format.tag_uses);
  if (names.file == nullptr || uses.file == nullptr || set.items.empty()) return;
  set.tags = MappedTags{names, uses, format.tag_item_key};
  std::erase_if(others, [&](const InputFile* file) { return file == names.file || file == uses.file; });
}

bool is_play_or_purchase(const InputFile& file) {
  const std::string_view line = first_line(file);
  return line.find(",purchase,") != std::string_view::npos || line.find(",play,") != std::string_view::npos;
}

/// The other keys of JSON lines are attributes, whichever line has them first.
void add_other_keys(const InputFile& file, TableMapping& mapping) {
  constexpr size_t most_keys = 1000;
  const std::vector<std::string> keys = all_json_keys(text_of(file, file.encoding), most_keys + 1);
  if (keys.size() > most_keys)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected items with at most {} different keys, found more; is it "
                                                "a file of items?",
                                                file.name, most_keys));
  for (const std::string& key : keys) {
    if (!key.empty() && key != mapping.item && key != mapping.title) mapping.attributes.push_back({key, key});
  }
}

/// The columns of a sample world's items behind the title are its attributes, which may be called as others are.
void name_columns(const InputFile& file, TableMapping& mapping) {
  if (mapping.form.json_lines) return add_other_keys(file, mapping);
  DelimitedReader reader(open_memory(std::string(first_line(file))), mapping.form.delimited);
  std::vector<std::string_view> names;
  if (!reader.next(names) || names.size() < 2) return;
  const auto column = [&](size_t c) {
    const bool once = !names[c].empty() && std::count(names.begin(), names.end(), names[c]) == 1;
    return once ? std::string(names[c]) : fmt::format("#{}", c + 1);
  };
  mapping.item = column(0);
  mapping.title = column(1);
  for (size_t c = 2; c < names.size(); ++c) mapping.attributes.push_back({column(c), std::string(names[c]), "|"});
}

}  // namespace

std::vector<std::string> table_format_names() {
  std::vector<std::string> names;
  for (const TableFormat& format : table_formats()) names.emplace_back(format.name);
  names.emplace_back("recbole");
  return names;
}

std::string mark_of_format(const std::string& format) {
  for (const TableFormat& known : table_formats()) {
    if (known.name != format) continue;
    const Mark& mark = known.interactions.front().mark;
    return mark.kind == Mark::Header  ? fmt::format("a file whose first line begins with \"{}\"", mark.text)
           : mark.kind == Mark::Shape ? fmt::format("a file without a header of {} fields separated by {}",
                                                    std::string_view(mark.text).size(), separator_name(mark.separator))
                                      : fmt::format("a file of JSON objects with the keys {}", mark.text);
  }
  return "a file whose first line holds user_id:token (or session_id:token) and item_id:token (or another id), "
         "separated "
         "by tabs";
}

std::optional<RecognisedSet> recognise_tables(const std::vector<InputFile>& files, const std::string& asked) {
  if (asked.empty() || asked == "recbole") {
    if (auto atomic = recognise_atomic_files(files)) return atomic;
  }
  for (const TableFormat& format : table_formats()) {
    if (!asked.empty() && asked != format.name) continue;
    RecognisedSet found{{format.name, {}, {}, format.unknown, {}, format.known_items_only}, {}};
    std::vector<const InputFile*> others;
    for (const InputFile& file : files) {
      const bool steam_like = std::string_view(format.name) != "steam-200k" || is_play_or_purchase(file);
      const TableSource* of_interactions = steam_like ? source_of(file, format.interactions) : nullptr;
      if (of_interactions != nullptr) {
        if (found.set.interactions.empty()) {
          found.set.interactions.push_back({&file, of_interactions->mapping});
        } else {
          others.push_back(&file);
        }
      } else if (const TableSource* of_items = source_of(file, format.items);
                 of_items != nullptr && found.set.items.empty()) {
        found.set.items.push_back({&file, of_items->mapping});
        if (std::string_view(format.name) == "sample-world") name_columns(file, found.set.items.back().mapping);
      } else {
        others.push_back(&file);
      }
    }
    if (found.set.interactions.empty()) continue;
    find_tags(format, others, found.set);
    std::string read = found.set.interactions[0].file->name;
    if (!found.set.items.empty()) read = found.set.items[0].file->name + " and " + read;
    if (found.set.tags) read = found.set.tags->names.file->name + ", " + found.set.tags->uses.file->name + ", " + read;
    for (const InputFile* file : others) {
      if (looks_like_json(*file) && !found.set.interactions[0].mapping.form.json_lines) continue;  // no table
      const auto known = std::find_if(format.unread.begin(), format.unread.end(),
                                      [&](const UnreadSource& unread) { return has_mark(*file, unread.mark); });
      const bool of_tags =
          source_of(*file, format.tag_names) != nullptr || source_of(*file, format.tag_uses) != nullptr;
      std::string note = fmt::format("the whole file: nothing but {} is read", read);
      if (of_tags && !found.set.tags) note = "the whole file: tags are read where items, tags and their uses are there";
      if (known != format.unread.end()) note = known->note;
      found.notes.push_back({RemarkKind::Note, file->name, note, {}, 1, {}});
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace prefscope
