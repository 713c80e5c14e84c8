// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QMainWindow>
#include <filesystem>
#include <memory>
#include <vector>

class QAction;
class QButtonGroup;
class QLabel;
class QMenu;
class QStackedWidget;
class QToolButton;

namespace prefscope {

class Banner;
class JobStrip;
class Page;
class TopBar;
class Workbench;

/// The window on one workspace: the rail of pages at the left, the top bar, the page, and the job strip.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  /// Opens the workspace; throws Error where that fails.
  explicit MainWindow(const std::filesystem::path& workspace, QWidget* parent = nullptr);
  ~MainWindow() override;

  Workbench& workbench() const { return *m_workbench; }
  /// data, train, evaluate or case; an unknown name changes nothing.
  void showPage(const QString& name);
  QString currentPageName() const;
  Page* page(const QString& name) const;
  /// Says once in a workspace that what stands there is a sample, and offers the first walk.
  void greet();
  /// Imports files that belong together, a folder or a zip, in the background; the folder of a model or an adapter goes
  /// to the models.
  void importPaths(const QStringList& paths);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Place {
    QString name, title;
    Page* page;
    QToolButton* button;
  };

  void buildMenus();
  void addPage(const QString& name, const QString& title, Page* page);
  void drawRail();
  void askImportFile();
  void askImportFolder();
  void askTable();
  /// Lets the person say which column of these files is what.
  void mapColumns(const std::vector<std::filesystem::path>& paths);
  void askWorkspace();
  void showGuide();
  void showAbout();
  void askToLeave();
  /// Where the last window left runs unfinished: a banner that goes on with them.
  void offerToGoOn();
  bool isWorking() const;

  std::unique_ptr<Workbench> m_workbench;
  std::vector<Place> m_places;
  Page* m_shown = nullptr;
  QButtonGroup* m_railButtons = nullptr;
  QWidget* m_rail = nullptr;
  QStackedWidget* m_stack = nullptr;
  TopBar* m_topBar = nullptr;
  Banner* m_banner = nullptr;
  Banner* m_offer = nullptr;
  JobStrip* m_strip = nullptr;
  QLabel* m_dropHint = nullptr;
  QMenu* m_viewMenu = nullptr;
  bool m_leaving = false;  // closes when the jobs have stopped
};

}  // namespace prefscope
