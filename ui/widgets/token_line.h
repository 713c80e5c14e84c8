// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QWidget>
#include <vector>

namespace prefscope {

/// A text cut into its tokens: a box for each with its id beneath, in lines as wide as the widget. What a token is
/// (spelling in the vocabulary, place in the text) is in its tool tip, and in the data that can be copied.
class TokenLine : public QWidget {
  Q_OBJECT
 public:
  struct Token {
    int id = 0;              ///< below 0: it is a sign of the legend, and has none
    QString text;            ///< what it stands for in the text
    QString spelling;        ///< as the vocabulary writes it
    int begin = 0, end = 0;  ///< in code points of the text; both -1 where that is not known
    bool special = false;    ///< one that text from outside never becomes
    bool learned = false;    ///< the loss sees it
    bool cut = false;        ///< there is no room for it
  };

  explicit TokenLine(QWidget* parent = nullptr);
  void setTokens(std::vector<Token> tokens);
  const std::vector<Token>& tokens() const { return m_tokens; }
  /// id,token,begin,end,special: one line a token.
  QString csv() const;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// Where the tokens stand in a widget of this width.
  std::vector<QRectF> boxes(int width) const;

  std::vector<Token> m_tokens;
};

}  // namespace prefscope
