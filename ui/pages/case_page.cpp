// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/case_page.h"

#include <QAction>
#include <QButtonGroup>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTextCursor>
#include <QTextEdit>
#include <QToolButton>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/store/example_rows.h"
#include "engine/store/results.h"
#include "engine/tasks/explain.h"
#include "ui/pages/rationale_card.h"
#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/card.h"
#include "ui/widgets/empty_state.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int historyWidth = 270;
constexpr int rationaleHeight = 168;

QString ordinal(int n) {
  const int tens = n % 100;
  const char* end = tens >= 11 && tens <= 13 ? "th"
                    : n % 10 == 1            ? "st"
                    : n % 10 == 2            ? "nd"
                    : n % 10 == 3            ? "rd"
                                             : "th";
  return QString::number(n) + QLatin1String(end);
}

QString signedText(double value) {
  return (value > 0 ? QStringLiteral("+") : QString()) + QString::number(value, 'f', 2);
}

}  // namespace

CasePage::CasePage(Workbench& workbench, QWidget* parent) : Page(workbench, parent) {
  m_export = new QAction(tr("Export…"), this);
  m_export->setToolTip(tr("The case as one HTML file that loads nothing from outside (Ctrl+E)"));
  m_export->setEnabled(false);
  connect(m_export, &QAction::triggered, this, &CasePage::askExport);

  m_empty = new EmptyState(QStringLiteral("case"), tr("No case yet"), {}, {}, this);
  auto* content = new QWidget(this);
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(pageMargin, 10, pageMargin, 12);
  layout->setSpacing(10);
  layout->addWidget(buildBar());
  layout->addWidget(buildContent(), 1);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_empty);
  m_stack->addWidget(content);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(m_stack);

  connect(&workbench, &Workbench::caseRequested, this, [this](qint64 example, qint64 run) { open(example, run); });
  connect(&workbench, &Workbench::currentPreparationChanged, this, [this] {
    m_example = 0;
    if (isVisible()) activate();
  });
  connect(&workbench, &Workbench::runsChanged, this, &CasePage::refreshModels);
  connect(&workbench, &Workbench::scoresChanged, this, [this](qint64 run) {
    if (!isVisible() || m_example == 0) return;
    // A run that has just been scored is what one wants to look at.
    open(m_example, run);
  });
}

QWidget* CasePage::buildBar() {
  auto* bar = new QWidget(this);
  const auto arrow = [&](const QString& text, const QString& name, bool forward) {
    auto* button = new QPushButton(text, bar);
    button->setObjectName(forward ? QStringLiteral("nextCase") : QStringLiteral("previousCase"));
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setFixedWidth(34);
    connect(button, &QPushButton::clicked, this, [this, forward] { step(forward); });
    return button;
  };
  m_user = new QLineEdit(bar);
  m_user->setObjectName(QStringLiteral("caseUser"));
  m_user->setAccessibleName(tr("User"));
  m_user->setPlaceholderText(tr("User id"));
  m_user->setFixedWidth(110);
  connect(m_user, &QLineEdit::returnPressed, this, &CasePage::findUser);
  const auto combo = [&](const QString& name, const char* objectName) {
    auto* box = new QComboBox(bar);
    box->setAccessibleName(name);
    box->setToolTip(name);
    box->setObjectName(QString::fromLatin1(objectName));
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return box;
  };
  m_model = combo(tr("The model that ranks"), "caseModel");
  connect(m_model, &QComboBox::activated, this,
          [this](int index) { open(m_example, m_model->itemData(index).toLongLong()); });
  m_score = combo(tr("What candidates are ranked by"), "caseScore");
  m_score->addItem(tr("summed log-prob"), QStringLiteral("sum"));
  m_score->addItem(tr("log-prob a token"), QStringLiteral("mean"));
  m_score->addItem(tr("log-ratio"), QStringLiteral("ratio"));
  connect(m_score, &QComboBox::activated, this, [this] { open(m_example, m_run); });
  m_saved = combo(tr("Saved cases"), "savedCases");
  connect(m_saved, &QComboBox::activated, this, [this](int index) {
    const QList<QVariant> pair = m_saved->itemData(index).toList();
    m_saved->setCurrentIndex(0);
    if (pair.size() == 2) open(pair[0].toLongLong(), pair[1].toLongLong());
  });
  m_save = new QPushButton(tr("Save case"), bar);
  m_save->setObjectName(QStringLiteral("saveCase"));
  m_save->setToolTip(tr("Keep this case, to find it again"));
  connect(m_save, &QPushButton::clicked, this, &CasePage::saveCase);

  auto* titles = new QVBoxLayout;
  titles->setSpacing(2);
  m_headline = makeLabel({}, "heading", bar);
  m_subline = makeLabel({}, "muted", bar);
  for (QLabel* label : {m_headline, m_subline}) label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  titles->addWidget(m_headline);
  titles->addWidget(m_subline);
  auto* line = new QHBoxLayout(bar);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(gridUnit);
  line->addLayout(titles, 1);
  line->addWidget(arrow(QStringLiteral("‹"), tr("The held-out user before"), false));
  line->addWidget(m_user);
  line->addWidget(arrow(QStringLiteral("›"), tr("The next held-out user"), true));
  line->addWidget(m_model);
  line->addWidget(m_score);
  line->addWidget(m_save);
  line->addWidget(m_saved);
  return bar;
}

QWidget* CasePage::buildContent() {
  auto* content = new QWidget(this);
  auto* grid = new QGridLayout(content);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(12);

  auto* history = new Card(tr("History"), content);
  history->setNote(tr("oldest first"));
  history->setFixedWidth(historyWidth);
  m_history = new QTextEdit(history);
  m_history->setReadOnly(true);
  m_history->setFrameShape(QFrame::NoFrame);
  m_history->setProperty("frameless", true);
  m_history->setAccessibleName(tr("History of the user"));
  history->body()->addWidget(m_history);

  m_candidateCard = new Card(tr("Candidates"), content);
  m_candidates = new CandidateChart;
  auto* scroll = new QScrollArea(m_candidateCard);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(m_candidates);
  m_candidateCard->body()->addWidget(scroll);

  m_planeCard = new Card(tr("Held-out users"), content);
  auto* pills = new QWidget(m_planeCard);
  auto* pillLine = new QHBoxLayout(pills);
  pillLine->setContentsMargins(0, 0, 0, 0);
  auto* planes = new QButtonGroup(this);
  for (const auto& [text, plane] : {std::pair(tr("margin"), PlanePlot::Plane::Margin),
                                    std::pair(tr("displacement"), PlanePlot::Plane::Displacement)}) {
    auto* pill = new QPushButton(text, pills);
    pill->setProperty("pill", true);
    pill->setCheckable(true);
    pill->setChecked(plane == PlanePlot::Plane::Margin);
    planes->addButton(pill);
    pillLine->addWidget(pill);
    connect(pill, &QPushButton::clicked, this, [this, plane = plane] { m_plane->setPlane(plane); });
  }
  m_planeCard->addToHeader(pills);
  m_plane = new PlanePlot(m_planeCard);
  m_planeNote = makeLabel({}, "small", m_planeCard);
  m_planeNote->setWordWrap(true);
  m_noPlane = new EmptyState(QStringLiteral("train"), {}, {}, {}, m_planeCard);
  connect(m_noPlane, &EmptyState::pressed, this, [this] { Q_EMIT workbench().pageRequested(QStringLiteral("train")); });
  m_planeStack = new QStackedWidget(m_planeCard);
  m_planeStack->addWidget(m_plane);
  m_planeStack->addWidget(m_noPlane);
  m_planeCard->body()->addWidget(m_planeStack, 1);
  m_planeCard->body()->addWidget(m_planeNote);
  connect(m_plane, &PlanePlot::exampleChosen, this, [this](qint64 example) { open(example, m_run); });

  m_rationale = new RationaleCard(workbench(), content);
  m_rationale->setFixedHeight(rationaleHeight);
  connect(m_rationale, &RationaleCard::cited, this, &CasePage::showHistory);

  grid->addWidget(history, 0, 0);
  grid->addWidget(m_candidateCard, 0, 1);
  grid->addWidget(m_rationale, 1, 0, 1, 2);
  grid->addWidget(m_planeCard, 0, 2, 2, 1);
  grid->setColumnStretch(1, 11);
  grid->setColumnStretch(2, 9);
  grid->setRowStretch(0, 1);
  return content;
}

QString CasePage::heading() const {
  return m_case ? tr("User %1").arg(toQt(m_case->rank.example.user_key)) : QString();
}

QString CasePage::subheading() const {
  return m_case ? workbench().protocolText() + QStringLiteral(" · ") + m_score->currentText() : QString();
}

QString CasePage::modelName() const {
  return m_model->currentText();
}

void CasePage::activate() {
  refreshModels();
  refreshSaved();
  const int64_t newest = workbench().run();
  if (m_example == 0 || m_preparation != workbench().preparation()) {
    chooseFirst();
  } else if (newest != m_seenRun && m_model->findData(static_cast<qlonglong>(newest)) > 0) {
    open(m_example, newest);
  }
  m_seenRun = newest;
}

void CasePage::refreshModels() {
  m_model->clear();
  m_model->addItem(tr("base model"), 0);
  if (workbench().dataSet()) {
    workbench().attempt(tr("The runs could not be read"), [this] {
      for (const Run& run : list_runs(workbench().workspace(), workbench().dataSet()->id)) {
        if (run.status == RunStatus::Done && run.preparation == workbench().preparation())
          m_model->addItem(toQt(run.name), static_cast<qlonglong>(run.id));
      }
    });
  }
  m_model->setCurrentIndex(std::max(0, m_model->findData(static_cast<qlonglong>(m_run))));
}

void CasePage::refreshSaved() {
  m_saved->clear();
  m_saved->addItem(tr("Saved cases"));
  if (!workbench().dataSet()) return;
  workbench().attempt(tr("The saved cases could not be read"), [this] {
    for (const SavedCase& saved : list_cases(workbench().workspace(), workbench().dataSet()->id))
      m_saved->addItem(toQt(saved.name), QList<QVariant>{static_cast<qlonglong>(saved.example),
                                                         static_cast<qlonglong>(saved.run.value_or(0))});
  });
  m_saved->setVisible(m_saved->count() > 1);
}

void CasePage::chooseFirst() {
  const auto& set = workbench().dataSet();
  m_case.reset();
  m_preparation = workbench().preparation();
  m_stack->setCurrentIndex(0);
  m_export->setEnabled(false);
  Q_EMIT headingChanged();
  if (!set) {
    m_empty->setTexts(tr("No case yet"),
                      tr("A case is one user under one model. Import a data set first: it opens here."));
    return;
  }
  if (set->interactions == 0) {
    m_empty->setTexts(tr("This data set holds pairs of texts only"),
                      tr("A case needs a user with a history and a candidate list. Train and Evaluate work on pairs."));
    return;
  }
  if (m_preparation == 0) {
    m_empty->setTexts(tr("Not prepared yet"),
                      tr("Prepare the data set on the Data page: that makes the candidate lists a case is ranked on."));
    return;
  }
  std::optional<int64_t> first;
  workbench().attempt(tr("The examples could not be read"),
                      [&] { first = next_held_out(workbench().workspace(), m_preparation, -1, true); });
  if (!first) {
    m_empty->setTexts(tr("No user is held out"), tr("Prepare the data set with a share of held-out users."));
    return;
  }
  m_empty->setTexts(tr("Ranking the first case…"), tr("The model reads the history and scores each candidate."));
  const bool ready = m_model->findData(static_cast<qlonglong>(workbench().run())) > 0;
  open(*first, ready ? workbench().run() : 0);
}

void CasePage::open(int64_t example, int64_t run) {
  if (example == 0) return;
  workbench().jobs().cancel(m_job);
  RankOptions options;
  options.workspace = workbench().workspaceFolder();
  std::string user;
  if (!workbench().attempt(tr("The case could not be opened"), [&] {
        const Example e = read_example(workbench().workspace(), example);
        if (e.candidates.empty())
          throw Error(ErrorKind::BadInput,
                      "an imported pair has no candidate list; a case needs a user of a data set with items");
        user = e.user_key;
      }))
    return;
  m_preparation = workbench().preparation();
  m_example = example;
  refreshModels();
  if (m_model->findData(static_cast<qlonglong>(run)) < 0) run = 0;  // not finished, or of another preparation
  m_run = run;
  if (run == 0 && m_score->currentData() == QStringLiteral("ratio"))
    m_score->setCurrentIndex(0);  // nothing to relate to
  refreshModels();
  if (workbench().dataSet()) options.data_set = workbench().dataSet()->name;
  options.preparation = m_preparation;
  options.user = user;
  options.score = m_score->currentData().toString().toStdString();
  if (run > 0) options.run = run;
  const int generation = ++m_generation;
  m_job = workbench().jobs().submit(
      JobKind::Light, tr("Ranking the candidates of user %1").arg(toQt(user)),
      [options](const TaskContext& context) {
        CaseData data{rank(options, context), {}};
        if (options.run) {
          Workspace workspace(options.workspace);
          data.points = read_margin_points(workspace, *options.preparation, *options.run);
        }
        return data;
      },
      this,
      [this, generation](CaseData data) {
        if (generation == m_generation) show(std::move(data));
      },
      [this, generation](const QString& message) {
        if (generation == m_generation) workbench().reportError(tr("The case could not be ranked"), message);
      });
}

void CasePage::show(CaseData data) {
  m_case = std::move(data);
  const RankResult& r = m_case->rank;
  m_stack->setCurrentIndex(1);
  m_export->setEnabled(true);
  m_user->setText(toQt(r.example.user_key));
  QString target;
  for (const RankedCandidate& c : r.candidates) {
    if (c.item == r.target) target = toQt(c.title);
  }
  const MarginPoint here = margin_point(r);
  const QString user = toQt(r.example.user_key);
  if (r.has_reference) {
    m_headline->setText(tr("User %1 chose %2. Before %3 it ranked %4; now %5.")
                            .arg(user, target, modelName(), ordinal(r.reference_rank), ordinal(r.target_rank)));
    m_subline->setText(tr("Chosen over the mean of the others: %1 nats (was %2).")
                           .arg(signedText(here.policy), signedText(here.reference)));
  } else {
    m_headline->setText(tr("User %1 chose %2. The base model ranks it %3.").arg(user, target, ordinal(r.target_rank)));
    m_subline->setText(tr("Chosen over the mean of the others: %1 nats. Train a run to see what it changes.")
                           .arg(signedText(here.policy)));
  }
  m_headline->setToolTip(QStringLiteral("<p>") + m_headline->text().toHtmlEscaped() + QStringLiteral("</p>"));
  m_candidateCard->setNote(r.has_reference ? tr("hollow: reference · filled: %1").arg(modelName()) : modelName());
  m_candidates->setRank(r);
  m_plane->setPoints(m_case->points, r.example.id);
  const auto improved = std::count_if(m_case->points.begin(), m_case->points.end(),
                                      [](const MarginPoint& p) { return p.policy > p.reference; });
  const auto worsened = std::count_if(m_case->points.begin(), m_case->points.end(),
                                      [](const MarginPoint& p) { return p.policy < p.reference; });
  m_planeStack->setCurrentIndex(m_case->points.empty() ? 1 : 0);
  if (!r.has_reference) {
    m_noPlane->setTexts(tr("Nothing to compare yet"),
                        tr("Train a run: each held-out user then has a mark here, before and after."),
                        tr("Train a run"));
  } else if (m_case->points.empty()) {
    m_noPlane->setTexts(tr("Not scored yet"), tr("The held-out users are scored under this run after it is trained."));
  }
  m_planeNote->setVisible(!m_case->points.empty());
  m_planeNote->setText(
      tr("Margin raised for %1 users, lowered for %2. Filled: the chosen ranks first. Each mark is a user: "
         "click one to open it.")
          .arg(improved)
          .arg(worsened));
  m_rationale->setCase(r, m_preparation, m_run);
  showHistory();
  Q_EMIT headingChanged();
}

void CasePage::showHistory() {
  if (!m_case) return;
  const std::vector<ItemText>& history = m_case->rank.history;
  const std::vector<size_t> cited = named_items(history, m_rationale->text().toStdString());
  m_history->clear();
  QTextCursor cursor(m_history->document());
  QTextCharFormat title, small;
  title.setFont(bodyFont());
  title.setForeground(theme().text);
  small.setFont(smallFont());
  small.setForeground(theme().muted);
  QTextCharFormat mark = title;
  mark.setForeground(theme().accent);
  for (size_t i = 0; i < history.size(); ++i) {
    const bool named = std::find(cited.begin(), cited.end(), i) != cited.end();
    cursor.insertText(named ? QStringLiteral("● ") : QStringLiteral("○ "), named ? mark : small);
    cursor.insertText(toQt(history[i].title) + QLatin1Char('\n'), title);
    QStringList values;
    for (const auto& attribute : history[i].attributes) values << toQt(attribute.second);
    cursor.insertText(values.join(QStringLiteral(" · ")) + QLatin1Char('\n'), small);
  }
  if (!cited.empty()) cursor.insertText(tr("● named by the rationale"), small);
  m_history->moveCursor(QTextCursor::Start);
}

void CasePage::step(bool forward) {
  if (!m_case) return;
  workbench().attempt(tr("The examples could not be read"), [&] {
    const auto next = next_held_out(workbench().workspace(), m_preparation, m_case->rank.example.position, forward);
    if (next) open(*next, m_run);
  });
}

void CasePage::findUser() {
  workbench().attempt(tr("There is no such case"), [this] {
    open(find_example(workbench().workspace(), m_preparation, m_user->text().trimmed().toStdString()).id, m_run);
  });
}

void CasePage::saveCase() {
  if (!m_case) return;
  const RankResult& r = m_case->rank;
  SavedCase saved;
  saved.example = r.example.id;
  if (m_run > 0) saved.run = m_run;
  saved.name = tr("User %1 · %2").arg(toQt(r.example.user_key), modelName()).toStdString();
  nlohmann::json snapshot = {{"protocol", r.protocol},
                             {"score", r.score},
                             {"target", r.target},
                             {"target_rank", r.target_rank},
                             {"rationale", m_rationale->text().toStdString()}};
  for (const RankedCandidate& c : r.candidates)
    snapshot["candidates"].push_back(
        {{"item", c.item}, {"title", c.title}, {"log_prob", c.log_prob}, {"log_ratio", c.log_ratio}});
  saved.snapshot = snapshot.dump();
  workbench().jobs().submit(
      JobKind::Light, {},
      [folder = workbench().workspaceFolder(), saved, run = m_run](const TaskContext&) mutable {
        Workspace workspace(folder);
        if (run > 0) saved.model = read_run(workspace, run).model;
        for (const ModelRow& model : list_models(workspace)) {
          if (run == 0 && model.path == "starter") saved.model = model.id;
        }
        save_case(workspace, saved);
      },
      this,
      [this] {
        refreshSaved();
        Q_EMIT workbench().noticed(tr("The case is saved"));
      },
      [this](const QString& message) { workbench().reportError(tr("The case could not be saved"), message); });
}

void CasePage::askExport() {
  if (!m_case) return;
  const std::filesystem::path exports = workbench().workspaceFolder() / "exports";
  std::error_code ignored;  // the dialog then opens elsewhere
  std::filesystem::create_directories(exports, ignored);
  const QString folder = toQt(exports);
  auto* dialog = new QFileDialog(this, tr("Export the case"), folder, tr("HTML page (*.html)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("html"));
  dialog->selectFile(QStringLiteral("case-%1.html").arg(m_case->rank.example.id));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    if (!m_case) return;
    const std::string html =
        case_html(m_case->rank, m_case->points, m_rationale->text().toStdString(), modelName().toStdString());
    if (workbench().attempt(tr("The case could not be exported"), [&] { write_file_atomically(toPath(path), html); }))
      Q_EMIT workbench().noticed(tr("Exported to %1").arg(path));
  });
  dialog->open();
}

void CasePage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_history) showHistory();
  Page::changeEvent(event);
}

}  // namespace prefscope
