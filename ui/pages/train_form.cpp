// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_form.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/jobs/queue_list.h"
#include "ui/models/table_sources.h"
#include "ui/pages/before_start.h"
#include "ui/pages/negatives_dialog.h"
#include "ui/pages/small_model_dialog.h"
#include "ui/pages/train_fields.h"
#include "ui/pages/train_settings.h"
#include "ui/pages/unknown_set_panel.h"
#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr double usualEpochs[] = {1, 2};       // of SFT, of a preference objective
constexpr double usualRates[] = {1e-4, 3e-4};  // of a real language model, of a small one
constexpr int queueHeight = 112;               // two jobs and a half: more are scrolled to
constexpr int emptyQueueHeight = 28;

QString pathText(const std::string& path) {
  return toQt(std::filesystem::path(path));
}

QScrollArea* scrollTo(QWidget* content, QWidget* parent) {
  auto* scroll = new QScrollArea(parent);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // its fields take the focus
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(content);
  return scroll;
}

}  // namespace

TrainForm::TrainForm(Workbench& workbench, QWidget* parent) : Card(tr("New run"), parent), m_workbench(workbench) {
  auto* pills = new QHBoxLayout;
  pills->setSpacing(6);
  for (const Preset& preset : presets(false)) {
    const size_t place = m_presetButtons.size();
    auto* pill = new QPushButton(preset.name, this);
    pill->setObjectName(QStringLiteral("preset%1").arg(place));
    pill->setProperty("pill", true);
    pill->setCheckable(true);
    connect(pill, &QPushButton::clicked, this, [this, place] { takePreset(place); });
    m_presetButtons.push_back(pill);
    pills->addWidget(pill);
  }
  pills->addStretch(1);
  body()->addLayout(pills);
  m_presetLine = makeLabel({}, "small", this);
  m_presetLine->setObjectName(QStringLiteral("presetLine"));
  m_presetLine->setWordWrap(true);
  body()->addWidget(m_presetLine);

  m_fields = new TrainFields(this);
  m_fields->setMoreShown(workbench.settings().value(QStringLiteral("train/moreSettings")).toBool());
  body()->addWidget(scrollTo(m_fields, this), 1);

  m_before = new BeforeStart(workbench, this);
  body()->addWidget(m_before);
  m_start = new QPushButton(tr("Start"), this);
  m_start->setObjectName(QStringLiteral("startRun"));
  m_start->setProperty("primary", true);
  m_start->setToolTip(tr("Queue the run; it starts when the device is free"));
  m_copy = new QPushButton(tr("Copy command"), this);
  m_copy->setObjectName(QStringLiteral("copyCommand"));
  m_copy->setToolTip(tr("The prefscope-cli line that does the same without the window"));
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_start, 1);
  buttons->addWidget(m_copy, 1);
  body()->addLayout(buttons);
  body()->addWidget(makeLabel(tr("Queue"), "strong", this));
  auto* queue = scrollTo(new QueueList(workbench.jobs(), this), this);
  body()->addWidget(queue);
  // An empty queue is a line of text: the fields have the room.
  const auto fitQueue = [this, queue] {
    const std::vector<Job> jobs = m_workbench.jobs().jobs();
    const bool some = std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.kind == JobKind::Device; });
    queue->setFixedHeight(some ? queueHeight : emptyQueueHeight);
  };
  connect(&workbench.jobs(), &JobQueue::jobAdded, this, fitQueue);
  connect(&workbench.jobs(), &JobQueue::jobFinished, this, fitQueue);
  fitQueue();

  connect(m_fields, &TrainFields::changed, this, &TrainForm::onChanged);
  connect(m_fields, &TrainFields::objectiveActivated, this, &TrainForm::objectiveActivated);
  connect(m_fields, &TrainFields::folderWanted, this, [this] { askModelFolder(m_workbench, window()); });
  connect(m_fields, &TrainFields::smallModelWanted, this,
          [this] { (new SmallModelDialog(m_workbench, window()))->open(); });
  connect(m_fields, &TrainFields::negativesWanted, this, &TrainForm::lookAtNegatives);
  connect(m_fields, &TrainFields::moreShown, this,
          [this](bool more) { m_workbench.settings().setValue(QStringLiteral("train/moreSettings"), more); });
  connect(&workbench, &Workbench::smallModelChanged, this, &TrainForm::refresh);
  connect(&workbench, &Workbench::modelChosen, this, [this](const QString& model) {
    refresh();
    m_fields->setFrom(0);  // a run to start from brings its own model
    m_fields->setModel(model);
  });
  connect(m_start, &QPushButton::clicked, this, &TrainForm::start);
  connect(m_copy, &QPushButton::clicked, this, &TrainForm::copyCommand);
  m_preset = 0;
  takePreset(0);
}

void TrainForm::refresh() {
  const auto& set = m_workbench.dataSet();
  setEnabled(set.has_value());
  m_examples = 0;
  if (!set) {
    onChanged();
    return;
  }
  m_workbench.attempt(tr("Models and runs could not be read"), [&] {
    std::vector<std::pair<QString, QString>> models;
    for (const std::string& path : m_workbench.baseModels())
      models.emplace_back(m_workbench.modelTitle(path), pathText(path));
    m_fields->setModels(models);

    std::vector<TrainFields::Start> starts;
    for (const Run& run : list_runs(m_workbench.workspace(), set->id)) {
      if (run.status != RunStatus::Done) continue;
      const bool here = run.preparation == m_workbench.preparation();
      starts.push_back({run.id,
                        here ? toQt(run.name) : tr("%1 (preparation %2)").arg(toQt(run.name)).arg(run.preparation),
                        pathText(read_model(m_workbench.workspace(), run.model).path), here && run.objective == "sft"});
    }
    m_fields->setStarts(starts);

    int prepared = 0;
    for (const Preparation& p : list_preparations(m_workbench.workspace(), set->id)) {
      if (p.id != m_workbench.preparation()) continue;
      prepared = p.negatives;
      m_examples = p.train_examples;
    }
    m_start->setEnabled(m_examples > 0);
    m_fields->setPrepared(prepared, set->interactions == 0);
  });
  onModelChanged();
  // The first stage of a preset is done: its second is next.
  if (m_preset && m_fields->newestSft() > m_newestSft) takePreset(*m_preset);
  showPreset();
}

void TrainForm::suggest() {
  const int64_t sft = m_fields->newestSft();
  if (sft == 0 && m_workbench.dataSet()) m_fields->setModel(pathText(m_workbench.baseModel()));
  if (m_preset) {
    takePreset(*m_preset);
    return;
  }
  TrainOptions next = options();
  if (sft == 0) next.objective = "sft";
  if (sft != 0 && m_fields->isSft()) next.objective = "dmpo";
  next.from_run.reset();
  if (sft != 0) next.from_run = sft;
  m_fields->write(next);
}

void TrainForm::takePreset(size_t place) {
  m_newestSft = m_fields->newestSft();
  TrainOptions next = options();
  const Preset preset = presets(isSmallModel())[place];
  applyPreset(next, m_newestSft == 0 ? preset.sft : preset.preference, m_fields->maxNegatives());
  next.from_run.reset();
  if (m_newestSft != 0) next.from_run = m_newestSft;
  m_preset = place;
  m_fields->write(next);
}

bool TrainForm::isPreset(size_t place) const {
  const TrainOptions now = options();
  TrainOptions same = now;
  const Preset preset = presets(isSmallModel())[place];
  applyPreset(same, m_fields->isSft() ? preset.sft : preset.preference, m_fields->maxNegatives());
  return trainCommand(same) == trainCommand(now);
}

void TrainForm::showPreset() {
  m_preset.reset();
  const std::vector<Preset> all = presets(isSmallModel());
  for (size_t place = 0; place < all.size(); ++place) {
    if (!m_preset && isPreset(place)) m_preset = place;
    m_presetButtons[place]->setChecked(m_preset == place);
    m_presetButtons[place]->setToolTip(QStringLiteral("<p>%1</p><p>%2</p>").arg(all[place].line, all[place].tip));
  }
  if (!m_preset) {
    m_presetLine->setText(tr("Settings of your own."));
  } else if (m_fields->isSft()) {
    m_presetLine->setText(tr("%1 This is the first part, SFT.").arg(all[*m_preset].line));
  } else {
    m_presetLine->setText(tr("%1 This is the second part.").arg(all[*m_preset].line));
  }
}

void TrainForm::objectiveActivated() {
  TrainOptions next = options();
  const bool sft = m_fields->isSft();
  next.from_run.reset();
  if (const int64_t newest = m_fields->newestSft(); !sft && newest != 0) next.from_run = newest;
  // The other objective's usual epochs were nobody's choice.
  if (next.epochs == usualEpochs[sft ? 1 : 0]) next.epochs = usualEpochs[sft ? 0 : 1];
  m_fields->write(next);
}

bool TrainForm::startsFromForeign() const {
  const auto& set = m_workbench.dataSet();
  return set && !isSampleWorld(*set) && m_fields->model() == QStringLiteral("starter");
}

bool TrainForm::isSmallModel() const {
  const QString model = m_fields->model();
  return model.isEmpty() || model == QStringLiteral("starter") ||
         model.startsWith(toQt(m_workbench.workspaceFolder() / "models") + QLatin1Char('/'));
}

void TrainForm::onChanged() {
  if (m_fields->model() != m_model) {
    m_model = m_fields->model();
    onModelChanged();
    // The settings that stood there untouched follow the model: a small one learns at another rate.
    TrainOptions next = options();
    if (m_preset) {
      const Preset preset = presets(isSmallModel())[*m_preset];
      applyPreset(next, m_fields->isSft() ? preset.sft : preset.preference, m_fields->maxNegatives());
    } else if (next.learning_rate == usualRates[isSmallModel() ? 0 : 1]) {
      next.learning_rate = usualRates[isSmallModel() ? 1 : 0];
    }
    m_fields->write(next);  // comes here again
    return;
  }
  showPreset();
  if (m_examples > 0) {
    m_before->setOptions(options());
  } else {
    m_before->setOptions({}, tr("Prepare the data set first, on the Data page: a run trains on its examples."));
  }
}

void TrainForm::onModelChanged() {
  // Where no model is there at all, the panel of the page says what to do.
  const bool foreign = startsFromForeign(), panel = m_workbench.lacksModel();
  const bool pairs = foreign && m_workbench.dataSet()->interactions == 0;
  QString hint;
  if (foreign) hint = tr("The starter knows the titles of the sample world only.");
  if (pairs) hint += QLatin1Char(' ') + tr("Choose the folder of a language model.");
  m_fields->setModelHint(hint, foreign && !pairs && !panel);
  Q_EMIT modelChanged();
}

TrainOptions TrainForm::options() const {
  TrainOptions options;
  options.workspace = m_workbench.workspaceFolder();
  if (m_workbench.dataSet()) options.data_set = m_workbench.dataSet()->name;
  if (m_workbench.preparation() != 0) options.preparation = m_workbench.preparation();
  m_fields->read(options);
  return options;
}

void TrainForm::setOptions(const TrainOptions& options) {
  m_fields->write(options);
}

void TrainForm::start() {
  if (!m_start->isEnabled() || m_queueing) return;
  // Writing the row may wait for another job's transaction, and a new model's weights are hashed: not on this thread.
  m_queueing = true;
  m_workbench.jobs().submit(
      JobKind::Light, tr("Queueing a run"), [options = options()](const TaskContext&) { return create_run(options); },
      this,
      [this](int64_t run) {
        m_queueing = false;
        m_workbench.trainRun(run);
        m_workbench.setRun(run);
      },
      [this](const QString& message) {
        m_queueing = false;
        m_workbench.reportError(tr("The run could not be queued"), message);
      });
}

void TrainForm::lookAtNegatives() {
  (new NegativesDialog(m_workbench, options(), this))->open();
}

void TrainForm::copyCommand() {
  QApplication::clipboard()->setText(trainCommand(options()));
  Q_EMIT m_workbench.noticed(tr("The command is on the clipboard"));
}

}  // namespace prefscope
