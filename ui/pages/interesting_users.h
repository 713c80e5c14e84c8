// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <array>
#include <optional>
#include <vector>

#include "engine/store/scores.h"

namespace prefscope {

/// Why a held-out user is worth a look.
enum class Interest {
  MarginLoss,     ///< the margin fell most
  MarginGain,     ///< it rose most
  RankLoss,       ///< the chosen lost most ranks, by summed log-prob
  RankGain,       ///< it gained most
  MostUncertain,  ///< the margin now is nearest to zero
  NotFirst,       ///< the chosen is still not first, the largest margins first
  BothFell,       ///< the chosen fell together with the rejected, the deepest first
};
inline constexpr std::array allInterests = {Interest::MarginLoss,   Interest::MarginGain, Interest::RankLoss,
                                            Interest::RankGain,     Interest::NotFirst,   Interest::BothFell,
                                            Interest::MostUncertain};

QString interestTitle(Interest interest);
/// What is measured for it, in a sentence: a margin and a rank can go different ways.
QString interestMeaning(Interest interest);

/// Examples that are interesting so, the most first; ties by saved order. Those that are not are left out: a gain that
/// fell, a chosen that is first.
std::vector<int64_t> interestingExamples(const std::vector<MarginPoint>& points, Interest interest);

/// The one after `current` in that order, from the front where it is not among them or the last; nothing where none is.
std::optional<int64_t> nextInteresting(const std::vector<MarginPoint>& points, Interest interest, int64_t current);

}  // namespace prefscope
