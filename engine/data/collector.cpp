// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <tuple>

#include "engine/base/utf8.h"
#include "engine/data/title_text.h"

namespace prefscope {

bool is_blank(std::string_view key) {
  return key.find_first_not_of(" \t") == std::string_view::npos;
}

Collector::Collector(const std::string& format, UnknownItem unknown)
    : unknown_(unknown), own_format_(format == "sample-world") {
  set_.format = format;
}

/// Mended ids would make one user of two, so they are not mended.
bool Collector::is_bad_key(std::string_view key) const {
  return !is_utf8(key) ||
         std::any_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

int32_t Collector::new_item(RawItem item, bool described) {
  const int32_t number = items_.add(item.key);
  described_.push_back(described);
  set_.items.push_back(std::move(item));
  return number;
}

void Collector::add_item(const RowPlace& place, RawItem item, bool only_known) {
  ++set_.report.item_rows_read;
  has_catalogue_ = true;
  const auto remark = [&](RemarkKind kind, std::string_view reason, std::string_view found) {
    add_remark(set_.report, kind, place.file, place.line, reason, found);
  };
  if (is_bad_key(item.key)) return remark(RemarkKind::Dropped, "bytes that are no text in the id of an item", item.key);
  const int32_t known = is_blank(item.key) ? -1 : items_.find(item.key);
  if (known < 0 && only_known) {
    ++left_out_;
    return;
  }
  if (known >= 0 && described_[static_cast<size_t>(known)])
    return remark(RemarkKind::Dropped, "an item's id that another had before; the first is kept", item.key);
  CleanText title = clean_text(item.title, !own_format_);
  if (is_blank(item.key) || (title.text.empty() && known < 0))
    return remark(RemarkKind::Dropped, "an item without id or title", item.key + item.title);
  bool undecodable = title.undecodable;
  std::vector<std::pair<std::string, std::string>> attributes;
  for (auto& [name, value] : item.attributes) {
    CleanText clean = clean_text(value, !own_format_);
    undecodable = undecodable || clean.undecodable;
    CleanText clean_name = clean_text(name, false);
    if (!clean.text.empty()) attributes.emplace_back(std::move(clean_name.text), std::move(clean.text));
  }
  if (undecodable)
    remark(RemarkKind::Mended, "bytes that are no text in an item became U+FFFD; it is kept", item.title);
  if (title.entities) remark(RemarkKind::Mended, "HTML entities in a title were decoded", item.title);
  if (title.blanks) remark(RemarkKind::Mended, "stray blanks in a title were taken away", item.title);
  if (title.text.empty()) {
    remark(RemarkKind::Mended, "an item without a title; its id stands for it", item.key);
    title.text = item.key;
  }
  item.title = std::move(title.text);
  item.attributes = std::move(attributes);
  if (known < 0) {
    new_item(std::move(item), true);
  } else {
    described_[static_cast<size_t>(known)] = true;
    set_.items[static_cast<size_t>(known)] = std::move(item);
  }
}

void Collector::drop_interaction(const RowPlace& place, std::string_view reason, std::string_view found) {
  ++set_.report.rows_read;
  add_remark(set_.report, RemarkKind::Dropped, place.file, place.line, reason, found);
}

void Collector::add_interaction(const RowPlace& place, std::string_view user, std::string_view item, double rating,
                                int64_t time, int thousandths) {
  int32_t item_number = items_.find(item);
  if (item_number < 0) {
    if (is_blank(item)) return drop_interaction(place, "an interaction without an item", {});
    if (is_bad_key(item)) return drop_interaction(place, "bytes that are no text in the id of a user or item", item);
    if (unknown_ == UnknownItem::Drop && has_catalogue_)
      return drop_interaction(place, "an item that is not in the catalogue", item);
  }
  // Most files hold a user's rows one behind the other.
  int32_t user_number =
      last_user_ >= 0 && users_.keys()[static_cast<size_t>(last_user_)] == user ? last_user_ : users_.find(user);
  if (user_number < 0) {
    if (is_blank(user)) return drop_interaction(place, "an interaction without a user", {});
    if (is_bad_key(user)) return drop_interaction(place, "bytes that are no text in the id of a user or item", user);
    user_number = users_.add(user);
  }
  last_user_ = user_number;
  if (item_number < 0) item_number = new_item({std::string(item), std::string(item), {}}, false);
  ++set_.report.rows_read;
  if (time == no_time) ++set_.report.interactions_without_time;
  set_.interactions.add(user_number, item_number, rating, time, thousandths);
}

void Collector::add_interaction(const RowPlace& place, std::string_view user, RawItem item, double rating, int64_t time,
                                int thousandths) {
  const std::string key = item.key;
  const int32_t known = items_.find(key);
  if (!is_blank(user) && !is_blank(key) && !is_bad_key(user) && !is_bad_key(key) &&
      (known < 0 || !described_[static_cast<size_t>(known)])) {
    if (item.title.find_first_not_of(" \t\r\n") == std::string::npos) item.title = key;
    add_item(place, std::move(item), false);
    --set_.report.item_rows_read;
  }
  add_interaction(place, user, key, rating, time, thousandths);
}

void Collector::expect_rows(double rows) {
  constexpr double most = 1e9;
  const auto count = static_cast<size_t>(std::clamp(rows, 0.0, most));
  if (count <= set_.interactions.users.capacity()) return;
  set_.interactions.users.reserve(count);
  set_.interactions.items.reserve(count);
  set_.interactions.ratings.reserve(count);
  set_.interactions.times.reserve(count);
}

RawDataSet Collector::take(const TaskContext& context, const std::string& files) {
  ImportReport& report = set_.report;
  report.kept = static_cast<int64_t>(set_.interactions.size());
  if (report.kept == 0) {
    const auto dropped = std::find_if(report.remarks.begin(), report.remarks.end(),
                                      [](const Remark& r) { return r.kind == RemarkKind::Dropped; });
    throw Error(ErrorKind::BadFile,
                fmt::format("{}{}no interaction is left to import{}", files, files.empty() ? "" : ": ",
                            dropped == report.remarks.end()
                                ? "; the table is empty"
                                : fmt::format(": {} {} dropped, because: {}", report.rows_read,
                                              report.rows_read == 1 ? "was" : "were", remark_text(*dropped))));
  }
  if (!has_catalogue_) {
    add_remark(report, RemarkKind::Note, "", 0, "there is no file of items: an item's id stands for its title");
  } else if (const auto undescribed = std::count(described_.begin(), described_.end(), false); undescribed > 0) {
    const auto first = static_cast<size_t>(std::find(described_.begin(), described_.end(), false) - described_.begin());
    add_remark(report, RemarkKind::Mended, "", 0, "an item that no file of items has; its id stands for its title",
               set_.items[first].key);
    report.remarks.back().count = undescribed;
  }
  if (const auto& parts = set_.interactions.thousandths; !parts.empty()) {
    add_remark(report, RemarkKind::Note, "", 0,
               "times with a part of a second: it decides the order, and whole seconds are kept");
    report.remarks.back().count = std::ssize(parts) - std::count(parts.begin(), parts.end(), 0);
  }
  if (left_out_ > 0) {
    add_remark(report, RemarkKind::Note, "", 0, "items that no interaction has were left out");
    report.remarks.back().count = left_out_;
  }
  set_.users = std::move(users_).take();
  report.users = static_cast<int64_t>(set_.users.size());
  report.items = static_cast<int64_t>(set_.items.size());
  count_repeats_and_ties(set_.interactions, set_.users.size(), set_.items.size(), report, context);
  return std::move(set_);
}

void count_repeats_and_ties(const InteractionColumns& columns, size_t users, size_t items, ImportReport& report,
                            const TaskContext& context) {
  // Rows by user, by counting.
  std::vector<size_t> begin(users + 1);
  for (const int32_t user : columns.users) ++begin[static_cast<size_t>(user) + 1];
  for (size_t u = 0; u < users; ++u) begin[u + 1] += begin[u];
  std::vector<size_t> next(begin.begin(), begin.end() - 1);
  std::vector<uint32_t> rows(columns.size());
  for (size_t row = 0; row < columns.size(); ++row) {
    if (row % 65'536 == 0) context.check();
    rows[next[static_cast<size_t>(columns.users[row])]++] = static_cast<uint32_t>(row);
  }

  std::vector<int32_t> last_user_of(items, -1);
  using Values = std::tuple<int32_t, uint64_t, int64_t>;
  for (size_t u = 0; u < users; ++u) {
    if (u % 1024 == 0) context.check();
    int64_t repeats = 0, latest = no_time, at_latest = 0;
    for (size_t i = begin[u]; i < begin[u + 1]; ++i) {
      int32_t& last = last_user_of[static_cast<size_t>(columns.items[rows[i]])];
      repeats += last == static_cast<int32_t>(u) ? 1 : 0;
      last = static_cast<int32_t>(u);
      const int64_t time = columns.moment(rows[i]);
      if (time == no_time || time < latest) continue;
      at_latest = time == latest ? at_latest + 1 : 1;
      latest = time;
    }
    report.tied_users += at_latest > 1 ? 1 : 0;
    report.repeated_pairs += repeats;
    if (repeats == 0) continue;
    std::set<Values> seen;  // few users have any
    for (size_t i = begin[u]; i < begin[u + 1]; ++i) {
      const size_t row = rows[i];
      const bool fresh =
          seen.emplace(columns.items[row], std::bit_cast<uint64_t>(columns.ratings[row]), columns.moment(row)).second;
      report.exact_repeats += fresh ? 0 : 1;
    }
  }
}

}  // namespace prefscope
