// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_json.h"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/explain/case_fields.h"
#include "engine/explain/case_text.h"

// What there are many of (the marks of a plane) is a row without names.

namespace prefscope {
namespace {

using Json = nlohmann::json;

constexpr const char* format_name = "prefscope-cases";
constexpr int format_version = 4;  // 1 to 3, which had less, are read too
// Nats. Beyond it no log-prob lies, and drawings would have no ticks.
constexpr double largest_number = 1e9;
constexpr size_t most_values = 8'000'000;  // of one file, names included; a nested one is refused by its depth
constexpr int deepest = 16;

template <typename T>
constexpr bool is_row = std::same_as<T, MarginPoint> || std::same_as<T, Margin>;
template <typename T>
constexpr bool is_vector = false;
template <typename T>
constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
constexpr bool is_optional = false;
template <typename T>
constexpr bool is_optional<std::optional<T>> = true;

/// Where in the file something stands; becomes text only where it is wrong.
struct Place {
  const Place* in = nullptr;
  const char* name = nullptr;  // null: the index says
  size_t index = 0;

  std::string text() const {
    const std::string before = in ? in->text() : "";
    if (!name) return fmt::format("{}[{}]", before, index);
    return before.empty() ? name : before + "." + name;
  }
};

template <typename T>
Json written(const T& value, const Place& place) {
  if constexpr (std::same_as<T, double>) {
    if (!(std::abs(value) <= largest_number))
      throw Error(ErrorKind::BadInput,
                  fmt::format("{}: expected a number within ±{:g}, found {}; such a case cannot be kept", place.text(),
                              largest_number, value));
    return value;
  } else if constexpr (std::same_as<T, Role>) {
    return role_name(value);
  } else if constexpr (std::same_as<T, Attribute>) {
    return Json::array({value.first, value.second});
  } else if constexpr (is_optional<T>) {
    return value ? written(*value, place) : Json();
  } else if constexpr (is_vector<T>) {
    Json list = Json::array();
    for (size_t i = 0; i < value.size(); ++i) list.push_back(written(value[i], {&place, nullptr, i}));
    return list;
  } else if constexpr (std::is_class_v<T> && !std::same_as<T, std::string>) {
    Json all = is_row<T> ? Json::array() : Json::object();
    fields(value, [&](const char* name, const auto& member) {
      Json inner = written(member, {&place, name, 0});
      if constexpr (is_row<T>) {
        all.push_back(std::move(inner));
      } else {
        all[name] = std::move(inner);
      }
    });
    return all;
  } else {
    return value;
  }
}

std::string described(const Json& found) {
  switch (found.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return fmt::format("a list of {}", found.size());
    case Json::value_t::string: {
      const auto& text = found.get_ref<const std::string&>();
      size_t end = std::min<size_t>(text.size(), 40);
      while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
      return fmt::format("the text \"{}\"{}", text.substr(0, end), end < text.size() ? " and more" : "");
    }
    default:
      return found.dump();
  }
}

/// Makes an older version one of today; what is not as it should be is left for the reader to refuse.
void add_what_came_later(Json& all, uint64_t version) {
  if (!all.contains("cases") || !all["cases"].is_array()) return;
  for (Json& kept : all["cases"]) {
    if (!kept.is_object() || !kept.contains("report") || !kept["report"].is_object()) continue;
    kept["report"]["by_effect"] = false;
    if (version == 3) continue;
    if (version == 1) kept["report"]["beside"] = Json::array();
    kept["report"]["evidence_item"] = 0;  // the evidence was of the target alone
    kept["report"]["changes"] = Json();
  }
}

/// Reads one file; `name` is what messages call it.
class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  [[noreturn]] void refuse(const Place& place, const std::string& expected, const std::string& found) const {
    const std::string where = place.text();
    throw Error(ErrorKind::BadFile, fmt::format("{}: {}{}expected {}, found {}; export the case again", name_, where,
                                                where.empty() ? "" : ": ", expected, found));
  }

  template <typename T>
  void read(const Json& from, T& value, const Place& place) const {
    if constexpr (std::same_as<T, bool>) {
      if (!from.is_boolean()) refuse(place, "true or false", described(from));
      value = from.get<bool>();
    } else if constexpr (std::integral<T>) {
      read_whole(from, value, place);
    } else if constexpr (std::same_as<T, double>) {
      if (!from.is_number() || !(std::abs(from.get<double>()) <= largest_number))
        refuse(place, fmt::format("a number within ±{:g}", largest_number), described(from));
      value = from.get<double>();
    } else if constexpr (std::same_as<T, std::string>) {
      if (!from.is_string()) refuse(place, "a text", described(from));
      value = from.get<std::string>();
    } else if constexpr (std::same_as<T, Role>) {
      for (const Role role : {Role::Train, Role::Panel, Role::HeldOut}) {
        if (from.is_string() && from.get_ref<const std::string&>() == role_name(role)) {
          value = role;
          return;
        }
      }
      refuse(place, "train, panel or held_out", described(from));
    } else if constexpr (std::same_as<T, Attribute>) {
      if (!from.is_array() || from.size() != 2) refuse(place, "a list of a name and a value", described(from));
      read(from[0], value.first, {&place, nullptr, 0});
      read(from[1], value.second, {&place, nullptr, 1});
    } else if constexpr (is_optional<T>) {
      if (from.is_null()) return value.reset();
      read(from, value.emplace(), place);
    } else if constexpr (is_vector<T>) {
      if (!from.is_array()) refuse(place, "a list", described(from));
      value.resize(from.size());
      for (size_t i = 0; i < value.size(); ++i) read(from[i], value[i], {&place, nullptr, i});
    } else if constexpr (is_row<T>) {
      size_t count = 0, at = 0;
      fields(value, [&](const char*, auto&) { ++count; });
      if (!from.is_array() || from.size() != count) refuse(place, fmt::format("a list of {}", count), described(from));
      fields(value, [&](const char* name, auto& member) { read(from[at++], member, {&place, name, 0}); });
    } else {
      if (!from.is_object()) refuse(place, "an object", described(from));
      fields(value, [&](const char* name, auto& member) {
        const Place inner{&place, name, 0};
        const auto found = from.find(name);
        if (found == from.end()) refuse(inner, "it", "nothing of that name");
        read(*found, member, inner);
      });
    }
  }

  /// That lists fit each other, so that whoever shows the case need not ask.
  void check(const KeptCase& kept, const Place& place) const {
    const RankResult& rank = kept.report.rank;
    const Place report{&place, "report", 0}, in_rank{&report, "rank", 0}, items{&in_rank, "items", 0};
    const size_t candidates = rank.candidates.size();
    if (candidates == 0) refuse({&in_rank, "candidates", 0}, "at least one candidate", "none");
    same_length(items, rank.items.size(), candidates);
    for (size_t i = 0; i < candidates; ++i) {
      if (rank.items[i].id != rank.candidates[i].item)
        refuse({&items, nullptr, i}, fmt::format("item {}, as among the candidates", rank.candidates[i].item),
               std::to_string(rank.items[i].id));
    }
    if (rank.score != "sum" && rank.score != "mean" && rank.score != "ratio")
      refuse({&in_rank, "score", 0}, "sum, mean or ratio", described(Json(rank.score)));
    for (const auto& [name, value] :
         {std::pair("target_rank", rank.target_rank), std::pair("reference_rank", rank.reference_rank)}) {
      if (value < 0 || static_cast<size_t>(value) > candidates)
        refuse({&in_rank, name, 0}, fmt::format("a rank up to {}", candidates), std::to_string(value));
    }
    const CaseChain& chain = kept.report.chain;
    const Place in_chain{&report, "chain", 0}, models{&in_chain, "models", 0};
    for (size_t m = 0; m < chain.models.size(); ++m) {
      const Place model{&models, nullptr, m};
      same_length({&model, "scores", 0}, chain.models[m].scores.size(), chain.candidates.size());
      same_length({&model, "ranks", 0}, chain.models[m].ranks.size(), chain.candidates.size());
    }
    if (!chain.strips.empty()) same_length({&in_chain, "strips", 0}, chain.strips.size(), chain.candidates.size());
    const Place beside{&report, "beside", 0};
    for (size_t m = 0; m < kept.report.beside.size(); ++m) {
      const BesideModel& model = kept.report.beside[m];
      const Place in_model{&beside, nullptr, m}, ranks{&in_model, "ranks", 0};
      same_length({&in_model, "scores", 0}, model.scores.size(), rank.example.candidates.size());
      same_length(ranks, model.ranks.size(), rank.example.candidates.size());
      for (size_t i = 0; i < model.ranks.size(); ++i) {
        if (!(model.ranks[i] >= 1 && model.ranks[i] <= static_cast<double>(model.ranks.size())))
          refuse({&ranks, nullptr, i}, fmt::format("a rank within 1 .. {}", model.ranks.size()),
                 described(Json(model.ranks[i])));
      }
    }
    if (kept.report.changes) check_changes(rank, *kept.report.changes, {&report, "changes", 0});
    const int64_t item = kept.report.evidence_item;
    if (item != 0 && !find_candidate(rank, item))
      refuse({&report, "evidence_item", 0}, "0 or one of the candidates", std::to_string(item));
    if (!kept.report.evidence) return;
    const Place evidence{&report, "evidence", 0};
    const auto position = [&](size_t at, const char* what) {
      if (at >= rank.history.size())
        refuse({&evidence, what, 0}, fmt::format("positions below {}, the history's length", rank.history.size()),
               std::to_string(at));
    };
    for (const ItemEffect& e : kept.report.evidence->items) position(e.position, "items");
    for (const PairEffect& p : kept.report.evidence->pairs) position(std::max(p.first, p.second), "pairs");
    for (const AttributeEffect& a : kept.report.evidence->attributes) {
      for (const size_t at : a.positions) position(at, "attributes");
    }
  }

 private:
  template <std::integral T>
  void read_whole(const Json& from, T& value, const Place& place) const {
    constexpr T low = std::numeric_limits<T>::min();
    constexpr auto high =
        static_cast<int64_t>(std::min<uint64_t>(std::numeric_limits<T>::max(), std::numeric_limits<int64_t>::max()));
    const bool whole = from.is_number_unsigned()
                           ? from.get<uint64_t>() <= static_cast<uint64_t>(high)
                           : from.is_number_integer() && (std::is_signed_v<T> && from.get<int64_t>() >= int64_t{low});
    if (!whole) refuse(place, fmt::format("a whole number within {} .. {}", low, high), described(from));
    value = from.get<T>();
  }

  /// That what would change a ranking speaks of its candidates and of its history.
  void check_changes(const RankResult& rank, const Counterfactual& found, const Place& place) const {
    const std::vector<int64_t>& saved = rank.example.candidates;
    const auto candidate = [&](size_t at, const Place& in) {
      if (at >= saved.size() || !find_candidate(rank, saved[at]))
        refuse({&in, "first", 0}, fmt::format("the place of one of {} candidates", saved.size()), std::to_string(at));
    };
    candidate(found.first, place);
    for (const auto& [name, changes] :
         {std::pair("removals", &found.removals), std::pair("additions", &found.additions)}) {
      const Place list{&place, name, 0};
      for (size_t i = 0; i < changes->size(); ++i) {
        const HistoryChange& change = (*changes)[i];
        const Place in{&list, nullptr, i};
        candidate(change.first, in);
        if (change.removed.empty() && change.added.empty()) refuse(in, "an item that is removed or added", "none");
        for (const size_t at : change.removed) {
          if (at >= rank.history.size())
            refuse({&in, "removed", 0}, fmt::format("positions below {}, the history's length", rank.history.size()),
                   std::to_string(at));
        }
      }
    }
  }

  void same_length(const Place& place, size_t found, size_t expected) const {
    if (found != expected) refuse(place, fmt::format("one for each of {} candidates", expected), std::to_string(found));
  }

  const std::string& name_;
};

}  // namespace

std::string cases_json(const std::vector<KeptCase>& cases) {
  const Json all = {{"format", format_name},
                    {"version", format_version},
                    {"written_by", std::string("Prefscope ") + PREFSCOPE_VERSION},
                    {"cases", written(cases, {nullptr, "cases", 0})}};
  std::string text;
  try {
    text = all.dump() + "\n";
  } catch (const Json::type_error& e) {
    throw Error(ErrorKind::BadInput, fmt::format("the case cannot be written as JSON: {}", e.what()));
  }
  if (text.size() > max_case_json_bytes)
    throw Error(ErrorKind::BadInput, fmt::format("case.json: expected at most {} MiB, found {}; export fewer cases",
                                                 max_case_json_bytes >> 20, text.size() >> 20));
  return text;
}

std::vector<KeptCase> cases_from_json(std::string_view text, const std::string& name) {
  const Reader reader(name);
  const Place root;
  if (text.size() > max_case_json_bytes)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a case.json of at most {} MiB, found {}", name,
                                                max_case_json_bytes >> 20, text.size() >> 20));
  size_t values = 0;
  const auto within_limits = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest || ++values > most_values)
      throw Error(ErrorKind::BadFile, fmt::format("{}: expected a case.json of at most {} values, {} deep, found more",
                                                  name, most_values, deepest));
    return true;
  };
  Json all;
  try {
    all = Json::parse(text, within_limits);
  } catch (const Json::exception& e) {
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a case.json; {}", name, e.what()));
  }
  if (!all.is_object() || !all.contains("format") || all["format"] != format_name)
    throw Error(ErrorKind::BadFile, fmt::format("{}: expected a case.json of Prefscope (\"format\": \"{}\"), found {}",
                                                name, format_name, all.is_object() ? "another file" : described(all)));
  const Json version = all.value("version", Json());
  const uint64_t number = version.is_number_unsigned() ? version.get<uint64_t>() : 0;
  if (number < 1 || number > format_version)
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("{}: expected version 1 .. {} of case.json, found {}; open it with the Prefscope that wrote "
                    "it",
                    name, format_version, described(version)));
  if (number < format_version) add_what_came_later(all, number);
  std::vector<KeptCase> cases;
  const Place list{nullptr, "cases", 0};
  reader.read(all.value("cases", Json()), cases, list);
  if (cases.empty()) reader.refuse(list, "at least one case", "none");
  for (size_t i = 0; i < cases.size(); ++i) reader.check(cases[i], {&list, nullptr, i});
  return cases;
}

}  // namespace prefscope
