// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/rationale_card.h"

#include <QAbstractTextDocumentLayout>
#include <QButtonGroup>
#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTextBrowser>
#include <QTextCursor>
#include <QUrl>
#include <algorithm>
#include <cmath>
#include <mutex>

#include "engine/data/item_index.h"
#include "engine/explain/rationale_facts.h"
#include "engine/store/results.h"
#include "ui/pages/rationales_window.h"
#include "ui/theme.h"
#include "ui/widgets/named_marks.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int pollMs = 80;
constexpr int leastText = 22, mostText = 88;  // pixels; a longer one scrolls

QString holdKey() {
  return QStringLiteral("case/holdTitles");
}

/// The different words of the parts that are of this kind, in order.
QStringList namedAs(const RationaleFacts& facts, Named what) {
  QStringList words;
  for (const NamedPart& part : facts.parts) {
    if (part.what == what && !words.contains(toQt(part.words))) words << toQt(part.words);
  }
  return words;
}

}  // namespace

/// Written by the job's thread as the model writes, read by the window's.
struct RationaleCard::Stream {
  std::mutex mutex;
  std::string text;
};

RationaleCard::RationaleCard(Workbench& workbench, QWidget* parent)
    : Card(tr("Rationale"), parent), m_workbench(workbench) {
  auto* line = new QWidget(this);
  m_pills = new QHBoxLayout(line);
  m_pills->setContentsMargins(0, 0, 0, 0);
  m_pills->setSpacing(6);
  m_models = new QButtonGroup(this);
  m_write = new QPushButton(tr("Write"), this);
  m_write->setObjectName(QStringLiteral("writeRationale"));
  m_write->setToolTip(tr("Let the chosen model write why it recommends its first candidate"));
  m_hold = new QCheckBox(tr("Titles of the history only"), this);
  m_hold->setObjectName(QStringLiteral("holdTitles"));
  m_hold->setChecked(workbench.settings().value(holdKey(), true).toBool());
  m_hold->setToolTip(tr(
      "<p>On: between quotes the model can only write a title that the user had; it still chooses which, and what it "
      "says of it. Off: it writes freely and may name items that the user never had, or that do not exist.</p><p>It "
      "stands beside the text, since a text that was held cannot show whether the model would have invented "
      "titles.</p>"));
  connect(m_hold, &QCheckBox::toggled, this, [this](bool hold) { m_workbench.settings().setValue(holdKey(), hold); });
  addToHeader(m_hold);
  addToHeader(line);
  addToHeader(m_write);
  m_sideBySide = new QPushButton(tr("Side by side…"), this);
  m_sideBySide->setObjectName(QStringLiteral("sideBySide"));
  m_sideBySide->setShortcut(Qt::CTRL | Qt::Key_R);
  m_sideBySide->setToolTip(
      tr("Several rationales of every model, what they name, and what was measured of it (Ctrl+R)"));
  connect(m_sideBySide, &QPushButton::clicked, this, &RationaleCard::showSideBySide);
  addToHeader(m_sideBySide);
  m_view = new QTextBrowser(this);
  m_view->setOpenLinks(false);
  m_view->setObjectName(QStringLiteral("rationale"));
  m_view->setReadOnly(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setProperty("frameless", true);
  m_view->document()->setDocumentMargin(0);
  m_view->setAccessibleName(tr("Rationale"));
  m_view->setPlaceholderText(tr("The model reads the history…"));
  connect(m_view, &QTextBrowser::highlighted, this,
          [this](const QUrl& link) { Q_EMIT pointed(link.isEmpty() ? m_pointed : positionsOf(link)); });
  connect(m_view, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
    m_pointed = positionsOf(link);
    Q_EMIT pointed(m_pointed);
  });
  m_facts = makeLabel({}, "small", this);
  m_facts->setObjectName(QStringLiteral("rationaleFacts"));
  m_facts->setWordWrap(true);
  connect(m_view->document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
          [this](const QSizeF& size) {
            m_view->setFixedHeight(std::clamp(static_cast<int>(std::ceil(size.height())), leastText, mostText));
          });
  m_view->setFixedHeight(leastText);
  body()->addWidget(m_view);
  body()->addWidget(m_facts);
  m_poll.setInterval(pollMs);
  connect(&m_poll, &QTimer::timeout, this, [this] {
    const std::lock_guard lock(m_stream->mutex);
    showText(QString::fromStdString(m_stream->text), false);
  });
  connect(m_write, &QPushButton::clicked, this, &RationaleCard::write);
  connect(m_models, &QButtonGroup::idClicked, this, &RationaleCard::showSaved);
}

void RationaleCard::setCase(const RankResult& rank, int64_t preparation, int64_t run) {
  clear();
  m_rank = rank;
  m_preparation = preparation;
  m_run = run;
  // From the base model up to the run itself.
  std::vector<Run> chain;
  m_workbench.attempt(tr("The runs could not be read"), [&] {
    if (run > 0) chain = run_chain(m_workbench.workspace(), run);
  });
  const auto add = [this](const QString& name, int64_t id) {
    auto* pill = new QPushButton(name, this);
    pill->setProperty("pill", true);
    pill->setCheckable(true);
    m_models->addButton(pill, static_cast<int>(id));
    m_pills->addWidget(pill);
    pill->setChecked(true);  // the last added: the run itself
  };
  m_baseModel = m_workbench.baseModel();
  m_workbench.attempt(tr("The model could not be read"), [&] {
    if (!chain.empty()) m_baseModel = read_model(m_workbench.workspace(), chain.front().model).path;
  });
  add(tr("base"), 0);
  for (const Run& r : chain) add(toQt(r.name), r.id);
  m_write->setEnabled(true);
  m_sideBySide->setEnabled(!rank.candidates.empty() && rank.example.pairs.empty());
  showSaved();
}

void RationaleCard::clear() {
  m_workbench.jobs().cancel(m_job);
  m_job = 0;
  m_poll.stop();
  m_stream.reset();
  for (QAbstractButton* pill : m_models->buttons()) {
    m_models->removeButton(pill);
    pill->deleteLater();
    pill->hide();
  }
  m_write->setEnabled(false);
  m_sideBySide->setEnabled(false);
  m_text.clear();
  m_note.clear();
  m_view->clear();
  m_facts->clear();
}

void RationaleCard::showSaved() {
  m_text.clear();
  m_note.clear();
  ++m_generation;
  m_parts.clear();
  m_pointed.clear();
  Q_EMIT pointed({});
  m_view->clear();
  m_named.clear();
  m_judgement.clear();
  writeFacts();
  Q_EMIT cited({});
  const int64_t run = m_models->checkedId();
  const int64_t item = m_rank.candidates.empty() ? 0 : m_rank.candidates.front().item;
  m_workbench.attempt(tr("The rationales could not be read"), [&] {
    for (const SavedRationale& saved : read_rationales(m_workbench.workspace(), m_rank.example.id)) {
      if (saved.run.value_or(0) != run || saved.item != item) continue;
      m_text = toQt(saved.text);
      m_note = toQt(rationale_note(m_workbench.workspace(), saved));
    }
  });
  setOpen(!m_text.isEmpty() || m_poll.isActive());
  if (!m_text.isEmpty()) showText(m_text, true);
}

void RationaleCard::setOpen(bool open) {
  m_view->setVisible(open);
  writeFacts();
}

void RationaleCard::write() {
  if (m_rank.candidates.empty()) return;
  m_workbench.jobs().cancel(m_job);
  RationaleOptions options;
  options.rank = rankOptions(m_models->checkedId());
  options.item = m_rank.candidates.front().item;
  options.hold_titles = m_hold->isChecked();
  m_stream = std::make_shared<Stream>();
  m_write->setEnabled(false);
  setOpen(true);
  showText({}, false);
  m_poll.start();
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Writing a rationale"),
      [options, stream = m_stream](const TaskContext& context) {
        const auto take = [&](std::string_view piece) {
          const std::lock_guard lock(stream->mutex);
          stream->text += piece;
        };
        return write_rationale(options, take, context);
      },
      this,
      [this, stream = m_stream](const Rationale& rationale) {
        if (stream != m_stream) return;  // another case is shown by now
        m_poll.stop();
        m_write->setEnabled(true);
        m_note = toQt(rationale.note);
        showText(toQt(rationale.text), true);
      },
      [this, stream = m_stream](const QString& message) {
        if (stream != m_stream) return;
        m_poll.stop();
        m_write->setEnabled(true);
        if (m_text.isEmpty()) setOpen(false);
        m_workbench.reportError(tr("The rationale could not be written"), message);
      });
}

RankOptions RationaleCard::rankOptions(int64_t run) const {
  RankOptions options;
  options.workspace = m_workbench.workspaceFolder();
  if (m_workbench.dataSet()) options.data_set = m_workbench.dataSet()->name;
  options.preparation = m_preparation;
  options.user = m_rank.example.user_key;
  options.example = m_rank.example.id;
  options.score = m_rank.score;
  options.model = m_baseModel;
  if (run > 0) options.run = run;
  return options;
}

void RationaleCard::showSideBySide() {
  if (m_rank.candidates.empty()) return;
  delete m_window;  // of another case or run
  // Of the card, so that it goes before the workbench does.
  m_window = new RationalesWindow(m_workbench, m_rank, rankOptions(m_run), this);
  m_window->show();
}

std::vector<size_t> RationaleCard::positionsOf(const QUrl& link) const {
  std::vector<size_t> positions;
  const size_t index = link.path().toULongLong();
  if (index >= m_parts.size()) return positions;
  const NamedPart& part = m_parts[index];
  if (part.what == Named::HistoryTitle) positions.push_back(part.position);
  const bool attribute = part.what == Named::TrueAttribute || part.what == Named::FalseAttribute;
  for (size_t i = 0; attribute && i < m_rank.history.size(); ++i) {
    if (has_attribute(m_rank.history[i], part.attribute)) positions.push_back(i);
  }
  return positions;
}

void RationaleCard::showText(const QString& text, bool whole) {
  m_text = text.trimmed();
  m_whole = whole;
  ++m_generation;
  m_parts.clear();
  m_pointed.clear();
  Q_EMIT pointed({});
  m_view->clear();
  QTextCharFormat plain;
  plain.setForeground(theme().text);
  plain.setFont(bodyFont());
  QTextCursor(m_view->document()).insertText(shownText(m_text.toStdString()), plain);  // as text, never as HTML
  if (whole) readFacts();
}

/// Looks up what the whole text names, in the background: the catalogue may be large.
void RationaleCard::readFacts() {
  if (!m_workbench.dataSet() || m_rank.candidates.empty()) return;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), set = m_workbench.dataSet()->id, text = m_text.toStdString(),
       history = m_rank.history, spokenOf = m_rank.candidates.front().item](const TaskContext&) {
        Workspace workspace(folder);
        const std::vector<ItemText> items = read_item_texts(workspace, set);
        std::vector<const ItemText*> had;
        for (const ItemText& item : history) had.push_back(&item);
        return read_rationale(text, had, *ItemIndex(items).at(spokenOf), rationale_words(items));
      },
      this,
      [this, generation = m_generation](const RationaleFacts& facts) {
        if (generation == m_generation) showFacts(facts);
      });
}

void RationaleCard::showFacts(const RationaleFacts& facts) {
  m_parts = facts.parts;
  markParts(m_view->document(), 0, m_text.toStdString(), m_parts,
            [](size_t part) { return QStringLiteral("named:%1").arg(part); });
  QString text = tr("Speaks of %1, the first of the ranking. Names %2 of %3 items of the history")
                     .arg(toQt(m_rank.candidates.front().title))
                     .arg(facts.cited.size())
                     .arg(m_rank.history.size());
  const auto add = [&](const QString& said, Named what) {
    if (const QStringList words = namedAs(facts, what); !words.isEmpty())
      text += said.arg(words.join(QStringLiteral(", ")));
  };
  add(tr("; true of them and of it: %1"), Named::TrueAttribute);
  add(tr("; not in the history: %1"), Named::OtherTitle);
  add(tr("; invented, in no catalogue: %1"), Named::InventedTitle);
  add(tr("; said but not so: %1"), Named::FalseAttribute);
  if (!m_note.isEmpty()) text += tr(". Written %1").arg(m_note);
  m_named = text + u'.';
  writeFacts();
  Q_EMIT cited(facts.cited);
}

void RationaleCard::setJudgement(const QString& text) {
  m_judgement = text;
  writeFacts();
}

void RationaleCard::writeFacts() {
  QStringList parts;
  if (m_view->isHidden()) parts << tr("Choose who writes, then press Write.");
  if (!m_named.isEmpty()) parts << m_named;
  if (!m_named.isEmpty() && !m_judgement.isEmpty()) parts << m_judgement;
  m_facts->setText((parts << tr("Generated text is not evidence.")).join(u' '));
}

void RationaleCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_view && !m_text.isEmpty()) showText(m_text, m_whole);
  Card::changeEvent(event);
}

}  // namespace prefscope
