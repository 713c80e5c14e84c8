// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/notebook_window.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QtTest>

#include "engine/base/files.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_json.h"
#include "engine/tasks/notebook.h"
#include "tests/engine/explain/full_case.h"
#include "tests/engine/store/small_store.h"
#include "tests/ui/spoken_names.h"
#include "ui/models/notebook_model.h"
#include "ui/widgets/banner.h"
#include "ui/workbench.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// The notebook with real widgets over a real workspace.
class NotebookWindowTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<Workbench> workbench_;
  std::unique_ptr<NotebookWindow> window_;
  std::vector<int64_t> ids_;
  int changes_ = 0;
  QList<QUrl> opened_;

  fs::path folder() const { return dir_->path().toStdString(); }
  Workspace& workspace() { return workbench_->workspace(); }
  template <typename Widget>
  Widget* find(const char* name) const {
    auto* found = window_->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  void click(const char* button) const { QTest::mouseClick(find<QPushButton>(button), Qt::LeftButton); }
  QTableView* table() const { return find<QTableView>("notebookTable"); }
  QString cell(int row, int column) const { return table()->model()->index(row, column).data().toString(); }
  void selectRow(int row) const {
    table()->setCurrentIndex(table()->model()->index(row, 0));
    table()->selectRow(row);
  }
  static KeptCase hostile() {
    KeptCase kept = full_case();
    kept.source.content_hash = "h";
    return kept;
  }
  /// Three cases: user u0 .. u2, saved one day after the other; the last leads to the base model's case of example 1.
  void openWindow() {
    {
      Workspace workspace(folder());
      fill_small_store(workspace);
      for (int i = 0; i < 3; ++i) {
        KeptCase kept = hostile();
        if (i == 2) kept.source.adapters.clear();
        SavedCase saved;
        saved.data_set = 1;
        saved.user_key = "u" + std::to_string(i);
        saved.model_name = i == 1 ? "dmpo" : hostile_titles()[0];
        saved.created_at = "2026-01-0" + std::to_string(i + 1) + "T12:00:00Z";
        saved.note = i == 0 ? "<b>first</b>" : "";
        if (i == 1) saved.tags = {"odd"};
        if (i == 2) saved.example = saved.model = 1;
        ids_.push_back(save_case(workspace, saved, cases_json({kept})));
      }
    }
    open();
  }
  void open() {
    workbench_ = std::make_unique<Workbench>(folder());
    workbench_->setDataSet(1);
    window_ = std::make_unique<NotebookWindow>(*workbench_, [this] { ++changes_; });
    window_->setAttribute(Qt::WA_DeleteOnClose, false);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void drop(const QStringList& files) const {
    QMimeData mime;
    QList<QUrl> urls;
    for (const QString& file : files) urls.append(QUrl::fromLocalFile(file));
    mime.setUrls(urls);
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({5, 5}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &event);
  }

 private Q_SLOTS:
  void openUrl(const QUrl& url) { opened_.append(url); }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    ids_.clear();
    opened_.clear();
    changes_ = 0;
    QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "openUrl");
  }
  void cleanup() {
    QDesktopServices::unsetUrlHandler(QStringLiteral("file"));
    window_.reset();
    workbench_.reset();
  }

  void anEmptyNotebookSaysWhatToDo() {
    {
      Workspace workspace(folder());
      fill_small_store(workspace);
    }
    open();
    QVERIFY(find<QLabel>("notebookEmpty")->isVisible());
    QVERIFY(find<QLabel>("notebookEmpty")->text().contains(QStringLiteral("Save case (Ctrl+S)")));
    QVERIFY(!find<QPushButton>("exportCases")->isEnabled() && !find<QPushButton>("deleteCases")->isEnabled());
  }

  void listsSearchesAndFilters() {
    openWindow();
    QCOMPARE(namelessWidgets(*window_), QStringList());
    QCOMPARE(table()->model()->rowCount(), 3);
    QCOMPARE(cell(0, NotebookModel::User), QStringLiteral("u2"));  // the newest first
    for (int again = 0; again < 2; ++again) {
      QVERIFY(find<QLabel>("notebookHeadline")->isVisible());
      QVERIFY(table()->selectionModel()->isRowSelected(0));
      window_->refresh();
    }
    auto* search = find<QLineEdit>("notebookSearch");
    QTest::keyClicks(search, QStringLiteral("ODD"));
    QCOMPARE(table()->model()->rowCount(), 1);
    QCOMPARE(cell(0, NotebookModel::User), QStringLiteral("u1"));
    search->setText(QStringLiteral("no such thing ["));
    QCOMPARE(table()->model()->rowCount(), 0);
    QVERIFY(find<QLabel>("notebookEmpty")->isVisible());
    search->setText(QStringLiteral("<b>first"));  // of the note; text, no pattern
    QCOMPARE(table()->model()->rowCount(), 1);
    search->clear();
    find<QCheckBox>("starredOnly")->setChecked(true);
    QCOMPARE(table()->model()->rowCount(), 0);
    find<QCheckBox>("starredOnly")->setChecked(false);
    QCOMPARE(table()->model()->rowCount(), 3);
  }

  /// Whatever a title, a model's name or a note is, no label reads it as HTML, and a tool tip escapes it.
  void hostileTextStaysText() {
    openWindow();
    QTRY_VERIFY(find<QLabel>("notebookHeadline")->text().contains(QStringLiteral("User u|7 chose")));
    QVERIFY(find<QLabel>("notebookHeadline")->text().contains(QStringLiteral("</s> <|endoftext|>")));
    for (const QLabel* label : window_->findChildren<QLabel*>())
      QVERIFY2(label->textFormat() == Qt::PlainText, label->text().toUtf8().constData());
    QCOMPARE(cell(0, NotebookModel::Model), QStringLiteral("<script>alert(1)</script>"));
    const QString tip = table()->model()->index(0, NotebookModel::Model).data(Qt::ToolTipRole).toString();
    QCOMPARE(tip, QStringLiteral("&lt;script&gt;alert(1)&lt;/script&gt;"));
    selectRow(2);
    QCOMPARE(find<QPlainTextEdit>("caseNote")->toPlainText(), QStringLiteral("<b>first</b>"));
  }

  void whatIsWrittenIsSavedAndUndone() {
    openWindow();
    auto* note = find<QPlainTextEdit>("caseNote");
    note->setFocus();
    QTest::keyClicks(note, QStringLiteral("Why this?"));
    QTRY_COMPARE(read_case(workspace(), ids_[2]).note, std::string("Why this?"));
    table()->setFocus();
    QTest::keyClick(table(), Qt::Key_Space);
    QVERIFY(read_case(workspace(), ids_[2]).starred);
    QCOMPARE(cell(0, NotebookModel::Star), QStringLiteral("★"));
    auto* tags = find<QLineEdit>("caseTags");
    tags->setFocus();
    QTest::keyClicks(tags, QStringLiteral("b, a ,b"));
    QTest::keyClick(tags, Qt::Key_Return);
    QCOMPARE(read_case(workspace(), ids_[2]).tags, (std::vector<std::string>{"b", "a"}));
    QCOMPARE(cell(0, NotebookModel::Tags), QStringLiteral("b, a"));
    table()->model()->setData(table()->model()->index(0, NotebookModel::Tags), QStringLiteral("in place"));
    QCOMPARE(read_case(workspace(), ids_[2]).tags, std::vector<std::string>{"in place"});

    click("undoNotebook");
    QCOMPARE(read_case(workspace(), ids_[2]).tags, (std::vector<std::string>{"b", "a"}));
    click("undoNotebook");
    click("undoNotebook");
    QVERIFY(!read_case(workspace(), ids_[2]).starred && read_case(workspace(), ids_[2]).tags.empty());
    click("undoNotebook");
    QCOMPARE(read_case(workspace(), ids_[2]).note, std::string());
    QCOMPARE(note->toPlainText(), QString());
    QVERIFY(!find<QPushButton>("undoNotebook")->isEnabled());
    click("redoNotebook");
    QCOMPARE(read_case(workspace(), ids_[2]).note, std::string("Why this?"));
    QCOMPARE(note->toPlainText(), QStringLiteral("Why this?"));
    QCOMPARE(read_case(workspace(), ids_[0]).note, std::string("<b>first</b>"));
  }

  /// Another case, or the window's end, comes before the pause in typing: what was typed is written to its own case.
  void aNoteIsNotLostInHaste() {
    openWindow();
    auto* note = find<QPlainTextEdit>("caseNote");
    QTest::keyClicks(note, QStringLiteral("of u2"));
    selectRow(1);
    QCOMPARE(read_case(workspace(), ids_[2]).note, std::string("of u2"));
    QCOMPARE(note->toPlainText(), QString());
    QTest::keyClicks(note, QStringLiteral("of u1"));
    window_->close();
    QCOMPARE(read_case(workspace(), ids_[1]).note, std::string("of u1"));
    QCOMPARE(read_case(workspace(), ids_[0]).note, std::string("<b>first</b>"));
  }

  void deletedAndBroughtBack() {
    openWindow();
    const std::string report = read_case_report(workspace(), ids_[1]);
    selectRow(1);
    QTest::keyClick(table(), Qt::Key_Delete);
    QCOMPARE(list_cases(workspace(), 1).size(), size_t{2});
    QCOMPARE(table()->model()->rowCount(), 2);
    QCOMPARE(changes_, 1);
    QVERIFY(find<QLabel>("notebookState")->text().contains(QStringLiteral("Undo (Ctrl+Z)")));
    click("undoNotebook");
    QCOMPARE(table()->model()->rowCount(), 3);
    QCOMPARE(read_case(workspace(), ids_[1]).tags, std::vector<std::string>{"odd"});
    QCOMPARE(read_case_report(workspace(), ids_[1]), report);
    QCOMPARE(changes_, 2);
    table()->selectAll();
    click("deleteCases");
    QVERIFY(list_cases(workspace(), 1).empty());
    click("undoNotebook");
    QCOMPARE(list_cases(workspace(), 1).size(), size_t{3});
  }

  /// The page is what was frozen; going to the case asks for it, where what ranked it is here.
  void showsWhatWasFrozenAndGoesToTheCase() {
    openWindow();
    QTRY_VERIFY(find<QPushButton>("frozenPage")->isEnabled());
    QVERIFY(find<QPushButton>("goToCase")->isEnabled());
    click("frozenPage");
    QTRY_COMPARE(opened_.size(), 1);
    const std::string page = read_file(opened_.front().toLocalFile().toStdString());
    QVERIFY(page.find(case_body(hostile().report)) != std::string::npos);
    QSignalSpy asked(workbench_.get(), &Workbench::caseRequested);
    click("goToCase");
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked[0][0].toLongLong(), 1);
    QCOMPARE(asked[0][1].toLongLong(), 0);
    // This store's model lies nowhere: what it says is not that the numbers hold.
    QTRY_VERIFY(!window_->findChild<Banner*>()->message().isEmpty());
    selectRow(1);  // its run is not here
    QTRY_VERIFY(find<QPushButton>("frozenPage")->isEnabled());
    QVERIFY(!find<QPushButton>("goToCase")->isEnabled());
    QVERIFY(find<QLabel>("notebookState")->text().contains(QStringLiteral("not in this workspace")));
  }

  void exportsWhatIsSelectedOrAll() {
    openWindow();
    const auto file = [&](const char* name) { return dir_->filePath(QString::fromLatin1(name)); };
    selectRow(1);
    window_->exportTo(QStringLiteral("json"), file("one.json"));
    QTRY_VERIFY(QFile::exists(file("one.json")));
    const auto one = cases_from_json(read_file(file("one.json").toStdString()), "one.json");
    QCOMPARE(one.size(), size_t{1});
    QCOMPARE(one[0].tags, std::vector<std::string>{"odd"});
    table()->clearSelection();
    window_->exportTo(QStringLiteral("html"), file("all.html"));
    QTRY_VERIFY(QFile::exists(file("all.html")));
    QVERIFY(read_file(file("all.html").toStdString()).find("Notebook of 3 cases") != std::string::npos);
    window_->exportTo(QStringLiteral("md"), file("all.md"));
    QTRY_VERIFY(QFile::exists(file("all.md")));
    QVERIFY(QFile::exists(file("all-figures/3-candidates.svg")));
    window_->exportTo(QStringLiteral("pdf"), file("all.pdf"));
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file("all.pdf")), 30'000);
    QVERIFY(read_file(file("all.pdf").toStdString()).starts_with("%PDF-"));
    window_->exportTo(QStringLiteral("html"), file("one.json/x.html"));
    QTRY_VERIFY(!window_->findChild<Banner*>()->message().isEmpty());
    QVERIFY2(window_->findChild<Banner*>()->message().contains(QStringLiteral("one.json")),
             window_->findChild<Banner*>()->message().toUtf8().constData());
  }

  void aDroppedFileIsOpened() {
    openWindow();
    const QString good = dir_->filePath(QStringLiteral("case.json")), bad = dir_->filePath(QStringLiteral("bad.json")),
                  foreign = dir_->filePath(QStringLiteral("foreign.json"));
    write_file_atomically(good.toStdString(), cases_json({hostile()}));
    write_file_atomically(foreign.toStdString(), cases_json({full_case()}));
    write_file_atomically(bad.toStdString(), "[");
    find<QLineEdit>("notebookSearch")->setText(QStringLiteral("odd"));  // would hide it
    drop({good});
    QTRY_COMPARE(table()->model()->rowCount(), 4);
    QCOMPARE(changes_, 1);
    QCOMPARE(find<QPlainTextEdit>("caseNote")->toPlainText().toStdString(), full_case().note);
    QCOMPARE(cases_json({read_kept_case(workspace(), list_cases(workspace(), 1).back().id)}), cases_json({hostile()}));
    auto* banner = window_->findChild<Banner*>();
    drop({foreign});
    QTRY_VERIFY(banner->message().contains(QStringLiteral("expected the data set \"small\"")));
    drop({bad});
    QTRY_VERIFY(banner->message().contains(QStringLiteral("bad.json: expected a case.json")));
    QCOMPARE(list_cases(workspace(), 1).size(), size_t{4});
  }
};

QTEST_MAIN(NotebookWindowTest)
#include "notebook_window_test.moc"
