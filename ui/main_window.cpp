// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QButtonGroup>
#include <QCloseEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>

#include "engine/tasks/import.h"
#include "ui/first_start.h"
#include "ui/guide_window.h"
#include "ui/jobs/job_strip.h"
#include "ui/pages/case_page.h"
#include "ui/pages/data_page.h"
#include "ui/pages/evaluate_page.h"
#include "ui/pages/export_set_dialog.h"
#include "ui/pages/mapping_dialog.h"
#include "ui/pages/models_window.h"
#include "ui/pages/train_page.h"
#include "ui/theme.h"
#include "ui/top_bar.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int railWidth = 72;
constexpr int railIconSize = 22;
constexpr double firstShareOfScreen = 0.75;

/// Shows a dialog without a nested event loop; it deletes itself when closed.
void openDialog(QDialog* dialog) {
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

}  // namespace

MainWindow::MainWindow(const std::filesystem::path& workspace, QWidget* parent)
    : QMainWindow(parent), m_workbench(std::make_unique<Workbench>(workspace)) {
  setWindowTitle(tr("Prefscope"));
  setWindowIcon(QIcon(QStringLiteral(":/icons/prefscope.svg")));
  setAcceptDrops(true);
  setMinimumSize(1024, 600);

  auto* center = new QWidget(this);
  center->setObjectName(QStringLiteral("page"));
  m_rail = new QWidget(center);
  m_rail->setObjectName(QStringLiteral("rail"));
  m_rail->setAttribute(Qt::WA_StyledBackground);
  m_rail->setFixedWidth(railWidth);
  m_rail->setAccessibleName(tr("Pages"));
  auto* railLayout = new QVBoxLayout(m_rail);
  railLayout->setContentsMargins(4, gridUnit, 4, gridUnit);
  railLayout->setSpacing(gridUnit);
  railLayout->addStretch(1);
  m_railButtons = new QButtonGroup(this);
  m_railButtons->setExclusive(true);

  m_banner = new Banner(center);  // above the page, and before it for the Tab key
  m_offer = new Banner(center);
  m_offer->setProperty("calm", true);
  m_stack = new QStackedWidget(center);
  m_strip = new JobStrip(m_workbench->jobs(), center);
  m_topBar = new TopBar(*m_workbench, center);

  auto* right = new QVBoxLayout;
  right->setContentsMargins(0, 0, 0, 0);
  right->setSpacing(0);
  right->addWidget(m_banner);
  right->addWidget(m_offer);
  right->addWidget(m_stack, 1);
  auto* middle = new QHBoxLayout;
  middle->setContentsMargins(0, 0, 0, 0);
  middle->setSpacing(0);
  middle->addWidget(m_rail);
  middle->addLayout(right, 1);
  auto* all = new QVBoxLayout(center);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  all->addWidget(m_topBar);
  all->addLayout(middle, 1);
  all->addWidget(m_strip);
  setCentralWidget(center);

  m_dropHint = makeLabel(tr("Drop to import"), "heading", this);
  m_dropHint->setObjectName(QStringLiteral("dropHint"));
  m_dropHint->setAlignment(Qt::AlignCenter);
  m_dropHint->hide();

  addPage(QStringLiteral("data"), tr("Data"), new DataPage(*m_workbench));
  addPage(QStringLiteral("train"), tr("Train"), new TrainPage(*m_workbench));
  addPage(QStringLiteral("evaluate"), tr("Evaluate"), new EvaluatePage(*m_workbench));
  addPage(QStringLiteral("case"), tr("Case"), new CasePage(*m_workbench));
  buildMenus();

  Workbench* bench = m_workbench.get();
  connect(bench, &Workbench::errorHappened, m_banner, &Banner::showMessage);
  connect(&bench->jobs(), &JobQueue::jobFinished, this, [this](const Job& job) {
    // What went wrong before is past when the next work is done.
    if (job.kind == JobKind::Device && job.state == JobState::Done) m_banner->hide();
    if (m_leaving && !isWorking()) close();
  });
  connect(bench, &Workbench::pageRequested, this, &MainWindow::showPage);
  connect(bench, &Workbench::noticed, m_strip, &JobStrip::showNotice);
  connect(bench, &Workbench::caseRequested, this, [this] { showPage(QStringLiteral("case")); });
  connect(m_workbench.get(), &Workbench::formatUnknown, this, &MainWindow::mapColumns);
  connect(static_cast<DataPage*>(page(QStringLiteral("data"))), &DataPage::importRequested, this,
          &MainWindow::askImportFile);

  QSettings& settings = m_workbench->settings();
  if (!restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray()))
    resize(fittingSize(*this, QSize(1280, 800).expandedTo(screen()->availableSize() * firstShareOfScreen)));
  showPage(settings.value(QStringLiteral("window/page"), QStringLiteral("data")).toString());
  if (!m_shown) showPage(QStringLiteral("data"));
  offerToGoOn();
}

MainWindow::~MainWindow() {
  // Pages, and the windows that they opened, refer to the workbench, so they go first.
  delete takeCentralWidget();
  for (QWidget* child : findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
    if (child->isWindow()) delete child;
  }
}

void MainWindow::addPage(const QString& name, const QString& title, Page* page) {
  auto* button = new QToolButton(m_rail);
  button->setObjectName(name + QStringLiteral("Button"));
  button->setText(title);
  button->setAccessibleName(title);
  button->setCheckable(true);
  button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
  button->setIconSize({railIconSize, railIconSize});
  button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  const int index = static_cast<int>(m_places.size());
  button->setToolTip(tr("%1 (Ctrl+%2)").arg(title).arg(index + 1));
  static_cast<QVBoxLayout*>(m_rail->layout())->insertWidget(index, button);
  m_railButtons->addButton(button);
  m_places.push_back({name, title, page, button});
  m_stack->addWidget(page);
  connect(button, &QToolButton::clicked, this, [this, name] { showPage(name); });
  drawRail();
}

void MainWindow::drawRail() {
  for (const Place& place : m_places) {
    QIcon both = icon(place.name, theme().muted);
    const QIcon checked = icon(place.name, theme().accent);
    for (const QSize& size : checked.availableSizes()) both.addPixmap(checked.pixmap(size), QIcon::Normal, QIcon::On);
    place.button->setIcon(both);
  }
}

void MainWindow::buildMenus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  const auto add = [this](QMenu* menu, const QString& text, const QKeySequence& keys, auto slot) {
    QAction* action = menu->addAction(text);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, slot);
    return action;
  };
  add(file, tr("&Import files…"), QKeySequence::Open, &MainWindow::askImportFile)
      ->setObjectName(QStringLiteral("importAction"));
  add(file, tr("Import a &folder…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), &MainWindow::askImportFolder);
  add(file, tr("Import a &table…"), {}, &MainWindow::askTable)->setObjectName(QStringLiteral("tableAction"));
  add(file, tr("&Export the data set…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), [this] {
    if (m_workbench->dataSet()) (new ExportSetDialog(*m_workbench, this))->open();
  })->setObjectName(QStringLiteral("exportSetAction"));
  add(file, tr("Open the sample &world"), {}, [this] { openSampleWorld(*m_workbench); });
  file->addSeparator();
  add(file, tr("&Models…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M), [this] {
    openModels(*m_workbench, this);
  })->setObjectName(QStringLiteral("modelsAction"));
  add(file, tr("Open &workspace…"), QKeySequence(Qt::CTRL | Qt::Key_W), &MainWindow::askWorkspace);
  file->addSeparator();
  QAction* pageAction = add(file, {}, QKeySequence(Qt::CTRL | Qt::Key_E), [this] { m_topBar->press(); });
  connect(file, &QMenu::aboutToShow, this, [this, pageAction] {
    const QAction* action = m_shown ? m_shown->primaryAction() : nullptr;
    pageAction->setVisible(action != nullptr);
    if (action) pageAction->setText(action->text());
  });
  file->addSeparator();
  add(file, tr("&Quit"), QKeySequence::Quit, &QWidget::close);

  m_viewMenu = menuBar()->addMenu(tr("&View"));
  for (size_t i = 0; i < m_places.size(); ++i) {
    const QString name = m_places[i].name;
    add(m_viewMenu, m_places[i].title, QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)),
        [this, name] { showPage(name); });
  }
  m_viewMenu->addSeparator();
  QAction* log = add(m_viewMenu, tr("&Log"), QKeySequence(Qt::CTRL | Qt::Key_L),
                     [this](bool checked) { m_strip->setLogVisible(checked); });
  log->setCheckable(true);
  connect(m_strip, &JobStrip::logVisibleChanged, log, &QAction::setChecked);
  QMenu* looks = m_viewMenu->addMenu(tr("&Appearance"));
  auto* group = new QActionGroup(this);
  const std::pair<QString, Appearance> choices[] = {
      {tr("As the &system"), Appearance::System}, {tr("&Light"), Appearance::Light}, {tr("&Dark"), Appearance::Dark}};
  for (const auto& [text, look] : choices) {
    QAction* action = add(looks, text, {}, [look = look] {
      setAppearance(look);
      QSettings().setValue(QStringLiteral("appearance"), static_cast<int>(look));
    });
    action->setCheckable(true);
    action->setChecked(appearance() == look);
    group->addAction(action);
  }

  QMenu* help = menuBar()->addMenu(tr("&Help"));
  add(help, tr("A first &walk, and words"), QKeySequence::HelpContents, &MainWindow::showGuide);
  add(help, tr("&About Prefscope"), {}, &MainWindow::showAbout);
}

void MainWindow::showPage(const QString& name) {
  const auto place = std::find_if(m_places.begin(), m_places.end(), [&](const Place& p) { return p.name == name; });
  if (place == m_places.end()) return;
  place->button->setChecked(true);
  if (m_shown != place->page) {
    if (m_shown) m_shown->deactivate();
    m_shown = place->page;
    m_stack->setCurrentWidget(m_shown);
    m_shown->setFocus();  // no button of it is singled out before a key is pressed
    m_workbench->settings().setValue(QStringLiteral("window/page"), name);
  }
  m_workbench->attempt(tr("The page could not be read"), [this] { m_shown->activate(); });
  m_topBar->showPage(m_shown, place->title);
}

QString MainWindow::currentPageName() const {
  for (const Place& place : m_places) {
    if (place.page == m_shown) return place.name;
  }
  return {};
}

Page* MainWindow::page(const QString& name) const {
  for (const Place& place : m_places) {
    if (place.name == name) return place.page;
  }
  return nullptr;
}

void MainWindow::importPaths(const QStringList& paths) {
  if (paths.isEmpty()) return;
  if (std::all_of(paths.begin(), paths.end(), [](const QString& path) { return isModelPath(toPath(path)); })) {
    ModelsWindow* models = openModels(*m_workbench, this);
    for (const QString& path : paths) models->add(toPath(path));
    return;
  }
  ImportOptions options;
  options.workspace = m_workbench->workspaceFolder();
  for (const QString& path : paths) options.paths.push_back(toPath(path));
  m_workbench->importData(options);
}

void MainWindow::askImportFile() {
  auto* dialog = new QFileDialog(this, tr("Import a data set"));
  dialog->setFileMode(QFileDialog::ExistingFiles);
  dialog->setNameFilter(tr("Data sets (*.zip *.gz *.json *.jsonl *.csv *.tsv *.dat *.data *.inter);;All files (*)"));
  connect(dialog, &QFileDialog::filesSelected, this, &MainWindow::importPaths);
  openDialog(dialog);
}

void MainWindow::askTable() {
  auto* dialog = new QFileDialog(this, tr("Import a table"));
  dialog->setFileMode(QFileDialog::ExistingFiles);
  dialog->setNameFilter(tr("Tables (*.csv *.tsv *.txt *.dat *.json *.jsonl *.gz *.zip);;All files (*)"));
  connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
    std::vector<std::filesystem::path> paths;
    for (const QString& file : files) paths.push_back(toPath(file));
    mapColumns(paths);
  });
  openDialog(dialog);
}

void MainWindow::mapColumns(const std::vector<std::filesystem::path>& paths) {
  (new MappingDialog(*m_workbench, paths, this))->show();
}

void MainWindow::askImportFolder() {
  auto* dialog = new QFileDialog(this, tr("Import a folder"));
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::filesSelected, this, &MainWindow::importPaths);
  openDialog(dialog);
}

void MainWindow::askWorkspace() {
  auto* dialog = new QFileDialog(this, tr("Open a workspace folder"));
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
    m_workbench->attempt(tr("The workspace could not be opened"), [&] {
      auto* window = new MainWindow(toPath(folder));
      window->setAttribute(Qt::WA_DeleteOnClose);
      window->show();
    });
  });
  openDialog(dialog);
}

void MainWindow::showGuide() {
  auto* guide = findChild<GuideWindow*>();
  if (!guide) guide = new GuideWindow(this);
  guide->show();
  guide->raise();
  guide->activateWindow();
}

void MainWindow::greet() {
  QSettings& settings = m_workbench->settings();
  if (settings.value(QStringLiteral("greeted")).toBool()) return;
  settings.setValue(QStringLiteral("greeted"), true);
  if (m_offer->isVisible()) return;  // unfinished runs come first
  m_offer->showOffer(
      tr("This is a sample"),
      tr("Made-up films and users, a small language model, and two finished runs: SFT, then DMPO. Below: one "
         "held-out user."),
      tr("Show me around"));
  connect(m_offer, &Banner::accepted, this, &MainWindow::showGuide, Qt::SingleShotConnection);
}

void MainWindow::showAbout() {
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Prefscope"), {}, QMessageBox::Ok, this);
  box->setTextFormat(Qt::PlainText);
  box->setIconPixmap(windowIcon().pixmap(64, 64));
  box->setText(tr("Prefscope %1").arg(QApplication::applicationVersion()));
  box->setInformativeText(
      tr("A workbench for explainable recommendation with language models, after DMPO (arXiv 2405.16127). "
         "Everything runs on this computer.\n\nFree software under the GNU GPL, version 3 or later.\n\n"
         "Workspace: %1")
          .arg(toQt(m_workbench->workspaceFolder())));
  openDialog(box);
}

bool MainWindow::isWorking() const {
  const std::vector<Job> jobs = m_workbench->jobs().jobs();
  return std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.kind == JobKind::Device; });
}

void MainWindow::offerToGoOn() {
  std::vector<Run> runs;
  m_workbench->attempt(tr("The runs could not be read"), [&] { runs = m_workbench->unfinishedRuns(); });
  if (runs.empty()) return;
  QStringList names;
  for (const Run& run : runs) {
    names << (run.steps_done > 0 ? tr("%1 (step %2 of %3)").arg(toQt(run.name)).arg(run.steps_done).arg(run.steps_total)
                                 : tr("%1 (not begun)").arg(toQt(run.name)));
  }
  constexpr int named = 6;
  QString message = names.mid(0, named).join(QStringLiteral(" · "));
  if (names.size() > named) message += tr(" · and %1 more").arg(names.size() - named);
  m_offer->showOffer(runs.size() == 1 ? tr("1 run is not finished") : tr("%1 runs are not finished").arg(runs.size()),
                     message, tr("Go on"));
  // What is unfinished is asked anew: a run may have been resumed or deleted in the meantime.
  const auto each = [this](auto act) {
    m_workbench->attempt(tr("The run could not be started"), [&] {
      for (const Run& run : m_workbench->unfinishedRuns()) act(run.id);
    });
  };
  connect(m_offer, &Banner::accepted, this, [this, each] {
    each([this](int64_t run) { m_workbench->trainRun(run); });
    showPage(QStringLiteral("train"));
  });
  // Said no: they stay in the list of runs, where each can be resumed.
  connect(m_offer, &Banner::closed, this,
          [this, each] { each([this](int64_t run) { m_workbench->setAside(run, true); }); });
  connect(m_workbench.get(), &Workbench::runsChanged, m_offer, [this] {
    if (m_offer->isVisible() && m_workbench->unfinishedRuns().empty()) m_offer->hide();
  });
}

void MainWindow::askToLeave() {
  QStringList titles;
  for (const Job& job : m_workbench->jobs().jobs()) {
    if (job.kind == JobKind::Device) titles << job.title;
  }
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Close Prefscope"), {}, QMessageBox::Cancel, this);
  box->setObjectName(QStringLiteral("leaveBox"));
  box->setTextFormat(Qt::PlainText);
  box->setText(tr("Stop what is running and close?"));
  box->setInformativeText(tr("%1\n\nA training stops with a checkpoint and can be resumed from there.")
                              .arg(titles.join(QLatin1Char('\n'))));
  QPushButton* stop = box->addButton(tr("Stop and close"), QMessageBox::AcceptRole);
  stop->setObjectName(QStringLiteral("stopAndClose"));
  box->setDefaultButton(QMessageBox::Cancel);
  connect(stop, &QPushButton::clicked, this, [this] {
    m_leaving = true;
    m_workbench->stopForClosing();
    if (!isWorking()) close();  // it has ended in the meantime
  });
  openDialog(box);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (isWorking()) {
    event->ignore();
    if (!m_leaving && !findChild<QMessageBox*>(QStringLiteral("leaveBox"))) askToLeave();
    return;
  }
  m_workbench->settings().setValue(QStringLiteral("window/geometry"), saveGeometry());
  if (m_shown) m_shown->deactivate();
  QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty() || !std::all_of(urls.begin(), urls.end(), [](const QUrl& u) { return u.isLocalFile(); })) return;
  event->acceptProposedAction();
  m_dropHint->setGeometry(centralWidget()->geometry());
  m_dropHint->raise();
  m_dropHint->show();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
  m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent* event) {
  m_dropHint->hide();
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls()) paths << url.toLocalFile();
  event->acceptProposedAction();
  importPaths(paths);
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange && m_rail) drawRail();
  QMainWindow::changeEvent(event);
}

}  // namespace prefscope
