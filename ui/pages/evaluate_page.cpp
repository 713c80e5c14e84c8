// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/evaluate_page.h"

#include <fmt/format.h>

#include <QAction>
#include <QButtonGroup>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>

#include "engine/base/files.h"
#include "engine/evaluate/metrics.h"
#include "engine/tasks/evaluate.h"
#include "ui/models/table_sources.h"
#include "ui/pages/change_counts.h"
#include "ui/pages/evaluate_form.h"
#include "ui/pages/user_result_table.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/interval_chart.h"
#include "ui/widgets/signed_number.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int formWidth = 270;
constexpr const char* metricNames[] = {"auc", "hr@1", "hr@5", "ndcg@5", "mrr"};
constexpr const char* metricTitles[] = {"AUC", "HR@1", "HR@5", "NDCG@5", "MRR"};

}  // namespace

std::string evaluationCsv(const Evaluation& evaluation) {
  std::string protocol = evaluation.protocol;
  std::replace(protocol.begin(), protocol.end(), '\n', ' ');
  std::string csv = fmt::format("# {}; ranked by {}; {} users; 95 % bootstrap intervals over users, seed {}\nmodel",
                                protocol, evaluation.score, evaluation.users, evaluation.seed);
  for (const char* metric : metricNames) csv += fmt::format(",{0},{0}_low,{0}_high", metric);
  csv += '\n';
  for (const EvaluationRow& row : evaluation.rows) {
    csv += row.model;
    for (const char* metric : metricNames) {
      const auto m = row.metrics.find(metric);
      csv += m == row.metrics.end() ? ",,," : fmt::format(",{},{},{}", m->second.value, m->second.low, m->second.high);
    }
    csv += '\n';
  }
  return csv;
}

QString modelTitle(Workspace& workspace, const EvaluationRow& row) {
  if (row.run) {
    for (const Run& run : list_runs(workspace)) {
      if (run.id != *row.run) continue;
      const qsizetype other = toQt(row.model).indexOf(QStringLiteral(" trained on "));  // another set than the tested
      return other < 0 ? toQt(run.name) : toQt(run.name) + QStringLiteral(" ·") + toQt(row.model).mid(other);
    }
  }
  const std::pair<const char*, QString> titles[] = {{"base", EvaluatePage::tr("base model")},
                                                    {"random", EvaluatePage::tr("Random")},
                                                    {"popularity", EvaluatePage::tr("Popularity")},
                                                    {"itemknn", EvaluatePage::tr("ItemKNN")},
                                                    {"ease", EvaluatePage::tr("EASE")}};
  for (const auto& [name, title] : titles) {
    if (row.model == name) return title;
  }
  return toQt(row.model);
}

EvaluatePage::EvaluatePage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_export = new QAction(tr("Export…"), this);
  m_export->setToolTip(tr("The table as CSV, with its protocol (Ctrl+E)"));
  m_export->setEnabled(false);
  connect(m_export, &QAction::triggered, this, &EvaluatePage::askExport);

  auto* empty = new Card({}, this);
  m_empty = new EmptyState(QStringLiteral("evaluate"), {}, {}, {}, empty);
  connect(m_empty, &EmptyState::pressed, this, [this] {
    if (!m_form->obstacle().isEmpty()) Q_EMIT this->workbench().pageRequested(QStringLiteral("data"));
    if (m_form->obstacle().isEmpty()) start();
  });
  empty->body()->addWidget(m_empty);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(empty);
  m_stack->addWidget(buildResults());
  auto* columns = new QHBoxLayout(this);
  columns->setContentsMargins(pageMargin, 12, pageMargin, 12);
  columns->setSpacing(12);
  columns->addWidget(buildForm());
  columns->addWidget(m_stack, 1);

  const auto again = [this] {
    refreshRuns();
    refreshEvaluations();
  };
  connect(&workbench, &Workbench::currentPreparationChanged, this, again);
  connect(&workbench, &Workbench::currentDataSetChanged, this, again);
  connect(&workbench, &Workbench::runsChanged, this, &EvaluatePage::refreshRuns);
  connect(&workbench, &Workbench::modelChosen, this, &EvaluatePage::refreshRuns);
  connect(&workbench, &Workbench::classicModelsRequested, this, [this] {
    m_form->chooseClassicModels();
    start();
  });
  again();
}

QWidget* EvaluatePage::buildForm() {
  m_form = new EvaluateForm(workbench(), this);
  connect(m_form, &EvaluateForm::startRequested, this, &EvaluatePage::start);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // its fields take the focus
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(formWidth);
  scroll->setWidget(m_form);
  return scroll;
}

QWidget* EvaluatePage::buildResults() {
  auto* results = new QWidget(this);
  auto* layout = new QVBoxLayout(results);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);

  m_chartCard = new Card(tr("Models on the same candidate lists"), results);
  m_made = new QComboBox(m_chartCard);
  m_made->setAccessibleName(tr("Evaluation"));
  m_made->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_chartCard->addToHeader(m_made);
  auto* pills = new QHBoxLayout;
  pills->setSpacing(6);
  m_metrics = new QButtonGroup(this);
  for (int i = 0; i < 5; ++i) {
    auto* pill = new QPushButton(QString::fromLatin1(metricTitles[i]), m_chartCard);
    pill->setProperty("pill", true);
    pill->setCheckable(true);
    pill->setChecked(i == 0);
    m_metrics->addButton(pill, i);
    pills->addWidget(pill);
  }
  auto* legend = new ElidedLabel(tr("mean over users · 95 % interval · dashed: a random order"), m_chartCard);
  legend->setProperty("textStyle", QStringLiteral("small"));
  legend->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  pills->addWidget(legend, 1);
  m_chart = new IntervalChart(m_chartCard);
  m_protocol = makeLabel({}, "small", m_chartCard);
  m_protocol->setObjectName(QStringLiteral("evaluationProtocol"));
  m_protocol->setWordWrap(true);
  m_protocol->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_chartCard->body()->addLayout(pills);
  m_chartCard->body()->addWidget(m_chart, 1);
  m_chartCard->body()->addWidget(m_protocol);

  auto* users = new Card(tr("User by user"), results);
  auto* line = new QHBoxLayout;
  m_before = new QComboBox(users);
  m_after = new QComboBox(users);
  m_before->setAccessibleName(tr("Model before"));
  m_after->setAccessibleName(tr("Model after"));
  m_counts = new ChangeCounts(QStringLiteral("compared-"), users);
  m_counts->hide();
  m_summary = makeLabel({}, "strong", users);
  m_summary->setObjectName(QStringLiteral("comparison"));
  m_summary->setWordWrap(true);
  line->addWidget(m_after);
  line->addWidget(makeLabel(tr("against"), "muted", users));
  line->addWidget(m_before);
  line->addStretch(1);
  auto* counted = new QHBoxLayout;
  counted->setSpacing(pageMargin);
  counted->addWidget(m_counts);
  counted->addWidget(m_summary, 1);
  m_table = new UserResultTable(users);
  m_table->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);  // it takes what the chart leaves
  users->body()->addLayout(line);
  users->body()->addLayout(counted);
  users->body()->addWidget(m_table, 1);
  users->body()->addWidget(makeLabel(tr("Return or a double click opens the user's case."), "small", users));

  layout->addWidget(m_chartCard);  // as high as its rows and its protocol; the users take the rest
  layout->addWidget(users, 1);
  connect(m_made, &QComboBox::activated, this, &EvaluatePage::showEvaluation);
  connect(m_metrics, &QButtonGroup::idClicked, this, &EvaluatePage::showMetric);
  connect(m_before, &QComboBox::activated, this, &EvaluatePage::showComparison);
  connect(m_after, &QComboBox::activated, this, &EvaluatePage::showComparison);
  connect(m_table, &UserResultTable::userOpened, this, &EvaluatePage::openUser);
  connect(m_counts, &ChangeCounts::userOpened, this, &EvaluatePage::openUser);
  // Its users are of the models that are chosen now.
  connect(m_counts, &ChangeCounts::listOpened, this,
          [this](QWidget* list) { connect(this, &EvaluatePage::comparisonChanged, list, &QWidget::close); });
  return results;
}

void EvaluatePage::openUser(qint64 example) {
  const int row = m_after->currentIndex();
  if (row >= 0) workbench().requestCase(example, m_shown.rows[static_cast<size_t>(row)].run.value_or(0));
}

void EvaluatePage::activate() {
  refreshRuns();
}

QString EvaluatePage::subheading() const {
  return workbench().protocolText();
}

void EvaluatePage::refreshRuns() {
  m_form->refresh();
  const QString& obstacle = m_form->obstacle();
  m_empty->setTexts(
      tr("Nothing is evaluated yet"),
      obstacle.isEmpty()
          ? tr("Every model ranks the same saved candidate lists of held-out users. Choose the models at the left and "
               "press Evaluate; classic models need no training, and what the Case page has scored is not scored "
               "again.")
          : obstacle,
      obstacle.isEmpty() ? tr("Evaluate") : tr("Go to Data"));
}

void EvaluatePage::refreshEvaluations(int64_t show) {
  m_evaluations.clear();
  m_made->clear();
  if (workbench().preparation() != 0) {
    workbench().attempt(tr("The evaluations could not be read"), [this] {
      m_evaluations = list_evaluations(workbench().workspace(), workbench().preparation());
    });
  }
  for (const Evaluation& e : m_evaluations) {
    m_made->addItem(tr("%1 · %2 users · %3")
                        .arg(toQt(e.created_at).replace(QLatin1Char('T'), QLatin1Char(' ')).left(16),
                             countText(e.users), toQt(e.score)),
                    static_cast<qlonglong>(e.id));
  }
  m_made->setCurrentIndex(show > 0 ? m_made->findData(static_cast<qlonglong>(show)) : m_made->count() - 1);
  showEvaluation();
}

void EvaluatePage::showEvaluation() {
  const int index = m_made->currentIndex();
  const bool some = index >= 0 && index < static_cast<int>(m_evaluations.size());
  m_stack->setCurrentIndex(some ? 1 : 0);
  m_export->setEnabled(some);
  m_shown = some ? m_evaluations[static_cast<size_t>(index)] : Evaluation{};
  m_before->clear();
  m_after->clear();
  // At first: the last language model against the one before it.
  int language = 0;
  m_titles.clear();
  workbench().attempt(tr("The runs could not be read"), [&] {
    for (const EvaluationRow& row : m_shown.rows) m_titles << modelTitle(workbench().workspace(), row);
  });
  m_before->addItems(m_titles);
  m_after->addItems(m_titles);
  for (const EvaluationRow& row : m_shown.rows) {
    if (row.run || row.model == "base") ++language;
  }
  m_after->setCurrentIndex(language > 0 ? language - 1 : m_after->count() - 1);
  m_before->setCurrentIndex(language > 1 ? language - 2 : 0);
  m_protocol->setText(toQt(m_shown.protocol));
  showMetric();
  showComparison();
  Q_EMIT headingChanged();
}

void EvaluatePage::showMetric() {
  const int metric = std::max(0, m_metrics->checkedId());
  // Of a random order of c candidates with one target: AUC 1/2, HR@n n/c, NDCG@5 and MRR are means over ranks.
  std::optional<double> chance;
  workbench().attempt(tr("The evaluation could not be read"), [&] {
    if (m_shown.preparation == 0) return;
    const int c = read_preparation(workbench().workspace(), m_shown.preparation).candidates;
    if (c < 1) return;
    double sum = 0;
    for (int rank = 1; rank <= c; ++rank)
      sum += metric == 3 ? (rank <= 5 ? 1 / std::log2(rank + 1.0) : 0) : metric == 4 ? 1.0 / rank : 0;
    chance = metric == 0 ? 0.5 : metric == 1 ? 1.0 / c : metric == 2 ? std::min(1.0, 5.0 / c) : sum / c;
  });
  m_chart->setData(m_shown, m_titles, metricNames[metric], chance);
}

void EvaluatePage::showComparison() {
  const int before = m_before->currentIndex(), after = m_after->currentIndex();
  const int generation = ++m_generation;
  m_summary->clear();
  m_counts->hide();
  m_table->users().setUsers({}, {}, {});
  Q_EMIT comparisonChanged();
  if (before < 0 || after < 0 || m_shown.id == 0) return;
  struct Both {
    Comparison comparison;
    std::vector<UserChange> users;
  };
  workbench().jobs().submit(
      JobKind::Light, {},
      [folder = workbench().workspaceFolder(), e = m_shown, before, after](const TaskContext&) {
        Workspace workspace(folder);
        const auto old = read_user_results(workspace, e.id, before);
        const auto now = read_user_results(workspace, e.id, after);
        Both both{compare_users(old, now, e.seed), userChanges(workspace, e.preparation, old, now)};
        return both;
      },
      this,
      [this, generation](Both both) {
        if (generation != m_generation) return;
        const Comparison& c = both.comparison;
        m_counts->setUsers(c, both.users, tr("of %1, by the chosen item's rank").arg(countText(m_shown.users)),
                           m_before->currentText(), m_after->currentText());
        m_counts->show();
        m_summary->setText(tr("AUC %1 (%2 to %3)")
                               .arg(signedNumber(c.auc_gain.value, 3))
                               .arg(c.auc_gain.low, 0, 'f', 3)
                               .arg(c.auc_gain.high, 0, 'f', 3));
        m_table->users().setUsers(std::move(both.users), m_before->currentText(), m_after->currentText());
      });
}

void EvaluatePage::start() {
  const EvaluateOptions options = m_form->options();
  workbench().jobs().submit(
      JobKind::Device, tr("Evaluating on held-out users"),
      [options](const TaskContext& context) { return evaluate(options, context); }, this,
      [this](const Evaluation& evaluation) {
        if (evaluation.preparation == workbench().preparation()) refreshEvaluations(evaluation.id);
        Q_EMIT workbench().evaluationsChanged();
      });
}

void EvaluatePage::askExport() {
  auto* dialog = new QFileDialog(this, tr("Export the evaluation"), {}, tr("Table (*.csv)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  dialog->selectFile(QStringLiteral("evaluation-%1.csv").arg(m_shown.id));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    if (workbench().attempt(tr("The evaluation could not be exported"),
                            [&] { write_file_atomically(toPath(path), evaluationCsv(m_shown)); }))
      Q_EMIT workbench().noticed(tr("Exported to %1").arg(path));
  });
  dialog->open();
}

}  // namespace prefscope
