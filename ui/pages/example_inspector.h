// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <optional>

#include "engine/tasks/inspect_example.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace prefscope {

class EmptyState;
class TokenLine;
class Workbench;

/// An example exactly as a model gets it: prompt and responses token by token, what the loss sees of them, and whether
/// they fit. It stands beside the main window and deletes itself when closed.
class ExampleInspector : public QDialog {
  Q_OBJECT
 public:
  explicit ExampleInspector(Workbench& workbench, QWidget* parent = nullptr);
  ~ExampleInspector() override;
  void showExample(qint64 example);

 private:
  /// What a job reads.
  struct Read {
    SeenExample seen;
    int64_t place = 0, count = 0;  ///< place: from 0, of count examples of its preparation
    std::optional<int64_t> before, after;
  };

  QWidget* buildHead();
  QWidget* buildContent();
  void chooseModel();
  void read();
  void showRead(Read read);
  void showPart();
  void showLength();
  void showResponses(const SeenPrompt& prompt);
  /// How many of a prompt's first tokens have no room.
  size_t tooMany(const SeenPrompt& prompt) const;
  void fail(const QString& message);

  Workbench& m_workbench;
  QLabel* m_title;
  QComboBox *m_model, *m_chat, *m_part;
  QPushButton *m_previous, *m_next, *m_copyText, *m_copyJson;
  QStackedWidget* m_stack;
  EmptyState* m_trouble;
  QProgressBar* m_room;
  QLabel *m_length, *m_place;
  TokenLine* m_legend;
  QLabel* m_promptTitle;
  QPlainTextEdit* m_text;
  TokenLine* m_tokens;
  QLabel* m_responsesTitle;
  QScrollArea* m_responses;
  qint64 m_example = 0, m_job = 0;
  int m_generation = 0;
  std::optional<Read> m_read;
};

/// Opens the inspector, or brings the one that is open to the front, on an example.
void inspectExample(Workbench& workbench, QWidget* parent, qint64 example);

}  // namespace prefscope
