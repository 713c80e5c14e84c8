// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/panel_example_model.h"

#include <QBrush>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "ui/theme.h"

namespace prefscope {

QString signedText(double nats) {
  const QString text = QString::number(nats, 'f', 2);
  return nats > 0 ? QLatin1Char('+') + text : text;
}

std::vector<PanelExample> panelExamples(const std::vector<PanelScore>& scores) {
  std::vector<PanelExample> examples;
  if (scores.empty()) return examples;
  std::map<int64_t, const PanelScore*> first;
  for (const PanelScore& score : scores) {
    if (score.step != scores.front().step) break;
    first[score.example] = &score;
  }
  for (const PanelScore& score : scores) {
    if (score.step != scores.back().step) continue;
    PanelExample example;
    example.example = score.example;
    example.ratioChosen = score.ratio_chosen;
    example.ratioRejected = score.ratio_rejected;
    example.rank = example.rankBefore = score.target_rank;
    if (const auto before = first.find(score.example); before != first.end()) {
      const PanelScore& then = *before->second;
      example.chosenChange = score.ratio_chosen - then.ratio_chosen;
      example.marginChange = example.chosenChange - (score.ratio_rejected - then.ratio_rejected);
      example.rankBefore = then.target_rank;
    }
    examples.push_back(example);
  }
  return examples;
}

std::vector<int64_t> examplesWithin(const std::vector<PanelScore>& scores, const PanelRange& range) {
  std::set<double> steps;
  for (const PanelScore& score : scores) steps.insert(static_cast<double>(score.step));
  std::set<double> within;
  for (const double step : steps) {
    if (step >= range.firstStep && step <= range.lastStep) within.insert(step);
  }
  if (within.empty() && !steps.empty()) {
    const double middle = (range.firstStep + range.lastStep) / 2;
    within.insert(*std::min_element(steps.begin(), steps.end(),
                                    [=](double a, double b) { return std::abs(a - middle) < std::abs(b - middle); }));
  }
  const auto inside = [&](double nats) { return nats >= range.low && nats <= range.high; };
  std::set<int64_t> found;
  for (const PanelScore& score : scores) {
    if (within.contains(static_cast<double>(score.step)) &&
        (inside(score.ratio_chosen) || inside(score.ratio_rejected)))
      found.insert(score.example);
  }
  return {found.begin(), found.end()};
}

RankChanges rankChanges(const std::vector<PanelExample>& examples) {
  RankChanges changes;
  for (const PanelExample& e : examples)
    ++(e.rank < e.rankBefore ? changes.improved : e.rank > e.rankBefore ? changes.worsened : changes.same);
  return changes;
}

void PanelExampleModel::setExamples(std::vector<PanelExample> examples) {
  beginResetModel();
  m_examples = std::move(examples);
  arrange();
  endResetModel();
}

const PanelExample* PanelExampleModel::exampleAt(int row) const {
  return row >= 0 && row < rowCount() ? &m_examples[static_cast<size_t>(row)] : nullptr;
}

int PanelExampleModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_examples.size());
}

int PanelExampleModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : Columns;
}

QVariant PanelExampleModel::data(const QModelIndex& index, int role) const {
  const PanelExample* e = index.isValid() ? exampleAt(index.row()) : nullptr;
  if (!e) return {};
  const int column = index.column();
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((column <= Target ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole && (column == ChosenChange || column == MarginChange)) {
    const double change = column == ChosenChange ? e->chosenChange : e->marginChange;
    if (std::abs(change) < 0.005) return {};  // shown as 0.00
    return QBrush(change > 0 ? theme().positive : theme().negative);
  }
  if (role == Qt::ToolTipRole && column == Target)
    return QStringLiteral("<p>") + e->target.toHtmlEscaped() + QStringLiteral("</p>");
  if (role != Qt::DisplayRole) return {};
  switch (column) {
    case User:
      return e->user;
    case Target:
      return e->target;
    case Chosen:
      return signedText(e->ratioChosen);
    case Rejected:
      return signedText(e->ratioRejected);
    case Rank:
      return e->rank == e->rankBefore ? QString::number(e->rank) : tr("%1, was %2").arg(e->rank).arg(e->rankBefore);
    case ChosenChange:
      return signedText(e->chosenChange);
    case MarginChange:
      return signedText(e->marginChange);
    default:
      return {};
  }
}

QVariant PanelExampleModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= Columns) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((section <= Target ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  const QString titles[Columns] = {tr("User"), tr("Target"),        tr("Chosen"),       tr("Rejected"),
                                   tr("Rank"), tr("Chosen change"), tr("Margin change")};
  const QString tips[Columns] = {tr("The id in the file"),
                                 tr("What the user chose: the answer to find"),
                                 tr("Log-ratio of the target at the last evaluation, nats"),
                                 tr("Mean log-ratio of the other candidates, nats"),
                                 tr("Of the target among the candidates, from 1; ties count half"),
                                 tr("Log-ratio of the target since the start of this run, nats"),
                                 tr("Margin (chosen less rejected) since the start of this run, nats")};
  if (role == Qt::DisplayRole) return titles[section];
  if (role == Qt::ToolTipRole) return tips[section];
  return {};
}

void PanelExampleModel::sort(int column, Qt::SortOrder order) {
  Q_EMIT layoutAboutToBeChanged();
  m_column = column < 0 ? ChosenChange : column;
  m_order = column < 0 ? Qt::AscendingOrder : order;
  arrange();
  changePersistentIndexList(persistentIndexList(), QModelIndexList(persistentIndexList().size()));
  Q_EMIT layoutChanged();
}

void PanelExampleModel::arrange() {
  const auto key = [this](const PanelExample& e) {
    switch (m_column) {
      case Chosen:
        return e.ratioChosen;
      case Rejected:
        return e.ratioRejected;
      case Rank:
        return e.rank;
      case MarginChange:
        return e.marginChange;
      default:
        return e.chosenChange;
    }
  };
  const auto less = [&](const PanelExample& a, const PanelExample& b) {
    if (m_column == Target) return a.target < b.target;
    if (m_column == User) return a.user.size() != b.user.size() ? a.user.size() < b.user.size() : a.user < b.user;
    return key(a) < key(b);
  };
  std::stable_sort(m_examples.begin(), m_examples.end(), [&](const PanelExample& a, const PanelExample& b) {
    return m_order == Qt::AscendingOrder ? less(a, b) : less(b, a);
  });
}

}  // namespace prefscope
