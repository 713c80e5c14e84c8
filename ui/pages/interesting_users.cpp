// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/interesting_users.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace prefscope {
namespace {

std::optional<double> aboveZero(double value) {
  return value > 0 ? std::optional(value) : std::nullopt;
}

/// How interesting, more is more; nothing: not so.
std::optional<double> weight(const MarginPoint& p, Interest interest) {
  const double gain = p.policy - p.reference;
  switch (interest) {
    case Interest::MarginLoss:
      return aboveZero(-gain);
    case Interest::MarginGain:
      return aboveZero(gain);
    case Interest::RankLoss:
      return aboveZero(p.rank_policy - p.rank_reference);
    case Interest::RankGain:
      return aboveZero(p.rank_reference - p.rank_policy);
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
    case Interest::MarginLoss:
      return tr("Largest loss of margin");
    case Interest::MarginGain:
      return tr("Largest gain of margin");
    case Interest::RankLoss:
      return tr("Largest loss of rank");
    case Interest::RankGain:
      return tr("Largest gain of rank");
    case Interest::MostUncertain:
      return tr("Most uncertain");
    case Interest::NotFirst:
      return tr("Chosen still not first");
    case Interest::BothFell:
      return tr("Chosen and rejected both fell");
  }
  return {};
}

QString interestMeaning(Interest interest) {
  switch (interest) {
    case Interest::MarginLoss:
    case Interest::MarginGain:
      return tr("Margin: how far the chosen stands above the mean of the others, nats; its rank may go the other way");
    case Interest::RankLoss:
    case Interest::RankGain:
      return tr("Rank of the chosen among the candidates, by summed log-prob; its margin may go the other way");
    case Interest::MostUncertain:
      return tr("The margin now is nearest to zero");
    case Interest::NotFirst:
      return tr("Another candidate still ranks first; the largest margins first");
    case Interest::BothFell:
      return tr("Training made the chosen less likely together with the others; the deepest first");
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
