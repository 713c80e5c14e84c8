// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_model.h"

#include <QBrush>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "ui/theme.h"

namespace prefscope {

QString durationText(double seconds) {
  const auto s = static_cast<qint64>(seconds + 0.5);
  if (s < 60) return RunModel::tr("%1 s").arg(s);
  if (s < 3600) return RunModel::tr("%1 min %2 s").arg(s / 60).arg(s % 60);
  return RunModel::tr("%1 h %2 min").arg(s / 3600).arg(s % 3600 / 60);
}

QString settingsText(const Run& run) {
  const auto options = nlohmann::json::parse(run.options, nullptr, false);
  if (!options.is_object()) return {};
  const auto number = [&](const char* key) { return QString::number(options.value(key, 0.0), 'g', 6); };
  QStringList parts;
  if (run.objective != "sft") {
    parts << RunModel::tr("k %1").arg(number("k"));
    parts << RunModel::tr("beta %1").arg(number("beta"));
  }
  parts << RunModel::tr("lr %1").arg(number("lr"));
  parts << RunModel::tr("epochs %1").arg(number("epochs"));
  parts << RunModel::tr("rank %1").arg(number("rank"));
  parts << RunModel::tr("%1 tokens a step").arg(number("batch_tokens"));
  parts << RunModel::tr("seed %1").arg(number("seed"));
  return parts.join(QStringLiteral(" · "));
}

QString statusText(const Run& run) {
  const QString status = QString::fromLatin1(status_name(run.status));
  if (run.message.empty()) return status;
  return RunModel::tr("%1: %2").arg(status, QString::fromStdString(run.message).simplified());
}

void RunModel::setRuns(std::vector<Run> runs) {
  std::reverse(runs.begin(), runs.end());
  const auto sameId = [](const Run& a, const Run& b) { return a.id == b.id; };
  if (std::equal(runs.begin(), runs.end(), m_runs.begin(), m_runs.end(), sameId)) {
    m_runs = std::move(runs);
    if (!m_runs.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, Columns - 1));
    return;
  }
  beginResetModel();
  m_runs = std::move(runs);
  const auto gone = std::erase_if(m_checked, [this](int64_t id) { return rowOf(id) < 0; });
  endResetModel();
  if (gone > 0) Q_EMIT checkedChanged();
}

const Run* RunModel::runAt(int row) const {
  return row >= 0 && row < rowCount() ? &m_runs[static_cast<size_t>(row)] : nullptr;
}

int RunModel::rowOf(int64_t run) const {
  const auto found = std::find_if(m_runs.begin(), m_runs.end(), [run](const Run& r) { return r.id == run; });
  return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

int RunModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : Columns;
}

QVariant RunModel::data(const QModelIndex& index, int role) const {
  const Run* run = runAt(index.row());
  if (!index.isValid() || !run) return {};
  if (role == Qt::CheckStateRole && index.column() == Name)
    return m_checked.contains(run->id) ? Qt::Checked : Qt::Unchecked;
  const bool number = index.column() == Steps || index.column() == Time;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  // What went wrong matters more than how it was set.
  const bool trouble = !run->message.empty() && run->status != RunStatus::Done;
  if (role == Qt::ForegroundRole &&
      ((index.column() == Status && run->status == RunStatus::Failed) || (index.column() == Settings && trouble)))
    return QBrush(theme().warning);
  if (role == Qt::ToolTipRole && index.column() == Name)
    return tr("Checked runs lie in grey below the curves, and their settings can be compared");
  if (role == Qt::ToolTipRole && (index.column() == Status || index.column() == Settings)) {
    QString tip = statusText(*run).toHtmlEscaped();
    if (index.column() == Settings) tip += QStringLiteral("<br>") + settingsText(*run).toHtmlEscaped();
    return QStringLiteral("<p>") + tip + QStringLiteral("</p>");
  }
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case Name:
      return QString::fromStdString(run->name);
    case Start: {
      if (!run->parent) return tr("base model");
      const int row = rowOf(*run->parent);
      return row < 0 ? tr("run %1").arg(*run->parent) : QString::fromStdString(runAt(row)->name);
    }
    case Status:
      return QString::fromLatin1(status_name(run->status));
    case Steps:
      return run->steps_total > 0 ? tr("%1 of %2").arg(run->steps_done).arg(run->steps_total) : QString();
    case Time:
      return run->seconds > 0 ? durationText(run->seconds) : QString();
    case Settings:
      return trouble ? QString::fromStdString(run->message).simplified() : settingsText(*run);
    default:
      return {};
  }
}

bool RunModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const Run* run = runAt(index.row());
  if (role != Qt::CheckStateRole || index.column() != Name || !run) return false;
  if (value.toInt() == Qt::Checked) {
    m_checked.insert(run->id);
  } else {
    m_checked.erase(run->id);
  }
  Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
  Q_EMIT checkedChanged();
  return true;
}

Qt::ItemFlags RunModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  if (index.isValid() && index.column() == Name) flags |= Qt::ItemIsUserCheckable;
  return flags;
}

QVariant RunModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= Columns) return {};
  const QString titles[Columns] = {tr("Run"), tr("Starts from"), tr("Status"), tr("Steps"), tr("Time"), tr("Settings")};
  if (role == Qt::DisplayRole) return titles[section];
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue((section == Steps || section == Time ? Qt::AlignRight : Qt::AlignLeft) |
                               Qt::AlignVCenter);
  return {};
}

}  // namespace prefscope
