// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/preference_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/data/json_records.h"

namespace prefscope {
namespace {

using nlohmann::json;

constexpr const char* ask = "Rank the likelihood";  // where the history ends and the question begins

/// The positive: the first <Title:...> of a response.
std::string first_title(const std::string& response) {
  const size_t begin = response.find("<Title:"), comma = response.find(" ,");
  if (begin == std::string::npos) return response;
  const size_t end = comma != std::string::npos && comma > begin ? comma : response.size();
  return response.substr(begin, end - begin);
}

bool is_full(const json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty();
}

TextPair read_record(const InputFile& file, size_t number, const json& record) {
  if (!record.is_object())
    bad_record(file, number,
               fmt::format("expected an object with instruction and output, found {}", found_text(record)));
  for (const char* key : {"instruction", "output"}) {
    if (!record.contains(key)) bad_record(file, number, fmt::format("expected the key \"{}\", found none", key));
  }
  const json &instruction = record["instruction"], &output = record["output"];
  if (!is_full(instruction))
    bad_record(file, number, fmt::format("expected instruction to be a text, found {}", found_text(instruction)));
  TextPair pair{instruction.get<std::string>(), "", std::nullopt};
  if (record.contains("input") && !record["input"].is_null()) {
    if (!record["input"].is_string())
      bad_record(file, number, fmt::format("expected input to be a text, found {}", found_text(record["input"])));
    if (const auto& input = record["input"].get_ref<const std::string&>(); !input.empty()) pair.prompt += "\n" + input;
  }
  if (is_full(output)) {
    pair.chosen = output.get<std::string>();
    return pair;
  }
  if (!output.is_array() || output.size() != 2)
    bad_record(file, number,
               fmt::format("expected output to be a text or [chosen, rejected], found {}", found_text(output)));
  for (const json& response : output) {
    if (!is_full(response))
      bad_record(file, number, fmt::format("expected chosen and rejected to be texts, found {}", found_text(response)));
  }
  pair.chosen = output[0].get<std::string>();
  pair.rejected = output[1].get<std::string>();
  if (*pair.rejected == pair.chosen) bad_record(file, number, "expected two responses, found the same text twice");
  return pair;
}

bool same(const TextPair& a, const TextPair& b) {
  return a.prompt == b.prompt && a.chosen == b.chosen && a.rejected == b.rejected;
}

}  // namespace

RawDataSet read_preference_json(const std::vector<InputFile>& files, std::optional<Role> role,
                                const TaskContext& context) {
  RawDataSet set;
  set.format = "dmpo-json";
  const auto share = [&](const InputFile& file) {
    return static_cast<double>(&file - files.data()) / static_cast<double>(files.size());
  };
  for (const InputFile& file : files) {
    ProgressClock clock(context, "Reading " + file.name);
    clock.update(share(file));
    if (!looks_like_json(file)) {
      add_remark(set.report, RemarkKind::Note, file.name, 0, "the whole file: it is not JSON");
      continue;
    }
    const json records = read_records(file, set.report, context);
    const Role own = file.name.find("eval") != std::string::npos ? Role::HeldOut : Role::Train;
    std::string previous;
    for (size_t i = 0; i < records.size(); ++i) {
      context.check();
      ++set.report.rows_read;
      ++set.report.kept;
      TextPair pair = read_record(file, i + 1, records[i]);
      const size_t history_end = pair.prompt.rfind(ask);
      if (history_end == std::string::npos)
        bad_record(file, i + 1,
                   fmt::format("expected a prompt that holds a history and then \"{} ...\", found none", ask));
      // Records without a rejected response (SFT, some evaluation files) are examples of their own.
      const std::string key = pair.rejected ? pair.prompt.substr(0, history_end) + '\0' + first_title(pair.chosen) : "";
      if (key.empty() || key != previous) {
        set.examples.push_back({role.value_or(own), fmt::format("{} record {}", file.name, i + 1), {std::move(pair)}});
      } else if (auto& pairs = set.examples.back().pairs;
                 std::any_of(pairs.begin(), pairs.end(), [&](const TextPair& p) { return same(p, pair); })) {
        add_remark(set.report, RemarkKind::Dropped, file.name, static_cast<int64_t>(i + 1),
                   "the same pair was there before");
        --set.report.kept;
      } else {
        pairs.push_back(std::move(pair));
      }
      previous = key;
    }
    if (records.empty()) add_remark(set.report, RemarkKind::Note, file.name, 0, "no records in the file");
  }
  if (set.examples.empty()) {
    std::string names;
    for (const InputFile& file : files) names += (names.empty() ? "" : ", ") + file.name;
    throw Error(ErrorKind::BadFile, names + ": no records to import");
  }
  return set;
}

}  // namespace prefscope
