// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/first_row.h"

namespace prefscope {

int64_t firstRowFrom(Workspace& workspace, int64_t dataSet, InteractionOrder order, double value) {
  RowQuery<InteractionOrder> query;
  query.data_set = dataSet;
  query.order = order;
  query.limit = 1;
  const auto isBelow = [&](int64_t place) {  // as are rows that have no value: they come first
    query.offset = place;
    const std::vector<InteractionRow> row = read_interactions(workspace, query);
    if (row.empty()) return false;
    return order == InteractionOrder::Rating ? !row[0].rating || *row[0].rating < value
                                             : !row[0].time || static_cast<double>(*row[0].time) < value;
  };
  int64_t low = 0, high = count_interactions(workspace, query);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (isBelow(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace prefscope
