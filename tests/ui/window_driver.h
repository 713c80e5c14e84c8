// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractButton>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QtTest>
#include <algorithm>
#include <vector>

#include "ui/main_window.h"
#include "ui/workbench.h"

namespace prefscope {

/// 30 users with 6 choices each among 40 items, as items.csv and interactions.csv; false where they cannot be written.
inline bool writeSmallWorld(const QString& folder) {
  QDir().mkpath(folder);
  QFile items(folder + QStringLiteral("/items.csv")), acts(folder + QStringLiteral("/interactions.csv"));
  if (!items.open(QIODevice::WriteOnly) || !acts.open(QIODevice::WriteOnly)) return false;
  items.write("id,title,genre\n");
  for (int i = 1; i <= 40; ++i) {
    const QLatin1String genre(i % 2 ? "drama" : "comedy");
    items.write(QStringLiteral("%1,The <i>Film</i> %1,%2\n").arg(i).arg(genre).toUtf8());
  }
  acts.write("user,item,time\n");
  for (int u = 1; u <= 30; ++u) {
    for (int a = 0; a < 6; ++a)
      acts.write(QStringLiteral("%1,%2,%3\n").arg(u).arg(1 + (u * 7 + a * 2) % 40).arg(1'000'000 + a).toUtf8());
  }
  return true;
}

/// A widget of the window by its object name.
template <typename Widget>
Widget* widgetOf(const MainWindow& window, const char* name) {
  auto* found = window.findChild<Widget*>(QString::fromLatin1(name));
  if (!found) qFatal("there is no %s", name);
  return found;
}

inline void clickOn(const MainWindow& window, const char* button) {
  QTest::mouseClick(widgetOf<QAbstractButton>(window, button), Qt::LeftButton);
}

/// Chooses an objective of the run's form, as a person does from its list.
inline void chooseObjective(const MainWindow& window, const char* name) {
  auto* box = widgetOf<QComboBox>(window, "objective");
  const int index = box->findData(QString::fromLatin1(name));
  if (index < 0) qFatal("there is no objective %s", name);
  box->setCurrentIndex(index);
  Q_EMIT box->activated(index);
}

/// How long the event loop of this thread did not turn, while it lives.
class GapMeter : public QObject {
 public:
  GapMeter() {
    m_clock.start();
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(beatMs);
    connect(&m_timer, &QTimer::timeout, this,
            [this] { m_gaps.push_back(std::max<qint64>(0, m_clock.restart() - beatMs)); });
    m_timer.start();
  }
  /// In ascending order.
  std::vector<qint64> gapsMs() const {
    std::vector<qint64> sorted = m_gaps;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  static constexpr int beatMs = 5;
  QTimer m_timer;
  QElapsedTimer m_clock;
  std::vector<qint64> m_gaps;
};

}  // namespace prefscope
