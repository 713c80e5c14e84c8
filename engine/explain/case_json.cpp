// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_json.h"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"

// The fields of each struct are listed once, and serve writing and reading. The structured bindings are there so that a
// field that is added to a struct and forgotten here does not compile. What there are many of (the marks of a plane) is
// a row without names.

namespace prefscope {
namespace {

using Json = nlohmann::json;

constexpr const char* format_name = "prefscope-cases";
constexpr int format_version = 1;
// Nats. Beyond it no log-prob lies, and drawings would have no ticks.
constexpr double largest_number = 1e9;
constexpr size_t most_values = 8'000'000;  // of one file, names included; a nested one is refused by its depth
constexpr int deepest = 16;

template <typename T, typename Struct>
concept Of = std::same_as<std::remove_const_t<T>, Struct>;

void fields(Of<ItemText> auto& s, auto&& field) {
  auto& [id, title, attributes, key] = s;
  field("id", id), field("title", title), field("attributes", attributes), field("key", key);
}
void fields(Of<TextPair> auto& s, auto&& field) {
  auto& [prompt, chosen, rejected] = s;
  field("prompt", prompt), field("chosen", chosen), field("rejected", rejected);
}
void fields(Of<Example> auto& s, auto&& field) {
  auto& [id, position, user, target, role, user_key, source, history, candidates, negatives, pairs] = s;
  field("id", id), field("position", position), field("user", user), field("target", target), field("role", role);
  field("user_key", user_key), field("source", source), field("history", history), field("candidates", candidates);
  field("negatives", negatives), field("pairs", pairs);
}
void fields(Of<RankedCandidate> auto& s, auto&& field) {
  auto& [item, title, score, log_prob, log_ratio, spread, tokens] = s;
  field("item", item), field("title", title), field("score", score), field("log_prob", log_prob);
  field("log_ratio", log_ratio), field("spread", spread), field("tokens", tokens);
}
void fields(Of<RankResult> auto& s, auto&& field) {
  auto& [example, protocol, history, candidates, items, target, target_rank, score, has_reference, reference_rank,
         edited, explained] = s;
  field("example", example), field("protocol", protocol), field("history", history), field("candidates", candidates);
  field("items", items), field("target", target), field("target_rank", target_rank), field("score", score);
  field("has_reference", has_reference), field("reference_rank", reference_rank), field("edited", edited);
  field("explained", explained);
}
void fields(Of<CandidateScore> auto& s, auto&& field) {
  auto& [score, log_prob, log_ratio, spread, tokens] = s;
  field("score", score), field("log_prob", log_prob), field("log_ratio", log_ratio), field("spread", spread);
  field("tokens", tokens);
}
void fields(Of<ChainModel> auto& s, auto&& field) {
  auto& [name, run, scores, ranks] = s;
  field("name", name), field("run", run), field("scores", scores), field("ranks", ranks);
}
void fields(Of<StripToken> auto& s, auto&& field) {
  auto& [text, log_prob, reference] = s;
  field("text", text), field("log_prob", log_prob), field("reference", reference);
}
void fields(Of<CaseChain> auto& s, auto&& field) {
  auto& [example, candidates, models, strips] = s;
  field("example", example), field("candidates", candidates), field("models", models), field("strips", strips);
}
void fields(Of<Margin> auto& s, auto&& field) {
  auto& [reference, policy, ratio_chosen, ratio_rejected] = s;
  field("reference", reference), field("policy", policy), field("ratio_chosen", ratio_chosen);
  field("ratio_rejected", ratio_rejected);
}
void fields(Of<MarginPoint> auto& s, auto&& field) {
  auto& [example, user, user_key, reference, policy, ratio_chosen, ratio_rejected, chosen_first, chosen_first_reference,
         hardest, rank_reference, rank_policy] = s;
  field("example", example), field("user", user), field("user_key", user_key), field("reference", reference);
  field("policy", policy), field("ratio_chosen", ratio_chosen), field("ratio_rejected", ratio_rejected);
  field("chosen_first", chosen_first), field("chosen_first_reference", chosen_first_reference);
  field("hardest", hardest), field("rank_reference", rank_reference), field("rank_policy", rank_policy);
}
void fields(Of<ItemEffect> auto& s, auto&& field) {
  auto& [position, deletion, replacement, low, high, beyond] = s;
  field("position", position), field("deletion", deletion), field("replacement", replacement), field("low", low);
  field("high", high), field("beyond", beyond);
}
void fields(Of<PairEffect> auto& s, auto&& field) {
  auto& [first, second, effect, singles] = s;
  field("first", first), field("second", second), field("effect", effect), field("singles", singles);
}
void fields(Of<AttributeEffect> auto& s, auto&& field) {
  auto& [attribute, positions, effect, random, random_low, random_high] = s;
  field("attribute", attribute), field("positions", positions), field("effect", effect), field("random", random);
  field("random_low", random_low), field("random_high", random_high);
}
void fields(Of<Occlusion> auto& s, auto&& field) {
  auto& [margin, without_history, items, band_low, band_high, neutral, pairs, attributes, prompts] = s;
  field("margin", margin), field("without_history", without_history), field("items", items);
  field("band_low", band_low), field("band_high", band_high), field("neutral", neutral), field("pairs", pairs);
  field("attributes", attributes), field("prompts", prompts);
}
void fields(Of<CaseReport> auto& s, auto&& field) {
  auto& [rank, points, chain, evidence, rival, rationale, rationale_note, model, note] = s;
  field("rank", rank), field("points", points), field("chain", chain), field("evidence", evidence);
  field("rival", rival), field("rationale", rationale), field("rationale_note", rationale_note);
  field("model", model), field("note", note);
}
void fields(Of<CaseAdapter> auto& s, auto&& field) {
  auto& [run, objective, weights_hash] = s;
  field("run", run), field("objective", objective), field("weights_hash", weights_hash);
}
void fields(Of<CaseSource> auto& s, auto&& field) {
  auto& [data_set, content_hash, base_model, weights_hash, adapters] = s;
  field("data_set", data_set), field("content_hash", content_hash), field("base_model", base_model);
  field("weights_hash", weights_hash), field("adapters", adapters);
}
void fields(Of<KeptCase> auto& s, auto&& field) {
  auto& [saved_at, starred, tags, note, source, report] = s;
  field("saved_at", saved_at), field("starred", starred), field("tags", tags), field("note", note);
  field("source", source), field("report", report);
}

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
  if (all.value("version", Json()) != format_version)
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: expected version {} of case.json, found {}; open it with the Prefscope that wrote it",
                            name, format_version, described(all.value("version", Json()))));
  std::vector<KeptCase> cases;
  const Place list{nullptr, "cases", 0};
  reader.read(all.value("cases", Json()), cases, list);
  if (cases.empty()) reader.refuse(list, "at least one case", "none");
  for (size_t i = 0; i < cases.size(); ++i) reader.check(cases[i], {&list, nullptr, i});
  return cases;
}

}  // namespace prefscope
