// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/chosen_preparation.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/store/data_sets.h"

namespace prefscope {

Preparation chosen_preparation(Workspace& workspace, const std::string& data_set, std::optional<int64_t> asked) {
  const int64_t id = find_data_set(workspace, data_set).id;
  const Preparation p = asked ? read_preparation(workspace, *asked) : latest_preparation(workspace, id);
  if (p.data_set != id)
    throw Error(ErrorKind::BadInput,
                fmt::format("preparation {}: expected one of {}, found another data set's", p.id, data_set));
  return p;
}

}  // namespace prefscope
