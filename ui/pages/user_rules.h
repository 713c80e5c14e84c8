// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <vector>

#include "engine/store/scores.h"

namespace prefscope {

/// Which held-out users are listed.
enum class UserRule { Improved, Worsened, NotFirst, BecameFirst, NoLongerFirst, BothFell };

inline constexpr UserRule allRules[] = {UserRule::Improved,    UserRule::Worsened,      UserRule::NotFirst,
                                        UserRule::BecameFirst, UserRule::NoLongerFirst, UserRule::BothFell};

/// "Margin improved by more than…".
QString ruleTitle(UserRule rule);
/// Whether the rule asks for a least change.
bool hasThreshold(UserRule rule);
/// Examples of the users of whom the rule is so, in the points' order. moreThan: nats, for rules that ask for it.
/// hardest: against the hardest rejected in place of their mean.
std::vector<qint64> usersBy(const std::vector<MarginPoint>& points, UserRule rule, double moreThan, bool hardest);

}  // namespace prefscope
