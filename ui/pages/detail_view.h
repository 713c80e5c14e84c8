// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/store/data_sets.h"

class QPushButton;
class QStackedWidget;

namespace prefscope {

class ItemPanel;
class UserPanel;
class Workbench;

/// Whose page it is.
struct Subject {
  bool isUser = true;
  qint64 id = 0;

  bool operator==(const Subject&) const = default;
};

/// The page of a user or an item, from which others are opened; a button and Alt+Left go back.
class DetailView : public QWidget {
  Q_OBJECT
 public:
  explicit DetailView(Workbench& workbench, QWidget* parent = nullptr);
  /// Shows a page of the data set that is looked at, with no way back. Pages opened from it are of that set, whatever
  /// is looked at later. Nothing is read again where it is the one that the way began with.
  void begin(const Subject& subject);
  void clear();
  /// The set that the pages are of.
  const std::optional<DataSet>& dataSet() const { return m_set; }
  /// What is on the screen; id 0: nothing.
  Subject subject() const { return m_trail.empty() ? Subject() : m_trail.back().subject; }
  /// Its name, empty until it is read.
  QString title() const { return m_trail.empty() ? QString() : m_trail.back().title; }
  void back();

 Q_SIGNALS:
  void titleChanged(const QString& title);

 private:
  struct Step {
    Subject subject;
    QString title;
  };

  void go(const Subject& subject);
  void showLast();
  void onNamed(const QString& title);

  Workbench& m_workbench;
  std::optional<DataSet> m_set;
  std::vector<Step> m_trail;
  QPushButton* m_back;
  QStackedWidget* m_stack;
  UserPanel* m_user;
  ItemPanel* m_item;
};

}  // namespace prefscope
