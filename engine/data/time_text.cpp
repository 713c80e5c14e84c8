// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "engine/base/error.h"

namespace prefscope {
namespace {

constexpr double latest_time = 253'402'300'799;  // the last second of the year 9999

TimeFound in_range(double value, int64_t& seconds) {
  if (!(value >= 0 && value <= latest_time)) return TimeFound::OutOfRange;
  seconds = static_cast<int64_t>(value);
  return TimeFound::Time;
}

/// A date and time of day as it is put together.
struct DateParts {
  int year = -1, month = -1, day = -1, hour = 0, minute = 0, second = 0, offset_minutes = 0;

  TimeFound seconds(int64_t& out) const {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (year < 0 || month < 0 || day < 0 || !date.ok() || hour > 23 || minute > 59 || second > 60)
      return TimeFound::NoTime;
    const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return in_range(static_cast<double>(days * 86400 + hour * 3600 + minute * 60 + second - offset_minutes * 60), out);
  }
};

/// Takes one to `digits` digits off the front.
bool take_number(std::string_view& text, size_t digits, int& value) {
  size_t n = 0;
  value = 0;
  for (; n < digits && n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) value = value * 10 + (text[n] - '0');
  text.remove_prefix(n);
  return n > 0;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// "+02:00", "-0530", "Z" or nothing.
bool take_offset(std::string_view& text, int& minutes) {
  if (text.empty() || take(text, 'Z')) return true;
  const bool west = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return true;
  int hours = 0, rest = 0;
  if (!take_number(text, 2, hours)) return false;
  take(text, ':');
  if (!text.empty() && !take_number(text, 2, rest)) return false;
  minutes = (west ? -1 : 1) * (hours * 60 + rest);
  return true;
}

TimeFound read_iso(std::string_view text, int64_t& seconds, TimeDetail& detail) {
  DateParts parts;
  detail.span = 86400;
  if (!take_number(text, 4, parts.year)) return TimeFound::NoTime;
  const char between = text.empty() ? '\0' : text.front();
  if ((between != '-' && between != '/') || !take(text, between) || !take_number(text, 2, parts.month) ||
      !take(text, between) || !take_number(text, 2, parts.day))
    return TimeFound::NoTime;
  if (take(text, 'T') || take(text, ' ')) {
    if (!take_number(text, 2, parts.hour) || !take(text, ':') || !take_number(text, 2, parts.minute))
      return TimeFound::NoTime;
    detail.span = 60;
    if (take(text, ':')) {
      detail.span = 1;
      if (!take_number(text, 2, parts.second)) return TimeFound::NoTime;
    }
    if (take(text, '.')) {
      const std::string_view digits = text;
      int fraction = 0;
      if (!take_number(text, 9, fraction)) return TimeFound::NoTime;
      const std::string part =
          fmt::format("{:0<3}", digits.substr(0, std::min<size_t>(digits.size() - text.size(), 3)));
      detail.thousandths = std::stoi(part);
    }
    if (!take_offset(text, parts.offset_minutes)) return TimeFound::NoTime;
  }
  return text.empty() ? parts.seconds(seconds) : TimeFound::NoTime;
}

bool take_month_name(std::string_view& text, int& month) {
  static constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (size_t m = 0; m < names.size(); ++m) {
    if (!text.starts_with(names[m])) continue;
    text.remove_prefix(3);
    month = static_cast<int>(m) + 1;
    return true;
  }
  return false;
}

TimeFound read_date(std::string_view text, std::string_view format, int64_t& seconds) {
  DateParts parts;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      if (!take(text, format[i])) return TimeFound::NoTime;
      continue;
    }
    bool read = false;
    switch (format[++i]) {
      case 'Y':
        read = take_number(text, 4, parts.year);
        break;
      case 'y':
        read = take_number(text, 2, parts.year);
        parts.year += parts.year < 69 ? 2000 : 1900;  // as POSIX has it
        break;
      case 'm':
        read = take_number(text, 2, parts.month);
        break;
      case 'd':
        read = take_number(text, 2, parts.day);
        break;
      case 'H':
        read = take_number(text, 2, parts.hour);
        break;
      case 'M':
        read = take_number(text, 2, parts.minute);
        break;
      case 'S':
        read = take_number(text, 2, parts.second);
        break;
      case 'b':
        read = take_month_name(text, parts.month);
        break;
      default:
        read = take(text, format[i]);
    }
    if (!read) return TimeFound::NoTime;
  }
  return text.empty() ? parts.seconds(seconds) : TimeFound::NoTime;
}

}  // namespace

TimeFound read_time(std::string_view field, TimeForm form, const std::string& date_format, int64_t& seconds,
                    TimeDetail* detail) {
  TimeDetail ignored;
  TimeDetail& said = detail != nullptr ? *detail : ignored;
  said = {};
  if (field.empty()) return TimeFound::Nothing;
  if (!date_format.empty()) return read_date(field, date_format, seconds);
  int64_t whole = 0;
  const char* const end = field.data() + field.size();
  const auto integer = std::from_chars(field.data(), end, whole);
  double value = static_cast<double>(whole);
  if (integer.ec != std::errc() || integer.ptr != end) {
    const auto real = std::from_chars(field.data(), end, value);
    if (real.ec == std::errc::result_out_of_range) return TimeFound::OutOfRange;
    if (real.ec != std::errc() || real.ptr != end)
      return form == TimeForm::Any ? read_iso(field, seconds, said) : TimeFound::NoTime;
    if (!std::isfinite(value) || (form != TimeForm::Any && value != std::floor(value))) return TimeFound::NoTime;
  }
  if (form == TimeForm::Any) {
    // Seconds reach 1e11 in the year 5138: what is larger is finer.
    if (std::abs(value) > 1e11) value /= std::abs(value) > 1e14 ? 1e6 : 1e3;
  } else if (form == TimeForm::Milliseconds) {
    value /= 1000;
  }
  // A double has seconds of these years to a millionth: its thousandths are those of the text.
  if (value >= 0) said.thousandths = std::min(999, static_cast<int>((value - std::floor(value)) * 1000 + 1e-3));
  return in_range(value, seconds);
}

void check_date_format(const std::string& format) {
  bool year = false, month = false, day = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char c = i + 1 < format.size() ? format[++i] : '\0';
    if (c == '\0' || std::string_view("YymdHMSb%").find(c) == std::string_view::npos)
      throw Error(ErrorKind::BadInput,
                  fmt::format("date format {}: expected %Y %y %m %d %H %M %S %b or %%, found %{}", format, c));
    year = year || c == 'Y' || c == 'y';
    month = month || c == 'm' || c == 'b';
    day = day || c == 'd';
  }
  if (!year || !month || !day)
    throw Error(ErrorKind::BadInput,
                fmt::format("date format {}: expected a year, a month and a day, as in %Y-%m-%d", format));
}

}  // namespace prefscope
