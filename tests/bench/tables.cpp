// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the window's tables are on a large data set: opens the window on a workspace and prints how long it takes
// until it is there with its rows, until each sort and filter is answered, until rows scrolled to are read, and until a
// stop is honoured. No test: a loaded machine may take the processor away from any program.
//   tables WORKSPACE      (tests/bench/importing.py --keep makes one of 25 million rows)
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QScrollBar>
#include <QTabBar>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>

#include "engine/base/calm_threads.h"
#include "ui/jobs/job_line.h"
#include "ui/main_window.h"
#include "ui/models/paged_table_model.h"
#include "ui/theme.h"
#include "ui/widgets/data_table.h"
#include "ui/workbench.h"

using namespace prefscope;

namespace {

constexpr int jumps = 200;

/// Runs the event loop until the condition holds; ms, and the longest turn meanwhile.
struct Waited {
  double ms = 0, longest_turn = 0;
};

Waited waitFor(const std::function<bool()>& holds) {
  Waited waited;
  QElapsedTimer clock, turn;
  clock.start();
  while (!holds()) {
    turn.start();
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    waited.longest_turn = std::max(waited.longest_turn, static_cast<double>(turn.nsecsElapsed()) / 1e6);
  }
  waited.ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
  return waited;
}

}  // namespace

int main(int argc, char** argv) {
  wait_calmly(argv);
  QElapsedTimer clock;
  clock.start();
  QApplication application(argc, argv);
  if (argc < 2) {
    std::fprintf(stderr, "tables WORKSPACE\n");
    return 2;
  }
  installTheme(application, Appearance::Light);
  QTimer beat;  // so that waiting ends
  beat.start(1);
  MainWindow window(toPath(QString::fromLocal8Bit(argv[1])));
  window.resize(1280, 800);
  window.showPage(QStringLiteral("data"));
  window.show();
  auto* table = window.findChild<DataTable*>(QStringLiteral("table"));
  auto* tabs = window.findChild<QTabBar*>(QStringLiteral("tables"));
  PagedTableModel* rows = table->rows();
  waitFor([&] { return rows->rowCount() > 0 && rows->finding() == 0; });
  std::printf("%lld interactions; the window is there with its rows after %lld ms\n",
              static_cast<long long>(window.workbench().dataSet()->interactions), clock.elapsed());

  const auto asked = [&](const char* what, const std::function<void()>& ask) {
    ask();
    const Waited waited = waitFor([&] { return rows->finding() == 0; });
    std::printf("%-46s %9d rows %8.0f ms (longest turn of the event loop %.0f ms)\n", what, rows->rowCount(), waited.ms,
                waited.longest_turn);
  };
  const auto order = [&](const char* what, std::vector<SortKey> keys) {
    asked(what, [&] {
      TableWish wish = rows->wish();
      wish.order = std::move(keys);
      rows->setWish(wish);
    });
  };
  const auto filter = [&](const char* what, int column, const char* text) {
    asked(what, [&] { rows->setFilter(column, QString::fromLatin1(text)); });
    rows->setFilter(column, {});
    waitFor([&] { return rows->finding() == 0; });
  };
  for (int tab = 0; tab < tabs->count(); ++tab) {
    if (tabs->tabText(tab) == QStringLiteral("Interactions"))
      asked("open Interactions", [&] { tabs->setCurrentIndex(tab); });
  }
  order("as in the file", {});
  order("by time", {{RowColumn::Time, false}});
  order("by rating, descending", {{RowColumn::Rating, true}});
  filter("rating >= 4, by rating", 2, ">= 4");
  order("by rating, then time", {{RowColumn::Rating, true}, {RowColumn::Time, false}});
  order("by title, then user", {{RowColumn::Title, false}, {RowColumn::User, false}});
  order("as in the file again", {});
  filter("user = 77", 0, "=77");
  filter("title contains 77", 1, "77");
  filter("title contains film (all)", 1, "film");
  filter("rating 3..4", 2, "3..4");
  filter("time in 2001", 3, "2001");
  asked("search: crime 1950", [&] { rows->setSearch(QStringLiteral("crime 1950")); });
  asked("all again", [&] { rows->setSearch({}); });

  std::mt19937 draw(1);
  std::vector<double> filled, turns;
  for (int i = 0; i < jumps; ++i) {
    const int row = static_cast<int>(draw() % static_cast<unsigned>(rows->rowCount()));
    QElapsedTimer jump;
    jump.start();
    table->scrollTo(rows->index(row, 0), QAbstractItemView::PositionAtTop);
    const Waited waited = waitFor([&] { return rows->idAt(row) != 0; });
    filled.push_back(static_cast<double>(jump.nsecsElapsed()) / 1e6);
    turns.push_back(waited.longest_turn);
  }
  std::sort(filled.begin(), filled.end());
  std::printf(
      "%d jumps to rows that were not read: read after %.1f ms (median), %.1f ms (largest); longest turn %.1f ms\n",
      jumps, filled[filled.size() / 2], filled.back(), *std::max_element(turns.begin(), turns.end()));

  // One step after the other, as the wheel turns: how many steps show a row that is not read.
  const int from = rows->rowCount() / 2;
  table->scrollTo(rows->index(from, 0), QAbstractItemView::PositionAtTop);
  waitFor([&] { return rows->idAt(from) != 0; });
  int blank = 0;
  constexpr int steps = 1000;
  for (int i = 0; i < steps; ++i) {
    table->verticalScrollBar()->setValue(from + 3 * i);
    QElapsedTimer frame;
    frame.start();
    waitFor([&] { return frame.elapsed() >= 16; });
    const int last = table->rowAt(table->viewport()->height() - 1);
    blank += rows->idAt(last) == 0 ? 1 : 0;
  }
  std::printf("%d steps of 3 rows, 16 ms each: %d show a row that is not read\n", steps, blank);

  TableWish wish = rows->wish();
  wish.order = {{RowColumn::Title, false}, {RowColumn::Time, false}};
  rows->setWish(wish);
  auto* line = window.findChild<DataTable*>(QStringLiteral("table"))->parentWidget()->findChild<JobLine*>();
  const Waited shown = waitFor([&] { return (line && line->isVisible()) || rows->finding() == 0; });
  std::printf("by title, then time: progress is shown after %.0f ms", shown.ms);
  QElapsedTimer running;
  running.start();
  waitFor([&] { return running.elapsed() > 500 || rows->finding() == 0; });
  window.workbench().jobs().cancel(rows->finding());
  const Waited stopped = waitFor([&] { return rows->finding() == 0; });
  std::printf("; a stop is honoured after %.0f ms\n", stopped.ms);
  return 0;
}
