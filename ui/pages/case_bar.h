// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <vector>

#include "engine/explain/case.h"
#include "engine/store/runs.h"
#include "engine/store/saved_cases.h"
#include "ui/pages/interesting_users.h"

class QComboBox;
class QLabel;
class QLineEdit;

namespace prefscope {

/// The head of the Case page: what the case shows in a sentence, and who is looked at, under which model, ranked by
/// what.
class CaseBar : public QWidget {
  Q_OBJECT
 public:
  explicit CaseBar(QWidget* parent = nullptr);

  /// Says what the case shows, under the model chosen. hint: what to do next where it has no reference.
  void setCase(const RankResult& rank, const QString& hint);
  /// base: the base model's title. The run chosen stays, where it is among them.
  void setModels(const QString& base, const std::vector<Run>& runs);
  bool hasRun(int64_t run) const;
  /// The last of the runs; 0: none.
  int64_t newestRun() const;
  /// 0: the base model.
  void setRun(int64_t run);
  QString modelName() const;
  void setSaved(const std::vector<SavedCase>& cases);
  /// sum, mean or ratio.
  QString score() const;
  QString scoreTitle() const;
  void setScore(const QString& score);
  /// The id in the field.
  void setUser(const QString& key);
  /// Puts the keys into it, all selected.
  void focusUser();

 Q_SIGNALS:
  void stepped(bool forward);
  /// The next user that is worth a look.
  void interestingRequested(prefscope::Interest interest);
  void userEntered(const QString& key);
  void runChosen(qint64 run);
  void scoreChosen();
  /// A case of the notebook; 0: the notebook itself.
  void savedChosen(qint64 id);
  void saveRequested();

 private:
  QComboBox* addBox(const QString& name, const char* objectName);

  QLabel *m_headline, *m_subline;
  QLineEdit* m_user;
  QComboBox* m_model;
  QComboBox* m_score;
  QComboBox* m_saved;
};

}  // namespace prefscope
