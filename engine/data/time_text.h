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

/// Reads a time in UTC as seconds since 1970, from 1970 to 9999. date_format, where it is not empty, is that of
/// strptime with %Y %y %m %d %H %M %S %b (English) %%; without it Any reads ISO 8601 ("2015-03-01",
/// "2015-03-01T10:00:00Z", "+02:00") and 2015/03/01. Nothing: the field is empty. span, where it is asked for: how many
/// seconds from there on the field may mean: 86400 of a day in ISO 8601 without a time, 60 of a minute without seconds,
/// else 1.
TimeFound read_time(std::string_view field, TimeForm form, const std::string& date_format, int64_t& seconds,
                    int64_t* span = nullptr);

/// Throws BadInput where the format holds what is not read, or no year, month and day.
void check_date_format(const std::string& date_format);

}  // namespace prefscope
