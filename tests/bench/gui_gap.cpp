// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window does not answer while a training runs: opens the window on a workspace that is made anew, trains
// the bundled starter on the sample world, and prints the gaps between turns of the event loop. No test: a loaded
// machine may take the processor away from any program.
//   gui_gap [seconds, 30]
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/base/calm_threads.h"
#include "engine/base/files.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/train.h"
#include "ui/main_window.h"
#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

namespace {

/// In ms, ascending.
struct Gaps {
  std::vector<double> ms;
  double at(double share) const { return ms.empty() ? 0 : ms[static_cast<size_t>(share * double(ms.size() - 1))]; }
};

int64_t prepareRun(const std::filesystem::path& folder) {
  ImportOptions import;
  import.workspace = folder;
  import.paths = {bundled_dataset_path("sample-world")};
  const DataSet set = import_data(import, {}).data_set;
  PrepareOptions preparation;
  preparation.workspace = folder;
  preparation.data_set = set.name;
  prepare(preparation, {});
  TrainOptions options;
  options.workspace = folder;
  options.data_set = set.name;
  options.batch_tokens = 1024;
  options.epochs = 50;
  options.evaluations = 200;  // many, so that some fall within the time measured
  return create_run(options);
}

}  // namespace

int main(int argc, char** argv) {
  wait_calmly(argv);
  QApplication application(argc, argv);
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 30;
  installTheme(application, Appearance::Light);
  QTemporaryDir dir;
  const std::filesystem::path folder = toPath(dir.filePath(QStringLiteral("ws")));
  const int64_t run = prepareRun(folder);

  MainWindow window(folder);
  window.resize(1280, 800);
  window.showPage(QStringLiteral("train"));
  window.show();
  window.workbench().trainRun(run);
  window.workbench().setRun(run);

  Gaps gaps;
  QElapsedTimer clock;
  QTimer beat;
  beat.setTimerType(Qt::PreciseTimer);
  QObject::connect(&beat, &QTimer::timeout, [&] {
    gaps.ms.push_back(std::max(0.0, static_cast<double>(clock.nsecsElapsed()) / 1e6 - 1));
    clock.restart();
  });
  // Measured from the first step on: the window's own start is not the training's.
  QTimer begun;
  QObject::connect(&begun, &QTimer::timeout, [&] {
    if (read_run(window.workbench().workspace(), run).steps_done < 1) return;
    begun.stop();
    clock.start();
    beat.start(1);
    QTimer::singleShot(seconds * 1000, &application, [&] {
      beat.stop();
      const Run now = read_run(window.workbench().workspace(), run);
      std::sort(gaps.ms.begin(), gaps.ms.end());
      std::printf("%d s of training, %lld steps, %zu turns of the event loop\n", seconds,
                  static_cast<long long>(now.steps_done), gaps.ms.size());
      std::printf(
          "gap in ms: largest %.1f, 99.9 %% %.1f, 99 %% %.1f, median %.2f; above 50 ms: %lld\n", gaps.at(1),
          gaps.at(0.999), gaps.at(0.99), gaps.at(0.5),
          static_cast<long long>(std::count_if(gaps.ms.begin(), gaps.ms.end(), [](double ms) { return ms > 50; })));
      window.workbench().stopForClosing();
      QObject::connect(&window.workbench().jobs(), &JobQueue::jobFinished, &application, [&] {
        if (window.workbench().jobs().isIdle()) QApplication::quit();
      });
    });
  });
  begun.start(50);
  return QApplication::exec();
}
