// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_fields.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <limits>

#include "ui/pages/train_settings.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/number_box.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int labelWidth = 84;
constexpr int greatestK = 64;
constexpr double greatestSmoothing = 0.499, greatestDropout = 0.99;

QString escaped(const QString& text) {
  return QStringLiteral("<p>") + text.toHtmlEscaped() + QStringLiteral("</p>");
}

void select(QComboBox* box, const QString& name) {
  box->setCurrentIndex(std::max(0, box->findData(name)));
}

std::string chosen(const QComboBox* box) {
  return box->currentData().toString().toStdString();
}

QStringList namesOf(const std::vector<std::string>& targets) {
  QStringList names;
  for (const std::string& target : targets) names << toQt(target);
  return names;
}

}  // namespace

TrainFields::TrainFields(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 2, 0);
  layout->setSpacing(6);
  const auto newForm = [] {
    auto* form = new QFormLayout;
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(6);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    return form;
  };
  m_form = newForm();
  layout->addLayout(m_form);
  m_moreButton = new QToolButton(this);
  m_moreButton->setObjectName(QStringLiteral("moreSettings"));
  m_moreButton->setText(tr("More settings"));
  m_moreButton->setToolTip(tr("Schedule, memory, evaluation while training, early stop, device and seed"));
  m_moreButton->setProperty("flat", true);
  m_moreButton->setCheckable(true);
  m_moreButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_moreButton->setArrowType(Qt::RightArrow);
  layout->addWidget(m_moreButton, 0, Qt::AlignLeft);
  m_more = new QWidget(this);
  m_moreForm = newForm();
  m_more->setLayout(m_moreForm);
  layout->addWidget(m_more);
  layout->addStretch(1);
  buildUsual();
  buildMore();
  setMoreShown(false);

  for (QWidget* field : findChildren<QWidget*>()) {
    if (auto* combo = qobject_cast<QComboBox*>(field)) {
      connect(combo, &QComboBox::currentIndexChanged, this, &TrainFields::onChange);
    } else if (auto* spinBox = qobject_cast<QSpinBox*>(field)) {
      connect(spinBox, &QSpinBox::valueChanged, this, &TrainFields::onChange);
    } else if (auto* numberBox = qobject_cast<QDoubleSpinBox*>(field)) {
      connect(numberBox, &QDoubleSpinBox::valueChanged, this, &TrainFields::onChange);
    } else if (auto* checkBox = qobject_cast<QCheckBox*>(field)) {
      connect(checkBox, &QCheckBox::toggled, this, &TrainFields::onChange);
      continue;
    } else {
      continue;
    }
    // The wheel scrolls the form; it must not change what lies under the pointer.
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(this);
  }
  connect(m_objective, &QComboBox::activated, this, [this] {
    if (m_sftWeight->value() == 0 || m_sftWeight->value() == 1)
      m_sftWeight->setValue(usual_sft_weight(chosen(m_objective)));
    Q_EMIT objectiveActivated();
  });
  connect(m_model, &QComboBox::activated, this, [this](int index) {
    if (!m_model->itemData(index).toString().isEmpty()) return;
    m_model->setCurrentIndex(0);
    Q_EMIT folderWanted();
  });
  connect(m_smallModel, &QPushButton::clicked, this, &TrainFields::smallModelWanted);
  connect(m_look, &QPushButton::clicked, this, &TrainFields::negativesWanted);
  connect(m_moreButton, &QToolButton::toggled, this, &TrainFields::setMoreShown);
  connect(m_moreButton, &QToolButton::clicked, this, &TrainFields::moreShown);
  showWhatApplies();
}

void TrainFields::addRow(QFormLayout* form, const QString& label, QWidget* field, const char* name,
                         const QString& tip) {
  QLabel* text = makeLabel(label, "muted", this);
  text->setMinimumWidth(labelWidth);
  text->setBuddy(field);
  text->setToolTip(escaped(tip));
  field->setObjectName(QString::fromLatin1(name));
  field->setAccessibleName(label);
  field->setToolTip(escaped(tip));
  form->addRow(text, field);
}

QSpinBox* TrainFields::spin(int low, int high, int value) {
  auto* box = new QSpinBox(this);
  box->setRange(low, high);
  box->setValue(value);
  box->setGroupSeparatorShown(high > 99'999);
  return box;
}

NumberBox* TrainFields::number(double low, double high, double value) {
  return new NumberBox(low, high, value, this);
}

QCheckBox* TrainFields::check(const QString& text) {
  return new QCheckBox(text, this);
}

QComboBox* TrainFields::choice(const std::vector<std::pair<QString, QString>>& choices) {
  auto* box = new QComboBox(this);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  for (const auto& [name, title] : choices) box->addItem(title, name);
  return box;
}

void TrainFields::buildUsual() {
  const TrainOptions usual;
  m_model = choice({});
  addRow(
      m_form, tr("Model"), m_model, "model",
      tr("The base model: the bundled starter, or a folder with config.json, model.safetensors and tokenizer.json."));
  m_modelHint = makeLabel({}, "small", this);
  m_modelHint->setWordWrap(true);
  m_form->addRow(m_modelHint);
  m_smallModel = new QPushButton(tr("Train a small model…"), this);
  m_smallModel->setObjectName(QStringLiteral("smallModel"));
  m_smallModel->setToolTip(tr("From scratch, on the training users of this data set, in the background"));
  m_form->addRow(m_smallModel);
  m_from = choice({});
  addRow(m_form, tr("Starts from"), m_from, "from",
         tr("A finished run: its adapter is frozen below the new one and is the reference of the log-ratios."));
  m_objective = choice({});
  for (const std::string& name : trainable_objectives()) {
    const ObjectiveText text = objectiveText(name);
    m_objective->addItem(text.title, toQt(name));
    m_objective->setItemData(
        m_objective->count() - 1,
        QStringLiteral("<p>%1</p><p>%2</p>").arg(text.line.toHtmlEscaped(), text.formula.toHtmlEscaped()),
        Qt::ToolTipRole);
  }
  addRow(m_form, tr("Objective"), m_objective, "objective", {});
  m_objectiveLine = makeLabel({}, "small", this);
  m_objectiveLine->setObjectName(QStringLiteral("objectiveLine"));
  m_objectiveLine->setWordWrap(true);
  m_form->addRow(m_objectiveLine);
  m_beta = number(1e-6, 100, usual.beta);
  addRow(m_form, tr("beta"), m_beta, "beta",
         tr("Scales the log-ratio to the implicit reward: the larger, the closer the model stays to its reference."));
  m_smoothing = number(0, greatestSmoothing, usual.label_smoothing);
  addRow(m_form, tr("Label smoothing"), m_smoothing, "smoothing",
         tr("The share of pairs that may be the wrong way round, 0 to below 0.5."));
  m_gamma = number(-100, 100, usual.gamma);
  addRow(m_form, tr("gamma"), m_gamma, "gamma", tr("The lead that the chosen must have over the rejected."));
  m_sftWeight = number(0, 100, 0);
  addRow(m_form, tr("SFT weight"), m_sftWeight, "sftWeight",
         tr("Adds so many times the SFT loss, which keeps the chosen likely; 0.2 is usual where it falls, 0 adds "
            "nothing."));
  m_sampling = choice({});
  for (const ChoiceText& text : samplingTexts()) {
    m_sampling->addItem(text.title, toQt(text.name));
    m_sampling->setItemData(m_sampling->count() - 1, escaped(text.tip), Qt::ToolTipRole);
  }
  addRow(m_form, tr("Negatives"), m_sampling, "sampling", {});
  m_samplingModel = choice({{QStringLiteral("ease"), tr("EASE")},
                            {QStringLiteral("itemknn"), tr("ItemKNN")},
                            {QStringLiteral("popularity"), tr("Popularity")}});
  addRow(m_form, tr("Classic model"), m_samplingModel, "samplingModel",
         tr("Whose highest-ranked items are the hard negatives; of RosePO, who says how sure a pair is."));
  m_k = spin(0, greatestK, usual.k);
  addRow(m_form, tr("Negatives k"), m_k, "k", tr("Rejected items of an example that are used, up to 64."));
  m_resample = check(tr("drawn anew every epoch"));
  addRow(m_form, {}, m_resample, "resample", tr("Other negatives in each epoch, from the seed."));
  m_resample->setAccessibleName(m_resample->text());
  m_look = new QPushButton(tr("Look at negatives…"), this);
  m_look->setObjectName(QStringLiteral("lookAtNegatives"));
  m_look->setToolTip(tr("The rejected items of the first training examples, before anything is trained"));
  m_form->addRow(QString(), m_look);
  m_rate = number(1e-9, 1, usual.learning_rate);
  addRow(m_form, tr("Learning rate"), m_rate, "rate",
         tr("The peak of the schedule; arrows halve and double it. Usual: 0.0001 for models of billions of weights, "
            "0.0003 for a small one."));
  m_epochs = number(0.001, 10000, usual.epochs);
  addRow(m_form, tr("Epochs"), m_epochs, "epochs",
         tr("Passes over the training examples; a part of one will do for a look."));
  m_rank = spin(1, 1024, usual.rank);
  addRow(m_form, tr("LoRA rank"), m_rank, "rank", tr("Of the LoRA adapter: how much it can learn."));
  m_tokens = spin(1, 10'000'000, usual.batch_tokens);
  m_tokens->setSingleStep(1024);
  addRow(m_form, tr("Tokens a step"), m_tokens, "tokens",
         tr("Packed tokens of an optimizer step: how many examples it learns from at once. At least one example."));
}

void TrainFields::buildMore() {
  const TrainOptions usual;
  m_alpha = number(0, 1e6, usual.alpha);
  m_alpha->setSpecialValueText(tr("twice the rank"));
  addRow(m_moreForm, tr("LoRA alpha"), m_alpha, "alpha", tr("The adapter counts alpha / rank times."));
  m_rsLora = check(tr("rank-stabilized (rsLoRA)"));
  addRow(m_moreForm, {}, m_rsLora, "rsLora", tr("The adapter counts alpha / √rank times, for high ranks."));
  m_rsLora->setAccessibleName(m_rsLora->text());
  m_dropout = number(0, greatestDropout, usual.dropout);
  addRow(m_moreForm, tr("Dropout"), m_dropout, "dropout",
         tr("The share of what the adapter reads that is left out at random while it trains; 0: none."));
  m_targets = choice({});
  for (const std::vector<std::string>& targets : usualTargets())
    m_targets->addItem(targetsText(targets), namesOf(targets));
  addRow(m_moreForm, tr("Adapter on"), m_targets, "targets", tr("The linear layers of the model that are adapted."));
  m_schedule = choice({{QStringLiteral("cosine"), tr("cosine")},
                       {QStringLiteral("linear"), tr("linear")},
                       {QStringLiteral("constant"), tr("constant")}});
  addRow(m_moreForm, tr("Schedule"), m_schedule, "schedule",
         tr("How the learning rate falls after the warm-up: along a cosine, in a line, or not at all."));
  m_warmUp = number(0, 1, usual.warm_up);
  addRow(m_moreForm, tr("Warm-up"), m_warmUp, "warmUp",
         tr("The share of the steps, 0 to 1, in which the learning rate rises to its peak."));
  m_clip = number(0, 1e6, usual.clip);
  addRow(m_moreForm, tr("Clip"), m_clip, "clip",
         tr("The largest norm of the gradients; longer ones are scaled down to it. 0: none are."));
  m_passTokens = spin(1, 10'000'000, usual.pass_tokens);
  m_passTokens->setSingleStep(256);
  addRow(m_moreForm, tr("Tokens a pass"), m_passTokens, "passTokens",
         tr("Packed tokens that go through the model at once; fewer need less memory. The result is the same."));
  m_dtype = choice({{QStringLiteral("float32"), tr("float32")},
                    {QStringLiteral("bfloat16"), tr("bfloat16")},
                    {QStringLiteral("float16"), tr("float16")}});
  addRow(m_moreForm, tr("Numbers"), m_dtype, "dtype",
         tr("The kind of number of the frozen weights: 16 bits halve the memory and are fast on graphics cards. "
            "Adapters, optimizer and log-probs stay float32."));
  m_checkpoint = check(tr("checkpoint gradients"));
  addRow(m_moreForm, {}, m_checkpoint, "checkpointGradients",
         tr("Keeps only each layer's input and computes the rest again: much less memory, about a third more time."));
  m_checkpoint->setAccessibleName(m_checkpoint->text());
  m_panel = spin(0, 100'000, usual.panel);
  m_panel->setSpecialValueText(tr("none"));
  addRow(m_moreForm, tr("Panel"), m_panel, "panel",
         tr("Users watched while training: their log-ratios and ranks are measured at each evaluation. They are "
            "training users' last choices, so held-out users stay unseen."));
  m_evaluations = spin(1, 1000, usual.evaluations);
  addRow(m_moreForm, tr("Evaluations"), m_evaluations, "evaluations",
         tr("How often the panel is measured over the run, besides once before it."));
  m_stopEarly = choice({{QStringLiteral("no"), tr("no")},
                        {QStringLiteral("ndcg@5"), tr("by NDCG@5")},
                        {QStringLiteral("hr@1"), tr("by HR@1")},
                        {QStringLiteral("mrr"), tr("by MRR")},
                        {QStringLiteral("margin"), tr("by margin")}});
  addRow(m_moreForm, tr("Early stop"), m_stopEarly, "stopEarly",
         tr("Ends when the panel no longer improves in this, and keeps the best adapter."));
  m_patience = spin(1, 1000, usual.patience);
  addRow(m_moreForm, tr("Patience"), m_patience, "patience",
         tr("Evaluations without a better one before the run stops early."));
  m_device = choice({{QStringLiteral("auto"), tr("best available")},
                     {QStringLiteral("cpu"), tr("processor (CPU)")},
                     {QStringLiteral("cuda"), tr("graphics card (CUDA)")}});
  addRow(m_moreForm, tr("Device"), m_device, "device", tr("Where the run is computed."));
  m_seed = spin(0, std::numeric_limits<int>::max(), 0);
  m_seed->setGroupSeparatorShown(false);
  addRow(m_moreForm, tr("Seed"), m_seed, "seed",
         tr("The same seed on the same computer gives the same run, bit by bit."));
}

void TrainFields::setModels(const std::vector<std::pair<QString, QString>>& models) {
  const QString before = model();
  m_filling = true;
  m_model->clear();
  for (const auto& [title, path] : models) m_model->addItem(title, path);
  m_model->addItem(tr("Choose a folder…"), QString());
  m_filling = false;
  setModel(before.isEmpty() && m_model->count() > 1 ? m_model->itemData(0).toString() : before);
}

void TrainFields::setModel(const QString& path) {
  if (path.isEmpty()) return;
  if (m_model->findData(path) < 0) {
    const int last = std::max(0, m_model->count() - 1);
    m_model->insertItem(last, toQt(toPath(path).filename()), path);
  }
  m_model->setCurrentIndex(m_model->findData(path));
}

QString TrainFields::model() const {
  return m_model->currentData().toString();
}

void TrainFields::setStarts(const std::vector<Start>& starts) {
  const QVariant before = m_from->currentData();
  m_filling = true;
  m_starts = starts;
  m_from->clear();
  m_from->addItem(tr("the base model"), 0);
  for (const Start& start : starts) m_from->addItem(start.title, static_cast<qlonglong>(start.run));
  m_from->setCurrentIndex(std::max(0, m_from->findData(before)));
  m_filling = false;
  onChange();
}

void TrainFields::setFrom(int64_t run) {
  m_from->setCurrentIndex(std::max(0, m_from->findData(static_cast<qlonglong>(run))));
}

int64_t TrainFields::newestSft() const {
  int64_t newest = 0;
  for (const Start& start : m_starts) {
    if (start.sft) newest = start.run;
  }
  return newest;
}

void TrainFields::setPrepared(int prepared, bool given) {
  m_prepared = prepared;
  m_given = given;
  onChange();
}

void TrainFields::setModelHint(const QString& text, bool offer) {
  m_modelHint->setText(text);
  m_form->setRowVisible(m_modelHint, !text.isEmpty());
  m_form->setRowVisible(m_smallModel, offer);
}

bool TrainFields::isSft() const {
  return m_objective->currentData() == QStringLiteral("sft");
}

int TrainFields::maxNegatives() const {
  return chosen(m_sampling) == "prepared" ? m_prepared : greatestK;
}

void TrainFields::read(TrainOptions& o) const {
  const TrainOptions usual;
  o.model = toPath(model()).string();
  if (o.model.empty()) o.model = usual.model;
  o.from_run.reset();
  if (const qint64 from = m_from->currentData().toLongLong(); from != 0) o.from_run = from;
  o.objective = chosen(m_objective);
  const ObjectiveText text = objectiveText(o.objective);
  const bool sft = isSft();
  o.beta = sft ? usual.beta : m_beta->value();
  o.label_smoothing = text.smoothing ? m_smoothing->value() : usual.label_smoothing;
  o.gamma = text.gamma ? m_gamma->value() : usual.gamma;
  o.sft_weight.reset();
  if (!sft && m_sftWeight->value() != usual_sft_weight(o.objective)) o.sft_weight = m_sftWeight->value();
  o.negatives = sft ? usual.negatives : chosen(m_sampling);
  const bool classic = !sft && (o.negatives == "hard" || o.objective == "rosepo");
  o.negatives_model = classic ? chosen(m_samplingModel) : usual.negatives_model;
  o.k = sft ? 0 : m_k->value();
  o.resample = !sft && (o.negatives == "uniform" || o.negatives == "popularity") && m_resample->isChecked();
  o.learning_rate = m_rate->value();
  o.epochs = m_epochs->value();
  o.rank = m_rank->value();
  o.alpha = m_alpha->value();
  o.rs_lora = m_rsLora->isChecked();
  o.dropout = m_dropout->value();
  o.targets.clear();
  for (const QString& target : m_targets->currentData().toStringList()) o.targets.push_back(target.toStdString());
  o.batch_tokens = m_tokens->value();
  o.schedule = chosen(m_schedule);
  o.warm_up = m_warmUp->value();
  o.clip = m_clip->value();
  o.pass_tokens = m_passTokens->value();
  o.dtype = chosen(m_dtype);
  o.checkpoint_gradients = m_checkpoint->isChecked();
  o.panel = m_panel->value();
  o.evaluations = o.panel > 0 ? m_evaluations->value() : usual.evaluations;
  o.stop_early = o.panel > 0 ? chosen(m_stopEarly) : usual.stop_early;
  o.patience = o.stop_early != "no" ? m_patience->value() : usual.patience;
  o.device = chosen(m_device);
  o.seed = static_cast<uint64_t>(m_seed->value());
}

void TrainFields::write(const TrainOptions& o) {
  m_filling = true;
  setModel(toQt(std::filesystem::path(o.model)));
  setFrom(o.from_run.value_or(0));
  select(m_objective, toQt(o.objective));
  m_beta->setValue(o.beta);
  m_smoothing->setValue(o.label_smoothing);
  m_gamma->setValue(o.gamma);
  m_sftWeight->setValue(o.sft_weight.value_or(usual_sft_weight(o.objective)));
  select(m_sampling, toQt(o.negatives));
  select(m_samplingModel, toQt(o.negatives_model));
  m_k->setMaximum(maxNegatives());
  m_k->setValue(o.k);
  m_resample->setChecked(o.resample);
  m_rate->setValue(o.learning_rate);
  m_epochs->setValue(o.epochs);
  m_rank->setValue(o.rank);
  m_alpha->setValue(o.alpha);
  m_rsLora->setChecked(o.rs_lora);
  m_dropout->setValue(o.dropout);
  if (m_targets->findText(targetsText(o.targets)) < 0) m_targets->addItem(targetsText(o.targets), namesOf(o.targets));
  m_targets->setCurrentIndex(m_targets->findText(targetsText(o.targets)));
  m_tokens->setValue(o.batch_tokens);
  select(m_schedule, toQt(o.schedule));
  m_warmUp->setValue(o.warm_up);
  m_clip->setValue(o.clip);
  m_passTokens->setValue(o.pass_tokens);
  select(m_dtype, toQt(o.dtype));
  m_checkpoint->setChecked(o.checkpoint_gradients);
  m_panel->setValue(o.panel);
  m_evaluations->setValue(o.evaluations);
  select(m_stopEarly, toQt(o.stop_early));
  m_patience->setValue(o.patience);
  select(m_device, toQt(o.device));
  m_seed->setValue(static_cast<int>(std::min<uint64_t>(o.seed, static_cast<uint64_t>(m_seed->maximum()))));
  m_filling = false;
  onChange();
}

void TrainFields::onChange() {
  if (m_filling) return;
  m_filling = true;  // what follows from a change is part of it
  if (m_given) select(m_sampling, QStringLiteral("prepared"));
  m_k->setMaximum(maxNegatives());
  m_k->setSpecialValueText(chosen(m_sampling) == "prepared" ? tr("all prepared (%1)").arg(m_prepared) : tr("5"));
  const qint64 from = m_from->currentData().toLongLong();
  for (const Start& start : m_starts) {
    if (start.run == from) setModel(start.model);  // a run brings its model
  }
  m_model->setEnabled(from == 0);
  showWhatApplies();
  m_filling = false;
  Q_EMIT changed();
}

void TrainFields::showWhatApplies() {
  const ObjectiveText text = objectiveText(chosen(m_objective));
  m_objectiveLine->setText(text.line);
  const QString about =
      QStringLiteral("<p>%1</p><p>%2</p><p>%3</p>")
          .arg(text.line.toHtmlEscaped(), text.formula.toHtmlEscaped(),
               tr("r(y) = beta (log pi(y) - log pi_ref(y)); w is the chosen, l the rejected.").toHtmlEscaped());
  m_objective->setToolTip(about);
  m_objectiveLine->setToolTip(about);
  m_sampling->setToolTip(m_sampling->currentData(Qt::ToolTipRole).toString());
  const bool sft = isSft();
  const std::string sampling = chosen(m_sampling);
  m_form->setRowVisible(m_beta, !sft);
  m_form->setRowVisible(m_smoothing, text.smoothing);
  m_form->setRowVisible(m_gamma, text.gamma);
  m_form->setRowVisible(m_sftWeight, !sft);
  m_form->setRowVisible(m_sampling, !sft && !m_given);
  m_form->setRowVisible(m_samplingModel, !sft && (sampling == "hard" || text.name == "rosepo"));
  m_form->setRowVisible(m_k, !sft);
  m_form->setRowVisible(m_resample, !sft && (sampling == "uniform" || sampling == "popularity"));
  m_form->setRowVisible(m_look, !sft);
  m_moreForm->setRowVisible(m_evaluations, m_panel->value() > 0);
  m_moreForm->setRowVisible(m_stopEarly, m_panel->value() > 0);
  m_moreForm->setRowVisible(m_patience, m_panel->value() > 0 && chosen(m_stopEarly) != "no");
}

void TrainFields::setMoreShown(bool more) {
  m_more->setVisible(more);
  m_moreButton->setChecked(more);
  m_moreButton->setArrowType(more ? Qt::DownArrow : Qt::RightArrow);
}

bool TrainFields::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Wheel && !static_cast<QWidget*>(watched)->hasFocus()) {
    event->ignore();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace prefscope
