// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/rationales_window.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSplitter>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <mutex>

#include "engine/base/files.h"
#include "ui/models/named_model.h"
#include "ui/pages/sample_controls.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/mark_legend.h"
#include "ui/widgets/named_marks.h"
#include "ui/widgets/named_table.h"
#include "ui/widgets/picture_menu.h"
#include "ui/widgets/sample_column.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int pollMs = 80;
constexpr qsizetype titleLength = 40;
constexpr int windowWidth = 1240, windowHeight = 740;

/// A title of any length in the middle of a sentence.
QString shortened(const std::string& title) {
  const QString text = shownText(title);
  return text.size() > titleLength ? text.left(titleLength) + u'…' : text;
}

}  // namespace

/// Written by the job's thread, read by the window's: [models][samples].
struct RationalesWindow::Stream {
  struct Written {
    std::string text;
    std::optional<RationaleFacts> facts;
  };
  std::mutex mutex;
  std::vector<std::vector<Written>> models;
};

RationalesWindow::RationalesWindow(Workbench& workbench, const RankResult& rank, const RankOptions& asked,
                                   QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_rank(rank), m_asked(asked), m_poll(new QTimer(this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("rationalesWindow"));
  setWindowFlags(windowFlags() | Qt::WindowMaximizeButtonHint);
  setWindowTitle(tr("Rationales side by side: user %1").arg(toQt(rank.example.user_key).left(40)));
  workbench.attempt(tr("The runs could not be read"), [&] { m_models = sampled_models(options()); });

  auto* what = new ElidedLabel(tr("Why %1, the first of the ranking, for user %2")
                                   .arg(toQt(rank.candidates.front().title), toQt(rank.example.user_key)),
                               this);
  what->setProperty("textStyle", QStringLiteral("heading"));
  m_controls = new SampleControls(workbench.settings().value(QStringLiteral("case/holdTitles"), true).toBool(), this);
  connect(m_controls, &SampleControls::writeRequested, this, &RationalesWindow::write);
  connect(m_controls, &SampleControls::cancelRequested, this, [this] { m_workbench.jobs().cancel(m_job); });
  auto* split = new QSplitter(Qt::Vertical, this);
  split->setChildrenCollapsible(false);
  split->setHandleWidth(gridUnit);
  split->addWidget(buildColumns());
  split->addWidget(buildTable());
  split->setStretchFactor(0, 5);
  split->setStretchFactor(1, 4);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, 12, pageMargin, 12);
  layout->setSpacing(gridUnit);
  auto* head = new QHBoxLayout;
  head->setSpacing(pageMargin);
  head->addWidget(what, 1);
  head->addWidget(new MarkLegend(this));
  layout->addLayout(head);
  layout->addWidget(m_controls);
  layout->addWidget(split, 1);

  m_poll->setInterval(pollMs);
  connect(m_poll, &QTimer::timeout, this, &RationalesWindow::takeStream);
  connect(&workbench.jobs(), &JobQueue::jobChanged, this, [this](const Job& job) {
    if (job.id == m_job) m_controls->setProgress(job.progress, job.state == JobState::Stopping);
  });
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    if (job.id != m_job || job.state != JobState::Cancelled) return;
    takeStream();
    for (SampleColumn* column : m_columns) column->dropUnfinished();
    setBusy(false);
    say(tr("Stopped: what is whole is kept and counted, and need not be written again."));
  });
  setBusy(false);
  showAgreement();
  sayNote();
  fitOnScreen(this, {windowWidth, windowHeight});
  m_controls->focusWrite();
  // What was measured before stands there at once.
  workbench.jobs().submit(
      JobKind::Light, {}, [o = options()](const TaskContext& context) { return history_effects(o, false, context); },
      this, [this](std::vector<std::optional<Occlusion>> effects) { showEffects(std::move(effects)); },
      [this](const QString& message) { say(tr("The evidence could not be read: %1").arg(message), true); });
}

RationalesWindow::~RationalesWindow() {
  m_workbench.jobs().cancel(m_job);
}

QWidget* RationalesWindow::buildColumns() {
  auto* area = new QWidget(this);
  auto* columns = new QHBoxLayout;
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(12);
  for (const SampledModel& model : m_models) {
    auto* column = new SampleColumn(toQt(model.name), area);
    column->clear(tr("Press Write: this model says why, as often as you ask."));
    columns->addWidget(column, 1);
    m_columns.push_back(column);
  }
  m_caption = makeLabel({}, "small", area);
  m_caption->setObjectName(QStringLiteral("samplesCaption"));
  m_caption->setWordWrap(true);
  auto* layout = new QVBoxLayout(area);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit / 2);
  layout->addLayout(columns, 1);
  layout->addWidget(m_caption);
  return area;
}

QWidget* RationalesWindow::buildTable() {
  auto* card = new Card(
      tr("What is named, and its effect on the margin of %1").arg(shortened(m_rank.candidates.front().title)), this);
  m_overlap = makeLabel({}, "small", card);
  m_overlap->setObjectName(QStringLiteral("samplesOverlap"));
  m_overlap->setToolTip(
      tr("<p>Mean over pairs of samples: titles that both name, as a part of those that either names "
         "(Jaccard). 1: always the same. Pairs in which neither names any are left out.</p>"));
  const auto button = [&](const QString& text, const char* name, const QString& tip, const QKeySequence& keys) {
    auto* made = new QPushButton(text, card);
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    made->setShortcut(keys);
    made->setToolTip(QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
    card->addToHeader(made);
    return made;
  };
  card->addToHeader(m_overlap);
  m_measure =
      button(tr("Measure"), "measureSamples",
             tr("Measure what each item of the history does to the margin, under each model"), Qt::CTRL | Qt::Key_M);
  auto* copy =
      button(tr("Copy"), "copySamples", tr("Copy what is named, as a table"), Qt::CTRL | Qt::SHIFT | Qt::Key_C);
  auto* save = button(tr("Save…"), "saveSamples", tr("Save what is named, or the texts, as CSV"), QKeySequence::Save);
  connect(m_measure, &QPushButton::clicked, this, &RationalesWindow::measure);
  connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(namedCsv()); });
  connect(save, &QPushButton::clicked, this, [this, save] {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("What is named, as CSV…"), this, [this] { this->save(false); });
    menu->addAction(tr("The texts, as CSV…"), this, [this] { this->save(true); });
    menu->addAction(tr("Copy the texts"), this, [this] { QApplication::clipboard()->setText(textsCsv()); });
    menu->popup(save->mapToGlobal(QPoint(0, save->height())));
  });

  QStringList names;
  for (const SampledModel& model : m_models) names << toQt(model.name);
  m_table = new NamedTable(names, card);
  connect(m_table, &NamedTable::chosenChanged, this, [this] {
    for (SampleColumn* column : m_columns)
      column->highlight([this](const NamedPart& part) { return m_table->isChosen(part); });
  });
  for (SampleColumn* column : m_columns) connect(column, &SampleColumn::partChosen, m_table, &NamedTable::choose);
  card->body()->addWidget(m_table, 1);
  return card;
}

SampleOptions RationalesWindow::options() const {
  SampleOptions o;
  o.rank = m_asked;
  o.item = m_rank.candidates.front().item;
  return o;
}

void RationalesWindow::write() {
  if (m_job != 0 || m_models.empty()) return;
  SampleOptions o = options();
  m_controls->apply(o);
  for (SampledModel& model : m_models) model.samples.clear();
  for (SampleColumn* column : m_columns) column->clear({});
  m_note.clear();
  showAgreement();
  say(tr("Writing…"));
  m_stream = std::make_shared<Stream>();
  m_stream->models.resize(m_models.size());
  m_poll->start();
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Writing rationales side by side"),
      [o, stream = m_stream](const TaskContext& context) {
        const auto take = [&](const SampleUpdate& update) {
          const std::lock_guard lock(stream->mutex);
          auto& samples = stream->models.at(update.model);
          samples.resize(update.sample + 1);
          samples[update.sample].text = update.text;
          if (update.facts) samples[update.sample].facts = *update.facts;
        };
        return sample_rationales(o, take, context);
      },
      this,
      [this](const RationaleSamples& samples) {
        takeStream();
        for (size_t m = 0; m < m_models.size(); ++m) m_models[m].samples = samples.models[m].samples;
        m_note = toQt(samples.note);
        std::vector<std::optional<Occlusion>> effects;
        for (const SampledModel& model : samples.models) effects.push_back(model.effects);
        for (SampleColumn* column : m_columns) column->showBegin();
        setBusy(false);
        showEffects(std::move(effects));
        sayNote();
      },
      [this](const QString& message) {
        takeStream();
        for (SampleColumn* column : m_columns) column->dropUnfinished();
        setBusy(false);
        say(tr("The rationales could not be written: %1").arg(message), true);
      });
  setBusy(true);
}

void RationalesWindow::measure() {
  if (m_job != 0) return;
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Measuring what carries the choice of user %1").arg(toQt(m_rank.example.user_key)),
      [o = options()](const TaskContext& context) { return history_effects(o, true, context); }, this,
      [this](std::vector<std::optional<Occlusion>> effects) {
        setBusy(false);
        showEffects(std::move(effects));
        sayNote();
      },
      [this](const QString& message) {
        setBusy(false);
        say(tr("It could not be measured: %1").arg(message), true);
      });
  say(tr("Measuring…"));
  setBusy(true);
}

/// What the job has written since the last time.
void RationalesWindow::takeStream() {
  if (!m_stream) return;
  std::vector<std::vector<Stream::Written>> written;
  {
    const std::lock_guard lock(m_stream->mutex);
    written = m_stream->models;
  }
  bool more = false;
  for (size_t m = 0; m < written.size(); ++m) {
    std::vector<RationaleSample>& whole = m_models[m].samples;
    for (size_t s = whole.size(); s < written[m].size(); ++s) {
      m_columns[m]->setText(s, written[m][s].text);
      if (!written[m][s].facts) break;
      m_columns[m]->setParts(s, written[m][s].facts->parts);
      whole.push_back({0, written[m][s].text, *written[m][s].facts});
      more = true;
    }
  }
  if (more) showAgreement();
}

void RationalesWindow::showAgreement() {
  std::vector<const ItemText*> history;
  for (const ItemText& item : m_rank.history) history.push_back(&item);
  std::vector<std::vector<RationaleFacts>> facts;
  for (const SampledModel& model : m_models) {
    facts.emplace_back();
    for (const RationaleSample& sample : model.samples) facts.back().push_back(sample.facts);
  }
  const RationaleAgreement agreement = rationale_agreement(facts, history, m_rank.items.front());
  m_table->setAgreement(agreement);
  QStringList overlaps;
  const auto add = [&](const QString& name, const std::optional<double>& overlap) {
    if (overlap) overlaps << tr("%1 %2").arg(name, QString::number(*overlap, 'f', 2));
  };
  for (size_t m = 0; m < m_models.size(); ++m) add(toQt(m_models[m].name), agreement.overlap[m]);
  add(tr("all"), agreement.overlap_all);
  m_overlap->setText(
      overlaps.isEmpty() ? QString() : tr("Overlap of the named titles: %1").arg(overlaps.join(QStringLiteral(" · "))));
}

void RationalesWindow::showEffects(std::vector<std::optional<Occlusion>> effects) {
  m_measure->setVisible(std::any_of(effects.begin(), effects.end(), [](const auto& e) { return !e; }));
  m_table->setEffects(std::move(effects));
}

void RationalesWindow::setBusy(bool busy) {
  if (!busy) {
    m_poll->stop();
    m_stream.reset();
    m_job = 0;
  }
  m_measure->setEnabled(!busy);
  m_controls->setBusy(busy);
}

void RationalesWindow::say(const QString& text, bool trouble) {
  m_caption->setProperty("textStyle", trouble ? QStringLiteral("smallWarning") : QStringLiteral("small"));
  m_caption->style()->unpolish(m_caption);
  m_caption->style()->polish(m_caption);
  m_caption->setText(tr("Generated text is not evidence. %1").arg(text).trimmed());
}

void RationalesWindow::sayNote() {
  say(m_note.isEmpty() ? QString() : tr("Written with %1.").arg(m_note));
}

QString RationalesWindow::textsCsv() const {
  QString text = QStringLiteral("model,sample,text,titles named,in the history,invented,attributes named,so\n");
  for (const SampledModel& model : m_models) {
    for (size_t s = 0; s < model.samples.size(); ++s) {
      const RationaleSample& sample = model.samples[s];
      const RationaleFacts& f = sample.facts;
      text += csvLine({toQt(model.name), QString::number(s + 1), toQt(sample.text), QString::number(f.titles),
                       QString::number(f.titles_in_history), QString::number(f.titles_invented),
                       QString::number(f.attributes), QString::number(f.attributes_true)});
    }
  }
  return text;
}

QString RationalesWindow::namedCsv() const {
  return m_table->rows().csv();
}

void RationalesWindow::save(bool texts) {
  const std::filesystem::path exports = m_workbench.workspaceFolder() / "exports";
  std::error_code ignored;  // the dialog then opens elsewhere
  std::filesystem::create_directories(exports, ignored);
  auto* dialog =
      new QFileDialog(this, texts ? tr("Save the texts") : tr("Save what is named"), toQt(exports), tr("Data (*.csv)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  dialog->selectFile((texts ? QStringLiteral("rationales-%1.csv") : QStringLiteral("named-%1.csv")).arg(example()));
  connect(dialog, &QFileDialog::fileSelected, this, [this, texts](const QString& path) {
    try {
      write_file_atomically(toPath(path), (texts ? textsCsv() : namedCsv()).toStdString());
      say(tr("Saved to %1").arg(path));
    } catch (const Error& e) {
      say(tr("It could not be saved: %1").arg(QString::fromUtf8(e.what())), true);
    }
  });
  dialog->open();
}

void RationalesWindow::reject() {
  if (m_job != 0) {
    m_workbench.jobs().cancel(m_job);
  } else {
    QDialog::reject();
  }
}

}  // namespace prefscope
