// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/data/json_records.h"
#include "engine/data/preference_json.h"
#include "engine/data/prompts.h"

namespace prefscope {
namespace {

using nlohmann::json;

constexpr size_t most_candidates = 1000;  // each pair has a prompt that lists all of them

Role role_of_name(const std::string& name) {
  for (const char* part : {"eval", "val", "test"}) {
    if (name.find(part) != std::string::npos) return Role::HeldOut;
  }
  return Role::Train;
}

const std::string& text_of(const InputFile& file, size_t number, const json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end()) bad_record(file, number, fmt::format("expected the key \"{}\", found none", key));
  if (!found->is_string() || found->get_ref<const std::string&>().empty())
    bad_record(file, number, fmt::format("expected {} to be a text, found {}", key, found_text(*found)));
  return found->get_ref<const std::string&>();
}

std::vector<ItemText> items_of(const std::vector<std::string>& titles) {
  std::vector<ItemText> items;
  for (const std::string& title : titles) items.push_back({0, title, {}});
  return items;
}

std::vector<const ItemText*> pointers(const std::vector<ItemText>& items) {
  std::vector<const ItemText*> all;
  for (const ItemText& item : items) all.push_back(&item);
  return all;
}

std::vector<std::string> split_history(const std::string& joined) {
  std::vector<std::string> titles;
  for (size_t begin = 0; begin <= joined.size();) {
    const size_t end = std::min(joined.find("::", begin), joined.size());
    if (end > begin) titles.push_back(joined.substr(begin, end - begin));
    begin = end + 2;
  }
  return titles;
}

/// The pairs of a record with candidates.
std::vector<TextPair> candidate_pairs(const InputFile& file, size_t number, const json& record,
                                      const std::string& prompt_template, const TaskContext& context) {
  if (!record.is_object())
    bad_record(
        file, number,
        fmt::format("expected an object with historyList, itemList and trueSelection, found {}", found_text(record)));
  const std::vector<std::string> history = split_history(text_of(file, number, record, "historyList"));
  const std::string& chosen = text_of(file, number, record, "trueSelection");
  std::vector<std::string> candidates;
  const auto list = record.find("itemList");
  if (list == record.end() || !list->is_array() || list->size() < 2)
    bad_record(file, number,
               fmt::format("expected itemList to be a list of two texts or more, found {}",
                           list == record.end() ? "none" : found_text(*list)));
  if (list->size() > most_candidates)
    bad_record(file, number,
               fmt::format("expected itemList to hold at most {} candidates, found {}", most_candidates, list->size()));
  for (const json& title : *list) {
    if (!title.is_string()) bad_record(file, number, fmt::format("expected a title, found {}", found_text(title)));
    candidates.push_back(title.get<std::string>());
  }
  if (std::set<std::string>(candidates.begin(), candidates.end()).size() != candidates.size())
    bad_record(file, number, "expected different candidates, found one twice");
  if (std::find(candidates.begin(), candidates.end(), chosen) == candidates.end())
    bad_record(file, number, fmt::format("expected trueSelection among the candidates, found \"{}\"", chosen));
  const std::vector<ItemText> history_items = items_of(history), candidate_items = items_of(candidates);
  const std::string prompt = render_prompt(prompt_template, pointers(history_items), pointers(candidate_items));
  std::vector<TextPair> pairs;
  for (const std::string& other : candidates) {
    context.check();
    if (other != chosen) pairs.push_back({prompt, render_response({0, chosen, {}}), render_response({0, other, {}})});
  }
  return pairs;
}

std::vector<TextPair> yes_no_pair(const InputFile& file, size_t number, const json& record) {
  if (!record.is_object())
    bad_record(file, number,
               fmt::format("expected an object with instruction and output, found {}", found_text(record)));
  TextPair pair{text_of(file, number, record, "instruction"), text_of(file, number, record, "output"), std::nullopt};
  if (const auto input = record.find("input"); input != record.end() && input->is_string() && !input->empty())
    pair.prompt += "\n" + input->get<std::string>();
  const bool stop = pair.chosen.ends_with('.');
  const std::string answer = pair.chosen.substr(0, pair.chosen.size() - (stop ? 1 : 0));
  if (answer != "Yes" && answer != "No")
    bad_record(file, number,
               fmt::format("expected output to be \"Yes.\" or \"No.\", found \"{}\"", answer.substr(0, 60)));
  pair.rejected = std::string(answer == "Yes" ? "No" : "Yes") + (stop ? "." : "");
  return {pair};
}

/// Reads every record of all files with `pairs_of(file, number, record)`.
template <typename PairsOf>
RawDataSet read_examples_of(const std::string& format, const std::vector<InputFile>& files, std::optional<Role> role,
                            const TaskContext& context, const PairsOf& pairs_of) {
  RawDataSet set;
  set.format = format;
  for (const InputFile& file : files) {
    ProgressClock clock(context, "Reading " + file.name);
    clock.update(static_cast<double>(&file - files.data()) / static_cast<double>(files.size()));
    if (!looks_like_json(file)) {
      add_remark(set.report, RemarkKind::Note, file.name, 0, "the whole file: it is not JSON");
      continue;
    }
    const json records = read_records(file, set.report, context);
    std::set<std::string> seen;
    for (size_t i = 0; i < records.size(); ++i) {
      context.check();
      ++set.report.rows_read;
      std::vector<TextPair> pairs = pairs_of(file, i + 1, records[i]);
      if (!seen.insert(records[i].dump()).second) {
        add_remark(set.report, RemarkKind::Dropped, file.name, static_cast<int64_t>(i + 1),
                   "the same record was there before");
        continue;
      }
      ++set.report.kept;
      set.examples.push_back(
          {role.value_or(role_of_name(file.name)), fmt::format("{} record {}", file.name, i + 1), std::move(pairs)});
    }
    if (records.empty()) add_remark(set.report, RemarkKind::Note, file.name, 0, "no records in the file");
  }
  if (set.examples.empty()) throw Error(ErrorKind::BadFile, "no records to import");
  return set;
}

}  // namespace

RawDataSet read_candidate_records(const std::vector<InputFile>& files, std::optional<Role> role,
                                  const TaskContext& context) {
  const std::string prompt_template = load_prompt_template("listed");
  return read_examples_of("sdpo-json", files, role, context,
                          [&](const InputFile& file, size_t number, const json& record) {
                            return candidate_pairs(file, number, record, prompt_template, context);
                          });
}

RawDataSet read_yes_no_instructions(const std::vector<InputFile>& files, std::optional<Role> role,
                                    const TaskContext& context) {
  return read_examples_of("tallrec-json", files, role, context, yes_no_pair);
}

}  // namespace prefscope
