// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/evaluate/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace prefscope {

std::string markdown_table(const Evaluation& evaluation) {
  constexpr const char* metrics[] = {"auc", "hr@1", "hr@5", "ndcg@5", "mrr"};
  constexpr const char* names[] = {"AUC", "HR@1", "HR@5", "NDCG@5", "MRR"};
  size_t width = 5;
  for (const EvaluationRow& row : evaluation.rows) width = std::max(width, row.model.size());
  std::string text = fmt::format("| {:<{}} |", "model", width), rule = fmt::format("|{:-<{}}|", "", width + 2);
  for (const char* name : names) {
    text += fmt::format(" {:<20} |", name);
    rule += fmt::format("{:-<22}|", "");
  }
  text += "\n" + rule + "\n";
  for (const EvaluationRow& row : evaluation.rows) {
    text += fmt::format("| {:<{}} |", row.model, width);
    for (const char* metric : metrics) {
      const auto found = row.metrics.find(metric);
      text += found == row.metrics.end() ? fmt::format(" {:<20} |", "")
                                         : fmt::format(" {:.3f} [{:.3f}, {:.3f}] |", found->second.value,
                                                       found->second.low, found->second.high);
    }
    text += "\n";
  }
  return text + "\nProtocol: " + evaluation.protocol + ".\n";
}

}  // namespace prefscope
