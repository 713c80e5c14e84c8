// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/delimited.h"
#include "engine/data/encoding.h"
#include "engine/data/time_text.h"

namespace prefscope {

/// How a file's rows are written.
struct TableForm {
  bool json_lines = false;  ///< else fields between separators:
  DelimitedForm delimited;
  bool header = true;                     ///< the first line names the columns
  int64_t skip_lines = 0;                 ///< before the header
  std::optional<Encoding> encoding = {};  ///< absent: judged from the whole file
};

/// A column that becomes attributes of the row's item.
struct MappedAttribute {
  std::string column, name;
  std::string separator = {};  ///< several values: "Drama|Crime"; a list in JSON or Python's notation needs none
  std::string nothing = {};    ///< what stands where there is no value: "(no genres listed)"
  bool flag = false;           ///< where the column holds 1, the attribute `name` has the value `value`
  std::string value = {};
};

/// Which column is what. A column is named by the header or a JSON key, or, in a table, by its number: "#1" is the
/// first, unless exactly one column has that name. Empty: there is none. A table with users holds interactions (and
/// their items' titles and attributes where these are mapped); one without holds items.
struct TableMapping {
  TableForm form;
  std::string user, item, rating, time, title;
  std::vector<MappedAttribute> attributes;
  TimeForm time_form = TimeForm::Any;
  std::string date_format;  ///< see read_time
  double least_rating = -std::numeric_limits<double>::max(), most_rating = std::numeric_limits<double>::max();
  bool gaps = true;  ///< an empty rating or time is none; else the row is dropped
  /// The rating counts only where this column holds this text (Steam's hours, where a game was played).
  std::string rating_if, rating_if_is;
  bool year_in_title = false;  ///< "Heat (1995)" gives the attribute year too; the title stays
};

}  // namespace prefscope
