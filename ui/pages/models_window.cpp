// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/models_window.h"

#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/store/runs.h"
#include "engine/tasks/model_chat.h"
#include "engine/tasks/tokenize.h"
#include "engine/text/chat.h"
#include "ui/pages/export_dialog.h"
#include "ui/pages/model_facts.h"
#include "ui/pages/prompt_try.h"
#include "ui/pages/token_try.h"
#include "ui/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

constexpr int windowWidth = 1160, windowHeight = 720, listWidth = 300, originWidth = 84;

QString lastKey() {
  return QStringLiteral("models/shown");
}

QPushButton* makeButton(const QString& text, const char* name, const QString& tip, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoDefault(false);  // Return belongs to the list
  button->setToolTip(tip);
  return button;
}

QString folderOf(const KnownModel& model) {
  return model.model == "starter" ? ModelsWindow::tr("bundled with Prefscope") : toQt(fs::path(model.model));
}

}  // namespace

ModelsWindow::ModelsWindow(Workbench& workbench, QWidget* parent) : QDialog(parent), m_workbench(workbench) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("modelsWindow"));
  setWindowTitle(tr("Models"));
  setWindowFlags(windowFlags() | Qt::WindowMaximizeButtonHint);
  setAcceptDrops(true);
  m_banner = new Banner(this);
  auto* split = new QSplitter(this);
  split->setChildrenCollapsible(false);
  split->setHandleWidth(gridUnit);
  split->addWidget(buildList());
  split->addWidget(buildDetails());
  split->setStretchFactor(1, 1);
  split->setSizes({listWidth, windowWidth - listWidth});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_banner);
  layout->addWidget(split, 1);
  fitOnScreen(this, {windowWidth, windowHeight});

  connect(&workbench, &Workbench::currentDataSetChanged, this, &ModelsWindow::showUse);
  connect(&workbench, &Workbench::modelChosen, this, &ModelsWindow::showUse);
  connect(&workbench, &Workbench::smallModelChanged, this, &ModelsWindow::refresh);
  connect(&workbench, &Workbench::runsChanged, this, &ModelsWindow::refresh);
  const QString last = workbench.settings().value(lastKey(), QStringLiteral("starter")).toString();
  refresh();
  select(toPath(last).string());
  m_list->setFocus();
  workbench.jobs().submit(
      JobKind::Light, {}, [](const TaskContext&) { return list_cached_models(hub_cache()); }, this,
      [this](const std::vector<CachedModel>& cached) {
        m_cached = cached;
        refresh();
      });
}

QWidget* ModelsWindow::buildList() {
  auto* side = new QWidget(this);
  m_list = new QTreeWidget(side);
  m_list->setObjectName(QStringLiteral("modelList"));
  m_list->setAccessibleName(tr("Base models and their adapters"));
  m_list->setColumnCount(2);
  m_list->setHeaderHidden(true);
  m_list->setRootIsDecorated(false);
  m_list->setItemsExpandable(false);
  m_list->setUniformRowHeights(true);
  m_list->setIndentation(pageMargin);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setTextElideMode(Qt::ElideMiddle);
  m_list->header()->setStretchLastSection(false);
  m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_list->header()->resizeSection(1, originWidth);
  connect(m_list, &QTreeWidget::currentItemChanged, this, &ModelsWindow::showChoice);
  auto* add = makeButton(tr("Add a folder…"), "addModel",
                         tr("A Hugging Face folder, or an adapter of peft; or drop it here (Ctrl+O)"), side);
  add->setShortcut(QKeySequence::Open);
  connect(add, &QPushButton::clicked, this, &ModelsWindow::askFolder);
  m_remove = makeButton(tr("Take off the list"), "removeModel", tr("Its files stay where they are (Del)"), side);
  m_remove->setShortcut(Qt::Key_Delete);
  connect(m_remove, &QPushButton::clicked, this, &ModelsWindow::removeChosen);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(gridUnit);
  foot->addWidget(add);
  foot->addWidget(m_remove);
  foot->addStretch(1);
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, gridUnit / 2, 0);
  layout->setSpacing(gridUnit);
  layout->addWidget(m_list, 1);
  layout->addLayout(foot);
  return side;
}

QWidget* ModelsWindow::buildDetails() {
  auto* shown = new QWidget(this);
  m_title = makeLabel({}, "heading", shown);
  m_title->setObjectName(QStringLiteral("modelTitle"));
  m_path = new ElidedLabel({}, shown);
  m_path->setProperty("textStyle", QStringLiteral("small"));
  m_chat = new QComboBox(shown);
  m_chat->setObjectName(QStringLiteral("promptsAs"));
  m_chat->setAccessibleName(tr("How prompts are written"));
  m_chat->setToolTip(
      tr("<p>How this workspace writes the prompts of this model when it trains, ranks and explains. What "
         "the base model has scored before is computed anew; with runs on it, it stays as it is.</p>"));
  connect(m_chat, &QComboBox::activated, this, &ModelsWindow::chooseChat);
  m_use = makeButton(tr("Use"), "useModel", {}, shown);
  m_export = makeButton(tr("Export…"), "exportChosen",
                        tr("The adapter for peft, or merged into its model for transformers (Ctrl+E)"), shown);
  m_export->setShortcut(Qt::CTRL | Qt::Key_E);
  connect(m_use, &QPushButton::clicked, this, &ModelsWindow::useHere);
  connect(m_export, &QPushButton::clicked, this, &ModelsWindow::askExport);
  m_facts = new ModelFacts(shown);
  m_prompt = new PromptTry(m_workbench, shown);
  m_tokens = new TokenTry(shown);
  m_tabs = new QTabWidget(shown);
  m_tabs->setObjectName(QStringLiteral("modelTabs"));
  m_tabs->setAccessibleName(tr("Try the model"));
  m_tabs->tabBar()->setAccessibleName(tr("Try the model"));
  m_tabs->addTab(m_prompt, tr("Try a &prompt"));
  m_tabs->addTab(m_tokens, tr("To&kenizer"));

  auto* names = new QVBoxLayout;
  names->setSpacing(2);
  names->addWidget(m_title);
  names->addWidget(m_path);
  auto* head = new QHBoxLayout;
  head->setSpacing(gridUnit);
  head->addLayout(names, 1);
  head->addWidget(m_chat, 0, Qt::AlignTop);
  head->addWidget(m_use, 0, Qt::AlignTop);
  head->addWidget(m_export, 0, Qt::AlignTop);
  auto* layout = new QVBoxLayout(shown);
  layout->setContentsMargins(gridUnit / 2, 0, 0, 0);
  layout->setSpacing(gridUnit);
  layout->addLayout(head);
  layout->addWidget(m_facts);
  layout->addWidget(m_tabs, 1);

  QLabel* nothing = makeLabel(tr("Choose a model in the list, or drop the folder of one here."), "muted", this);
  nothing->setAlignment(Qt::AlignCenter);
  nothing->setWordWrap(true);
  m_details = new QStackedWidget(this);
  m_details->addWidget(nothing);
  m_details->addWidget(shown);
  return m_details;
}

ModelsWindow::Choice ModelsWindow::choice() const {
  const QTreeWidgetItem* item = m_list->currentItem();
  if (!item) return {};
  const QTreeWidgetItem* top = item->parent() ? item->parent() : item;
  const KnownModel& model =
      m_models.at(static_cast<size_t>(m_list->indexOfTopLevelItem(const_cast<QTreeWidgetItem*>(top))));
  if (!item->parent()) return {&model, nullptr};
  return {&model, &model.adapters.at(static_cast<size_t>(top->indexOfChild(const_cast<QTreeWidgetItem*>(item))))};
}

/// Reads the list anew; what is chosen stays chosen.
void ModelsWindow::refresh() {
  const Choice before = choice();
  const std::string model = before.model ? before.model->model : std::string();
  const fs::path adapter = before.adapter ? before.adapter->stack.back() : fs::path();
  std::vector<KnownModel> models;
  if (!m_workbench.attempt(tr("The models could not be read"), [&] { models = knownModels(m_workbench, m_cached); }))
    return;
  const QSignalBlocker quiet(m_list);
  m_list->clear();
  m_models = std::move(models);
  QTreeWidgetItem* current = nullptr;
  const auto fill = [](QTreeWidgetItem* item, const QString& title, const QString& note) {
    item->setText(0, title);
    item->setToolTip(0, QStringLiteral("<p>%1</p>").arg(title.toHtmlEscaped()));
    item->setText(1, note);
    item->setFont(1, smallFont());
    item->setForeground(1, theme().muted);
  };
  for (const KnownModel& known : m_models) {
    auto* item = new QTreeWidgetItem(m_list);
    fill(item, known.title, known.origin);
    if (known.model == model) current = item;
    for (const KnownAdapter& each : known.adapters) {
      auto* below = new QTreeWidgetItem(item);
      fill(below, each.title, each.run ? tr("run %1").arg(*each.run) : tr("adapter"));
      if (known.model == model && each.stack.back() == adapter) current = below;
    }
  }
  m_list->expandAll();
  const bool same = current != nullptr;
  m_list->setCurrentItem(same ? current : m_list->topLevelItem(0));
  if (!same) showChoice();
}

void ModelsWindow::select(const std::string& model) {
  for (size_t i = 0; i < m_models.size(); ++i) {
    if (m_models[i].model == model) m_list->setCurrentItem(m_list->topLevelItem(static_cast<int>(i)));
  }
}

void ModelsWindow::showChoice() {
  const Choice chosen = choice();
  m_details->setCurrentIndex(chosen.model ? 1 : 0);
  m_remove->setEnabled(chosen.adapter ? chosen.adapter->added : chosen.model && chosen.model->added);
  if (!chosen.model) return;
  m_workbench.settings().setValue(lastKey(), toQt(fs::path(chosen.model->model)));
  m_title->setText(chosen.adapter ? tr("%1, on %2").arg(chosen.adapter->title, chosen.model->title)
                                  : chosen.model->title);
  m_path->setText(chosen.adapter ? toQt(chosen.adapter->stack.back()) : folderOf(*chosen.model));
  m_export->setEnabled(chosen.adapter != nullptr);
  m_tabs->setEnabled(false);
  m_facts->setMessage(tr("Reading…"), false);
  m_chat->hide();
  showUse();
  const int generation = ++m_generation;
  const std::string model = chosen.model->model;
  const fs::path adapter = chosen.adapter ? chosen.adapter->stack.back() : fs::path();
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [model, adapter, folder = m_workbench.workspaceFolder()](const TaskContext&) {
        Read read{describe_model(model), std::nullopt, nullptr, {}};
        if (read.model.chat != "unknown") read.chat = read.model.chat;
        Workspace workspace(folder);
        for (const ModelRow& row : list_models(workspace)) {
          if (row.path == model) read.chat = row.chat;
        }
        if (!adapter.empty()) read.adapter = describe_adapter(adapter, model);
        if (!read.model.tokenizer.empty()) read.tokenizer = tokenizer_of(model);
        return read;
      },
      this,
      [this, generation](const Read& read) {
        if (generation == m_generation) showRead(read);
      },
      [this, generation](const QString& message) {
        if (generation != m_generation) return;
        m_facts->setMessage(message, true);
        m_use->setEnabled(false);
        m_export->setEnabled(false);
      });
}

void ModelsWindow::showRead(const Read& read) {
  const Choice chosen = choice();
  if (!chosen.model) return;
  m_facts->setModel(read.model, read.adapter);
  m_tabs->setEnabled(true);
  showChat(read);
  m_prompt->setModel(chosen.model->model, chosen.adapter ? chosen.adapter->stack : std::vector<fs::path>(),
                     read.model.chat, read.tokenizer);
  m_tokens->setTokenizer(read.tokenizer);
}

/// How the prompts of a model that can chat are written.
void ModelsWindow::showChat(const Read& read) {
  const bool chats = read.model.chat != "none" || (!read.chat.empty() && read.chat != "none");
  m_chat->setVisible(chats && !read.adapter);
  m_chat->clear();
  m_chat->setPlaceholderText(tr("Prompts as: choose"));
  m_chat->addItem(tr("Prompts as they are"), QStringLiteral("none"));
  for (const ChatFormat& format : chat_formats())
    m_chat->addItem(tr("Prompts as %1").arg(toQt(format.name)), toQt(format.name));
  m_chat->setCurrentIndex(m_chat->findData(toQt(read.chat)));
  showUse();
}

void ModelsWindow::chooseChat(int index) {
  const Choice chosen = choice();
  if (!chosen.model) return;
  m_workbench.jobs().submit(
      JobKind::Light, {},
      [folder = m_workbench.workspaceFolder(), model = chosen.model->model,
       chat = m_chat->itemData(index).toString().toStdString()](const TaskContext&) {
        Workspace workspace(folder);
        return set_model_chat(workspace, model, chat);
      },
      this,
      [this](const std::string&) {
        m_banner->hide();
        showUse();
        Q_EMIT m_workbench.scoresChanged(0);
      },
      [this](const QString& message) {
        m_banner->showMessage(tr("The prompts stay as they are"), message);
        showChoice();
      });
}

/// The button that makes a base model that of the data set looked at.
void ModelsWindow::showUse() {
  const Choice chosen = choice();
  if (!chosen.model) return;
  const auto& set = m_workbench.dataSet();
  const bool used = set && !chosen.adapter && m_workbench.baseModel() == chosen.model->model;
  m_use->setVisible(!chosen.adapter);
  const bool toChoose = m_chat->isVisibleTo(this) && m_chat->currentIndex() < 0;
  m_use->setEnabled(set && !used && !toChoose);
  m_use->setText(used ? tr("In use") : tr("Use"));
  m_use->setToolTip(!set       ? tr("Import a data set first")
                    : toChoose ? tr("Choose first how its prompts are written")
                    : used     ? tr("%1 is looked at with this model where no run is chosen").arg(toQt(set->name))
                               : tr("Look at %1 with this model, and train from it").arg(toQt(set->name)));
}

void ModelsWindow::useHere() {
  if (const Choice chosen = choice(); chosen.model) m_workbench.chooseModel(chosen.model->model);
}

void ModelsWindow::removeChosen() {
  const Choice chosen = choice();
  if (!m_remove->isEnabled() || !chosen.model) return;
  if (chosen.adapter) {
    forgetAdapter(m_workbench, chosen.adapter->stack.back());
  } else {
    forgetModel(m_workbench, chosen.model->model);
  }
  refresh();
}

void ModelsWindow::add(const fs::path& path) {
  const Choice chosen = choice();
  const std::string model = chosen.model ? chosen.model->model : std::string();
  m_workbench.jobs().submit(
      JobKind::Light, tr("Looking at %1").arg(toQt(path.filename())),
      [path, model, models = m_models](const TaskContext&) { return readModelFolder(path, model, models); }, this,
      [this](const AddedModel& added) {
        m_banner->hide();
        rememberModel(m_workbench, added);
        refresh();
        selectAdded(added);
      },
      [this](const QString& message) { m_banner->showMessage(tr("This folder cannot be used"), message); });
}

void ModelsWindow::selectAdded(const AddedModel& added) {
  for (size_t i = 0; i < m_models.size(); ++i) {
    if (m_models[i].model != added.model) continue;
    QTreeWidgetItem* item = m_list->topLevelItem(static_cast<int>(i));
    m_list->setCurrentItem(item);
    for (size_t a = 0; a < m_models[i].adapters.size(); ++a) {
      if (!added.adapter.empty() && m_models[i].adapters[a].stack.back() == added.adapter)
        m_list->setCurrentItem(item->child(static_cast<int>(a)));
    }
  }
}

void ModelsWindow::askFolder() {
  auto* dialog = new QFileDialog(this, tr("Add the folder of a model, or of an adapter"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("modelFolder"));
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) { add(toPath(folder)); });
  dialog->open();
}

void ModelsWindow::askExport() {
  const Choice chosen = choice();
  if (!chosen.adapter) return;
  ExportOptions options;
  options.workspace = m_workbench.workspaceFolder();
  options.model = chosen.model->model;
  if (chosen.adapter->run) {
    options.run = *chosen.adapter->run;
  } else {
    options.adapters = chosen.adapter->stack;
  }
  (new ExportDialog(m_workbench, options, chosen.adapter->title, this))->open();
}

void ModelsWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (!urls.isEmpty() && std::all_of(urls.begin(), urls.end(), [](const QUrl& u) { return u.isLocalFile(); }))
    event->acceptProposedAction();
}

void ModelsWindow::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  for (const QUrl& url : event->mimeData()->urls()) add(toPath(url.toLocalFile()));
}

ModelsWindow* openModels(Workbench& workbench, QWidget* parent) {
  auto* window = parent->window()->findChild<ModelsWindow*>();
  if (!window) window = new ModelsWindow(workbench, parent->window());
  window->show();
  window->raise();
  window->activateWindow();
  return window;
}

bool isModelPath(const fs::path& path) {
  const fs::path folder = folder_meant(path);
  std::error_code code;
  const bool whole = fs::is_directory(path, code) || path.filename() == "config.json" ||
                     path.extension() == ".safetensors" || path.filename() == "adapter_config.json";
  return whole && (holds_model(folder) || holds_adapter(folder));
}

}  // namespace prefscope
