// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_form.h"

#include <QApplication>
#include <QButtonGroup>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <limits>

#include "ui/jobs/queue_list.h"
#include "ui/models/table_sources.h"
#include "ui/pages/small_model_dialog.h"
#include "ui/theme.h"
#include "ui/widgets/number_box.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

// Many small steps: the data sets that are trained on in a window are small.
constexpr int usualTokens = 1024;
constexpr int sftRole = Qt::UserRole + 1;      // of a place to start from: an SFT run of this preparation
constexpr double usualEpochs[] = {1, 2};       // of SFT, of DMPO
constexpr double usualRates[] = {1e-4, 3e-4};  // of a real language model, of a small one

QString shellQuoted(QString text) {
  static const QString safe = QStringLiteral("-_./:=+,@%");
  const bool plain = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
    return c.unicode() < 128 && (c.isLetterOrNumber() || safe.contains(c));
  });
  if (plain) return text;
  return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

QString pathText(const std::string& path) {
  return toQt(std::filesystem::path(path));
}

QString shortNumber(double value) {
  return QString::number(value, 'g', 9);
}

}  // namespace

QString trainCommand(const TrainOptions& options) {
  QStringList words = {
      QStringLiteral("prefscope-cli"), QStringLiteral("train"),   toQt(options.data_set), QStringLiteral("--workspace"),
      toQt(options.workspace),         QStringLiteral("--model"), toQt(options.model),    QStringLiteral("--objective"),
      toQt(options.objective)};
  const auto add = [&](const char* name, const QString& value) { words << QString::fromLatin1(name) << value; };
  if (options.from_run) add("--from", QString::number(*options.from_run));
  if (options.objective != "sft") {
    if (options.k > 0) add("--k", QString::number(options.k));
    add("--beta", shortNumber(options.beta));
  }
  add("--lr", shortNumber(options.learning_rate));
  add("--epochs", shortNumber(options.epochs));
  add("--rank", QString::number(options.rank));
  add("--batch-tokens", QString::number(options.batch_tokens));
  add("--device", toQt(options.device));
  add("--seed", QString::number(options.seed));
  for (QString& word : words) word = shellQuoted(word);
  return words.join(QLatin1Char(' '));
}

TrainForm::TrainForm(Workbench& workbench, QWidget* parent) : Card(tr("New run"), parent), m_workbench(workbench) {
  m_objective = new QButtonGroup(this);
  auto* pills = new QHBoxLayout;
  pills->setSpacing(6);
  const std::pair<QString, QString> objectives[] = {
      {tr("SFT"), tr("Supervised: the model learns to write the title that the user chose.")},
      {tr("DMPO"), tr("Direct multi-preference optimization: the chosen title against the mean of k rejected ones, "
                      "measured against the model it starts from.")}};
  for (const auto& [text, tip] : objectives) {
    auto* pill = new QPushButton(text, this);
    pill->setObjectName(text.toLower());
    pill->setProperty("pill", true);
    pill->setCheckable(true);
    pill->setToolTip(tip);
    m_objective->addButton(pill, static_cast<int>(m_objective->buttons().size()));
    pills->addWidget(pill);
  }
  pills->addStretch(1);
  body()->addLayout(pills);

  m_form = new QFormLayout;
  m_form->setContentsMargins(0, 0, 0, 0);
  m_form->setVerticalSpacing(6);
  m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto addRow = [this](const QString& label, QWidget* field, const char* name, const QString& tip) {
    QLabel* text = makeLabel(label, "muted", this);
    text->setBuddy(field);
    text->setToolTip(tip);
    field->setObjectName(QString::fromLatin1(name));
    field->setAccessibleName(label);
    field->setToolTip(tip);
    m_form->addRow(text, field);
  };
  const auto spin = [this](int low, int high, int value) {
    auto* box = new QSpinBox(this);
    box->setRange(low, high);
    box->setValue(value);
    return box;
  };
  const TrainOptions defaults;
  m_model = new QComboBox(this);
  m_model->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  addRow(
      tr("Model"), m_model, "model",
      tr("The base model: the bundled starter, or a folder with config.json, model.safetensors and tokenizer.json."));
  m_modelHint = makeLabel({}, "small", this);
  m_modelHint->setWordWrap(true);
  m_form->addRow(m_modelHint);
  m_smallModel = new QPushButton(tr("Train a small model…"), this);
  m_smallModel->setObjectName(QStringLiteral("smallModel"));
  m_smallModel->setToolTip(tr("From scratch, on the training users of this data set, in the background"));
  m_form->addRow(m_smallModel);
  m_from = new QComboBox(this);
  m_from->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  addRow(tr("Starts from"), m_from, "from",
         tr("A finished run: its adapter is frozen below the new one and is the reference of the log-ratios."));
  m_k = spin(0, 999, defaults.k);
  m_k->setSpecialValueText(tr("all prepared"));
  addRow(tr("Negatives k"), m_k, "k",
         tr("Rejected items of an example that are used; the first k that were prepared."));
  m_beta = new NumberBox(1e-6, 100, defaults.beta, this);
  addRow(tr("beta"), m_beta, "beta",
         tr("Scales the log-ratio to the implicit reward: the larger, the closer the model stays to its reference."));
  m_rate = new NumberBox(1e-9, 1, defaults.learning_rate, this);
  addRow(tr("Learning rate"), m_rate, "rate", tr("The peak of the schedule; arrows halve and double it."));
  m_epochs = new NumberBox(0.001, 10000, defaults.epochs, this);
  addRow(tr("Epochs"), m_epochs, "epochs", tr("Passes over the training examples; a part of one will do for a look."));
  m_rank = spin(1, 1024, defaults.rank);
  addRow(tr("LoRA rank"), m_rank, "rank", tr("Of the adapter on all linear layers; alpha is twice the rank."));
  m_tokens = spin(1, 10'000'000, usualTokens);
  m_tokens->setSingleStep(1024);
  m_tokens->setGroupSeparatorShown(true);
  addRow(tr("Tokens a step"), m_tokens, "tokens", tr("Packed tokens of a step; fewer need less memory."));
  m_device = new QComboBox(this);
  m_device->addItem(tr("best available"), QStringLiteral("auto"));
  m_device->addItem(tr("processor (CPU)"), QStringLiteral("cpu"));
  m_device->addItem(tr("graphics card (CUDA)"), QStringLiteral("cuda"));
  addRow(tr("Device"), m_device, "device", tr("Where the run is computed."));
  m_seed = spin(0, std::numeric_limits<int>::max(), 0);
  addRow(tr("Seed"), m_seed, "seed", tr("The same seed on the same computer gives the same run, bit by bit."));
  body()->addLayout(m_form);

  m_before = makeLabel({}, "small", this);
  m_before->setWordWrap(true);
  body()->addWidget(m_before);
  m_start = new QPushButton(tr("Start"), this);
  m_start->setObjectName(QStringLiteral("startRun"));
  m_start->setProperty("primary", true);
  m_copy = new QPushButton(tr("Copy command"), this);
  m_copy->setToolTip(tr("The prefscope-cli line that does the same without the window"));
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_start, 1);
  buttons->addWidget(m_copy, 1);
  body()->addLayout(buttons);
  body()->addSpacing(gridUnit);
  body()->addWidget(makeLabel(tr("Queue"), "strong", this));
  body()->addWidget(new QueueList(workbench.jobs(), this));
  body()->addStretch(1);

  connect(m_objective, &QButtonGroup::idToggled, this, &TrainForm::objectiveChanged);
  connect(m_objective, &QButtonGroup::idClicked, this, &TrainForm::objectiveChosen);
  connect(m_smallModel, &QPushButton::clicked, this, &TrainForm::askSmallModel);
  connect(m_model, &QComboBox::currentIndexChanged, this, &TrainForm::showModelHint);
  connect(&workbench, &Workbench::smallModelChanged, this, [this](qint64 set, bool done) {
    refresh();
    if (done && m_workbench.dataSet() && m_workbench.dataSet()->id == set)
      m_model->setCurrentIndex(std::max(0, m_model->findData(toQt(m_workbench.smallModelFolder(set)))));
  });
  connect(m_model, &QComboBox::activated, this, &TrainForm::modelActivated);
  connect(m_from, &QComboBox::currentIndexChanged, this, &TrainForm::objectiveChanged);
  connect(m_start, &QPushButton::clicked, this, &TrainForm::start);
  connect(m_copy, &QPushButton::clicked, this, &TrainForm::copyCommand);
  m_objective->button(0)->setChecked(true);
}

void TrainForm::refresh() {
  const auto& set = m_workbench.dataSet();
  setEnabled(set.has_value());
  if (!set) return;
  m_workbench.attempt(tr("Models and runs could not be read"), [&] {
    const QString model = m_model->currentData().toString();
    const QSignalBlocker quiet(m_model);
    m_model->clear();
    for (const std::string& path : m_workbench.baseModels())
      m_model->addItem(m_workbench.modelTitle(path), pathText(path));
    if (!model.isEmpty() && m_model->findData(model) < 0)
      m_model->addItem(toQt(toPath(model).filename()), model);  // chosen, not used yet
    m_model->addItem(tr("Choose a folder…"), QString());
    m_model->setCurrentIndex(model.isEmpty() ? 0 : m_model->findData(model));

    const QVariant from = m_from->currentData();
    const QSignalBlocker quietToo(m_from);
    m_from->clear();
    m_from->addItem(tr("the base model"), 0);
    for (const Run& run : list_runs(m_workbench.workspace(), set->id)) {
      if (run.status != RunStatus::Done) continue;
      const bool here = run.preparation == m_workbench.preparation();
      m_from->addItem(here ? toQt(run.name) : tr("%1 (preparation %2)").arg(toQt(run.name)).arg(run.preparation),
                      static_cast<qlonglong>(run.id));
      m_from->setItemData(m_from->count() - 1, here && run.objective == "sft", sftRole);
    }
    m_from->setCurrentIndex(std::max(0, m_from->findData(from)));

    int64_t prepared = 0, examples = 0;
    for (const Preparation& p : list_preparations(m_workbench.workspace(), set->id)) {
      if (p.id != m_workbench.preparation()) continue;
      prepared = p.negatives;
      examples = p.train_examples;
    }
    m_k->setMaximum(static_cast<int>(prepared));
    m_start->setEnabled(examples > 0);
    m_before->setText(examples > 0 ? tr("%1 training examples with up to %2 negatives each. What is held out is never "
                                        "trained on.")
                                         .arg(countText(examples))
                                         .arg(prepared)
                                   : tr("Prepare the data set first, on the Data page: a run trains on its examples."));
  });
  objectiveChanged();
}

void TrainForm::suggest() {
  const int sft = newestSft();
  m_objective->button(sft > 0 ? 1 : 0)->setChecked(true);
  objectiveChosen(sft > 0 ? 1 : 0);
  if (sft == 0) m_model->setCurrentIndex(std::max(0, m_model->findData(pathText(m_workbench.baseModel()))));
}

int TrainForm::newestSft() const {
  for (int i = m_from->count() - 1; i > 0; --i) {
    if (m_from->itemData(i, sftRole).toBool()) return i;
  }
  return 0;
}

void TrainForm::objectiveChosen(int objective) {
  m_from->setCurrentIndex(objective == 1 ? newestSft() : 0);
  // The other objective's usual epochs were nobody's choice.
  if (m_epochs->value() == usualEpochs[1 - objective]) m_epochs->setValue(usualEpochs[objective]);
}

bool TrainForm::wantsSmallModel() const {
  const auto& set = m_workbench.dataSet();
  return set && set->interactions > 0 && startsFromForeign();
}

bool TrainForm::startsFromForeign() const {
  const auto& set = m_workbench.dataSet();
  return set && !isSampleWorld(*set) && m_model->currentData() == QStringLiteral("starter");
}

void TrainForm::askSmallModel() {
  (new SmallModelDialog(m_workbench, window()))->open();
}

void TrainForm::showModelHint() {
  Q_EMIT modelChanged();
  // As with the epochs: the other kind's usual rate was nobody's choice.
  const QString model = m_model->currentData().toString();
  const bool small = model == QStringLiteral("starter") ||
                     model.startsWith(toQt(m_workbench.workspaceFolder() / "models") + QLatin1Char('/'));
  if (m_rate->value() == usualRates[small ? 0 : 1]) m_rate->setValue(usualRates[small ? 1 : 0]);
  const auto& set = m_workbench.dataSet();
  const bool foreign = startsFromForeign();
  const bool pairs = set && set->interactions == 0;
  m_form->setRowVisible(m_modelHint, foreign);
  m_form->setRowVisible(m_smallModel, foreign && !pairs);
  if (!foreign) return;
  m_modelHint->setText(
      pairs ? tr("The starter knows the titles of the sample world only. Choose the folder of a language model.")
            : tr("The starter knows the titles of the sample world only. Choose the folder of a language model, or "
                 "train a small one on this data set first."));
  m_smallModel->setEnabled(m_workbench.preparation() != 0 && !m_workbench.isTrainingSmallModel(set->id));
}

void TrainForm::objectiveChanged() {
  const bool dmpo = m_objective->checkedId() == 1;
  m_form->setRowVisible(m_k, dmpo);
  m_form->setRowVisible(m_beta, dmpo);
  const bool onRun = m_from->currentData().toLongLong() != 0;
  m_model->setEnabled(!onRun);
  if (onRun) {  // a run brings its model
    m_workbench.attempt(tr("The run could not be read"), [&] {
      const Run run = read_run(m_workbench.workspace(), m_from->currentData().toLongLong());
      const std::string path = read_model(m_workbench.workspace(), run.model).path;
      m_model->setCurrentIndex(std::max(0, m_model->findData(pathText(path))));
    });
  }
  showModelHint();
}

void TrainForm::modelActivated(int index) {
  if (!m_model->itemData(index).toString().isEmpty()) return;
  m_model->setCurrentIndex(0);
  auto* dialog = new QFileDialog(this, tr("Choose a model folder (config.json, model.safetensors, tokenizer.json)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    if (m_model->findData(folder) < 0)
      m_model->insertItem(m_model->count() - 1, toQt(toPath(folder).filename()), folder);
    m_model->setCurrentIndex(m_model->findData(folder));
  });
  dialog->open();
}

TrainOptions TrainForm::options() const {
  TrainOptions options;
  options.workspace = m_workbench.workspaceFolder();
  if (m_workbench.dataSet()) options.data_set = m_workbench.dataSet()->name;
  if (m_workbench.preparation() != 0) options.preparation = m_workbench.preparation();
  options.model = toPath(m_model->currentData().toString()).string();
  if (options.model.empty()) options.model = "starter";
  options.objective = m_objective->checkedId() == 1 ? "dmpo" : "sft";
  if (const qint64 from = m_from->currentData().toLongLong(); from != 0) options.from_run = from;
  options.k = m_k->value();
  options.beta = m_beta->value();
  options.learning_rate = m_rate->value();
  options.epochs = m_epochs->value();
  options.rank = m_rank->value();
  options.batch_tokens = m_tokens->value();
  options.device = m_device->currentData().toString().toStdString();
  options.seed = static_cast<uint64_t>(m_seed->value());
  return options;
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

void TrainForm::copyCommand() {
  QApplication::clipboard()->setText(trainCommand(options()));
  Q_EMIT m_workbench.noticed(tr("The command is on the clipboard"));
}

}  // namespace prefscope
