// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "engine/data/csv.h"
#include "engine/data/raw_data_set.h"
#include "engine/text/byte_level.h"

namespace prefscope {
namespace {

/// The whole field as a number; nothing when it is not one. Independent of the locale.
template <typename T>
std::optional<T> parse(const std::string& field) {
  T value{};
  const auto result = std::from_chars(field.data(), field.data() + field.size(), value);
  if (result.ec != std::errc() || result.ptr != field.data() + field.size()) return std::nullopt;
  return value;
}

/// A CSV file of a set, with its header checked.
struct Table {
  const InputFile& file;
  CsvReader reader;
  std::vector<std::string> header, fields;

  Table(const std::vector<InputFile>& files, const std::string& start, const std::string& what)
      : file(find(files, start, what)), reader(file.content) {
    reader.next(header);
  }

  static const InputFile& find(const std::vector<InputFile>& files, const std::string& start, const std::string& what) {
    for (const InputFile& file : files) {
      std::string_view text = file.content;
      if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
      if (text.starts_with(start)) return file;
    }
    std::string names;
    for (const InputFile& file : files) names += (names.empty() ? "" : ", ") + file.name;
    throw Error(
        ErrorKind::BadFile,
        fmt::format(
            "{}: expected a file whose first line begins with \"{}\", found {}; give both files, the folder or the zip",
            what, start, names));
  }

  /// The next record; throws BadFile where the number of fields is wrong or a quote does not end.
  bool next() {
    if (!reader.next(fields)) return false;
    if (reader.unterminated())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{} line {}: a quoted field does not end; the file is cut short or a quote is missing",
                              file.name, reader.line()));
    if (fields.size() != header.size()) {
      throw Error(
          ErrorKind::BadFile,
          fmt::format(
              "{} line {}: expected {} fields separated by \",\", found {}; mend the line or fetch the file again",
              file.name, reader.line(), header.size(), fields.size()));
    }
    return true;
  }
};

/// Collects users, items and interactions, and drops what cannot be used.
class Collector {
 public:
  RawDataSet set;

  void drop(const Table& table, const std::string& reason) {
    set.dropped.push_back({table.file.name, table.reader.line(), reason});
  }

  void add_item(const Table& table, RawItem item) {
    const std::string title = lossy_utf8(item.title);
    if (title != item.title)
      drop(table, fmt::format("bytes that are not UTF-8 in the title of item {} became U+FFFD (kept)", item.key));
    item.title = title;
    const size_t first = item.title.find_first_not_of(" \t"), last = item.title.find_last_not_of(" \t");
    item.title = first == std::string::npos ? "" : item.title.substr(first, last - first + 1);
    if (item.key.empty() || item.title.empty()) return drop(table, "an item without id or title");
    if (!items_.emplace(item.key, static_cast<int32_t>(set.items.size())).second)
      return drop(table, fmt::format("item {} was there before", item.key));
    set.items.push_back(std::move(item));
  }

  void add_interaction(const Table& table, const std::string& user, const std::string& item,
                       std::optional<double> rating, std::optional<int64_t> time) {
    const auto found = items_.find(item);
    if (found == items_.end()) return drop(table, fmt::format("item {} is not in the catalogue", item));
    if (user.empty()) return drop(table, "an interaction without a user");
    const auto [place, fresh] = users_.emplace(user, static_cast<int32_t>(set.users.size()));
    if (fresh) set.users.push_back(lossy_utf8(user));
    const uint64_t pair = static_cast<uint64_t>(place->second) << 32 | static_cast<uint32_t>(found->second);
    if (!seen_.insert(pair).second)
      return drop(table, fmt::format("user {} and item {} again; the first is kept", user, item));
    set.interactions.push_back({place->second, found->second, rating, time});
  }

 private:
  std::unordered_map<std::string, int32_t> users_, items_;
  std::unordered_set<uint64_t> seen_;
};

/// Share of a file that was read, polled every some thousand lines.
struct Poll {
  ProgressClock clock;
  int64_t lines = 0;
  void line(const Table& table) {
    if (++lines % 4096 == 0)
      clock.update(static_cast<double>(table.reader.position()) / static_cast<double>(table.file.content.size() + 1));
  }
};

void split_values(const std::string& name, const std::string& joined, RawItem& item) {
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find('|', begin), joined.size());
    if (end > begin) item.attributes.emplace_back(name, lossy_utf8(joined.substr(begin, end - begin)));
    begin = end + 1;
  }
}

}  // namespace

RawDataSet read_movielens(const std::vector<InputFile>& files, const TaskContext& context) {
  Collector collector;
  collector.set.format = "movielens";
  Table movies(files, "movieId,title,genres", "movies.csv");
  Poll poll{ProgressClock(context, "Reading movies")};
  while (movies.next()) {
    poll.line(movies);
    RawItem item{movies.fields[0], movies.fields[1], {}};
    if (movies.fields[2] != "(no genres listed)") split_values("genre", movies.fields[2], item);
    // "Heat (1995)": the year stays in the title, as prompts show it, and is an attribute too.
    const size_t close = item.title.find_last_not_of(" \t");
    if (close != std::string::npos && close >= 5 && item.title[close] == ')' && item.title[close - 5] == '(') {
      const std::string year = item.title.substr(close - 4, 4);
      if (parse<int>(year)) item.attributes.emplace_back("year", year);
    }
    collector.add_item(movies, std::move(item));
  }

  Table ratings(files, "userId,movieId,rating,timestamp", "ratings.csv");
  Poll polled{ProgressClock(context, "Reading ratings")};
  while (ratings.next()) {
    polled.line(ratings);
    const auto& f = ratings.fields;
    const auto rating = parse<double>(f[2]);
    const auto time = parse<int64_t>(f[3]);
    if (!rating || !(*rating >= 0 && *rating <= 5)) {
      collector.drop(ratings, fmt::format("expected a rating within 0 .. 5, found \"{}\"", lossy_utf8(f[2])));
    } else if (!time || *time < 0) {
      collector.drop(ratings, fmt::format("expected a time in seconds since 1970, found \"{}\"", lossy_utf8(f[3])));
    } else {
      collector.add_interaction(ratings, f[0], f[1], rating, time);
    }
  }
  for (const InputFile& file : files) {
    if (file.name == "tags.csv" || file.name == "links.csv")
      collector.set.dropped.push_back({file.name, 0, "the whole file: tags and links are not used"});
  }
  return std::move(collector.set);
}

RawDataSet read_sample_world(const std::vector<InputFile>& files, const TaskContext& context) {
  Collector collector;
  collector.set.format = "sample-world";
  Table items(files, "id,title", "items.csv");
  while (items.next()) {
    RawItem item{items.fields[0], items.fields[1], {}};
    for (size_t a = 2; a < items.fields.size(); ++a) split_values(items.header[a], items.fields[a], item);
    collector.add_item(items, std::move(item));
  }
  Table choices(files, "user,item,time", "interactions.csv");
  Poll poll{ProgressClock(context, "Reading interactions")};
  while (choices.next()) {
    poll.line(choices);
    const auto time = parse<int64_t>(choices.fields[2]);
    if (!time || *time < 0) {
      collector.drop(choices,
                     fmt::format("expected a time in seconds since 1970, found \"{}\"", lossy_utf8(choices.fields[2])));
    } else {
      collector.add_interaction(choices, choices.fields[0], choices.fields[1], std::nullopt, time);
    }
  }
  return std::move(collector.set);
}

}  // namespace prefscope
