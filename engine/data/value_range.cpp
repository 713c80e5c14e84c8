// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/value_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>

#include "engine/base/error.h"
#include "engine/data/time_text.h"

namespace prefscope {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What a value stands for: a number for itself, a year for all its seconds.
struct Span {
  double first = 0, last = 0;
};

std::optional<Span> number_span(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return Span{value, value};
}

double seconds_at(int year, unsigned month) {
  const std::chrono::sys_days day{std::chrono::year(year) / std::chrono::month(month) / 1};
  return static_cast<double>(day.time_since_epoch().count()) * 86400;
}

std::optional<Span> time_span(std::string_view text) {
  if (is_digits(text) && text.size() == 4) {
    const int year = std::stoi(std::string(text));
    return Span{seconds_at(year, 1), seconds_at(year + 1, 1) - 1};
  }
  if (text.size() == 7 && is_digits(text.substr(0, 4)) && text[4] == '-' && is_digits(text.substr(5))) {
    const int year = std::stoi(std::string(text.substr(0, 4))), month = std::stoi(std::string(text.substr(5)));
    if (month < 1 || month > 12) return std::nullopt;
    const double next = month == 12 ? seconds_at(year + 1, 1) : seconds_at(year, static_cast<unsigned>(month) + 1);
    return Span{seconds_at(year, static_cast<unsigned>(month)), next - 1};
  }
  if (is_digits(text) && text.size() < 5) return std::nullopt;
  int64_t seconds = 0;
  TimeDetail detail;
  if (read_time(text, is_digits(text) ? TimeForm::Seconds : TimeForm::Any, "", seconds, &detail) != TimeFound::Time)
    return std::nullopt;
  return Span{static_cast<double>(seconds), static_cast<double>(seconds + detail.span - 1)};
}

template <typename ReadSpan>
ValueRange parse(std::string_view text, ReadSpan read_span, const char* expected) {
  const std::string_view all = trimmed(text);
  const auto span = [&](std::string_view part) {
    const std::optional<Span> found = read_span(trimmed(part));
    if (!found) throw Error(ErrorKind::BadInput, fmt::format("expected {}, found \"{}\"", expected, all));
    return *found;
  };
  if (all == "none") return {infinite, -infinite, true};
  if (const size_t dots = all.find(".."); dots != std::string_view::npos) {
    const std::string_view from = trimmed(all.substr(0, dots)), to = trimmed(all.substr(dots + 2));
    if (from.empty() && to.empty()) span(all);
    ValueRange range;
    if (!from.empty()) range.low = span(from).first;
    if (!to.empty()) range.high = span(to).last;
    return range;
  }
  if (all.starts_with(">=")) return {span(all.substr(2)).first, infinite, false};
  if (all.starts_with("<=")) return {-infinite, span(all.substr(2)).last, false};
  if (all.starts_with(">")) return {std::nextafter(span(all.substr(1)).last, infinite), infinite, false};
  if (all.starts_with("<")) return {-infinite, std::nextafter(span(all.substr(1)).first, -infinite), false};
  const Span one = span(all.starts_with("=") ? all.substr(1) : all);
  return {one.first, one.last, false};
}

}  // namespace

ValueRange parse_number_range(std::string_view text) {
  return parse(text, number_span, "a number or a range like 4, > 3, <= 5, 3..5 or none");
}

ValueRange parse_time_range(std::string_view text) {
  return parse(text, time_span, "a time or a range like 2015, 2015-03, >= 2015-03-01, 2001..2005 or none");
}

}  // namespace prefscope
