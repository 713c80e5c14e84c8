// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "engine/store/preparations.h"
#include "ui/widgets/card.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace prefscope {

class Workbench;

/// How histories become examples with saved candidate lists: the options, the button, and the protocol that came of it.
class PreparePanel : public Card {
  Q_OBJECT
 public:
  explicit PreparePanel(Workbench& workbench, QWidget* parent = nullptr);
  void refresh();

 private:
  /// The form as this preparation was made, once.
  void fill(const Preparation& p);
  void start();
  QWidget* buildView();
  void readViews();
  /// Opens the view that is chosen, or a new one.
  void editView();
  /// Shows the fields that the split and the candidates need, and says what the split does.
  void fitToSplit();
  /// Asks for a table and names it on the button.
  void chooseTable(const QString& title, QPushButton* button, std::filesystem::path& file);

  Workbench& m_workbench;
  QFormLayout* m_form;
  QComboBox* m_view;
  QPushButton* m_editView;
  QComboBox* m_split;
  QLineEdit* m_fromTime;
  QComboBox* m_sampling;
  QPushButton *m_lists, *m_rows;
  std::filesystem::path m_listsFile, m_rowsFile;
  QComboBox* m_prompt;
  QSpinBox* m_candidates;
  QSpinBox* m_negatives;
  QSpinBox* m_history;
  QSpinBox* m_targets;
  QDoubleSpinBox* m_threshold;
  QSpinBox* m_heldOut;
  QSpinBox* m_users;
  QSpinBox* m_trainUsers;
  QSpinBox* m_seed;
  QLabel* m_rule;
  QPushButton* m_button;
  QComboBox* m_made;
  QLabel* m_counts;
  QLabel* m_protocol;
  QWidget* m_options;
  int64_t m_filled = 0;  // the preparation that the form was filled with
};

}  // namespace prefscope
