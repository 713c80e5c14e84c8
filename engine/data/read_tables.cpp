// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/read_tables.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/utf8.h"
#include "engine/data/table_rows.h"

namespace prefscope {
namespace {

constexpr size_t preview_rows = 50;

enum Column : size_t {
  user_column,
  item_column,
  rating_column,
  time_column,
  title_column,
  condition_column,
  fixed_columns
};

std::vector<std::string> columns_of(const TableMapping& mapping) {
  std::vector<std::string> columns = {mapping.user, mapping.item,  mapping.rating,
                                      mapping.time, mapping.title, mapping.rating_if};
  for (const MappedAttribute& attribute : mapping.attributes) columns.push_back(attribute.column);
  return columns;
}

void append_values(std::string_view joined, const std::string& separator, const std::string& name, RawItem& item) {
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find(separator, begin), joined.size());
    if (end > begin) item.attributes.emplace_back(name, joined.substr(begin, end - begin));
    begin = end + separator.size();
  }
}

void append_attribute(const MappedAttribute& attribute, std::string_view field, RawItem& item) {
  if (field.empty() || (!attribute.nothing.empty() && field == attribute.nothing)) return;
  if (attribute.flag) {
    if (field == "1") item.attributes.emplace_back(attribute.name, attribute.value);
    return;
  }
  if (field.find(list_separator) != std::string_view::npos)
    return append_values(field, std::string(1, list_separator), attribute.name, item);
  if (std::vector<std::string> values; read_list(field, values)) {
    for (std::string& value : values) item.attributes.emplace_back(attribute.name, std::move(value));
    return;
  }
  if (!attribute.separator.empty()) return append_values(field, attribute.separator, attribute.name, item);
  // pandas writes a column of years with gaps as 2008.0.
  if (attribute.name == "year" && field.ends_with(".0")) field.remove_suffix(2);
  item.attributes.emplace_back(attribute.name, field);
}

/// "Heat (1995)": the year stays in the title, as prompts show it, and is an attribute too.
void append_year(RawItem& item) {
  const size_t close = item.title.find_last_not_of(" \t");
  if (close == std::string::npos || close < 5 || item.title[close] != ')' || item.title[close - 5] != '(') return;
  const std::string year = item.title.substr(close - 4, 4);
  if (std::all_of(year.begin(), year.end(), [](char c) { return c >= '0' && c <= '9'; }))
    item.attributes.emplace_back("year", year);
}

RawItem item_of(const TableRows& rows, const TableMapping& mapping) {
  const std::string_view title = rows[mapping.title.empty() ? item_column : title_column];
  RawItem item{std::string(rows[item_column]), std::string(title), {}};
  for (size_t a = 0; a < mapping.attributes.size(); ++a)
    append_attribute(mapping.attributes[a], rows[fixed_columns + a], item);
  if (mapping.year_in_title) append_year(item);
  // A list may hold a value twice ("Gift Cards", "Gift Cards"), which is one.
  std::unordered_set<std::string> seen;
  const auto again = [&](const auto& attribute) {
    return !seen.insert(attribute.first + list_separator + attribute.second).second;
  };
  if (item.attributes.size() > 1) std::erase_if(item.attributes, again);
  return item;
}

/// Rating and time of a row, or why it is dropped: a reason that is the same for all of its kind, and what was found.
struct RowValues {
  double rating = std::nan("");
  int64_t time = no_time;
  int thousandths = 0;  ///< of a second, after the time
  std::string_view reason, found;
};

/// Reads numbers by the rules of a mapping, whose reasons it words once.
class ValueReader {
 public:
  explicit ValueReader(const TableMapping& mapping) : mapping_(mapping) {
    const bool ranged = mapping.least_rating > -std::numeric_limits<double>::max();
    rating_reason_ = ranged
                         ? fmt::format("expected a rating within {} .. {}", mapping.least_rating, mapping.most_rating)
                         : "expected a rating";
    time_reason_ = !mapping.date_format.empty() ? fmt::format("expected a time in the form {}", mapping.date_format)
                   : mapping.time_form == TimeForm::Any          ? "expected a time in seconds since 1970 or a date"
                   : mapping.time_form == TimeForm::Milliseconds ? "expected a time in milliseconds since 1970"
                                                                 : "expected a time in seconds since 1970";
    range_reason_ = "a time out of range: " + time_reason_ + ", up to the year 9999";
  }

  RowValues read(const TableRows& rows) const {
    RowValues values;
    const std::string_view rating = rows[rating_column], time = rows[time_column];
    const bool counts = mapping_.rating_if.empty() || rows[condition_column] == mapping_.rating_if_is;
    if (!mapping_.rating.empty() && counts && !(mapping_.gaps && rating.empty())) {
      const auto [end, error] = std::from_chars(rating.data(), rating.data() + rating.size(), values.rating);
      if (error != std::errc() || end != rating.data() + rating.size() ||
          !(values.rating >= mapping_.least_rating && values.rating <= mapping_.most_rating)) {
        values.reason = rating_reason_;
        values.found = rating.data() == nullptr ? std::string_view("") : rating;
        return values;
      }
    }
    if (mapping_.time.empty()) return values;
    TimeDetail detail;
    const TimeFound found = read_time(time, mapping_.time_form, mapping_.date_format, values.time, &detail);
    values.thousandths = detail.thousandths;
    if (found == TimeFound::Time || (found == TimeFound::Nothing && mapping_.gaps)) return values;
    values.reason = found == TimeFound::OutOfRange ? range_reason_ : time_reason_;
    values.found = time.data() == nullptr ? std::string_view("") : time;
    return values;
  }

 private:
  const TableMapping& mapping_;
  std::string rating_reason_, time_reason_, range_reason_;
};

/// Says how much of all files was read, polled every some thousand rows.
struct Poll {
  ProgressClock clock;
  double begin, share;
  int64_t rows = 0;

  Poll(const TaskContext& context, const std::string& file, double from, double of)
      : clock(context, "Reading " + file), begin(from), share(of) {}
  void row(const TableRows& read) {
    if (++rows % 4096 == 0) clock.update(begin + share * read.done(), fmt::format("line {}", read.line()));
  }
};

using TagsByItem = std::unordered_map<std::string, std::vector<std::string>>;

/// The most frequent tags of each item, most frequent first; among equals the one that came first.
TagsByItem read_tags(const MappedTags& tags, ImportReport& report, const TaskContext& context) {
  constexpr size_t most_tags = 5;
  TagsByItem found;
  std::unordered_map<std::string, std::string> names;
  TableRows name_rows(*tags.names.file, tags.names.mapping.form, columns_of(tags.names.mapping), report, context);
  Poll names_poll(context, tags.names.file->name, 0, 0);
  while (name_rows.next()) {
    names_poll.row(name_rows);
    names.emplace(name_rows[item_column], name_rows[title_column]);
  }
  std::unordered_map<std::string, std::vector<std::pair<std::string, double>>> counts;
  TableRows uses(*tags.uses.file, tags.uses.mapping.form, columns_of(tags.uses.mapping), report, context);
  Poll poll(context, tags.uses.file->name, 0, 0);
  while (uses.next()) {
    poll.row(uses);
    double count = 1;
    const std::string_view written = uses[rating_column];
    if (!written.empty()) std::from_chars(written.data(), written.data() + written.size(), count);
    auto& of_item = counts[std::string(uses[item_column])];
    const auto place =
        std::find_if(of_item.begin(), of_item.end(), [&](const auto& tag) { return tag.first == uses[title_column]; });
    if (place == of_item.end()) {
      of_item.emplace_back(uses[title_column], count);
    } else {
      place->second += count;
    }
  }
  for (auto& [item, of_item] : counts) {
    std::stable_sort(of_item.begin(), of_item.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [tag, count] : of_item) {
      const auto name = names.find(tag);
      if (name != names.end() && found[item].size() < most_tags) found[item].push_back(name->second);
    }
  }
  return found;
}

void read_items(const MappedFile& table, bool only_known, const TagsByItem& tags, const std::string& tag_key,
                Collector& collector, const TaskContext& context, double begin, double share) {
  Poll poll(context, table.file->name, begin, share);
  std::vector<std::string> columns = columns_of(table.mapping);
  const size_t key_column = tag_key.empty() ? item_column : columns.size();
  if (!tag_key.empty()) columns.push_back(tag_key);
  TableRows rows(*table.file, table.mapping.form, columns, collector.report(), context);
  if (table.mapping.title.empty())
    add_remark(collector.report(), RemarkKind::Note, table.file->name, 0,
               "it has no titles: an item's id stands for its title");
  while (rows.next()) {
    poll.row(rows);
    RawItem item = item_of(rows, table.mapping);
    if (const auto found = tags.find(std::string(rows[key_column])); found != tags.end()) {
      for (const std::string& tag : found->second) item.attributes.emplace_back("tag", tag);
    }
    collector.add_item({rows.file(), rows.line()}, std::move(item), only_known);
  }
}

void read_interactions(const MappedFile& table, Collector& collector, const TaskContext& context, double begin,
                       double share) {
  constexpr int64_t estimate_at = 1 << 20;
  const TableMapping& mapping = table.mapping;
  const ValueReader reader(mapping);
  const bool describes = !mapping.title.empty() || !mapping.attributes.empty();
  Poll poll(context, table.file->name, begin, share);
  TableRows rows(*table.file, mapping.form, columns_of(mapping), collector.report(), context);
  while (rows.next()) {
    poll.row(rows);
    if (poll.rows == estimate_at && rows.done() > 0) collector.expect_rows(1.02 * estimate_at / rows.done());
    const RowPlace place{rows.file(), rows.line()};
    const RowValues values = reader.read(rows);
    if (!values.reason.empty()) {
      collector.drop_interaction(place, values.reason, values.found);
    } else if (describes) {
      collector.add_interaction(place, rows[user_column], item_of(rows, mapping), values.rating, values.time,
                                values.thousandths);
    } else {
      collector.add_interaction(place, rows[user_column], rows[item_column], values.rating, values.time,
                                values.thousandths);
    }
  }
}

}  // namespace

RawDataSet read_tables(const MappedSet& set, const std::vector<Remark>& notes, const TaskContext& context) {
  Collector collector(set.format, set.unknown);
  constexpr double items_share = 0.2;  // of the time, where both are there
  const double for_items = set.items.empty() ? 0 : items_share;
  const double items_begin = set.known_items_only ? 1 - for_items : 0,
               interactions_begin = set.known_items_only ? 0 : for_items;
  const TagsByItem tags = set.tags ? read_tags(*set.tags, collector.report(), context) : TagsByItem();
  const std::string tag_key = set.tags ? set.tags->item_key : "";
  const auto all_items = [&] {
    const double share = for_items / static_cast<double>(std::max(set.items.size(), size_t{1}));
    for (size_t i = 0; i < set.items.size(); ++i)
      read_items(set.items[i], set.known_items_only, tags, tag_key, collector, context,
                 items_begin + static_cast<double>(i) * share, share);
  };
  if (!set.known_items_only) all_items();
  const double share = (1 - for_items) / static_cast<double>(std::max(set.interactions.size(), size_t{1}));
  for (size_t i = 0; i < set.interactions.size(); ++i)
    read_interactions(set.interactions[i], collector, context, interactions_begin + static_cast<double>(i) * share,
                      share);
  if (set.known_items_only) all_items();
  for (const Remark& note : notes) collector.report().remarks.push_back(note);
  std::string files;
  for (const MappedFile& table : set.interactions) files += (files.empty() ? "" : ", ") + table.file->name;
  return collector.take(context, files);
}

std::vector<PreviewRow> preview(const InputFile& file, const TableMapping& mapping, const TaskContext& context) {
  ImportReport report;
  const ValueReader reader(mapping);
  TableRows rows(file, mapping.form, columns_of(mapping), report, context);
  std::vector<PreviewRow> shown;
  while (shown.size() < preview_rows && rows.next()) {
    RawItem item = item_of(rows, mapping);
    PreviewRow row{rows.line(), lossy_utf8(rows[user_column]), lossy_utf8(item.key), "", "", item.title, {}, ""};
    row.attributes = std::move(item.attributes);
    const RowValues values = mapping.user.empty() ? RowValues{} : reader.read(rows);
    if (!std::isnan(values.rating)) row.rating = fmt::format("{}", values.rating);
    if (values.time != no_time)
      row.time = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(values.time)));
    if (!values.reason.empty()) row.problem = fmt::format("{}, found \"{}\"", values.reason, lossy_utf8(values.found));
    if (row.problem.empty() && !mapping.user.empty() && is_blank(row.user))
      row.problem = "an interaction without a user";
    if (row.problem.empty() && is_blank(row.item)) row.problem = "a row without an item";
    shown.push_back(std::move(row));
  }
  return shown;
}

std::vector<FileRow> first_rows(const InputFile& file, const TableForm& form, const std::vector<std::string>& columns,
                                const TaskContext& context) {
  ImportReport report;
  TableRows rows(file, form, columns, report, context);
  std::vector<FileRow> shown;
  while (shown.size() < preview_rows && rows.next()) {
    shown.push_back({rows.line(), {}});
    for (size_t column = 0; column < columns.size(); ++column) shown.back().cells.push_back(lossy_utf8(rows[column]));
  }
  return shown;
}

}  // namespace prefscope
