// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace prefscope {

/// How times are written.
enum class TimeForm {
  Seconds,       ///< whole seconds since 1970
  Milliseconds,  ///< since 1970
  Any            ///< a number of seconds, or of milliseconds or microseconds where it is too large for them, or a date
};

enum class TimeFound { Time, Nothing, NoTime, OutOfRange };

/// What a time says beside its whole seconds.
struct TimeDetail {
  int thousandths = 0;  ///< of a second, after them
  /// How many seconds from there on may be meant: 86400 of a day in ISO 8601 without a time, 60 of a minute without
  /// seconds, else 1.
  int64_t span = 1;
};

/// Reads a time in UTC as seconds since 1970, from 1970 to 9999. date_format, where it is not empty, is that of
/// strptime with %Y %y %m %d %H %M %S %b (English) %%; without it Any reads ISO 8601 ("2015-03-01",
/// "2015-03-01T10:00:00Z", "+02:00") and 2015/03/01. Nothing: the field is empty. detail, where it is asked for: what
/// the field says beside whole seconds.
TimeFound read_time(std::string_view field, TimeForm form, const std::string& date_format, int64_t& seconds,
                    TimeDetail* detail = nullptr);

/// Throws BadInput where the format holds what is not read, or no year, month and day.
void check_date_format(const std::string& date_format);

}  // namespace prefscope
