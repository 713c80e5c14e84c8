// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every screen of the data room, in both schemes, to be looked at. No test: nothing is checked.
//   QT_QPA_PLATFORM=offscreen data_pictures WORKSPACE SET TABLE.csv FOLDER [WIDTH HEIGHT]
// SET: a prepared data set of the workspace. TABLE.csv: one that is not recognised, for the mapping.
#include <QPushButton>
#include <QScrollArea>
#include <QTabBar>
#include <QtTest>

#include "engine/store/data_sets.h"
#include "tests/ui/window_driver.h"
#include "ui/jobs/job_line.h"
#include "ui/theme.h"
#include "ui/widgets/data_table.h"
#include "ui/workbench.h"

using namespace prefscope;

namespace {

struct Pictures {
  MainWindow& window;
  QString folder;
  int count = 0;

  void settle() const {
    QTest::qWait(300);
    while (!window.workbench().jobs().isIdle()) QTest::qWait(50);
    QTest::qWait(400);
  }

  void take(QWidget* widget, const QString& name) {
    settle();
    const QString file = QStringLiteral("%1/%2-%3.png").arg(folder).arg(++count, 2, 10, QLatin1Char('0')).arg(name);
    if (!widget->grab().save(file)) qFatal("%s cannot be written", qPrintable(file));
  }

  /// Of a dialog or window that stands beside the main window, which is then closed.
  void takeDialog(const char* name) {
    settle();
    auto* dialog = window.findChild<QWidget*>(QString::fromLatin1(name));
    if (!dialog) qFatal("there is no %s", name);
    take(dialog, QString::fromLatin1(name));
    dialog->close();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  }

  void openTab(const QString& title) {
    auto* tabs = widgetOf<QTabBar>(window, "tables");
    for (int i = 0; i < tabs->count(); ++i) {
      if (tabs->tabText(i) == title) tabs->setCurrentIndex(i);
    }
    settle();
  }

  void takeAll(const QString& table) {
    auto* rows = widgetOf<DataTable>(window, "table");
    for (const QString& tab : {QStringLiteral("Users"), QStringLiteral("Items"), QStringLiteral("Interactions"),
                               QStringLiteral("Examples"), QStringLiteral("About this set")}) {
      openTab(tab);
      take(&window, QString(tab).replace(u' ', u'-').toLower());
    }
    for (QScrollArea* area : window.findChildren<QScrollArea*>()) {
      if (!area->isVisible() || !area->findChild<QWidget*>(QStringLiteral("meanPlot"))) continue;
      area->ensureWidgetVisible(widgetOf<QWidget>(window, "meanPlot"));
      take(&window, QStringLiteral("about-plots"));
      area->ensureWidgetVisible(widgetOf<QWidget>(window, "leakRows"));
      take(&window, QStringLiteral("about-leaks"));
    }
    for (const auto& [tab, pages, name] : {std::tuple("Users", "userTabs", "user"), {"Items", "itemTabs", "item"}}) {
      openTab(QString::fromLatin1(tab));
      rows->selectRow(3);
      clickOn(window, "ownWindow");
      settle();
      auto* own = window.findChild<QWidget*>(QStringLiteral("detailWindow"));
      auto* bar = own->findChild<QTabBar*>(QString::fromLatin1(pages));
      for (int i = 0; i < bar->count(); ++i) {
        bar->setCurrentIndex(i);
        if (i + 1 < bar->count()) take(own, QString::fromLatin1(name));
      }
      takeDialog("detailWindow");
    }
    openTab(QStringLiteral("Examples"));
    clickOn(window, "inspectTokens");
    takeDialog("exampleInspector");
    for (const auto& [button, dialog] :
         {std::pair("exportSetButton", "exportSet"), {"combineSets", "combineDialog"}, {"editView", "viewEditor"}}) {
      clickOn(window, button);
      takeDialog(dialog);
    }
    window.importPaths({table});
    takeDialog("mappingDialog");
    window.showPage(QStringLiteral("evaluate"));
    take(&window, QStringLiteral("evaluate"));
    window.showPage(QStringLiteral("data"));
  }
};

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  const QStringList arguments = application.arguments();
  if (arguments.size() != 5 && arguments.size() != 7) {
    std::fprintf(stderr, "data_pictures WORKSPACE SET TABLE.csv FOLDER [WIDTH HEIGHT]\n");
    return 2;
  }
  QStandardPaths::setTestModeEnabled(true);
  const QSize size = arguments.size() == 7 ? QSize(arguments[5].toInt(), arguments[6].toInt()) : QSize(1280, 800);
  for (const auto& [look, name] : {std::pair(Appearance::Light, "light"), {Appearance::Dark, "dark"}}) {
    installTheme(application, look);
    MainWindow window(arguments[1].toStdString());
    window.resize(size);
    window.show();
    window.showPage(QStringLiteral("data"));
    for (const DataSet& set : list_data_sets(window.workbench().workspace())) {
      if (toQt(set.name) == arguments[2]) window.workbench().setDataSet(set.id);
    }
    Pictures pictures{window, QStringLiteral("%1/%2-%3").arg(arguments[4], QLatin1String(name)).arg(size.width())};
    QDir().mkpath(pictures.folder);
    pictures.takeAll(arguments[3]);
  }
  return 0;
}
