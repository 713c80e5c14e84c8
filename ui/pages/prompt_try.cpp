// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/prompt_try.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QStyle>
#include <QTextCursor>
#include <QTextEdit>
#include <algorithm>
#include <limits>
#include <mutex>

#include "engine/base/error.h"
#include "ui/jobs/job_strip.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int typingPause = 200, pollMs = 80;  // ms
constexpr int promptHeight = 104, barWidth = 120, barSteps = 1000;

/// nullptr: none.
const ChatFormat* formatNamed(const std::string& name) {
  for (const ChatFormat& format : chat_formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace

/// Written by the job's thread, read by the window's.
struct PromptTry::Stream {
  std::mutex mutex;
  std::string text;
};

PromptTry::PromptTry(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench) {
  m_prompt = new QPlainTextEdit(this);
  m_prompt->setObjectName(QStringLiteral("prompt"));
  m_prompt->setAccessibleName(tr("Prompt"));
  m_prompt->setPlaceholderText(tr("Write a prompt; Ctrl+Return lets the model go on from it"));
  m_prompt->setTabChangesFocus(true);
  m_prompt->setAcceptDrops(false);
  m_prompt->setFixedHeight(promptHeight);
  m_rendered = new QTextEdit(this);
  m_rendered->setObjectName(QStringLiteral("renderedPrompt"));
  m_rendered->setAccessibleName(tr("The prompt as the model gets it"));
  m_rendered->setReadOnly(true);
  m_rendered->setTabChangesFocus(true);
  m_rendered->setFixedHeight(promptHeight);
  m_renderedNote = makeLabel({}, "small", this);
  m_renderedNote->setObjectName(QStringLiteral("renderedNote"));
  m_system = new QLineEdit(this);
  m_system->setObjectName(QStringLiteral("systemMessage"));
  m_system->setAccessibleName(tr("System message"));
  m_system->setPlaceholderText(tr("System message; empty: as the format has it"));
  m_system->setAcceptDrops(false);
  m_chat = new QComboBox(this);
  m_chat->setObjectName(QStringLiteral("chatFormat"));
  m_chat->setAccessibleName(tr("Chat format"));
  m_chat->setToolTip(tr("How the prompt is written before the model gets it; base models have none"));
  m_answer = new QPlainTextEdit(this);
  m_answer->setObjectName(QStringLiteral("answer"));
  m_answer->setAccessibleName(tr("What the model writes"));
  m_answer->setReadOnly(true);
  m_answer->setTabChangesFocus(true);
  m_answer->setPlaceholderText(tr("What the model writes stands here."));
  m_note = makeLabel({}, "small", this);
  m_note->setObjectName(QStringLiteral("answerNote"));
  m_note->setWordWrap(true);

  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, gridUnit, 0, 0);
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(gridUnit / 2);
  auto* left = new QHBoxLayout;
  left->addWidget(makeLabel(tr("Prompt"), "strong", this));
  left->addStretch(1);
  left->addWidget(buildExamples());
  grid->addLayout(left, 0, 0);
  auto* head = new QHBoxLayout;
  head->addWidget(makeLabel(tr("As the model gets it"), "strong", this));
  head->addWidget(m_renderedNote, 1, Qt::AlignRight);
  grid->addLayout(head, 0, 1);
  grid->addWidget(m_prompt, 1, 0);
  grid->addWidget(m_rendered, 1, 1);
  grid->addWidget(m_system, 2, 0);
  grid->addWidget(m_chat, 2, 1);
  grid->addWidget(buildControls(), 3, 0, 1, 2);
  grid->addWidget(m_answer, 4, 0, 1, 2);
  grid->addWidget(m_note, 5, 0, 1, 2);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(4, 1);

  m_typing.setSingleShot(true);
  m_typing.setInterval(typingPause);
  connect(&m_typing, &QTimer::timeout, this, &PromptTry::render);
  connect(m_prompt, &QPlainTextEdit::textChanged, this, [this] {
    m_write->setEnabled(canWrite());  // at once: Ctrl+Return may come sooner than what is shown beside it
    m_typing.start();
  });
  connect(m_system, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
  connect(m_chat, &QComboBox::currentIndexChanged, this, &PromptTry::render);
  m_poll.setInterval(pollMs);
  connect(&m_poll, &QTimer::timeout, this, &PromptTry::takeStream);
  connect(&workbench.jobs(), &JobQueue::jobChanged, this, [this](const Job& job) {
    if (job.id != m_job) return;
    const double fraction = job.progress.fraction;
    m_bar->setRange(0, fraction < 0 ? 0 : barSteps);
    m_bar->setValue(static_cast<int>(std::clamp(fraction, 0.0, 1.0) * barSteps));
    if (job.state == JobState::Stopping) return say(tr("Stopping…"));
    say(toQt(job.progress.stage) + QStringLiteral("… ") + timeLeftText(job.progress.seconds_left));
  });
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job || job.state != JobState::Cancelled) return;
    takeStream();
    setBusy(false);
    say(m_answer->document()->isEmpty() ? tr("Stopped.") : tr("Stopped: what was written stands here."));
  });
  setBusy(false);
}

PromptTry::~PromptTry() {
  m_workbench.jobs().cancel(m_job);
}

/// A newcomer's first prompt: those that users of the data set looked at are asked about with.
QWidget* PromptTry::buildExamples() {
  auto* button = new QPushButton(tr("Fill in"), this);
  button->setObjectName(QStringLiteral("fillPrompt"));
  button->setProperty("flat", true);
  button->setProperty("menu", true);
  button->setAutoDefault(false);
  button->setToolTip(tr("The prompt of the user whose case is open, else of the first held-out one"));
  auto* menu = new QMenu(button);
  menu->addAction(tr("Which item comes next"), this, [this] { fillIn(&ExamplePrompts::ranking); });
  menu->addAction(tr("Why this item: a rationale"), this, [this] { fillIn(&ExamplePrompts::rationale); });
  button->setMenu(menu);
  const auto enable = [this, button] { button->setEnabled(m_workbench.preparation() != 0); };
  connect(&m_workbench, &Workbench::currentPreparationChanged, button, enable);
  enable();
  return button;
}

void PromptTry::fillIn(std::string ExamplePrompts::*which) {
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), preparation = m_workbench.preparation(), model = m_model,
       user = m_workbench.settings().value(QStringLiteral("case/user")).toString().toStdString()](const TaskContext&) {
        return example_prompts(folder, preparation, user, model);
      },
      this,
      [this, which](const ExamplePrompts& prompts) {
        const QString prompt = toQt(prompts.*which);
        if (prompt.isEmpty()) return say(tr("The data set that is looked at has no such prompt."));
        m_prompt->setPlainText(prompt);
        m_prompt->setFocus();
        say(tr("The prompt of user %1.").arg(toQt(prompts.user)));
      },
      [this](const QString& message) { say(message, true); });
}

QWidget* PromptTry::buildControls() {
  auto* controls = new QWidget(this);
  auto* line = new QHBoxLayout(controls);
  line->setContentsMargins(0, gridUnit / 2, 0, gridUnit / 2);
  line->setSpacing(gridUnit);
  const auto add = [&](const QString& text, const char* name, QWidget* box, const QString& tip) {
    box->setObjectName(QString::fromLatin1(name));
    box->setAccessibleName(text);
    box->setToolTip(tip);
    line->addWidget(makeLabel(text, "muted", controls));
    line->addWidget(box);
  };
  m_temperature = new QDoubleSpinBox(controls);
  m_temperature->setLocale(QLocale::c());
  m_temperature->setRange(0, 5);
  m_temperature->setSingleStep(0.1);
  m_temperature->setDecimals(2);
  add(tr("Temperature"), "promptTemperature", m_temperature,
      tr("How freely the next token is drawn. 0: always the likeliest"));
  m_tokens = new QSpinBox(controls);
  m_tokens->setRange(1, 4096);
  m_tokens->setValue(96);
  add(tr("Tokens"), "promptTokens", m_tokens, tr("So many are written at most"));
  m_seed = new QSpinBox(controls);
  m_seed->setRange(0, std::numeric_limits<int>::max());
  m_seed->setFixedWidth(m_temperature->sizeHint().width() + gridUnit);
  add(tr("Seed"), "promptSeed", m_seed, tr("The same seed writes the same text"));
  m_dtype = new QComboBox(controls);
  for (const char* dtype : {"float32", "bfloat16", "float16"}) m_dtype->addItem(QString::fromLatin1(dtype));
  add(tr("Numbers"), "promptDtype", m_dtype,
      tr("Of weights and activations, whatever the files have; the half-size ones take half the memory"));
  m_bar = new QProgressBar(controls);
  m_bar->setTextVisible(false);
  m_bar->setFixedWidth(barWidth);
  m_bar->setAccessibleName(tr("Progress"));
  m_stop = new QPushButton(tr("Stop"), controls);
  m_stop->setObjectName(QStringLiteral("stopPrompt"));
  m_stop->setAutoDefault(false);
  m_stop->setToolTip(tr("Stop after the token at hand; what is written stays"));
  m_write = new QPushButton(tr("Write"), controls);
  m_write->setObjectName(QStringLiteral("writePrompt"));
  m_write->setProperty("primary", true);
  m_write->setAutoDefault(false);
  m_write->setShortcut(Qt::CTRL | Qt::Key_Return);
  m_write->setToolTip(tr("Load the model where it is not, and let it go on from the prompt (Ctrl+Return)"));
  line->addStretch(1);
  line->addWidget(m_bar);
  line->addWidget(m_stop);
  line->addWidget(m_write);
  connect(m_write, &QPushButton::clicked, this, &PromptTry::write);
  connect(m_stop, &QPushButton::clicked, this, [this] { m_workbench.jobs().cancel(m_job); });
  return controls;
}

void PromptTry::setModel(const std::string& model, const std::vector<std::filesystem::path>& adapters,
                         const std::string& chat, std::shared_ptr<const Tokenizer> tokenizer) {
  m_workbench.jobs().cancel(m_job);
  m_job = 0;
  ++m_shown;  // what a job for another model brings yet is not taken
  m_poll.stop();
  m_stream.reset();
  m_loaded.reset();
  m_model = model;
  m_adapters = adapters;
  m_template = chat;
  m_tokenizer = std::move(tokenizer);
  m_answer->clear();
  {
    const QSignalBlocker quiet(m_chat);
    m_chat->clear();
    for (const std::string& choice : chat_choices()) {
      if (choice == "auto" && chat == "unknown") continue;  // refused: the choice is the person's
      QString title = toQt(choice);
      if (choice == "auto")
        title = chat == "none" ? tr("as its files say: none") : tr("as its template: %1").arg(toQt(chat));
      if (choice == "none") title = tr("none: the prompt as it is");
      m_chat->addItem(title, toQt(choice));
    }
  }
  setBusy(false);
  say(!m_tokenizer        ? tr("This folder has no tokenizer, so it takes no text.")
      : chat == "unknown" ? tr("The chat template of this model is none of those known here; choose how the prompt is "
                               "written.")
                          : QString());
  render();
}

GenerateOptions PromptTry::options() const {
  GenerateOptions o;
  o.model = m_model;
  o.adapters = m_adapters;
  o.prompt = m_prompt->toPlainText().toStdString();
  o.chat = m_chat->currentData().toString().toStdString();
  if (m_system->isEnabled() && !m_system->text().isEmpty()) o.system = m_system->text().toStdString();
  o.temperature = m_temperature->value();
  o.max_new_tokens = m_tokens->value();
  o.seed = static_cast<uint64_t>(m_seed->value());
  o.device = "auto";
  o.dtype = m_dtype->currentText().toStdString();
  return o;
}

bool PromptTry::canWrite() const {
  return m_tokenizer && m_job == 0 && !m_prompt->document()->isEmpty();
}

void PromptTry::render() {
  m_rendered->clear();
  m_renderedNote->clear();
  m_write->setEnabled(canWrite());
  if (!m_tokenizer || m_chat->currentIndex() < 0) return;
  try {
    const std::string asked = options().chat;
    const ChatFormat* format = formatNamed(asked == "auto" ? m_template : asked);
    m_system->setEnabled(format && format->takes_system);
    m_system->setToolTip(format ? (format->takes_system ? QString() : tr("This format takes no system message."))
                                : tr("Without a chat format there is no system message."));
    const GenerateOptions o = options();
    const ChatPrompt prompt = render_prompt(*m_tokenizer, o.model, o.chat, o.system, *o.prompt);
    QTextCursor cursor(m_rendered->document());
    for (const ChatSegment& segment : prompt.segments) {
      QTextCharFormat look;
      look.setFont(bodyFont());
      look.setForeground(segment.kind == ChatSegment::Kind::Outside ? theme().text : theme().muted);
      if (segment.kind == ChatSegment::Kind::Token) {
        look.setForeground(theme().accent);
        look.setBackground(theme().selection);
      }
      cursor.insertText(QString::fromStdString(segment.text), look);  // as text, never as HTML
    }
    m_renderedNote->setText(tr("%1 tokens").arg(prompt.ids.size()));
  } catch (const Error& error) {
    QTextCursor(m_rendered->document()).insertText(QString::fromUtf8(error.what()));
    m_write->setEnabled(false);
  }
}

void PromptTry::write() {
  if (m_job != 0 || !m_tokenizer) return;
  const GenerateOptions o = options();
  if (m_loadedDtype != m_dtype->currentText()) m_loaded.reset();
  m_answer->clear();
  m_stream = std::make_shared<Stream>();
  struct Written {
    std::shared_ptr<const LoadedModel> model;
    GenerateResult result;
  };
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Writing with %1").arg(m_workbench.modelTitle(m_model)),
      [o, loaded = m_loaded, stream = m_stream](const TaskContext& context) {
        const auto model = loaded ? loaded : load_for_writing(o, context);
        const auto take = [&](std::string_view text) {
          const std::lock_guard lock(stream->mutex);
          stream->text += text;
        };
        return Written{model, generate_text(*model, o, take, context)};
      },
      this,
      [this, shown = m_shown, dtype = m_dtype->currentText()](const Written& written) {
        if (shown != m_shown) return;
        takeStream();
        m_loaded = written.model;
        m_loadedDtype = dtype;
        setBusy(false);
        const GenerateResult& r = written.result;
        const double speed = static_cast<double>(r.ids.size()) / std::max(r.seconds, 1e-9);
        say(tr("%1 tokens, %2 a second, after a prompt of %3 · %4")
                .arg(r.ids.size())
                .arg(speed, 0, 'f', 1)
                .arg(r.prompt_tokens)
                .arg(r.ended == "end" ? tr("the model ended the text") : tr("ended at %1 tokens").arg(r.ids.size())) +
            QLatin1Char(' ') + tr("Generated text is not evidence."));
      },
      [this, shown = m_shown](const QString& message) {
        if (shown != m_shown) return;
        takeStream();
        setBusy(false);
        say(message, true);
      });
  setBusy(true);
  m_poll.start();
  say(m_loaded ? tr("Writing…") : tr("Loading the model…"));
}

/// What the job has written since the last time.
void PromptTry::takeStream() {
  if (!m_stream) return;
  QString text;
  {
    const std::lock_guard lock(m_stream->mutex);
    text = QString::fromStdString(m_stream->text);
    m_stream->text.clear();
  }
  if (text.isEmpty()) return;
  QScrollBar* bar = m_answer->verticalScrollBar();
  const bool follows = bar->value() == bar->maximum();
  QTextCursor cursor(m_answer->document());
  cursor.movePosition(QTextCursor::End);
  cursor.insertText(text);
  if (follows) bar->setValue(bar->maximum());
}

void PromptTry::setBusy(bool busy) {
  if (!busy) {
    m_job = 0;
    m_poll.stop();
    m_stream.reset();
  }
  for (QWidget* w : std::initializer_list<QWidget*>{m_temperature, m_tokens, m_seed, m_dtype}) w->setEnabled(!busy);
  m_write->setEnabled(!busy && canWrite());
  m_bar->setRange(0, 0);
  m_bar->setVisible(busy);
  m_stop->setVisible(busy);
}

void PromptTry::say(const QString& text, bool trouble) {
  m_note->setProperty("textStyle", trouble ? QStringLiteral("smallWarning") : QStringLiteral("small"));
  m_note->style()->unpolish(m_note);
  m_note->style()->polish(m_note);
  m_note->setText(text);
}

void PromptTry::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_rendered) render();
  QWidget::changeEvent(event);
}

}  // namespace prefscope
