// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/guide_window.h"

#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/theme.h"
#include "ui/window_size.h"

namespace prefscope {
namespace {

constexpr QSize guideSize(560, 640);

QString walk() {
  const std::pair<QString, QString> steps[] = {
      {GuideWindow::tr("Where you are"),
       GuideWindow::tr(
           "The sample world is a made-up catalogue of 400 films with made-up users. Because it is made up, what every "
           "user likes is known, so what a model says can be checked. A small language model comes with it (the base "
           "model), and two finished runs: SFT taught it the form of an answer, and DMPO, trained after that, what "
           "users prefer.")},
      {GuideWindow::tr("Whom did training make worse?"),
       GuideWindow::tr("Case: the line below the heading counts the held-out users by the rank of their chosen item. "
                       "Click the number that worsened and open a user from the list.")},
      {GuideWindow::tr("Why this item and not that one?"),
       GuideWindow::tr("Click a candidate. At the left it now says why the higher of it and the chosen item stands "
                       "above the other: each item of the history has a bar, how far that margin falls when the item "
                       "is taken out. Ctrl+Shift+X turns the pair round.")},
      {GuideWindow::tr("What would change the ranking?"),
       GuideWindow::tr("At the lower right, <i>changes</i> looks for the smallest change of the history that puts "
                       "another candidate first. <i>What if…</i> lets you edit the history yourself.")},
      {GuideWindow::tr("Is the rationale true?"),
       GuideWindow::tr("The model's own words stand below. Each title and attribute that they name is marked: in the "
                       "history or not, true of the item or not, with a measured effect or without.")},
      {GuideWindow::tr("Is one model better than another?"),
       GuideWindow::tr("Evaluate: choose the models, and read each difference with its interval, and who gained and "
                       "who lost.")},
      {GuideWindow::tr("Keep it"),
       GuideWindow::tr("Save case (Ctrl+S) freezes what is seen in the notebook (Ctrl+B); Export (Ctrl+E) writes a "
                       "page that loads nothing from outside, a PDF, Markdown or JSON.")},
      {GuideWindow::tr("Your own data"),
       GuideWindow::tr("Drop a file, folder or zip on the window. Data prepares it, Train trains on it.")}};
  QString html;
  for (const auto& [title, text] : steps) html += QStringLiteral("<p><b>%1</b><br>%2</p>").arg(title, text);
  return html;
}

QString words() {
  const std::pair<QString, QString> known[] = {
      {GuideWindow::tr("chosen, target"), GuideWindow::tr("the item that the user took next, kept from the model")},
      {GuideWindow::tr("rejected, negatives"), GuideWindow::tr("items that the user did not take")},
      {GuideWindow::tr("candidate list"),
       GuideWindow::tr("the chosen item among others, saved once, so that every model is judged on the same list")},
      {GuideWindow::tr("held-out users"), GuideWindow::tr("users that no model was trained on")},
      {GuideWindow::tr("log-prob, nats"),
       GuideWindow::tr("how likely a model finds a title, as a natural logarithm: one nat less is 2.7 times less "
                       "likely")},
      {GuideWindow::tr("reference"), GuideWindow::tr("the model that a run started from")},
      {GuideWindow::tr("log-ratio"), GuideWindow::tr("a title's log-prob under the run less that under the reference")},
      {GuideWindow::tr("margin"), GuideWindow::tr("how far the chosen stands above the mean of the others, in nats")},
      {GuideWindow::tr("SFT"), GuideWindow::tr("supervised fine-tuning: the chosen title is made likelier")},
      {GuideWindow::tr("DMPO"),
       GuideWindow::tr("Direct Multi-Preference Optimization: the chosen is raised against the mean of k rejected, "
                       "relative to the reference")}};
  QString html = QStringLiteral("<p><b>%1</b></p><table cellspacing=4>").arg(GuideWindow::tr("Words"));
  for (const auto& [word, meaning] : known)
    html += QStringLiteral("<tr><td><i>%1</i>&nbsp;</td><td>%2</td></tr>").arg(word, meaning);
  return html + QStringLiteral("</table>");
}

}  // namespace

GuideWindow::GuideWindow(QWidget* parent) : QDialog(parent) {
  setObjectName(QStringLiteral("guide"));
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("A first walk"));
  auto* text = new QTextBrowser(this);
  text->setAccessibleName(windowTitle());
  text->setHtml(walk() + words());
  auto* close = new QPushButton(tr("Close"), this);
  connect(close, &QPushButton::clicked, this, &QWidget::close);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->setSpacing(gridUnit);
  layout->addWidget(text, 1);
  layout->addWidget(close, 0, Qt::AlignRight);
  fitOnScreen(this, guideSize);
}

}  // namespace prefscope
