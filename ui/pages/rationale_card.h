// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointer>
#include <QTimer>
#include <memory>
#include <vector>

#include "engine/explain/rationale_facts.h"
#include "engine/tasks/explain.h"
#include "ui/widgets/card.h"

class QButtonGroup;
class QCheckBox;
class QHBoxLayout;
class QPushButton;
class QTextBrowser;

namespace prefscope {

class RationalesWindow;
class Workbench;

/// Lets a model write why it recommends its first candidate, shows the text as it comes, and marks what it names:
/// titles of the history, true attributes, and what is invented or not so; each mark is a link to its rows of the
/// history. How a text was made stands beside it. "Side by side" opens the rationales of all models. It is as high
/// as what is written needs.
class RationaleCard : public Card {
  Q_OBJECT
 public:
  explicit RationaleCard(Workbench& workbench, QWidget* parent = nullptr);
  /// run: the model of the ranking (0: base); its parents and the base model can write too.
  void setCase(const RankResult& rank, int64_t preparation, int64_t run);
  void clear();
  /// What was written last for this case, by any model.
  QString text() const { return m_text; }
  /// How it was made.
  QString note() const { return m_note; }
  /// What was measured of what the text cites, by the margin of the candidate that it speaks of.
  void setJudgement(const QString& text);

 Q_SIGNALS:
  /// The history items that the text names: positions.
  void cited(const std::vector<size_t>& positions);
  /// The history items that the mark under the mouse, or the one chosen last, speaks of: an item, or all with an
  /// attribute. Empty: none.
  void pointed(const std::vector<size_t>& positions);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Stream;

  void write();
  void showText(const QString& text, bool whole);
  void readFacts();
  void showFacts(const RationaleFacts& facts);
  void writeFacts();
  /// Whether there is a text, or one comes.
  void setOpen(bool open);
  void showSaved();
  void showSideBySide();
  RankOptions rankOptions(int64_t run) const;
  /// Positions in the history that a link of the text speaks of.
  std::vector<size_t> positionsOf(const QUrl& link) const;

  Workbench& m_workbench;
  QButtonGroup* m_models;
  QHBoxLayout* m_pills;
  QPushButton *m_write, *m_sideBySide;
  QCheckBox* m_hold;
  QTextBrowser* m_view = nullptr;
  QLabel* m_facts;
  QTimer m_poll;
  std::shared_ptr<Stream> m_stream;
  RankResult m_rank;
  int64_t m_preparation = 0, m_run = 0;
  std::string m_baseModel;  // what writes where no run is chosen
  QString m_text, m_note;
  QString m_named, m_judgement;    // what the text names, and what was measured of it
  std::vector<NamedPart> m_parts;  // of the text, once they are read
  std::vector<size_t> m_pointed;   // by the link chosen last
  QPointer<RationalesWindow> m_window;
  bool m_whole = false;
  int m_generation = 0;  // of the text shown
  qint64 m_job = 0;
};

}  // namespace prefscope
