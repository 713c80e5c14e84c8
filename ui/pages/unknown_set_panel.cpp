// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/unknown_set_panel.h"

#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

#include "ui/pages/small_model_dialog.h"
#include "ui/theme.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int widest = 720;

}  // namespace

UnknownSetPanel::UnknownSetPanel(Workbench& workbench, QWidget* parent)
    : Card(tr("No model knows this data set yet"), parent), m_workbench(workbench) {
  m_text = makeLabel({}, "muted", this);
  m_text->setWordWrap(true);
  body()->addWidget(m_text);
  auto* ways = new QGridLayout;
  ways->setHorizontalSpacing(pageMargin);
  ways->setVerticalSpacing(4);
  ways->setContentsMargins(0, 4, 0, 0);
  const auto addWay = [&](int column, const QString& button, const char* name, const QString& text) {
    auto* way = new QPushButton(button, this);
    way->setObjectName(QString::fromLatin1(name));
    way->setAccessibleDescription(text);
    QLabel* what = makeLabel(text, "small", this);
    what->setWordWrap(true);
    what->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    ways->addWidget(way, 0, column);
    ways->addWidget(what, 1, column);
    ways->setColumnStretch(column, 1);
    return way;
  };
  connect(addWay(0, tr("Use a local model…"), "useLanguageModel",
                 tr("A language model on this computer: its folder, as Hugging Face lays it out. Nothing is sent "
                    "anywhere.")),
          &QPushButton::clicked, this, [this] { askModelFolder(m_workbench, window()); });
  m_small = addWay(1, tr("Train a small one…"), "trainSmallModel",
                   tr("About %1 min in the background, from scratch on the training users of this set.")
                       .arg(usualSmallModelMinutes));
  connect(m_small, &QPushButton::clicked, this, [this] { (new SmallModelDialog(m_workbench, window()))->open(); });
  connect(addWay(2, tr("Classic models"), "useClassicModels",
                 tr("Seconds: Popularity, ItemKNN and EASE, judged on the held-out users. They need no titles.")),
          &QPushButton::clicked, &workbench, &Workbench::evaluateClassicModels);
  body()->addLayout(ways);
  connect(&workbench, &Workbench::smallModelChanged, this, &UnknownSetPanel::refresh);
  connect(&workbench, &Workbench::currentDataSetChanged, this, &UnknownSetPanel::refresh);
  connect(&workbench, &Workbench::currentPreparationChanged, this, &UnknownSetPanel::refresh);
  refresh();
}

void UnknownSetPanel::refresh() {
  const auto& set = m_workbench.dataSet();
  const bool trains = set && m_workbench.isTrainingSmallModel(set->id);
  m_small->setEnabled(!trains);
  setTitle(trains ? tr("The small model is being trained") : tr("No model knows this data set yet"));
  if (trains) {
    m_text->setText(
        tr("It is chosen when it is done; then train SFT, and DMPO from it. It may be stopped at any time and goes on "
           "later from there. How far it is stands below."));
    return;
  }
  QString text = tr("The bundled starter knows the titles of the sample world only, so it cannot rank those of %1.")
                     .arg(set ? toQt(set->name) : QString());
  if (m_workbench.preparation() == 0)
    text += QLatin1Char(' ') + tr("The last two ways prepare it first, with the usual settings.");
  m_text->setText(text);
}

QWidget* asPage(UnknownSetPanel* panel, QWidget* parent) {
  auto* page = new QWidget(parent);
  panel->setMaximumWidth(widest);
  auto* line = new QHBoxLayout;
  line->addStretch(1);
  line->addWidget(panel, 1000);  // as wide as it may, before the room at its sides
  line->addStretch(1);
  auto* layout = new QVBoxLayout(page);
  layout->addStretch(2);
  layout->addLayout(line);
  layout->addStretch(3);
  return page;
}

void askModelFolder(Workbench& workbench, QWidget* parent) {
  auto* dialog = new QFileDialog(
      parent, UnknownSetPanel::tr("Choose a model folder (config.json, model.safetensors, tokenizer.json)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("modelFolder"));
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  QObject::connect(dialog, &QFileDialog::fileSelected, &workbench,
                   [&workbench](const QString& folder) { workbench.chooseModel(toPath(folder).string()); });
  dialog->open();
}

}  // namespace prefscope
