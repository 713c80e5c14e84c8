// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/interesting_users.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace prefscope {
namespace {

/// How interesting, more is more; nothing: not so.
std::optional<double> weight(const MarginPoint& p, Interest interest) {
  const double gain = p.policy - p.reference;
  switch (interest) {
    case Interest::LargestGain:
      return gain > 0 ? std::optional(gain) : std::nullopt;
    case Interest::LargestLoss:
      return gain < 0 ? std::optional(-gain) : std::nullopt;
    case Interest::MostUncertain:
      return -std::abs(p.policy);
    case Interest::NotFirst:
      return p.chosen_first ? std::nullopt : std::optional(p.policy);
    case Interest::BothFell:
      return p.ratio_chosen < 0 && p.ratio_rejected < 0 ? std::optional(-p.ratio_chosen) : std::nullopt;
  }
  return std::nullopt;
}

QString tr(const char* text) {
  return QCoreApplication::translate("prefscope::Interest", text);
}

}  // namespace

QString interestTitle(Interest interest) {
  switch (interest) {
    case Interest::LargestGain:
      return tr("Largest gain");
    case Interest::LargestLoss:
      return tr("Largest loss");
    case Interest::MostUncertain:
      return tr("Most uncertain");
    case Interest::NotFirst:
      return tr("Chosen still not first");
    case Interest::BothFell:
      return tr("Chosen and rejected both fell");
  }
  return {};
}

std::vector<int64_t> interestingExamples(const std::vector<MarginPoint>& points, Interest interest) {
  std::vector<std::pair<double, int64_t>> weighted;
  for (const MarginPoint& p : points) {
    if (const auto w = weight(p, interest)) weighted.emplace_back(*w, p.example);
  }
  std::stable_sort(weighted.begin(), weighted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<int64_t> examples;
  for (const auto& entry : weighted) examples.push_back(entry.second);
  return examples;
}

std::optional<int64_t> nextInteresting(const std::vector<MarginPoint>& points, Interest interest, int64_t current) {
  const std::vector<int64_t> examples = interestingExamples(points, interest);
  if (examples.empty()) return std::nullopt;
  const auto found = std::find(examples.begin(), examples.end(), current);
  return found == examples.end() || found + 1 == examples.end() ? examples.front() : *(found + 1);
}

}  // namespace prefscope
