// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/combine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/files.h"
#include "engine/store/close_behind.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/preparations.h"
#include "engine/tasks/save_data_set.h"

namespace prefscope {
namespace {

constexpr const char* combined_format = "combined";

std::vector<DataSet> sets_to_join(Workspace& workspace, const CombineOptions& o) {
  const auto fail = [](const std::string& message) { throw Error(ErrorKind::BadInput, message); };
  if (o.data_sets.size() < 2)
    fail(fmt::format("combine: expected two data sets or more, found {}", o.data_sets.size()));
  if (o.name.empty()) fail("--name: expected a name for the new data set, found none");
  std::vector<DataSet> sets;
  for (const std::string& name : o.data_sets) {
    sets.push_back(find_data_set(workspace, name));
    const DataSet& set = sets.back();
    if (set.interactions == 0)
      fail(fmt::format("{}: this set holds preference examples alone; sets of interactions can be combined", name));
    if (set.has_ratings != sets.front().has_ratings)
      fail(fmt::format(
          "{} has {} and {} has {}: what is a positive could not be told the same way; combine sets that "
          "all have ratings, or none",
          sets.front().name, sets.front().has_ratings ? "ratings" : "none", name, set.has_ratings ? "some" : "none"));
    for (size_t i = 0; i + 1 < sets.size(); ++i) {
      const std::string a = sets[i].name + "/", b = name + "/";
      if (a == b) fail(fmt::format("combine: expected different data sets, found {} twice", name));
      if (a.starts_with(b) || b.starts_with(a))
        fail(
            fmt::format("{} and {}: keys that begin with these names could not be told apart; import one of them "
                        "under another name",
                        sets[i].name, name));
    }
  }
  return sets;
}

/// "ratings 0.5 to 5": scales that differ are worth a word, as one threshold holds for all.
std::string ratings_text(const UserRows& rows) {
  double least = INFINITY, most = -INFINITY;
  for (const double rating : rows.ratings) {
    if (std::isnan(rating)) continue;
    least = std::min(least, rating);
    most = std::max(most, rating);
  }
  return least > most ? "no ratings" : fmt::format("ratings {} to {}", least, most);
}

void add_items(Workspace& workspace, const DataSet& set, RawDataSet& joined) {
  for (ItemText& item : read_item_texts(workspace, set.id)) {
    const bool has_domain = std::any_of(item.attributes.begin(), item.attributes.end(),
                                        [](const auto& attribute) { return attribute.first == domain_attribute; });
    if (set.format != combined_format || !has_domain) item.attributes.emplace_back(domain_attribute, set.name);
    joined.items.push_back({set.name + "/" + item.key, std::move(item.title), std::move(item.attributes)});
  }
}

void add_users(Workspace& workspace, const DataSet& set, RawDataSet& joined) {
  SQLite::Statement users(workspace.db(), "SELECT key FROM user WHERE data_set = ? ORDER BY id");
  users.bind(1, set.id);
  while (users.executeStep()) joined.users.push_back(set.name + "/" + users.getColumn(0).getString());
}

/// What the set was made of, or itself.
void add_parts(const DataSet& set, const std::string& kept, ImportReport& joined) {
  const ImportReport report = kept.empty() ? ImportReport{} : read_report(kept);
  for (JoinedPart part : report.parts) {
    part.name = set.name + "/" + part.name;
    joined.parts.push_back(std::move(part));
  }
  if (report.parts.empty())
    joined.parts.push_back({set.name, set.content_hash, set.users, set.items, set.interactions});
  joined.repeated_pairs += report.repeated_pairs;
  joined.exact_repeats += report.exact_repeats;
  joined.tied_users += report.tied_users;
  joined.interactions_without_time += report.interactions_without_time;
}

CombineResult combined(const CombineOptions& options, const TaskContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const std::shared_ptr<Workspace> opened = open_to_write_much(options.workspace);
  Workspace& workspace = *opened;
  check_new_name(workspace, options.name);
  const std::vector<DataSet> sets = sets_to_join(workspace, options);
  RawDataSet joined;
  joined.format = combined_format;
  std::string hashes = combined_format, source;
  for (size_t i = 0; i < sets.size(); ++i) {
    const DataSet& set = sets[i];
    const auto place = [&](size_t n) { return 0.5 * static_cast<double>(n) / static_cast<double>(sets.size()); };
    const TaskContext part = part_of(context, place(i), place(i + 1), start);
    const auto first_user = static_cast<int32_t>(joined.users.size());
    const auto first_item = static_cast<int32_t>(joined.items.size());
    const UserRows rows = read_user_rows(workspace, set.id, part);
    for (size_t u = 0; u < rows.users(); ++u) {
      if (u % 1024 == 0) context.check();
      for (auto row = static_cast<size_t>(rows.user_begin[u]); row < static_cast<size_t>(rows.user_begin[u + 1]); ++row)
        joined.interactions.add(first_user + static_cast<int32_t>(u), first_item + rows.items[row], rows.ratings[row],
                                rows.times[row]);
    }
    add_users(workspace, set, joined);
    add_items(workspace, set, joined);
    add_parts(set, report_json(workspace, set.id), joined.report);
    add_remark(joined.report, RemarkKind::Note, set.name, 0,
               fmt::format("joined as a whole: {} users, {} items, {} interactions, {}", set.users, set.items,
                           set.interactions, ratings_text(rows)));
    hashes += fmt::format("\n{} {}", set.content_hash, set.name);
    source += (source.empty() ? "" : ", ") + set.name;
  }
  joined.report.rows_read = joined.report.kept = static_cast<int64_t>(joined.interactions.size());
  joined.report.item_rows_read = joined.report.items = std::ssize(joined.items);
  joined.report.users = std::ssize(joined.users);

  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  check_new_name(workspace, options.name);  // another import may have taken it meanwhile
  save_data_set(workspace, {options.name, source, sha256(hashes), ""}, joined, part_of(context, 0.5, 0.95, start));
  context.check();
  transaction.commit();
  context.report({"Combined", 1, 0, ""});
  return {find_data_set(workspace, options.name), joined.report,
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

}  // namespace

CombineResult combine(const CombineOptions& options, const TaskContext& context) {
  try {
    return combined(options, context);
  } catch (const SQLite::Exception& e) {
    throw Error(ErrorKind::Storage, fmt::format("{}: {}; nothing was combined; check free space and whether another "
                                                "program holds the workspace",
                                                (options.workspace / "workspace.db").string(), e.what()));
  }
}

}  // namespace prefscope
