// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/data/raw_data_set.h"

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

[[noreturn]] void bad(const InputFile& file, size_t record, const std::string& what) {
  throw Error(ErrorKind::BadFile, fmt::format("{} record {}: {}; nothing was imported", file.name, record, what));
}

TextPair read_record(const InputFile& file, size_t number, const json& record) {
  if (!record.is_object())
    bad(file, number, fmt::format("expected an object with instruction and output, found {}", record.type_name()));
  for (const char* key : {"instruction", "output"}) {
    if (!record.contains(key)) bad(file, number, fmt::format("expected the key \"{}\"", key));
  }
  const json& output = record["output"];
  if (!record["instruction"].is_string() || record["instruction"].get_ref<const std::string&>().empty())
    bad(file, number, "expected instruction to be text");
  TextPair pair{record["instruction"].get<std::string>(), "", std::nullopt};
  if (record.contains("input") && record["input"].is_string() &&
      !record["input"].get_ref<const std::string&>().empty()) {
    pair.prompt += "\n" + record["input"].get<std::string>();
  }
  if (output.is_string()) {
    pair.chosen = output.get<std::string>();
  } else if (output.is_array() && output.size() == 2 && output[0].is_string() && output[1].is_string()) {
    pair.chosen = output[0].get<std::string>();
    pair.rejected = output[1].get<std::string>();
  } else {
    bad(file, number, "expected output to be a text or [chosen, rejected]");
  }
  if (pair.chosen.empty() || (pair.rejected && pair.rejected->empty()))
    bad(file, number, "expected responses that are not empty");
  if (pair.rejected && *pair.rejected == pair.chosen) bad(file, number, "chosen and rejected are the same text");
  return pair;
}

json parse_records(const InputFile& file) {
  size_t records = 0;
  const auto count = [&records](int depth, json::parse_event_t event, json&) {
    if (depth == 1 && event == json::parse_event_t::object_end) ++records;
    return true;
  };
  try {
    json root = json::parse(file.content, count);
    if (!root.is_array())
      throw Error(ErrorKind::BadFile,
                  fmt::format("{}: expected a list of records, found {}", file.name, root.type_name()));
    return root;
  } catch (const json::exception& e) {
    // The library's words hold the byte; its leading code is of no use to a person.
    const std::string words = e.what();
    bad(file, records + 1,
        fmt::format("the JSON is damaged: {}",
                    words.substr(words.find("] ") == std::string::npos ? 0 : words.find("] ") + 2)));
  }
}

}  // namespace

RawDataSet read_preference_json(const std::vector<InputFile>& files, const TaskContext& context) {
  RawDataSet set;
  set.format = "dmpo-json";
  for (const InputFile& file : files) {
    const json records = parse_records(file);
    const Role role = file.name.find("eval") != std::string::npos ? Role::HeldOut : Role::Train;
    ProgressClock clock(context, "Reading " + file.name);
    std::string previous;
    for (size_t i = 0; i < records.size(); ++i) {
      clock.update(static_cast<double>(i) / static_cast<double>(records.size()));
      TextPair pair = read_record(file, i + 1, records[i]);
      const size_t history_end = pair.prompt.rfind(ask);
      if (history_end == std::string::npos)
        bad(file, i + 1, fmt::format("expected a prompt that asks \"{} ...\"", ask));
      // Records without a rejected response (SFT, some evaluation files) are examples of their own.
      const std::string key = pair.rejected ? pair.prompt.substr(0, history_end) + '\0' + first_title(pair.chosen) : "";
      if (!key.empty() && key == previous) {
        set.examples.back().pairs.push_back(std::move(pair));
      } else {
        set.examples.push_back({role, fmt::format("{} record {}", file.name, i + 1), {std::move(pair)}});
      }
      previous = key;
    }
    if (records.empty()) set.dropped.push_back({file.name, 0, "no records in the file"});
  }
  if (set.examples.empty()) throw Error(ErrorKind::BadFile, "no records to import");
  return set;
}

}  // namespace prefscope
