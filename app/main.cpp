// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QLocale>
#include <QMessageBox>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>
#include <cstdio>

#include "engine/base/calm_threads.h"
#include "engine/base/error.h"
#include "ui/first_start.h"
#include "ui/main_window.h"
#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

int main(int argc, char** argv) {
  wait_calmly(argv);
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("prefscope"));
  QApplication::setApplicationDisplayName(QStringLiteral("Prefscope"));
  QApplication::setApplicationVersion(QStringLiteral(PREFSCOPE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("prefscope"));
  // The words are English, so the numbers are too: one form on the screen, in exports and in copied commands.
  QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));

  QCommandLineParser parser;
  parser.setApplicationDescription(
      QApplication::translate("main", "Train and explain recommenders made of language models."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption workspace(QStringLiteral("workspace"),
                                     QApplication::translate("main", "The workspace folder; made if absent."),
                                     QStringLiteral("DIR"));
  const QCommandLineOption page(QStringLiteral("page"),
                                QApplication::translate("main", "Open on a page: data, train, evaluate or case."),
                                QStringLiteral("NAME"));
  const QCommandLineOption light(QStringLiteral("light"),
                                 QApplication::translate("main", "Light colours, whatever the system says."));
  const QCommandLineOption dark(QStringLiteral("dark"),
                                QApplication::translate("main", "Dark colours, whatever the system says."));
  parser.addOptions({workspace, page, light, dark});
  parser.addPositionalArgument(QStringLiteral("files"), QApplication::translate("main", "Files or a folder to import."),
                               QStringLiteral("[files...]"));
  parser.process(application);

  auto look = static_cast<Appearance>(QSettings().value(QStringLiteral("appearance"), 0).toInt());
  if (parser.isSet(light)) look = Appearance::Light;
  if (parser.isSet(dark)) look = Appearance::Dark;
  installTheme(application, look);

  QString folder = parser.value(workspace);
  if (folder.isEmpty())
    folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/workspace");
  try {
    MainWindow window(toPath(folder));
    if (parser.isSet(page)) window.showPage(parser.value(page));
    window.show();
    if (const QStringList files = parser.positionalArguments(); !files.isEmpty()) {
      window.importPaths(files);
    } else if (!window.workbench().dataSet()) {
      openSampleWorld(window.workbench());
      window.greet();
    }
    return QApplication::exec();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prefscope: %s\n", error.what());
    QMessageBox::critical(nullptr, QStringLiteral("Prefscope"), QString::fromUtf8(error.what()).toHtmlEscaped());
    return 1;
  }
}
