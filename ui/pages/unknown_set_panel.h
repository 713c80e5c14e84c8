// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/widgets/card.h"

class QPushButton;

namespace prefscope {

class Workbench;

/// What to do with a data set whose titles no model here knows, one click each: use a language model of this computer,
/// train a small one here, or judge classic models. While a small model is trained it says so.
class UnknownSetPanel : public Card {
  Q_OBJECT
 public:
  explicit UnknownSetPanel(Workbench& workbench, QWidget* parent = nullptr);
  /// Takes the words for the data set looked at.
  void refresh();

 private:
  Workbench& m_workbench;
  QLabel* m_text;
  QPushButton* m_small;
};

/// The panel in the middle of a page of its own.
QWidget* asPage(UnknownSetPanel* panel, QWidget* parent);

/// Asks for the folder of a language model, which becomes the base model of the data set looked at.
void askModelFolder(Workbench& workbench, QWidget* parent);

}  // namespace prefscope
