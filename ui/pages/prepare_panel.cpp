// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/prepare_panel.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <cmath>
#include <limits>

#include "engine/tasks/prepare.h"
#include "ui/models/table_sources.h"
#include "ui/pages/same_set.h"
#include "ui/pages/view_editor.h"
#include "ui/theme.h"
#include "ui/widgets/scrolling.h"
#include "ui/workbench.h"

namespace prefscope {

PreparePanel::PreparePanel(Workbench& workbench, QWidget* parent)
    : Card(tr("Prepare"), parent), m_workbench(workbench) {
  auto* fields = new QWidget(this);  // scrolls where the window is low; the button stays
  auto* column = new QVBoxLayout(fields);
  column->setContentsMargins(0, 0, gridUnit, 0);
  m_options = new QWidget(fields);
  m_form = new QFormLayout(m_options);
  m_form->setContentsMargins(0, 0, 0, 0);
  m_form->setVerticalSpacing(6);
  m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto addRow = [this](const QString& label, QWidget* field, const char* name, const QString& tip) {
    QLabel* text = makeLabel(label, "muted", m_options);
    text->setBuddy(field);
    text->setToolTip(tip);
    field->setObjectName(QString::fromLatin1(name));
    field->setAccessibleName(label);
    field->setToolTip(tip);
    m_form->addRow(text, field);
  };
  const auto spin = [this](int low, int high, int value) {
    auto* box = new QSpinBox(m_options);
    box->setRange(low, high);
    box->setValue(value);
    return box;
  };
  const PrepareOptions defaults;
  const auto choice = [this](std::initializer_list<std::pair<QString, const char*>> entries) {
    auto* box = new QComboBox(m_options);
    for (const auto& [text, name] : entries) box->addItem(text, QString::fromLatin1(name));
    return box;
  };
  addRow(tr("Rows"), buildView(), "viewRow",
         tr("All rows, or a view: named steps over the untouched import, such as a rating threshold or a k-core."));
  m_split = choice({{tr("leave last out"), "leave-last-out"},
                    {tr("leave two out"), "leave-two-out"},
                    {tr("share of each user"), "ratio"},
                    {tr("one moment for all"), "global-time"},
                    {tr("rows of a file"), "given"}});
  addRow(tr("Split"), m_split, "split", tr("Which positives are held out."));
  m_fromTime = new QLineEdit(m_options);
  m_fromTime->setPlaceholderText(tr("by the share below, or 2015-01-01"));
  addRow(tr("From"), m_fromTime, "fromTime", tr("The day from which on all is held out."));
  m_prompt = new QComboBox(m_options);
  m_prompt->addItem(tr("open"), QStringLiteral("open"));
  m_prompt->addItem(tr("listed"), QStringLiteral("listed"));
  addRow(tr("Prompt"), m_prompt, "prompt",
         tr("open: the history, then \"the next item is\". listed: the history, then the candidate list in several "
            "seeded orders."));
  m_rows = new QPushButton(tr("Choose…"), m_options);
  addRow(
      tr("Held out"), m_rows, "heldOutRows",
      tr("A table with the columns user and item, their ids as in the data set, or a RecBole file (.test.inter): the "
         "rows that are held out."));
  m_candidates = spin(2, 1000, defaults.candidates);
  addRow(tr("Candidates"), m_candidates, "candidates",
         tr("The length of the saved list every model is judged on: the target and items the user never touched."));
  m_sampling = choice({{tr("drawn evenly"), "uniform"},
                       {tr("drawn by popularity"), "popularity"},
                       {tr("all items"), "all"},
                       {tr("lists of a file"), "given"}});
  addRow(tr("Drawn"), m_sampling, "sampling", tr("Where the candidates beside the target come from."));
  m_lists = new QPushButton(tr("Choose…"), m_options);
  addRow(tr("Lists"), m_lists, "candidateLists",
         tr("A table with the columns user and item, their ids as in the data set: each user's candidates."));
  m_negatives = spin(1, 999, defaults.negatives);
  addRow(tr("Negatives k"), m_negatives, "negatives",
         tr("Rejected items of a training example; fewer than the candidates."));
  m_history = spin(1, 1000, defaults.history);
  addRow(tr("History"), m_history, "history",
         tr("Items of the history in a prompt at most: the last ones before the target."));
  m_targets = spin(1, 100, defaults.targets);
  addRow(
      tr("Targets"), m_targets, "targets",
      tr("Training examples of a user at most: the latest positives but the very last, each with what came before."));
  m_threshold = new QDoubleSpinBox(m_options);
  m_threshold->setRange(-1e6, 1e6);
  m_threshold->setDecimals(1);
  m_threshold->setSingleStep(0.5);
  m_threshold->setValue(defaults.threshold);
  m_threshold->setPrefix(tr("above "));
  addRow(tr("Positive"), m_threshold, "threshold", tr("A rating above this is a positive; others are no choice."));
  m_heldOut = spin(0, 100, static_cast<int>(defaults.held_out * 100 + 0.5));
  addRow(tr("Held out"), m_heldOut, "heldOut", tr("Users that only evaluate; no model ever trains on them."));
  m_users = spin(0, std::numeric_limits<int>::max(), 0);
  m_users->setSpecialValueText(tr("all"));
  m_users->setSingleStep(100);
  addRow(tr("Users"), m_users, "users", tr("How many users are sampled by the seed; 0: all."));
  m_trainUsers = spin(0, std::numeric_limits<int>::max(), 0);
  m_trainUsers->setSpecialValueText(tr("all"));
  m_trainUsers->setSingleStep(100);
  addRow(tr("Training"), m_trainUsers, "trainUsers",
         tr("Few-shot: how many of the training users are learned from, by the seed; the held-out users stay the same. "
            "0: all."));
  m_seed = spin(0, std::numeric_limits<int>::max(), 0);
  addRow(tr("Seed"), m_seed, "seed", tr("The same seed gives the same split, lists and negatives."));
  column->addWidget(m_options);

  m_rule = makeLabel({}, "small", this);
  m_rule->setWordWrap(true);
  column->addWidget(m_rule);
  m_made = new QComboBox(this);
  m_made->setAccessibleName(tr("Preparation"));
  m_made->setToolTip(tr("The preparation that every page uses"));
  m_counts = makeLabel({}, "strong", this);
  m_counts->setObjectName(QStringLiteral("preparedCounts"));
  m_counts->setWordWrap(true);
  m_protocol = makeLabel({}, "small", this);
  m_protocol->setObjectName(QStringLiteral("protocol"));
  m_protocol->setWordWrap(true);
  m_protocol->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(m_made);
  column->addWidget(m_counts);
  column->addWidget(m_protocol);
  column->addStretch(1);
  QScrollArea* scroll = makeScrolling(fields, this);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  body()->addWidget(scroll, 1);
  m_button = new QPushButton(tr("Prepare"), this);
  m_button->setObjectName(QStringLiteral("prepareButton"));
  body()->addWidget(m_button);

  connect(m_candidates, &QSpinBox::valueChanged, this, [this](int n) { m_negatives->setMaximum(n - 1); });
  m_negatives->setMaximum(defaults.candidates - 1);
  connect(m_button, &QPushButton::clicked, this, &PreparePanel::start);
  connect(m_split, &QComboBox::currentIndexChanged, this, &PreparePanel::fitToSplit);
  connect(m_sampling, &QComboBox::currentIndexChanged, this, &PreparePanel::fitToSplit);
  connect(m_lists, &QPushButton::clicked, this, [this] { chooseTable(tr("Candidate lists"), m_lists, m_listsFile); });
  connect(m_rows, &QPushButton::clicked, this,
          [this] { chooseTable(tr("Rows that are held out"), m_rows, m_rowsFile); });
  connect(m_made, &QComboBox::activated, this,
          [this](int index) { m_workbench.setPreparation(m_made->itemData(index).toLongLong()); });
  connect(&workbench, &Workbench::currentDataSetChanged, this, &PreparePanel::refresh);
  connect(&workbench, &Workbench::preparationsChanged, this, &PreparePanel::refresh);
  connect(&workbench, &Workbench::currentPreparationChanged, this, &PreparePanel::refresh);
  refresh();
}

QWidget* PreparePanel::buildView() {
  auto* row = new QWidget(m_options);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(gridUnit);
  m_view = new QComboBox(row);
  m_view->setObjectName(QStringLiteral("view"));
  m_view->setAccessibleName(tr("View"));
  m_view->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  m_editView = new QPushButton(row);
  m_editView->setObjectName(QStringLiteral("editView"));
  layout->addWidget(m_view, 1);
  layout->addWidget(m_editView);
  row->setFocusProxy(m_view);
  const auto label = [this] { m_editView->setText(m_view->currentIndex() > 0 ? tr("Edit…") : tr("New…")); };
  connect(m_view, &QComboBox::currentIndexChanged, this, label);
  connect(m_editView, &QPushButton::clicked, this, &PreparePanel::editView);
  label();
  return row;
}

void PreparePanel::readViews() {
  const QString chosen = m_view->currentData().toString();
  m_view->clear();
  m_view->addItem(tr("all rows"));
  if (m_workbench.dataSet())
    m_workbench.attempt(tr("The views could not be read"), [&] {
      for (const DataView& view : list_views(m_workbench.workspace(), m_workbench.dataSet()->id))
        m_view->addItem(toQt(view.name), toQt(view.name));
    });
  m_view->setCurrentIndex(std::max(m_view->findData(chosen), 0));
}

void PreparePanel::editView() {
  auto* editor = new ViewEditor(m_workbench, m_view->currentData().toString(), window());
  connect(editor, &ViewEditor::viewChanged, this, [this, set = m_workbench.dataSet()](const QString& name) {
    if (!sameSet(set, m_workbench.dataSet())) return;
    readViews();
    m_view->setCurrentIndex(std::max(m_view->findData(name), 0));
  });
  editor->show();
}

void PreparePanel::fitToSplit() {
  const QString split = m_split->currentData().toString(), sampling = m_sampling->currentData().toString();
  m_form->setRowVisible(m_fromTime, split == QStringLiteral("global-time"));
  const bool given = split == QStringLiteral("given");
  m_form->setRowVisible(m_heldOut, split != QStringLiteral("leave-two-out") && !given);
  m_form->setRowVisible(m_rows, given);
  m_form->setRowVisible(m_candidates,
                        sampling == QStringLiteral("uniform") || sampling == QStringLiteral("popularity"));
  m_form->setRowVisible(m_lists, sampling == QStringLiteral("given"));
  const bool byUser = split == QStringLiteral("leave-last-out");
  m_heldOut->setSuffix(byUser ? tr(" % of users") : tr(" % of positives"));
  const QString before = tr(" The one before is watched while training, those before that train.");
  m_rule->setText((byUser ? tr("The last positive is the target; the users that are held out never train.")
                   : split == QStringLiteral("leave-two-out") ? tr("Every user's last positive is held out.") + before
                   : given ? tr("The positives that a file lists are held out.") + before
                   : split == QStringLiteral("ratio")
                       ? tr("The last share of every user's positives is held out.") + before
                       : tr("All positives from one moment on are held out.") + before) +
                  tr(" Where interactions share a time, the order of the file decides."));
  if (m_options->isVisibleTo(this)) setNote(m_split->currentText());
}

void PreparePanel::chooseTable(const QString& title, QPushButton* button, std::filesystem::path& file) {
  auto* dialog = new QFileDialog(this, title, {}, tr("Tables (*.csv *.tsv *.txt *.inter);;All files (*)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [button, &file](const QString& chosen) {
    file = toPath(chosen);
    button->setText(toQt(file.filename()));
  });
  dialog->open();
}

void PreparePanel::refresh() {
  const auto& set = m_workbench.dataSet();
  const bool given = set && set->interactions == 0;
  setEnabled(set.has_value());
  m_options->setVisible(!given);
  m_rule->setVisible(!given);
  m_button->setVisible(!given);
  setNote(given ? tr("given by the file") : m_split->currentText());
  readViews();
  fitToSplit();
  m_form->setRowVisible(m_threshold, set && set->has_ratings);
  m_made->clear();
  m_counts->clear();
  m_protocol->clear();
  std::vector<Preparation> made;
  if (set) {
    m_workbench.attempt(tr("The preparations could not be read"),
                        [&] { made = list_preparations(m_workbench.workspace(), set->id); });
  }
  m_made->setVisible(made.size() > 1);
  for (const Preparation& p : made) {
    m_made->addItem(
        tr("%1 · %2 · %n candidates · seed %3", nullptr, p.candidates).arg(p.id).arg(toQt(p.prompt)).arg(p.seed),
        static_cast<qlonglong>(p.id));
    if (p.id != m_workbench.preparation()) continue;
    m_made->setCurrentIndex(m_made->count() - 1);
    m_counts->setText(
        tr("%1 train · %2 held-out examples").arg(countText(p.train_examples), countText(p.held_out_examples)));
    m_protocol->setText(toQt(p.protocol));
    if (!given) fill(p);
  }
  if (set && made.empty()) m_protocol->setText(tr("Not prepared yet: models train and are judged on what this makes."));
  m_button->setProperty("primary", set && made.empty());
  m_button->setText(made.empty() ? tr("Prepare") : tr("Prepare again"));
  m_button->style()->polish(m_button);
}

void PreparePanel::fill(const Preparation& p) {
  if (p.id == m_filled) return;  // what was typed since stays
  m_filled = p.id;
  m_prompt->setCurrentIndex(m_prompt->findData(toQt(p.prompt)));
  m_split->setCurrentIndex(std::max(m_split->findData(toQt(p.split)), 0));
  m_sampling->setCurrentIndex(std::max(m_sampling->findData(toQt(p.sampling)), 0));
  m_candidates->setValue(p.candidates);  // before the negatives, which it bounds
  m_negatives->setValue(p.negatives);
  m_history->setValue(p.history);
  m_targets->setValue(p.targets);
  if (p.threshold) m_threshold->setValue(*p.threshold);
  m_heldOut->setValue(static_cast<int>(std::lround(p.held_out * 100)));
  m_users->setValue(static_cast<int>(p.users.value_or(0)));
  m_trainUsers->setValue(static_cast<int>(p.train_users.value_or(0)));
  m_seed->setValue(static_cast<int>(p.seed));
}

void PreparePanel::start() {
  const auto& set = m_workbench.dataSet();
  if (!set) return;
  PrepareOptions options;
  options.workspace = m_workbench.workspaceFolder();
  options.data_set = set->name;
  options.view = m_view->currentData().toString().toStdString();
  options.split = m_split->currentData().toString().toStdString();
  if (options.split == "global-time") options.from_time = m_fromTime->text().trimmed().toStdString();
  options.sampling = m_sampling->currentData().toString().toStdString();
  if (options.split == "given") options.held_out_rows = m_rowsFile;
  if (options.sampling == "given") options.candidate_lists = m_listsFile;
  options.prompt = m_prompt->currentData().toString().toStdString();
  options.candidates = m_candidates->value();
  options.negatives = m_negatives->value();
  options.history = m_history->value();
  options.targets = m_targets->value();
  options.threshold = m_threshold->value();
  options.held_out = m_heldOut->value() / 100.0;
  if (m_users->value() > 0) options.users = m_users->value();
  if (m_trainUsers->value() > 0) options.train_users = m_trainUsers->value();
  options.seed = static_cast<uint64_t>(m_seed->value());
  m_workbench.prepareData(options);
}

}  // namespace prefscope
