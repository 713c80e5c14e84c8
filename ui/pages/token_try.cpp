// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/token_try.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QVBoxLayout>

#include "engine/tasks/tokenize.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/token_line.h"

namespace prefscope {
namespace {

constexpr int typingPause = 120;  // ms
constexpr int textHeight = 72;
constexpr qsizetype longestText = 20'000;  // code units that are shown in tokens

}  // namespace

TokenTry::TokenTry(QWidget* parent) : QWidget(parent) {
  m_text = new QPlainTextEdit(this);
  m_text->setObjectName(QStringLiteral("tokenText"));
  m_text->setAccessibleName(tr("Text to cut into tokens"));
  m_text->setPlaceholderText(tr("Type or paste a text"));
  m_text->setTabChangesFocus(true);
  m_text->setFixedHeight(textHeight);
  m_text->setAcceptDrops(false);
  m_special = new QCheckBox(tr("Find &special tokens"), this);
  m_special->setObjectName(QStringLiteral("findSpecial"));
  m_special->setToolTip(tr(
      "On: the text is a template's, and special tokens that it spells are found. Off: it is text from outside, such "
      "as a title, and can spell none (Alt+S)"));
  m_count = makeLabel({}, "small", this);
  m_count->setObjectName(QStringLiteral("tokenCount"));
  m_count->setWordWrap(true);
  auto* area = new QScrollArea(this);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setAccessibleName(tr("Tokens of the text"));
  m_line = new TokenLine;
  m_line->setObjectName(QStringLiteral("tokenLine"));
  area->setWidget(m_line);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(pageMargin);
  foot->addWidget(m_special);
  foot->addWidget(m_count, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, gridUnit, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_text);
  layout->addLayout(foot);
  layout->addWidget(area, 1);

  m_typing.setSingleShot(true);
  m_typing.setInterval(typingPause);
  connect(&m_typing, &QTimer::timeout, this, &TokenTry::show);
  connect(m_text, &QPlainTextEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
  connect(m_special, &QCheckBox::toggled, this, &TokenTry::show);
}

void TokenTry::setTokenizer(std::shared_ptr<const Tokenizer> tokenizer) {
  m_tokenizer = std::move(tokenizer);
  m_text->setEnabled(m_tokenizer != nullptr);
  m_special->setEnabled(m_tokenizer != nullptr);
  show();
}

void TokenTry::setText(const QString& text) {
  m_text->setPlainText(text);
}

void TokenTry::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  m_text->setFocus();
}

void TokenTry::show() {
  std::vector<TokenLine::Token> tokens;
  if (!m_tokenizer) {
    m_line->setTokens({});
    m_count->setText(tr("This folder has no tokenizer: expected a tokenizer.json or a tokenizer.model."));
    return;
  }
  const QString text = m_text->toPlainText().left(longestText);
  const TokenizedText cut = tokenize(*m_tokenizer, text.toStdString(), m_special->isChecked());
  const QList<uint> points = text.toUcs4();  // offsets count code points
  for (const TokenOfText& token : cut.tokens) {
    const QString part =
        QString::fromUcs4(reinterpret_cast<const char32_t*>(points.constData()) + token.begin, token.end - token.begin);
    tokens.push_back({token.id, token.special ? QString() : part, QString::fromStdString(token.token), token.begin,
                      token.end, token.special});
  }
  const auto count = cut.tokens.size();
  m_line->setTokens(std::move(tokens));
  QString said = count == 1 ? tr("1 token") : tr("%1 tokens").arg(count);
  if (!text.isEmpty()) said += tr(", %1 characters").arg(points.size());
  if (m_text->toPlainText().size() > longestText) said += tr(" of a longer text");
  if (cut.decoded != text.toStdString()) said += tr(" · decoded it reads: %1").arg(QString::fromStdString(cut.decoded));
  m_count->setText(said);
}

}  // namespace prefscope
