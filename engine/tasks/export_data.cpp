// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/export_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/data/interaction_columns.h"
#include "engine/data/item_index.h"
#include "engine/store/data_sets.h"
#include "engine/store/interaction_rows.h"
#include "engine/store/preparations.h"
#include "engine/store/views.h"
#include "engine/tasks/chosen_preparation.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A file that is written in pieces and takes its name when it is whole.
class NewFile {
 public:
  explicit NewFile(const fs::path& path) : path_(path), part_(path.string() + ".part"), out_(part_, std::ios::binary) {}
  ~NewFile() {
    std::error_code ignored;
    out_.close();
    if (!part_.empty()) fs::remove(part_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view text) { out_.write(text.data(), static_cast<std::streamsize>(text.size())); }
  fs::path finish() {
    out_.close();
    std::error_code code;
    if (out_) fs::rename(part_, path_, code);
    if (!out_ || code)
      throw Error(ErrorKind::Storage,
                  fmt::format("{}: cannot be written{}; check free space and the folder's permissions", path_.string(),
                              code ? ": " + code.message() : ""));
    part_.clear();
    return path_;
  }

 private:
  fs::path path_, part_;
  std::ofstream out_;
};

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    throw Error(ErrorKind::Storage,
                fmt::format("{}: {}; choose a folder you may write to", folder.string(), code.message()));
}

/// A field as RFC 4180 has it.
std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos &&
      (text.empty() || (text.front() != ' ' && text.back() != ' ')))
    return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + '"';
}

/// Without what ends a field or a line of a tab separated file.
std::string one_field(std::string text) {
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

/// One value of a token_seq.
std::string one_token(const std::string& text) {
  std::string token = one_field(text);
  std::replace(token.begin(), token.end(), ' ', '_');
  return token;
}

/// What is exported: the rows under the view, and all users and items of the set.
struct Selection {
  DataSet data_set;
  UserRows rows;
  std::vector<std::string> user_keys;   ///< [users]
  std::vector<ItemText> items;          ///< [item_count]
  std::vector<size_t> written;          ///< the items that are written: all, or under a view those with rows
  std::vector<std::string> attributes;  ///< names, in order of first appearance
};

Selection select(Workspace& workspace, const DataExportOptions& options, const TaskContext& context) {
  Selection s{find_data_set(workspace, options.data_set), {}, {}, {}, {}, {}};
  if (s.data_set.interactions == 0)
    throw Error(ErrorKind::BadInput, fmt::format("{}: this set holds preference examples alone; export them with "
                                                 "--format preference-json",
                                                 options.data_set));
  const auto steps =
      options.view.empty() ? std::vector<std::string>() : find_view(workspace, s.data_set.id, options.view).steps;
  s.rows = rows_under(workspace, s.data_set.id, steps, nullptr, context);
  s.items = read_item_texts(workspace, s.data_set.id);
  std::vector<bool> has_rows(s.items.size());
  for (const int32_t item : s.rows.items) has_rows[static_cast<size_t>(item)] = true;
  for (size_t i = 0; i < s.items.size(); ++i) {
    if (steps.empty() || has_rows[i]) s.written.push_back(i);
  }
  SQLite::Statement users(workspace.db(), "SELECT key FROM user WHERE data_set = ? ORDER BY id");
  users.bind(1, s.data_set.id);
  while (users.executeStep()) s.user_keys.push_back(users.getColumn(0).getString());
  for (const ItemText& item : s.items) {
    for (const auto& attribute : item.attributes) {
      if (std::find(s.attributes.begin(), s.attributes.end(), attribute.first) == s.attributes.end())
        s.attributes.push_back(attribute.first);
    }
  }
  return s;
}

/// The values of an item's attribute, written one by one and joined.
template <typename Write>
std::string joined(const ItemText& item, const std::string& name, const char* separator, Write write) {
  std::string text;
  for (const auto& attribute : item.attributes) {
    if (attribute.first == name) text += (text.empty() ? "" : separator) + write(attribute.second);
  }
  return text;
}

/// Writes a line for each row: line(user key, item, rating, time).
template <typename Line>
void write_rows(const Selection& s, NewFile& file, const TaskContext& context, Line line) {
  context.check();
  ProgressClock clock(context, "Writing interactions");
  std::string text;
  for (size_t u = 0; u < s.rows.users(); ++u) {
    for (auto row = static_cast<size_t>(s.rows.user_begin[u]); row < static_cast<size_t>(s.rows.user_begin[u + 1]);
         ++row) {
      line(text, s.user_keys[u], s.items[static_cast<size_t>(s.rows.items[row])], s.rows.ratings[row],
           s.rows.times[row]);
      if (text.size() < (1 << 20)) continue;
      file.write(text);
      text.clear();
      clock.update(static_cast<double>(row) / static_cast<double>(s.rows.size()));
    }
  }
  file.write(text);
}

std::vector<fs::path> write_csv(const Selection& s, const fs::path& folder, const TaskContext& context) {
  NewFile rows(folder / "interactions.csv");
  const bool rated = s.data_set.has_ratings;
  rows.write(rated ? "user,item,time,rating\n" : "user,item,time\n");
  write_rows(s, rows, context,
             [&](std::string& out, const std::string& user, const ItemText& item, double rating, int64_t time) {
               out += csv(user) + ',' + csv(item.key) + ',';
               if (time != no_time) fmt::format_to(std::back_inserter(out), "{}", time);
               if (rated) out += ',';
               if (rated && !std::isnan(rating)) fmt::format_to(std::back_inserter(out), "{}", rating);
               out += '\n';
             });
  NewFile items(folder / "items.csv");
  std::string text = "id,title";
  for (const std::string& name : s.attributes) text += ',' + csv(name);
  text += '\n';
  for (const size_t place : s.written) {
    const ItemText& item = s.items[place];
    text += csv(item.key) + ',' + csv(item.title);
    for (const std::string& name : s.attributes)
      text += ',' + csv(joined(item, name, "|", [](const std::string& value) { return value; }));
    text += '\n';
  }
  items.write(text);
  return {rows.finish(), items.finish()};
}

/// What attributes are called beside names that are taken: "title" becomes "title_attribute".
std::map<std::string, std::string> names_beside(const std::set<std::string>& taken, const Selection& s) {
  std::map<std::string, std::string> names;
  for (const std::string& attribute : s.attributes) {
    std::string name = attribute;
    while (taken.contains(name) ||
           (name != attribute && std::find(s.attributes.begin(), s.attributes.end(), name) != s.attributes.end()))
      name += "_attribute";
    names[attribute] = name;
  }
  return names;
}

std::vector<fs::path> write_json_lines(const Selection& s, const fs::path& folder, const TaskContext& context) {
  NewFile rows(folder / "interactions.jsonl");
  write_rows(s, rows, context,
             [](std::string& out, const std::string& user, const ItemText& item, double rating, int64_t time) {
               ordered_json line = {{"user", user}, {"item", item.key}};
               if (!std::isnan(rating)) line["rating"] = rating;
               if (time != no_time) line["time"] = time;
               out += line.dump() + '\n';
             });
  NewFile items(folder / "items.jsonl");
  const std::map<std::string, std::string> keys = names_beside({"item", "title"}, s);
  std::string text;
  for (const size_t place : s.written) {
    const ItemText& item = s.items[place];
    ordered_json line = {{"item", item.key}, {"title", item.title}};
    for (const auto& [name, value] : item.attributes) line[keys.at(name)].push_back(value);
    text += line.dump() + '\n';
  }
  items.write(text);
  return {rows.finish(), items.finish()};
}

std::vector<fs::path> write_recbole(const Selection& s, const fs::path& folder, const TaskContext& context) {
  const std::string name = folder.filename().string();  // RecBole looks for files named as their folder
  NewFile rows(folder / (name + ".inter"));
  const bool rated = s.data_set.has_ratings;
  const bool timed =
      std::any_of(s.rows.times.begin(), s.rows.times.end(), [](int64_t time) { return time != no_time; });
  rows.write(fmt::format("user_id:token\titem_id:token{}{}\n", rated ? "\trating:float" : "",
                         timed ? "\ttimestamp:float" : ""));
  write_rows(s, rows, context,
             [&](std::string& out, const std::string& user, const ItemText& item, double rating, int64_t time) {
               out += one_field(user) + '\t' + one_field(item.key);
               if (rated) out += std::isnan(rating) ? "\t" : fmt::format("\t{}", rating);
               if (timed) out += time == no_time ? "\t" : fmt::format("\t{}", time);
               out += '\n';
             });
  NewFile items(folder / (name + ".item"));
  std::string text = "item_id:token\ttitle:token_seq";
  const std::map<std::string, std::string> names = names_beside({"item_id", "user_id", "entity_id", "title"}, s);
  for (const std::string& attribute : s.attributes) text += '\t' + one_token(names.at(attribute)) + ":token_seq";
  text += '\n';
  for (const size_t place : s.written) {
    const ItemText& item = s.items[place];
    text += one_field(item.key) + '\t' + one_field(item.title);
    for (const std::string& attribute : s.attributes) text += '\t' + joined(item, attribute, " ", one_token);
    text += '\n';
  }
  items.write(text);
  NewFile users(folder / (name + ".user"));
  text = "user_id:token\n";
  for (size_t u = 0; u < s.rows.users(); ++u) {
    if (s.rows.user_begin[u + 1] > s.rows.user_begin[u]) text += one_field(s.user_keys[u]) + '\n';
  }
  users.write(text);
  return {rows.finish(), items.finish(), users.finish()};
}

std::string marked(const std::string& title) {
  return "<Title:" + title + ">";
}

/// A record for each negative: both titles in the question, in an order by turns, so that the place says nothing.
void add_records(const Example& e, const ItemIndex& items, ordered_json& records) {
  for (const TextPair& pair : e.pairs) {
    ordered_json output = pair.rejected ? ordered_json{pair.chosen, *pair.rejected} : ordered_json(pair.chosen);
    records.push_back({{"instruction", pair.prompt}, {"input", ""}, {"output", output}});
  }
  if (!e.pairs.empty()) return;
  std::string history;
  for (const ItemText* item : items.all(e.history)) history += (history.empty() ? "" : "  ") + marked(item->title);
  const std::string chosen = marked(items.at(e.target)->title);
  for (size_t n = 0; n < e.negatives.size(); ++n) {
    const std::string rejected = marked(items.at(e.negatives[n])->title);
    const bool first = (static_cast<size_t>(e.position) + n) % 2 == 0;
    records.push_back(
        {{"instruction",
          fmt::format("Here is the user's history of items they have chosen:  {} . Rank the likelihood of "
                      "the user choosing the two items  {}  and  {} .",
                      history, first ? chosen : rejected, first ? rejected : chosen)},
         {"input", ""},
         {"output", {fmt::format(" {} ,  {} ", chosen, rejected), fmt::format(" {} ,  {} ", rejected, chosen)}}});
  }
}

DataExportResult write_preferences(Workspace& workspace, const DataExportOptions& o, const TaskContext& context) {
  const std::string format = find_data_set(workspace, o.data_set).format;
  if (format == "sdpo-json" || format == "tallrec-json")
    throw Error(
        ErrorKind::BadInput,
        fmt::format("{}: expected a set whose examples can be written as the paper's records, found records of {}; "
                    "its own file is in the form that other programs read",
                    o.data_set, format));
  const Preparation p = chosen_preparation(workspace, o.data_set, o.preparation);
  const ItemIndex items(read_item_texts(workspace, p.data_set));
  make_folder(o.out);
  DataExportResult result;
  const auto write = [&](Role role, const char* name) {
    ordered_json records = ordered_json::array();
    for (const Example& e : read_examples(workspace, p.id, role)) {
      context.check();
      add_records(e, items, records);
      ++result.examples;
    }
    if (records.empty()) return;
    NewFile file(o.out / name);
    file.write(records.dump());
    result.files.push_back(file.finish());
  };
  write(Role::Train, "train.json");
  write(Role::HeldOut, "eval.json");
  return result;
}

}  // namespace

const std::vector<std::string>& data_export_formats() {
  static const std::vector<std::string> names = {"csv", "json-lines", "recbole", "preference-json"};
  return names;
}

DataExportResult export_data(const DataExportOptions& o, const TaskContext& context) {
  const auto& formats = data_export_formats();
  if (std::find(formats.begin(), formats.end(), o.format) == formats.end())
    throw Error(ErrorKind::BadInput,
                fmt::format("--format {}: expected csv, json-lines, recbole or preference-json", o.format));
  if (o.out.empty() || !fs::absolute(o.out).lexically_normal().has_filename())
    throw Error(ErrorKind::BadInput, "--out: expected the name of a folder");
  Workspace workspace(o.workspace);
  if (o.format == "preference-json") return write_preferences(workspace, o, context);
  const Selection s = select(workspace, o, context);
  context.check();
  make_folder(o.out);
  DataExportResult result;
  result.interactions = static_cast<int64_t>(s.rows.size());
  result.items = std::ssize(s.written);
  const fs::path folder = fs::absolute(o.out).lexically_normal();
  result.files = o.format == "csv"          ? write_csv(s, folder, context)
                 : o.format == "json-lines" ? write_json_lines(s, folder, context)
                                            : write_recbole(s, folder, context);
  return result;
}

}  // namespace prefscope
