// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "engine/tasks/generate.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTextEdit;

namespace prefscope {

class Workbench;

/// A prompt, how the model gets it, and what the model writes, token by token. The model stays in memory until another
/// is shown.
class PromptTry : public QWidget {
  Q_OBJECT
 public:
  explicit PromptTry(Workbench& workbench, QWidget* parent = nullptr);
  ~PromptTry() override;
  /// Shows a model, with an adapter's stack. chat: what its template is: a format's name, "none" or "unknown". Without
  /// a tokenizer nothing can be written.
  void setModel(const std::string& model, const std::vector<std::filesystem::path>& adapters, const std::string& chat,
                std::shared_ptr<const Tokenizer> tokenizer);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Stream;

  QWidget* buildControls();
  QWidget* buildExamples();
  void fillIn(std::string ExamplePrompts::*which);
  GenerateOptions options() const;
  bool canWrite() const;
  void render();
  void write();
  void takeStream();
  void setBusy(bool busy);
  void say(const QString& text, bool trouble = false);

  Workbench& m_workbench;
  std::string m_model, m_template;  // of chat, as setModel was told
  std::vector<std::filesystem::path> m_adapters;
  std::shared_ptr<const Tokenizer> m_tokenizer;
  std::shared_ptr<const LoadedModel> m_loaded;  // with m_loadedDtype
  QString m_loadedDtype;
  std::shared_ptr<Stream> m_stream;
  qint64 m_job = 0;
  int m_shown = 0;  // how many models were shown
  QPlainTextEdit* m_prompt;
  QLineEdit* m_system;
  QComboBox* m_chat;
  QTextEdit* m_rendered;
  QLabel* m_renderedNote;
  QDoubleSpinBox* m_temperature;
  QSpinBox *m_tokens, *m_seed;
  QComboBox* m_dtype;
  QPushButton *m_write, *m_stop;
  QProgressBar* m_bar;
  QPlainTextEdit* m_answer;
  QLabel* m_note;
  QTimer m_typing, m_poll;
};

}  // namespace prefscope
