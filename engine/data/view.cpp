// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/view.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "engine/base/random.h"
#include "engine/data/attributes.h"
#include "engine/data/interaction_columns.h"
#include "engine/data/time_text.h"

namespace prefscope {
namespace {

constexpr const char* examples =
    "rating > 3, time >= 2005-01-01, user >= 20, item >= 5, core 5, genre = Drama, genre != Drama, title = star, first "
    "of pair, sample 1000 users seed 7";

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::BadInput, fmt::format("step \"{}\": {}; steps look like: {}", text, why, examples));
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

template <typename T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "sample 1000 users seed 7", "core 5", "first of pair": words of their own.
std::optional<ViewStep> parse_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view rest = text; !trimmed(rest).empty();) {
    rest = trimmed(rest);
    words.push_back(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(words.back().size());
  }
  ViewStep step;
  if (words == std::vector<std::string_view>{"first", "of", "pair"}) {
    step.kind = StepKind::FirstOfPair;
    return step;
  }
  if (words.size() == 2 && words[0] == "core") {
    const auto k = number_in<int64_t>(words[1]);
    if (!k || *k < 1 || *k > 1'000'000) refuse(text, "expected a whole number 1 .. 1000000 after core");
    step.number = static_cast<double>(*k);
    return step;
  }
  if (words.size() == 5 && words[0] == "sample" && words[2] == "users" && words[3] == "seed") {
    const auto users = number_in<int64_t>(words[1]);
    const auto seed = number_in<uint64_t>(words[4]);
    if (!users || *users < 1 || *users > 4'000'000'000) refuse(text, "expected a number of users of at least 1");
    if (!seed) refuse(text, "expected a whole number as seed");
    step.kind = StepKind::SampledUsers;
    step.number = static_cast<double>(*users);
    step.seed = *seed;
    return step;
  }
  return std::nullopt;
}

bool holds(double value, const std::string& comparison, double bound) {
  if (comparison == "<") return value < bound;
  if (comparison == "<=") return value <= bound;
  if (comparison == ">") return value > bound;
  if (comparison == ">=") return value >= bound;
  if (comparison == "=") return value == bound;
  return value != bound;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Whether the step keeps each item, whatever its rows.
std::vector<bool> kept_items(const ViewStep& step, const std::vector<ItemText>& items) {
  std::vector<bool> kept(items.size());
  const std::string part = lower(step.value);
  for (size_t i = 0; i < items.size(); ++i) {
    const bool has = step.kind == StepKind::Title ? lower(items[i].title).find(part) != std::string::npos
                                                  : has_attribute(items[i], {step.name, step.value});
    kept[i] = has == (step.comparison == "=");
  }
  return kept;
}

/// The rows for which keep(user, row) is true.
UserRows filtered(const UserRows& rows, const TaskContext& context, const std::function<bool(size_t, size_t)>& keep) {
  UserRows out;
  out.item_count = rows.item_count;
  out.user_begin.reserve(rows.user_begin.size());
  for (size_t u = 0; u < rows.users(); ++u) {
    if (u % 1024 == 0) context.check();
    const auto end = static_cast<size_t>(rows.user_begin[u + 1]);
    for (auto row = static_cast<size_t>(rows.user_begin[u]); row < end; ++row) {
      if (!keep(u, row)) continue;
      out.items.push_back(rows.items[row]);
      out.ratings.push_back(rows.ratings[row]);
      out.times.push_back(rows.times[row]);
    }
    out.user_begin.push_back(std::ssize(out.items));
  }
  return out;
}

UserRows core_of(const UserRows& all, int64_t k, const TaskContext& context) {
  UserRows rows = all;
  for (;;) {
    const std::vector<int64_t> of_user = user_counts(rows), of_item = item_counts(rows);
    UserRows next = filtered(rows, context, [&](size_t u, size_t row) {
      return of_user[u] >= k && of_item[static_cast<size_t>(rows.items[row])] >= k;
    });
    if (next.size() == rows.size()) return next;
    rows = std::move(next);
  }
}

std::vector<bool> sampled_users(const UserRows& rows, const ViewStep& step) {
  std::vector<size_t> users;  // those who have rows
  for (size_t u = 0; u < rows.users(); ++u) {
    if (rows.user_begin[u + 1] > rows.user_begin[u]) users.push_back(u);
  }
  Random({step.seed, 0x76696577}).shuffle(users);
  users.resize(std::min(users.size(), static_cast<size_t>(step.number)));
  std::vector<bool> chosen(rows.users());
  for (const size_t u : users) chosen[u] = true;
  return chosen;
}

}  // namespace

ViewStep parse_step(std::string_view given) {
  const std::string_view text = trimmed(given);
  if (const auto step = parse_words(text)) return *step;
  const size_t at = text.find_first_of("<>=!");
  if (at == std::string_view::npos) refuse(text, "expected a comparison");
  ViewStep step;
  const size_t width = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
  step.comparison = text.substr(at, width);
  if (step.comparison == "!") refuse(text, "expected <, <=, >, >=, = or !=");
  if (step.comparison == "==") step.comparison = "=";
  const std::string_view left = trimmed(text.substr(0, at));
  const std::string_view right = trimmed(text.substr(at + width));
  if (left.empty() || right.empty()) refuse(text, "expected something on both sides of the comparison");
  step.name = left;
  step.value = right;
  const bool equality = step.comparison == "=" || step.comparison == "!=";
  if (left == "rating" || left == "user" || left == "item") {
    const auto number = number_in<double>(right);
    if (!number || !std::isfinite(*number)) refuse(text, fmt::format("expected a number, found \"{}\"", right));
    step.kind = left == "rating" ? StepKind::Rating : left == "user" ? StepKind::UserRows : StepKind::ItemRows;
    step.number = *number;
    step.name.clear();
    step.value.clear();
  } else if (left == "time") {
    int64_t seconds = 0;
    if (read_time(right, TimeForm::Any, "", seconds) != TimeFound::Time)
      refuse(text, fmt::format("expected a date like 2005-01-01 or seconds since 1970, found \"{}\"", right));
    step.kind = StepKind::Time;
    step.number = static_cast<double>(seconds);
    step.name.clear();
    step.value.clear();
  } else if (!equality) {
    refuse(text, fmt::format("expected = or != after {}", left));
  } else if (left == "title") {
    step.kind = StepKind::Title;
    step.name.clear();
  } else {
    step.kind = StepKind::Attribute;
  }
  return step;
}

std::string step_text(const ViewStep& s) {
  switch (s.kind) {
    case StepKind::Rating:
      return fmt::format("rating {} {}", s.comparison, s.number);
    case StepKind::Time: {
      const auto seconds = static_cast<std::time_t>(s.number);
      const std::tm moment = fmt::gmtime(seconds);
      return seconds % 86400 == 0 ? fmt::format("time {} {:%Y-%m-%d}", s.comparison, moment)
                                  : fmt::format("time {} {:%Y-%m-%dT%H:%M:%SZ}", s.comparison, moment);
    }
    case StepKind::UserRows:
      return fmt::format("user {} {}", s.comparison, s.number);
    case StepKind::ItemRows:
      return fmt::format("item {} {}", s.comparison, s.number);
    case StepKind::Core:
      return fmt::format("core {}", s.number);
    case StepKind::Attribute:
      return fmt::format("{} {} {}", s.name, s.comparison, s.value);
    case StepKind::Title:
      return fmt::format("title {} {}", s.comparison, s.value);
    case StepKind::FirstOfPair:
      return "first of pair";
    case StepKind::SampledUsers:
      return fmt::format("sample {} users seed {}", s.number, s.seed);
  }
  return {};
}

ViewCounts counts_of(const UserRows& rows) {
  ViewCounts counts{static_cast<int64_t>(rows.size()), 0, 0};
  for (const int64_t count : user_counts(rows)) counts.users += count > 0 ? 1 : 0;
  for (const int64_t count : item_counts(rows)) counts.items += count > 0 ? 1 : 0;
  return counts;
}

UserRows apply_step(const UserRows& rows, const ViewStep& step, const std::vector<ItemText>& items,
                    const TaskContext& context) {
  const auto item_at = [&](size_t row) { return static_cast<size_t>(rows.items[row]); };
  switch (step.kind) {
    case StepKind::Rating:
      return filtered(rows, context, [&](size_t, size_t row) {
        return !std::isnan(rows.ratings[row]) && holds(rows.ratings[row], step.comparison, step.number);
      });
    case StepKind::Time:
      return filtered(rows, context, [&](size_t, size_t row) {
        return rows.times[row] != no_time && holds(static_cast<double>(rows.times[row]), step.comparison, step.number);
      });
    case StepKind::UserRows: {
      const std::vector<int64_t> counts = user_counts(rows);
      return filtered(rows, context, [&](size_t u, size_t) {
        return holds(static_cast<double>(counts[u]), step.comparison, step.number);
      });
    }
    case StepKind::ItemRows: {
      const std::vector<int64_t> counts = item_counts(rows);
      return filtered(rows, context, [&](size_t, size_t row) {
        return holds(static_cast<double>(counts[item_at(row)]), step.comparison, step.number);
      });
    }
    case StepKind::Core:
      return core_of(rows, static_cast<int64_t>(step.number), context);
    case StepKind::Attribute:
    case StepKind::Title: {
      const std::vector<bool> kept = kept_items(step, items);
      return filtered(rows, context, [&](size_t, size_t row) { return kept[item_at(row)]; });
    }
    case StepKind::FirstOfPair: {
      std::vector<size_t> last_user(rows.item_count, rows.users());
      return filtered(rows, context,
                      [&](size_t u, size_t row) { return std::exchange(last_user[item_at(row)], u) != u; });
    }
    case StepKind::SampledUsers: {
      const std::vector<bool> chosen = sampled_users(rows, step);
      return filtered(rows, context, [&](size_t u, size_t) { return chosen[u]; });
    }
  }
  return rows;
}

}  // namespace prefscope
