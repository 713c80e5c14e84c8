// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>
#include <memory>

#include "engine/text/tokenizer.h"

class QCheckBox;
class QLabel;
class QPlainTextEdit;

namespace prefscope {

class TokenLine;

/// A text and its tokens, as it is typed.
class TokenTry : public QWidget {
  Q_OBJECT
 public:
  explicit TokenTry(QWidget* parent = nullptr);
  /// nullptr: there is none yet, or the folder has none.
  void setTokenizer(std::shared_ptr<const Tokenizer> tokenizer);
  void setText(const QString& text);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void show();

  std::shared_ptr<const Tokenizer> m_tokenizer;
  QPlainTextEdit* m_text;
  QCheckBox* m_special;
  TokenLine* m_line;
  QLabel* m_count;
  QTimer m_typing;
};

}  // namespace prefscope
