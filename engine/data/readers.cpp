// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "engine/data/csv.h"
#include "engine/data/raw_data_set.h"
#include "engine/base/utf8.h"

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
    refuse_fault();
  }

  static const InputFile& find(const std::vector<InputFile>& files, const std::string& start, const std::string& what) {
    for (const InputFile& file : files) {
      if (first_line(file) == start || first_line(file).starts_with(start + ",")) return file;
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
    refuse_fault();
    if (fields.size() != header.size()) {
      throw Error(
          ErrorKind::BadFile,
          fmt::format(
              "{} line {}: expected {} fields separated by \",\", found {}; mend the line or fetch the file again",
              file.name, reader.line(), header.size(), fields.size()));
    }
    return true;
  }

 private:
  void refuse_fault() const {
    if (!reader.fault().empty())
      throw Error(ErrorKind::BadFile, fmt::format("{} line {}: {}; mend the line or fetch the file again", file.name,
                                                  reader.line(), reader.fault()));
  }
};

constexpr size_t max_listed = 100'000;  // a file of another kind may have millions of unusable lines

/// Collects users, items and interactions, and drops what cannot be used.
class Collector {
 public:
  explicit Collector(const std::string& format) { set_.format = format; }

  void drop(const Table& table, const std::string& reason) {
    if (set_.dropped.size() < max_listed) {
      set_.dropped.push_back({table.file.name, table.reader.line(), reason});
    } else {
      ++unlisted_;
    }
  }

  void add_item(const Table& table, RawItem item) {
    bool damaged = false;
    const auto mend = [&](std::string& text) {
      const std::string valid = lossy_utf8(text);
      damaged = damaged || valid != text;
      text = valid;
    };
    mend(item.key);
    if (damaged) return drop(table, "bytes that are not UTF-8 in the id of an item");
    mend(item.title);
    for (auto& [name, value] : item.attributes) mend(value);
    const size_t first = item.title.find_first_not_of(" \t\r\n"), last = item.title.find_last_not_of(" \t\r\n");
    item.title = first == std::string::npos ? "" : item.title.substr(first, last - first + 1);
    if (item.key.empty() || item.title.empty()) return drop(table, "an item without id or title");
    if (!items_.emplace(item.key, static_cast<int32_t>(set_.items.size())).second)
      return drop(table, fmt::format("item {} was there before; the first is kept", item.key));
    if (damaged)
      drop(table, fmt::format("bytes that are not UTF-8 in item {} became U+FFFD; the item is kept", item.key));
    set_.items.push_back(std::move(item));
  }

  void add_interaction(const Table& table, const std::string& user, const std::string& item,
                       std::optional<double> rating, std::optional<int64_t> time) {
    // Mended ids would make one user of two.
    if (lossy_utf8(user) != user || lossy_utf8(item) != item)
      return drop(table, "bytes that are not UTF-8 in the id of a user or item");
    const auto found = items_.find(item);
    if (found == items_.end()) return drop(table, fmt::format("item {} is not in the catalogue", item));
    if (user.empty()) return drop(table, "an interaction without a user");
    const auto [place, fresh] = users_.emplace(user, static_cast<int32_t>(set_.users.size()));
    if (fresh) set_.users.push_back(user);
    const uint64_t pair = static_cast<uint64_t>(place->second) << 32 | static_cast<uint32_t>(found->second);
    if (!seen_.insert(pair).second)
      return drop(table, fmt::format("user {} and item {} again; the first is kept", user, item));
    set_.interactions.push_back({place->second, found->second, rating, time});
  }

  /// Says which tables of the set were not read.
  void note_unused(const std::vector<InputFile>& files, const Table& items, const Table& interactions) {
    for (const InputFile& file : files) {
      if (&file == &items.file || &file == &interactions.file || !file.name.ends_with(".csv")) continue;
      const bool known = file.name == "tags.csv" || file.name == "links.csv";
      set_.dropped.push_back(
          {file.name, 0,
           known ? "the whole file: tags and links are not used"
                 : fmt::format("the whole file: only {} and {} are read", items.file.name, interactions.file.name)});
    }
  }

  RawDataSet take() {
    if (unlisted_ > 0) set_.dropped.push_back({"", 0, fmt::format("{} more lines, not listed one by one", unlisted_)});
    if (set_.interactions.empty())
      throw Error(
          ErrorKind::BadFile,
          fmt::format("no interaction is left to import{}",
                      set_.dropped.empty() ? "; the table is empty"
                                           : fmt::format(": {} were dropped, the first ({} line {}) because: {}",
                                                         set_.dropped.size() + unlisted_, set_.dropped[0].file,
                                                         set_.dropped[0].line, set_.dropped[0].reason)));
    return std::move(set_);
  }

 private:
  RawDataSet set_;
  size_t unlisted_ = 0;
  std::unordered_map<std::string, int32_t> users_, items_;
  std::unordered_set<uint64_t> seen_;
};

/// Reports the share of a set's two tables that was read, polled every some thousand lines.
struct Poll {
  ProgressClock clock;
  double bytes_before, bytes_total;
  int64_t lines = 0;

  Poll(const TaskContext& context, const Table& table, size_t before, size_t total)
      : clock(context, "Reading " + table.file.name),
        bytes_before(static_cast<double>(before)),
        bytes_total(static_cast<double>(total + 1)) {}
  void line(const Table& table) {
    if (++lines % 4096 == 0)
      clock.update((bytes_before + static_cast<double>(table.reader.position())) / bytes_total,
                   fmt::format("line {}", table.reader.line()));
  }
};

constexpr double latest_time = 253'402'300'799;  // the last second of the year 9999: more is milliseconds, or damage

/// Seconds since 1970, or nothing.
std::optional<int64_t> parse_time(const std::string& field) {
  const auto time = parse<int64_t>(field);
  return time && *time >= 0 && static_cast<double>(*time) <= latest_time ? time : std::nullopt;
}

void split_values(const std::string& name, const std::string& joined, RawItem& item) {
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find('|', begin), joined.size());
    if (end > begin) item.attributes.emplace_back(name, joined.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

RawDataSet read_movielens(const std::vector<InputFile>& files, const TaskContext& context) {
  Collector collector("movielens");
  Table movies(files, "movieId,title,genres", "MovieLens movies"),
      ratings(files, "userId,movieId,rating,timestamp", "MovieLens ratings");
  const size_t movie_bytes = movies.file.content.size(), total_bytes = movie_bytes + ratings.file.content.size();
  Poll movies_read(context, movies, 0, total_bytes);
  while (movies.next()) {
    movies_read.line(movies);
    RawItem item{movies.fields[0], movies.fields[1], {}};
    if (movies.fields[2] != "(no genres listed)") split_values("genre", movies.fields[2], item);
    // "Heat (1995)": the year stays in the title, as prompts show it, and is an attribute too.
    const size_t close = item.title.find_last_not_of(" \t");
    if (close != std::string::npos && close >= 5 && item.title[close] == ')' && item.title[close - 5] == '(') {
      const std::string year = item.title.substr(close - 4, 4);
      if (parse<unsigned>(year)) item.attributes.emplace_back("year", year);
    }
    collector.add_item(movies, std::move(item));
  }

  Poll ratings_read(context, ratings, movie_bytes, total_bytes);
  while (ratings.next()) {
    ratings_read.line(ratings);
    const auto& f = ratings.fields;
    const auto rating = parse<double>(f[2]);
    const auto time = parse_time(f[3]);
    if (!rating || !(*rating >= 0 && *rating <= 5)) {
      collector.drop(ratings, fmt::format("expected a rating within 0 .. 5, found \"{}\"", lossy_utf8(f[2])));
    } else if (!time) {
      collector.drop(ratings, fmt::format("expected a time in seconds since 1970, found \"{}\"", lossy_utf8(f[3])));
    } else {
      collector.add_interaction(ratings, f[0], f[1], rating, time);
    }
  }
  collector.note_unused(files, movies, ratings);
  return collector.take();
}

RawDataSet read_sample_world(const std::vector<InputFile>& files, const TaskContext& context) {
  Collector collector("sample-world");
  Table items(files, "id,title", "items of a sample world"),
      choices(files, "user,item,time", "interactions of a sample world");
  const size_t item_bytes = items.file.content.size(), total_bytes = item_bytes + choices.file.content.size();
  Poll items_read(context, items, 0, total_bytes);
  while (items.next()) {
    items_read.line(items);
    RawItem item{items.fields[0], items.fields[1], {}};
    for (size_t a = 2; a < items.fields.size(); ++a) split_values(lossy_utf8(items.header[a]), items.fields[a], item);
    collector.add_item(items, std::move(item));
  }
  const bool rated = choices.header.size() > 3 && choices.header[3] == "rating";
  Poll choices_read(context, choices, item_bytes, total_bytes);
  while (choices.next()) {
    choices_read.line(choices);
    const auto& f = choices.fields;
    const auto time = parse_time(f[2]);
    const auto rating = rated ? parse<double>(f[3]) : std::nullopt;
    if (!time) {
      collector.drop(choices, fmt::format("expected a time in seconds since 1970, found \"{}\"", lossy_utf8(f[2])));
    } else if (rated && !f[3].empty() && !(rating && std::isfinite(*rating))) {
      collector.drop(choices, fmt::format("expected a rating, found \"{}\"", lossy_utf8(f[3])));
    } else {
      collector.add_interaction(choices, f[0], f[1], rating, time);
    }
  }
  collector.note_unused(files, items, choices);
  return collector.take();
}

}  // namespace prefscope
