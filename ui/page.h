// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QAction;

namespace prefscope {

class Workbench;

/// A page of the main window. It reads what it shows from the workspace; work goes through workbench().jobs().
class Page : public QWidget {
  Q_OBJECT
 public:
  explicit Page(Workbench& workbench, QWidget* parent = nullptr) : QWidget(parent), m_workbench(workbench) {}

  /// Called each time the page is shown: read again what may have changed.
  virtual void activate() {}
  /// Called when another page is shown.
  virtual void deactivate() {}
  /// The part of the top bar after the data set's name ("User 214"); plain text.
  virtual QString heading() const { return {}; }
  /// The small text beside it: the protocol, a count.
  virtual QString subheading() const { return {}; }
  /// What the button at the right of the top bar does ("Export"); null: no button.
  virtual QAction* primaryAction() const { return nullptr; }

  Workbench& workbench() const { return m_workbench; }

 Q_SIGNALS:
  /// heading(), subheading() or primaryAction() changed.
  void headingChanged();

 private:
  Workbench& m_workbench;
};

}  // namespace prefscope
