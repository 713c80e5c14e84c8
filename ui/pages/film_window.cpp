// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/film_window.h"

#include <QCheckBox>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <numeric>

#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/film_chart.h"
#include "ui/window_size.h"
#include "ui/workbench.h"

namespace prefscope {
namespace {

constexpr int windowWidth = 1040, windowHeight = 620;
enum Column { Rank, Title, Score, Moved, columns };

QString sizeKey() {
  return QStringLiteral("film/geometry");
}

QTableWidgetItem* cell(const QString& text, bool number) {
  auto* item = new QTableWidgetItem(text);
  item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled);
  return item;
}

}  // namespace

FilmWindow::FilmWindow(Workbench& workbench, const RankOptions& options, QWidget* parent)
    : QDialog(parent), m_workbench(workbench), m_options(options) {
  setAttribute(Qt::WA_DeleteOnClose);
  setObjectName(QStringLiteral("filmWindow"));
  setWindowTitle(tr("How training changed the case of user %1").arg(toQt(options.user)));

  m_chart = new FilmChart(this);
  m_moment = makeLabel(tr("Scoring the case at each adapter that the runs kept…"), "heading", this);
  m_moment->setObjectName(QStringLiteral("filmMoment"));
  m_moment->setWordWrap(true);
  m_table = new QTableWidget(0, columns, this);
  m_table->setObjectName(QStringLiteral("filmTable"));
  m_table->setAccessibleName(tr("Candidates at this moment"));
  m_table->setHorizontalHeaderLabels({tr("Rank"), tr("Candidate"), tr("Log-prob"), tr("Moved")});
  m_table->horizontalHeaderItem(Score)->setToolTip(tr("In nats, summed over the title's tokens"));
  m_table->horizontalHeaderItem(Moved)->setToolTip(tr("Ranks gained since the base model"));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(tableRowHeight - 4);
  m_table->setShowGrid(false);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->horizontalHeader()->setSectionResizeMode(Title, QHeaderView::Stretch);
  m_rationale = makeLabel({}, "", this);
  m_rationale->setObjectName(QStringLiteral("filmRationale"));
  m_rationale->setWordWrap(true);
  m_rationale->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  m_note = makeLabel({}, "small", this);
  m_note->setObjectName(QStringLiteral("filmNote"));
  m_note->setWordWrap(true);
  m_rationales = new QCheckBox(tr("Let each moment explain its first candidate"), this);
  m_rationales->setObjectName(QStringLiteral("filmRationales"));
  m_rationales->setToolTip(tr("Greedy, with titles held to the history; takes a second or two a moment"));

  auto* side = new QWidget(this);
  auto* right = new QVBoxLayout(side);
  right->setContentsMargins(gridUnit, 0, 0, 0);
  right->addWidget(m_moment);
  right->addWidget(m_table, 1);
  right->addWidget(m_rationales);
  right->addWidget(m_rationale);
  right->addWidget(m_note);
  auto* splitter = new QSplitter(this);
  splitter->addWidget(m_chart);
  splitter->addWidget(side);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  splitter->setChildrenCollapsible(false);
  splitter->setSizes({windowWidth * 11 / 20, windowWidth * 9 / 20});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
  layout->addWidget(splitter);
  fitOnScreen(this, {windowWidth, windowHeight});
  restoreGeometry(workbench.settings().value(sizeKey()).toByteArray());

  connect(m_chart, &FilmChart::momentChosen, this, &FilmWindow::showMoment);
  connect(m_rationales, &QCheckBox::toggled, this, &FilmWindow::measure);
  m_chart->setFocus();
  measure();
}

FilmWindow::~FilmWindow() {
  m_workbench.jobs().cancel(m_job);
  m_workbench.settings().setValue(sizeKey(), saveGeometry());
}

void FilmWindow::measure() {
  m_workbench.jobs().cancel(m_job);
  m_job = m_workbench.jobs().submit(
      JobKind::Light, tr("Going through the training of user %1's case").arg(toQt(m_options.user)),
      [options = m_options, rationales = m_rationales->isChecked()](const TaskContext& context) {
        return film(options, rationales, context);
      },
      this, [this](const Film& film) { showFilm(film); },
      [this](const QString& message) {
        if (!m_film) m_moment->setText(message);
        m_note->setText(m_film ? message : QString());
      });
}

void FilmWindow::showFilm(const Film& film) {
  const int moment = m_film ? m_chart->moment() : static_cast<int>(film.frames.size()) - 1;
  m_film = film;
  m_chart->setFilm(film);
  m_chart->setMoment(moment);
  showMoment(m_chart->moment());
}

void FilmWindow::showMoment(int frame) {
  if (!m_film) return;
  const FilmFrame &f = m_film->frames.at(static_cast<size_t>(frame)), &first = m_film->frames.front();
  std::vector<size_t> order(f.ranks.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return f.ranks[a] < f.ranks[b]; });
  m_table->setRowCount(static_cast<int>(order.size()));
  for (size_t row = 0; row < order.size(); ++row) {
    const size_t c = order[row];
    const int moved = first.ranks[c] - f.ranks[c];
    const bool target = m_film->candidates[c].id == m_film->example.target;
    if (target)
      m_moment->setText(tr("%1: the chosen item ranks %2 of %3, margin %4 nats")
                            .arg(momentText(f))
                            .arg(f.ranks[c])
                            .arg(order.size())
                            .arg(QString::number(f.margin, 'f', 2)));
    QTableWidgetItem* cells[] = {
        cell(QString::number(f.ranks[c]), true), cell(toQt(m_film->candidates[c].title), false),
        cell(QString::number(f.scores[c], 'f', 2), true),
        cell(
            moved == 0 ? QString() : QStringLiteral("%1%2").arg(moved > 0 ? QStringLiteral("+") : QString()).arg(moved),
            true)};
    for (int column = 0; column < columns; ++column) {
      if (target) {
        QFont font = m_table->font();
        font.setWeight(QFont::DemiBold);
        cells[column]->setFont(font);
        cells[column]->setForeground(theme().target);
      }
      m_table->setItem(static_cast<int>(row), column, cells[column]);
    }
  }
  m_rationale->setText(toQt(f.rationale));
  m_rationale->setVisible(!f.rationale.empty());
  QStringList notes;
  if (!m_film->missing.empty()) notes << toQt(m_film->missing) + u'.';
  if (!m_film->note.empty()) notes << tr("%1. Generated text is not evidence.").arg(toQt(m_film->note));
  m_note->setText(notes.join(u' '));
}

}  // namespace prefscope
