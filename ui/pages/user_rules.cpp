// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/user_rules.h"

#include <QCoreApplication>

namespace prefscope {
namespace {

bool holds(const MarginPoint& p, UserRule rule, double moreThan, bool hardest) {
  const Margin m = margin_of(p, hardest);
  switch (rule) {
    case UserRule::Improved:
      return m.policy - m.reference > moreThan;
    case UserRule::Worsened:
      return m.reference - m.policy > moreThan;
    case UserRule::NotFirst:
      return !p.chosen_first;
    case UserRule::BecameFirst:
      return p.chosen_first && !p.chosen_first_reference;
    case UserRule::NoLongerFirst:
      return !p.chosen_first && p.chosen_first_reference;
    case UserRule::BothFell:
      return m.ratio_chosen < 0 && m.ratio_rejected < 0;
  }
  return false;
}

QString tr(const char* text) {
  return QCoreApplication::translate("prefscope::UserRule", text);
}

}  // namespace

QString ruleTitle(UserRule rule) {
  switch (rule) {
    case UserRule::Improved:
      return tr("Margin improved by more than…");
    case UserRule::Worsened:
      return tr("Margin worsened by more than…");
    case UserRule::NotFirst:
      return tr("Chosen still not first");
    case UserRule::BecameFirst:
      return tr("Chosen first since training");
    case UserRule::NoLongerFirst:
      return tr("Chosen no longer first");
    case UserRule::BothFell:
      return tr("Chosen and rejected both fell");
  }
  return {};
}

bool hasThreshold(UserRule rule) {
  return rule == UserRule::Improved || rule == UserRule::Worsened;
}

std::vector<qint64> usersBy(const std::vector<MarginPoint>& points, UserRule rule, double moreThan, bool hardest) {
  std::vector<qint64> examples;
  for (const MarginPoint& p : points) {
    if (holds(p, rule, moreThan, hardest)) examples.push_back(p.example);
  }
  return examples;
}

}  // namespace prefscope
