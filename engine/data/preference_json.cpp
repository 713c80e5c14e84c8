// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/data/raw_data_set.h"
#include "engine/base/utf8.h"

namespace prefscope {
namespace {

using nlohmann::json;

constexpr const char* ask = "Rank the likelihood";  // where the history ends and the question begins
constexpr size_t max_bytes = size_t{256} << 20;     // of a file: the parsed records take some times as much memory
constexpr int max_depth = 8;                        // records need 3

/// The positive: the first <Title:...> of a response.
std::string first_title(const std::string& response) {
  const size_t begin = response.find("<Title:"), comma = response.find(" ,");
  if (begin == std::string::npos) return response;
  const size_t end = comma != std::string::npos && comma > begin ? comma : response.size();
  return response.substr(begin, end - begin);
}

[[noreturn]] void bad(const InputFile& file, size_t record, const std::string& what) {
  throw Error(ErrorKind::BadFile,
              fmt::format("{} record {}: {}; mend the record, nothing was imported", file.name, record, what));
}

/// What was found in the place of something else.
std::string found(const json& value) {
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? "an empty text" : "a text";
  return value.is_object() ? "an object" : value.is_null() ? "null" : value.dump();
}

bool is_full(const json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty();
}

TextPair read_record(const InputFile& file, size_t number, const json& record) {
  if (!record.is_object())
    bad(file, number, fmt::format("expected an object with instruction and output, found {}", found(record)));
  for (const char* key : {"instruction", "output"}) {
    if (!record.contains(key)) bad(file, number, fmt::format("expected the key \"{}\", found none", key));
  }
  const json &instruction = record["instruction"], &output = record["output"];
  if (!is_full(instruction))
    bad(file, number, fmt::format("expected instruction to be a text, found {}", found(instruction)));
  TextPair pair{instruction.get<std::string>(), "", std::nullopt};
  if (record.contains("input") && !record["input"].is_null()) {
    if (!record["input"].is_string())
      bad(file, number, fmt::format("expected input to be a text, found {}", found(record["input"])));
    if (const auto& input = record["input"].get_ref<const std::string&>(); !input.empty()) pair.prompt += "\n" + input;
  }
  if (is_full(output)) {
    pair.chosen = output.get<std::string>();
    return pair;
  }
  if (!output.is_array() || output.size() != 2)
    bad(file, number, fmt::format("expected output to be a text or [chosen, rejected], found {}", found(output)));
  for (const json& response : output) {
    if (!is_full(response))
      bad(file, number, fmt::format("expected chosen and rejected to be texts, found {}", found(response)));
  }
  pair.chosen = output[0].get<std::string>();
  pair.rejected = output[1].get<std::string>();
  if (*pair.rejected == pair.chosen) bad(file, number, "expected two responses, found the same text twice");
  return pair;
}

json parse_records(const InputFile& file, const TaskContext& context) {
  if (file.content.size() > max_bytes)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected at most {} MiB of JSON, found {}; split the file",
                                                file.name, max_bytes >> 20, file.content.size() >> 20));
  size_t records = 0, events = 0;
  const auto follow = [&](int depth, json::parse_event_t event, json&) {
    if (++events % 4096 == 0) context.check();
    if (depth > max_depth) bad(file, records + 1, fmt::format("nested more than {} deep", max_depth));
    const bool ends = event == json::parse_event_t::object_end || event == json::parse_event_t::array_end ||
                      event == json::parse_event_t::value;
    if (depth == 1 && ends) ++records;
    return true;
  };
  try {
    json root = json::parse(file.content, follow);
    if (!root.is_array())
      throw Error(ErrorKind::BadFile, fmt::format("{}: expected a list of records, found {}; nothing was imported",
                                                  file.name, found(root)));
    return root;
  } catch (const json::exception& e) {
    // The library's words hold the place; its leading code and all that it read last (which may be a whole record) are
    // of no use to a person.
    std::string words = lossy_utf8(e.what());
    words.resize(std::min(words.size(), words.find("; last read")));
    const size_t code_end = words.find("] ");
    bad(file, records + 1,
        fmt::format("the JSON is damaged: {}", code_end == std::string::npos ? words : words.substr(code_end + 2)));
  }
}

bool same(const TextPair& a, const TextPair& b) {
  return a.prompt == b.prompt && a.chosen == b.chosen && a.rejected == b.rejected;
}

}  // namespace

RawDataSet read_preference_json(const std::vector<InputFile>& files, std::optional<Role> role,
                                const TaskContext& context) {
  RawDataSet set;
  set.format = "dmpo-json";
  size_t bytes = 0, bytes_read = 0;
  for (const InputFile& file : files) bytes += file.content.size();
  for (const InputFile& file : files) {
    ProgressClock clock(context, "Reading " + file.name);
    clock.update(static_cast<double>(bytes_read) / static_cast<double>(bytes + 1));
    bytes_read += file.content.size();
    if (!looks_like_json(file)) {
      set.dropped.push_back({file.name, 0, "the whole file: it is not JSON"});
      continue;
    }
    const json records = parse_records(file, context);
    const Role own = file.name.find("eval") != std::string::npos ? Role::HeldOut : Role::Train;
    std::string previous;
    for (size_t i = 0; i < records.size(); ++i) {
      context.check();
      TextPair pair = read_record(file, i + 1, records[i]);
      const size_t history_end = pair.prompt.rfind(ask);
      if (history_end == std::string::npos)
        bad(file, i + 1, fmt::format("expected a prompt that holds a history and then \"{} ...\", found none", ask));
      // Records without a rejected response (SFT, some evaluation files) are examples of their own.
      const std::string key = pair.rejected ? pair.prompt.substr(0, history_end) + '\0' + first_title(pair.chosen) : "";
      if (key.empty() || key != previous) {
        set.examples.push_back({role.value_or(own), fmt::format("{} record {}", file.name, i + 1), {std::move(pair)}});
      } else if (auto& pairs = set.examples.back().pairs;
                 std::any_of(pairs.begin(), pairs.end(), [&](const TextPair& p) { return same(p, pair); })) {
        set.dropped.push_back({file.name, static_cast<int64_t>(i + 1), "the same pair was there before"});
      } else {
        pairs.push_back(std::move(pair));
      }
      previous = key;
    }
    if (records.empty()) set.dropped.push_back({file.name, 0, "no records in the file"});
  }
  if (set.examples.empty()) throw Error(ErrorKind::BadFile, "no records to import");
  return set;
}

}  // namespace prefscope
