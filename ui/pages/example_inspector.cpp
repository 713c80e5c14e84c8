// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/example_inspector.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/store/example_rows.h"
#include "engine/tasks/seen_text.h"
#include "engine/text/chat.h"
#include "ui/models/table_sources.h"
#include "ui/pages/models_window.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/quick_key.h"
#include "ui/widgets/token_line.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 1120, windowHeight = 700, textHeight = 180, roomWidth = 160, arrowWidth = 32;
constexpr size_t mostResponses = 64;  // that are shown; lists of all items have thousands
constexpr int textPage = 0, troublePage = 1;

QString sizeKey() {
  return QStringLiteral("inspector/geometry");
}

TokenLine::Token lineToken(const SeenToken& token) {
  return {token.id, toQt(token.text), toQt(token.token), -1, -1, token.special, token.learned, false};
}

TokenLine* makeTokens(const QString& name, QWidget* parent) {
  auto* line = new TokenLine(parent);
  line->setAccessibleName(name);
  return line;
}

QScrollArea* makeArea(const QString& name, QWidget* parent) {
  auto* area = new QScrollArea(parent);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setAccessibleName(name);
  return area;
}

QString tokensText(size_t tokens) {
  return countedText(static_cast<qint64>(tokens), ExampleInspector::tr("1 token"), ExampleInspector::tr("%1 tokens"));
}

QString roleText(Role role) {
  return role == Role::Train   ? ExampleInspector::tr("training")
         : role == Role::Panel ? ExampleInspector::tr("panel")
                               : ExampleInspector::tr("held out");
}

}  // namespace

ExampleInspector::ExampleInspector(Workbench& workbench, QWidget* parent) : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("exampleInspector"));
  setWindowTitle(tr("Example as the model gets it"));
  setWindowFlags(windowFlags() | Qt::WindowMaximizeButtonHint);
  m_stack = new QStackedWidget(this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(buildHead());
  layout->addWidget(m_stack, 1);
  m_stack->addWidget(buildContent());
  m_trouble = new EmptyState(QStringLiteral("train"), {}, {}, {}, this);
  connect(m_trouble, &EmptyState::pressed, this, [this] { openModels(m_workbench, parentWidget()); });
  m_stack->addWidget(m_trouble);
  fitOnScreen(this, {windowWidth, windowHeight});
  restoreGeometry(workbench.settings().value(sizeKey()).toByteArray());

  for (const std::string& model : workbench.baseModels()) m_model->addItem(workbench.modelTitle(model), toQt(model));
  m_model->setCurrentIndex(std::max(0, m_model->findData(toQt(workbench.baseModel()))));
  chooseModel();
  connect(m_model, &QComboBox::currentIndexChanged, this, [this] {
    chooseModel();
    read();
  });
  connect(m_chat, &QComboBox::activated, this, &ExampleInspector::read);
  connect(m_part, &QComboBox::currentIndexChanged, this, &ExampleInspector::showPart);
  m_next->setFocus();
}

ExampleInspector::~ExampleInspector() {
  m_workbench.jobs().cancel(m_job);
  m_workbench.settings().setValue(sizeKey(), saveGeometry());
}

QWidget* ExampleInspector::buildHead() {
  auto* head = new QWidget(this);
  const auto button = [head](const QString& text, const char* name, const QString& tip, const QKeySequence& keys) {
    auto* made = new QPushButton(text, head);
    made->setObjectName(QString::fromLatin1(name));
    made->setAccessibleName(tip);
    made->setAutoDefault(false);
    made->setToolTip(QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
    addQuickKey(made, keys);
    return made;
  };
  const auto box = [head](const QString& name, const char* objectName) {
    auto* made = new QComboBox(head);
    made->setObjectName(QString::fromLatin1(objectName));
    made->setAccessibleName(name);
    made->setToolTip(name);
    made->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return made;
  };
  m_title = new ElidedLabel({}, head);
  m_title->setObjectName(QStringLiteral("inspectedTitle"));
  m_title->setProperty("textStyle", QStringLiteral("heading"));
  m_previous = button(QStringLiteral("‹"), "previousExample", tr("The example before"), Qt::ALT | Qt::Key_Left);
  m_next = button(QStringLiteral("›"), "nextExample", tr("The next example"), Qt::ALT | Qt::Key_Right);
  for (QPushButton* arrow : {m_previous, m_next}) {
    arrow->setProperty("narrow", true);
    arrow->setFixedWidth(arrowWidth);
  }
  m_model = box(tr("The model whose tokens they are"), "inspectorModel");
  m_chat = box(tr("How the prompt is written"), "inspectorChat");
  m_copyText = button(tr("Copy text"), "copySeenText", tr("Copy the example with its tokens as text"),
                      Qt::CTRL | Qt::SHIFT | Qt::Key_C);
  m_copyJson = button(tr("Copy JSON"), "copySeenJson", tr("Copy it as JSON, as prefscope-cli inspect --json writes it"),
                      Qt::CTRL | Qt::SHIFT | Qt::Key_J);
  for (QPushButton* each : {m_previous, m_next, m_copyText, m_copyJson}) each->setEnabled(false);  // nothing is read
  connect(m_previous, &QPushButton::clicked, this, [this] {
    if (m_read && m_read->before) showExample(*m_read->before);
  });
  connect(m_next, &QPushButton::clicked, this, [this] {
    if (m_read && m_read->after) showExample(*m_read->after);
  });
  connect(m_copyText, &QPushButton::clicked, this, [this] {
    if (m_read) QApplication::clipboard()->setText(toQt(seen_text(m_read->seen)));
  });
  connect(m_copyJson, &QPushButton::clicked, this, [this] {
    if (m_read) QApplication::clipboard()->setText(toQt(seen_json(m_read->seen).dump(2)));
  });
  auto* line = new QHBoxLayout(head);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  line->addWidget(m_previous);
  line->addWidget(m_next);
  line->addWidget(m_title, 1);
  line->addWidget(m_model);
  line->addWidget(m_chat);
  line->addWidget(m_copyText);
  line->addWidget(m_copyJson);
  return head;
}

QWidget* ExampleInspector::buildContent() {
  auto* content = new QWidget(this);
  m_room = new QProgressBar(content);
  m_room->setTextVisible(false);
  m_room->setFixedWidth(roomWidth);
  m_room->setAccessibleName(tr("Room that the longest sequence takes"));
  m_length = makeLabel({}, "", content);
  m_length->setObjectName(QStringLiteral("inspectedLength"));
  m_length->setWordWrap(true);
  m_place = makeLabel({}, "muted", content);
  m_place->setObjectName(QStringLiteral("inspectedPlace"));
  m_part = new QComboBox(content);
  m_part->setObjectName(QStringLiteral("inspectedPart"));
  m_part->setAccessibleName(tr("The prompt that is shown"));
  m_part->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_legend = makeTokens(tr("How tokens are marked"), content);
  m_legend->setFixedWidth(roomWidth * 3);
  auto* facts = new QHBoxLayout;
  facts->setSpacing(pageMargin);
  facts->addWidget(m_room);
  facts->addWidget(m_length, 1);
  facts->addWidget(m_place);
  facts->addWidget(m_part);

  auto* prompt = new Card({}, content);
  m_promptTitle = makeLabel({}, "strong", prompt);
  m_promptTitle->setObjectName(QStringLiteral("promptTitle"));
  prompt->setTitleWidget(m_promptTitle);
  m_text = new QPlainTextEdit(prompt);
  m_text->setObjectName(QStringLiteral("inspectedPrompt"));
  m_text->setAccessibleName(tr("The prompt as text"));
  m_text->setReadOnly(true);
  m_text->setTabChangesFocus(true);
  m_tokens = makeTokens(tr("Tokens of the prompt"), prompt);
  m_tokens->setObjectName(QStringLiteral("promptTokens"));
  QScrollArea* tokens = makeArea(tr("Tokens of the prompt"), prompt);
  tokens->setWidget(m_tokens);
  auto* both = new QSplitter(Qt::Vertical, prompt);
  both->setChildrenCollapsible(false);
  both->setHandleWidth(gridUnit);
  both->addWidget(m_text);
  both->addWidget(tokens);
  both->setSizes({textHeight, windowHeight - textHeight});
  prompt->body()->addWidget(both, 1);

  auto* responses = new Card({}, content);
  m_responsesTitle = makeLabel({}, "strong", responses);
  m_responsesTitle->setObjectName(QStringLiteral("responsesTitle"));
  responses->setTitleWidget(m_responsesTitle);
  m_responses = makeArea(tr("Responses and their tokens"), responses);
  responses->body()->addWidget(m_responses, 1);

  auto* sides = new QSplitter(content);
  sides->setChildrenCollapsible(false);
  sides->setHandleWidth(gridUnit);
  sides->addWidget(prompt);
  sides->addWidget(responses);
  sides->setSizes({windowWidth * 3 / 5, windowWidth * 2 / 5});
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(facts);
  layout->addWidget(sides, 1);
  layout->addWidget(m_legend);
  return content;
}

/// Which ways of writing a prompt there are for the model; at first the one that this workspace has for it.
void ExampleInspector::chooseModel() {
  const std::string model = m_model->currentData().toString().toStdString();
  std::string used;
  m_workbench.attempt(tr("The models could not be read"), [&] {
    for (const ModelRow& row : list_models(m_workbench.workspace())) {
      if (row.path == model) used = row.chat;
    }
  });
  m_chat->clear();
  for (const std::string& choice : chat_choices()) {
    QString title = choice == "auto"   ? tr("prompt as its files say")
                    : choice == "none" ? tr("prompt as it is")
                                       : tr("prompt as %1").arg(toQt(choice));
    if (choice == used) title += tr(" (used here)");
    m_chat->addItem(title, toQt(choice));
  }
  m_chat->setCurrentIndex(std::max(0, m_chat->findData(toQt(used.empty() ? "auto" : used))));
}

void ExampleInspector::showExample(qint64 example) {
  m_example = example;
  read();
}

void ExampleInspector::read() {
  if (m_example == 0) return;
  if (!m_read) m_title->setText(tr("Reading…"));
  m_workbench.jobs().cancel(m_job);
  const int generation = ++m_generation;
  m_job = m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), example = m_example,
       model = m_model->currentData().toString().toStdString(),
       chat = m_chat->currentData().toString().toStdString()](const TaskContext& context) {
        Workspace workspace(folder);
        const int64_t preparation = example_home(workspace, example).preparation;
        const int64_t position = read_example(workspace, example).position;
        context.check();
        Read read{inspect_example(folder, example, model, chat, context), position,
                  find_examples(workspace, preparation, {}, {}).count,
                  next_example(workspace, preparation, position, false),
                  next_example(workspace, preparation, position, true)};
        return read;
      },
      this,
      [this, generation](Read read) {
        if (generation == m_generation) showRead(std::move(read));
      },
      [this, generation](const QString& message) {
        if (generation == m_generation) fail(message);
      });
}

void ExampleInspector::fail(const QString& message) {
  m_trouble->setTexts(tr("The example cannot be shown with this model"),
                      message + u'\n' + tr("Choose another model or another way of writing the prompt above."),
                      tr("Models…"));
  m_stack->setCurrentIndex(troublePage);
  m_read.reset();
  for (QPushButton* button : {m_previous, m_next, m_copyText, m_copyJson}) button->setEnabled(false);
}

void ExampleInspector::showRead(Read read) {
  m_read = std::move(read);
  const SeenExample& seen = m_read->seen;
  m_stack->setCurrentIndex(textPage);
  m_title->setText(tr("%1 · %2 · example %3 of %4")
                       .arg(seen.candidates > 0 ? tr("User %1").arg(toQt(seen.subject)) : toQt(seen.subject),
                            roleText(seen.role), countText(m_read->place + 1), countText(m_read->count)));
  m_previous->setEnabled(m_read->before.has_value());
  m_next->setEnabled(m_read->after.has_value());
  m_copyText->setEnabled(true);
  m_copyJson->setEnabled(true);
  m_place->setText(
      seen.target_place < 0 ? QString() : tr("Target: place %1 of %2").arg(seen.target_place + 1).arg(seen.candidates));
  m_place->setToolTip(tr("Of the chosen item in the saved list of candidates"));
  const QSignalBlocker quiet(m_part);
  const int part = std::max(0, m_part->currentIndex());
  m_part->clear();
  for (size_t i = 0; i < seen.prompts.size(); ++i)
    m_part->addItem(tr("Prompt %1 of %2").arg(i + 1).arg(seen.prompts.size()));
  m_part->setCurrentIndex(std::min(part, m_part->count() - 1));
  m_part->setVisible(seen.prompts.size() > 1);
  const bool fits = seen.longest <= seen.positions;
  const QString sees = seen.role == Role::Train ? tr("the loss sees it") : tr("its log-prob counts");
  std::vector<TokenLine::Token> signs = {{-1, tr("text"), {}, -1, -1, false, false, false},
                                         {-1, tr("special token"), {}, -1, -1, true, false, false},
                                         {-1, sees, {}, -1, -1, false, true, false}};
  if (!fits) signs.push_back({-1, tr("no room for it"), {}, -1, -1, false, false, true});
  m_legend->setTokens(std::move(signs));
  m_legend->setFixedHeight(m_legend->heightForWidth(m_legend->width()));
  showLength();
  showPart();
}

void ExampleInspector::showLength() {
  const SeenExample& seen = m_read->seen;
  const bool fits = seen.longest <= seen.positions;
  m_room->setRange(0, static_cast<int>(std::min<int64_t>(seen.positions, std::numeric_limits<int>::max())));
  m_room->setValue(static_cast<int>(std::min(seen.longest, seen.positions)));
  m_length->setProperty("textStyle", fits ? QString() : QStringLiteral("warning"));
  m_length->style()->unpolish(m_length);
  m_length->style()->polish(m_length);
  m_length->setText(tr("Longest prompt with a response: %1.").arg(toQt(seen_length_text(seen))));
}

size_t ExampleInspector::tooMany(const SeenPrompt& prompt) const {
  size_t longest = 0;
  for (const SeenResponse& response : prompt.responses) longest = std::max(longest, response.tokens.size());
  const auto all = prompt.tokens.size() + longest, room = static_cast<size_t>(m_read->seen.positions);
  return all > room ? std::min(all - room, prompt.tokens.size()) : 0;
}

void ExampleInspector::showPart() {
  if (!m_read || m_part->currentIndex() < 0) return;
  const SeenPrompt& prompt = m_read->seen.prompts.at(static_cast<size_t>(m_part->currentIndex()));
  m_promptTitle->setText(tr("Prompt · %1").arg(tokensText(prompt.tokens.size())));
  m_text->setPlainText(toQt(prompt.text));
  std::vector<TokenLine::Token> tokens;
  for (const SeenToken& token : prompt.tokens) tokens.push_back(lineToken(token));
  const size_t none = tooMany(prompt);
  for (size_t i = 0; i < none; ++i) tokens[i].cut = true;
  m_tokens->setTokens(std::move(tokens));
  showResponses(prompt);
}

void ExampleInspector::showResponses(const SeenPrompt& prompt) {
  const bool listed = m_read->seen.candidates > 0 && m_read->seen.role != Role::Train;
  auto* all = new QWidget;
  auto* layout = new QVBoxLayout(all);
  layout->setContentsMargins(0, 0, gridUnit, 0);
  layout->setSpacing(gridUnit / 2);
  const size_t shown = std::min(prompt.responses.size(), mostResponses);
  for (size_t i = 0; i < shown; ++i) {
    const SeenResponse& response = prompt.responses[i];
    const QString what = response.chosen ? tr("Chosen") : listed ? tr("Candidate") : tr("Rejected");
    QLabel* title = makeLabel(tr("%1 · %2 · ").arg(what, tokensText(response.tokens.size())) + toQt(response.text),
                              response.chosen ? "strong" : "muted", all);
    title->setWordWrap(true);
    auto* line = makeTokens(tr("%1, its tokens").arg(what), all);
    std::vector<TokenLine::Token> tokens;
    for (const SeenToken& token : response.tokens) tokens.push_back(lineToken(token));
    line->setTokens(std::move(tokens));
    layout->addWidget(title);
    layout->addWidget(line);
    layout->addSpacing(gridUnit);
  }
  if (shown < prompt.responses.size())
    layout->addWidget(makeLabel(tr("%1 more: copy the example to have them.")
                                    .arg(countText(static_cast<qint64>(prompt.responses.size() - shown))),
                                "muted", all));
  layout->addStretch(1);
  m_responses->setWidget(all);
  const auto count = static_cast<qint64>(prompt.responses.size()) - 1;
  m_responsesTitle->setText(listed ? countedText(count, tr("Responses · chosen and 1 other candidate"),
                                                 tr("Responses · chosen and %1 other candidates"))
                                   : tr("Responses · chosen and %1 rejected").arg(countText(count)));
}

void inspectExample(Workbench& workbench, QWidget* parent, qint64 example) {
  auto* window = parent->window()->findChild<ExampleInspector*>();
  if (!window) window = new ExampleInspector(workbench, parent->window());
  window->showExample(example);
  window->show();
  window->raise();
  window->activateWindow();
}

}  // namespace prefscope
