// SPDX-License-Identifier: GPL-3.0-or-later
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fstream>

#include "engine/explain/evidence_text.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/train.h"
#include "tests/ui/spoken_names.h"
#include "ui/pages/evidence_card.h"
#include "ui/pages/what_if_ranking.h"
#include "ui/pages/what_if_table.h"
#include "ui/pages/what_if_window.h"
#include "ui/theme.h"
#include "ui/widgets/history_list.h"
#include "ui/workbench.h"

using namespace prefscope;

/// A case that is edited in its window: with the bundled starter model, on a small set whose prompts list the
/// candidates, so that every score has a spread.
class WhatIfTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_bench;
  RankOptions m_options;
  RankResult m_rank;
  QPointer<WhatIfWindow> m_window;

  std::filesystem::path folder() const { return toPath(m_dir.filePath(QStringLiteral("a workspace"))); }
  template <typename Widget>
  Widget* child(const char* name) const {
    auto* found = m_window->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  HistoryList* history() const { return child<HistoryList>("whatIfHistory"); }
  WhatIfTable* candidates() const { return child<WhatIfTable>("whatIfCandidates"); }
  QString mark() const { return child<QLabel>("alarmNote")->text(); }
  QString state() const { return child<QLabel>("whatIfState")->text(); }
  const WhatIfCase& shown() const { return m_window->shown(); }
  const std::vector<int64_t>& now() const { return shown().edit.history; }
  const std::vector<int64_t>& was() const { return shown().original.history; }
  void press(const char* button) const { QTest::mouseClick(child<QPushButton>(button), Qt::LeftButton); }
  /// As a line has room for it.
  QString titleOf(int64_t item) const {
    const QString title = shown().items.at(item).title.simplified();
    return title.size() > 32 ? title.left(32) + u'…' : title;
  }
  bool isRanked() const { return m_window->isIdle(); }
  /// Types into a search, and takes what it finds first, with or without the key for replacing.
  void searchAndTake(const char* box, const QString& text, Qt::Key replace = Qt::Key_unknown) {
    auto* search = child<QWidget>(box);
    if (replace != Qt::Key_unknown) QTest::mouseClick(search->findChild<QPushButton*>(), Qt::LeftButton);
    auto* line = search->findChild<QLineEdit*>();
    auto* found = search->findChild<QListWidget*>();
    line->setFocus();
    QTest::keyClicks(line, text);
    QTRY_VERIFY(!found->isHidden() && found->count() > 0);
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(line->text().isEmpty() && found->isHidden());
  }
  int64_t idOf(const char* key) const {
    const OpenCasePtr opened = open_case(m_options, {});
    return find_item(*opened, key).id;
  }
  /// What the engine says of the edit that the window shows, by a case opened for itself.
  void compareWithEngine() const {
    const OpenCasePtr opened = open_case(m_options, {});
    const RankResult expected = what_if(*opened, shown().edit, {});
    QCOMPARE(shown().now.candidates.size(), expected.candidates.size());
    for (size_t i = 0; i < expected.candidates.size(); ++i) {
      QCOMPARE(shown().now.candidates[i].item, expected.candidates[i].item);
      QVERIFY(std::abs(shown().now.candidates[i].score - expected.candidates[i].score) < 1e-9);
      QCOMPARE(candidates()->item(static_cast<int>(i), WhatIfTable::Rank)->text(), QString::number(i + 1));
      QCOMPARE(candidates()->item(static_cast<int>(i), WhatIfTable::Score)->text(),
               QString::number(expected.candidates[i].score, 'f', 2));
    }
    QCOMPARE(shown().now.target_rank, expected.target_rank);
  }
  /// Runs a line as a shell does and compares each number of its JSON with the window's.
  void compareWithCommand() const {
    QString line = m_window->command();
    const QString program = QStringLiteral("prefscope-cli");
    QVERIFY(line.startsWith(program + u' '));
    line.replace(0, program.size(), QStringLiteral("\"$0\" --json"));
    QProcess shell;
    shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), line, QStringLiteral(PREFSCOPE_CLI)});
    QVERIFY(shell.waitForFinished(120'000));
    const QByteArray out = shell.readAllStandardOutput();
    QVERIFY2(shell.exitCode() == 0, (line.toUtf8() + '\n' + shell.readAllStandardError()).constData());
    const QJsonObject said = QJsonDocument::fromJson(out).object();
    QCOMPARE(said[QStringLiteral("edited")].toBool(), isEdited(shown().original, shown().edit));
    QCOMPARE(said[QStringLiteral("target_rank")].toInt(), shown().now.target_rank);
    const QJsonArray ranked = said[QStringLiteral("candidates")].toArray();
    QCOMPARE(static_cast<size_t>(ranked.size()), shown().now.candidates.size());
    for (int i = 0; i < ranked.size(); ++i) {
      const RankedCandidate& c = shown().now.candidates[static_cast<size_t>(i)];
      QCOMPARE(ranked[i][QStringLiteral("item")].toString(), shown().items.at(c.item).key);
      QVERIFY(std::abs(ranked[i][QStringLiteral("score")].toDouble() - c.score) < 1e-9);
      QVERIFY(std::abs(ranked[i][QStringLiteral("spread")].toDouble() - c.spread) < 1e-9);
    }
    const QJsonArray items = said[QStringLiteral("history")].toArray();
    QCOMPARE(static_cast<size_t>(items.size()), now().size());
    for (int i = 0; i < items.size(); ++i)
      QCOMPARE(items[i][QStringLiteral("item")].toString(), shown().items.at(now()[static_cast<size_t>(i)]).key);
  }
  std::vector<int64_t> without(std::vector<int64_t> list, size_t place) const {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(place));
    return list;
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    const std::filesystem::path files = toPath(m_dir.filePath(QStringLiteral("files")));
    std::filesystem::create_directories(files);
    {
      std::ofstream items(files / "items.csv"), acts(files / "interactions.csv");
      items
          << "id,title,genre\n-7,\"<script>alert('%1')</script>\",drama\nrank,\"=HYPERLINK(\"\"x\"\") \xe2\x80\xae\",\n"
             "it's,</s> &amp; Co,<b>\n";
      for (int i = 1; i <= 30; ++i) items << i << ",Film " << i << (i % 2 ? " and Salt" : "") << ",drama\n";
      acts << "user,item,time\n";
      for (int u = 1; u <= 20; ++u) {
        for (int a = 0; a < 7; ++a) acts << "user " << u << ',' << 1 + (u * 7 + a * 2) % 30 << ',' << 1000 + a << '\n';
      }
      for (const char* odd : {"-7", "rank", "it's"}) acts << "user 20," << odd << ",999\n";
    }
    ImportOptions import;
    import.workspace = folder();
    import.paths = {files};
    import.name = "small";
    import_data(import, {});
    PrepareOptions prepareOptions;
    prepareOptions.workspace = folder();
    prepareOptions.data_set = "small";
    prepareOptions.prompt = "listed";
    prepareOptions.candidates = 6;
    prepareOptions.negatives = 3;
    const Preparation preparation = prepare(prepareOptions, {}).preparation;
    m_bench = std::make_unique<Workbench>(folder());
    m_options.workspace = folder();
    m_options.data_set = "small";
    m_options.preparation = preparation.id;
    const Example held = read_examples(m_bench->workspace(), preparation.id, Role::HeldOut).front();
    m_options.user = held.user_key;
    m_options.example = held.id;
    m_rank = rank(m_options, {});
    QVERIFY(m_rank.history.size() >= 4);
    QVERIFY(m_rank.candidates.front().spread > 0);
  }

  void init() {
    m_window = new WhatIfWindow(*m_bench, m_options, m_rank, QStringLiteral("starter"));
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window));
  }
  void cleanup() { delete m_window; }

  void opensOnTheCaseAsItIs() {
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    QCOMPARE(namelessWidgets(*m_window), QStringList());
    QVERIFY(!child<QLabel>("alarmNote")->isVisible());
    QVERIFY(!child<QPushButton>("whatIfBack")->isEnabled());
    QVERIFY(!m_window->windowTitle().contains(QStringLiteral("edited")));
    QCOMPARE(history()->count(), static_cast<int>(m_rank.history.size()));
    compareWithEngine();
    compareWithCommand();
    for (int row = 0; row < candidates()->rowCount(); ++row)
      QCOMPARE(candidates()->item(row, WhatIfTable::Change)->text(), QStringLiteral("0.00"));
  }

  void removesByTheKeyboardAndUndoes() {
    history()->setFocus();
    history()->setCurrentRow(1);
    QTest::keyClick(history(), Qt::Key_Delete);
    QCOMPARE(now(), without(was(), 1));
    QCOMPARE(mark(), QStringLiteral("Edited: removed: ") + titleOf(was()[1]));  // not "history 1"
    QVERIFY(child<QLabel>("alarmNote")->isVisible());
    QVERIFY(m_window->windowTitle().endsWith(QStringLiteral("edited")));
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    compareWithEngine();
    compareWithCommand();
    QVERIFY(state().startsWith(QStringLiteral("The chosen item ")));
    QVERIFY2(state().contains(QStringLiteral(" First is ")), qPrintable(state()));
    QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(now(), was());
    QVERIFY(!child<QLabel>("alarmNote")->isVisible());
    QTRY_VERIFY(isRanked());
    compareWithEngine();
    QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(now(), without(was(), 1));
    QTRY_VERIFY(isRanked());
    compareWithEngine();
    press("whatIfBack");
    QCOMPARE(now(), was());
    press("whatIfUndo");
    QCOMPARE(now(), without(was(), 1));
  }

  void movesByKeysAndByDragging() {
    std::vector<int64_t> expected = was();
    std::swap(expected[0], expected[1]);
    history()->setFocus();
    history()->setCurrentRow(1);
    QTest::keyClick(history(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(now(), expected);
    QCOMPARE(history()->selectedRows(), std::vector<int>{0});
    QTest::keyClick(history(), Qt::Key_Up, Qt::AltModifier);  // it is first already
    QCOMPARE(now(), expected);
    QTest::keyClick(history(), Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(now(), was());

    // The first row is let go on the lower half of the third.
    history()->selectRows({0});
    const QRect third = history()->visualItemRect(history()->item(2));
    history()->dropRows(third.center() + QPoint(0, third.height() / 4));
    expected = {was()[1], was()[2], was()[0]};
    expected.insert(expected.end(), was().begin() + 3, was().end());
    QCOMPARE(now(), expected);
    QCOMPARE(mark(), QStringLiteral("Edited: in another order"));
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    compareWithEngine();
    compareWithCommand();
  }

  void addsAndReplacesWhatIsFound() {
    searchAndTake("historySearch", QStringLiteral("</S>"));
    QCOMPARE(now().back(), idOf("it's"));
    QCOMPARE(mark(), QStringLiteral("Edited: added: </s> &amp; Co"));
    QCOMPARE(history()->selectedRows(), std::vector<int>{history()->count() - 1});
    QVERIFY(history()->item(history()->count() - 1)->text().contains(QStringLiteral("</s> &amp; Co · added")));
    // The line is empty and has the focus: undo is the window's.
    auto* line = child<QWidget>("historySearch")->findChild<QLineEdit*>();
    QTest::keyClick(line, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(now(), was());
    history()->selectRows({2});
    searchAndTake("historySearch", QStringLiteral("alert("), Qt::Key_R);
    std::vector<int64_t> expected = was();
    expected[2] = idOf("-7");
    QCOMPARE(now(), expected);
    QCOMPARE(mark(), QStringLiteral("Edited: removed: ") + titleOf(was()[2]) +
                         QStringLiteral("; added: <script>alert('%1')</script>"));
    searchAndTake("historySearch", QStringLiteral("rank"));  // by its id, at the end: the switch is off again
    expected.push_back(idOf("rank"));
    QCOMPARE(now(), expected);
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    compareWithEngine();
    compareWithCommand();  // with keys that look like options and commands
  }

  void candidatesComeAndGo() {
    const std::vector<int64_t> saved = shown().original.candidates;
    candidates()->select(m_rank.target);
    QVERIFY(!child<QPushButton>("removeCandidate")->isEnabled());
    QTest::keyClick(candidates(), Qt::Key_Delete);
    QCOMPARE(shown().edit.candidates, saved);  // the target stays
    candidates()->clearSelection();
    const int64_t other = saved[0] == m_rank.target ? saved[1] : saved[0];
    candidates()->select(other);
    QTest::keyClick(candidates(), Qt::Key_Delete);
    QCOMPARE(mark(), QStringLiteral("Edited: candidate removed: ") + titleOf(other));
    QCOMPARE(candidates()->rowCount(), 5);  // at once
    searchAndTake("candidateSearch", QStringLiteral("HYPERLINK"));
    QVERIFY2(mark().startsWith(QStringLiteral("Edited: candidate removed: ") + titleOf(other) +
                               QStringLiteral("; candidate added: =HYPERLINK(")),
             qPrintable(mark()));
    QCOMPARE(candidates()->rowCount(), 6);
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    compareWithEngine();
    compareWithCommand();
    for (int row = 0; row < 6; ++row) {
      if (candidates()->item(row, WhatIfTable::Title)->text().contains(QStringLiteral("HYPERLINK")))
        QCOMPARE(candidates()->item(row, WhatIfTable::Move)->text(), QStringLiteral("new"));
    }
    // The one that went comes back to its place: the candidates are the saved ones and one more.
    searchAndTake("candidateSearch", shown().items.at(other).key == QStringLiteral("1")
                                         ? QStringLiteral("Film 1 and")
                                         : shown().items.at(other).title);
    QVERIFY(std::equal(saved.begin(), saved.end(), shown().edit.candidates.begin()));
    QCOMPARE(shown().edit.candidates.size(), saved.size() + 1);
  }

  void saysWhatIsNeeded() {
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    candidates()->selectAll();
    QTest::keyClick(candidates(), Qt::Key_Delete);
    QCOMPARE(shown().edit.candidates, std::vector<int64_t>{m_rank.target});
    QVERIFY2(state().contains(QStringLiteral("at least two candidates")), qPrintable(state()));
    QVERIFY(isRanked());
    press("whatIfUndo");
    history()->selectAll();
    QTest::keyClick(history(), Qt::Key_Delete);
    QVERIFY(now().empty());
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    QVERIFY2(state().contains(QStringLiteral("The history is empty")), qPrintable(state()));
    compareWithEngine();
    compareWithCommand();
  }

  void quickEditsEndWithTheNewest() {
    for (int i = 0; i < 3; ++i) {  // while the model loads, and while rankings are under way
      history()->setCurrentRow(0);
      QTest::keyClick(history(), Qt::Key_Delete);
      if (i == 1) QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
      QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier);
      QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    }
    QVERIFY(!isRanked());
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    QCOMPARE(now(), std::vector<int64_t>(was().begin() + 3, was().end()));
    QCOMPARE(shown().now.example.history, now());
    compareWithEngine();
    QTest::qWait(300);  // nothing older comes after it
    QCOMPARE(shown().now.example.history, now());
    QTRY_VERIFY(m_bench->jobs().isIdle());
  }

  /// Ranks move when the model has scored; the log-ratios come after, and then it is what the engine says.
  void aRunsRanksComeBeforeItsReference() {
    TrainOptions train;
    train.workspace = folder();
    train.data_set = "small";
    train.preparation = *m_options.preparation;
    train.objective = "sft";
    train.learning_rate = 3e-3;
    train.epochs = 1;
    RankOptions trained = m_options;
    trained.run = train_run(folder(), create_run(train), {}).run;
    const RankResult before = rank(trained, {});
    WhatIfWindow window(*m_bench, trained, before, QStringLiteral("run"));
    window.setAttribute(Qt::WA_DeleteOnClose, false);
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.isIdle(), 60'000);
    std::vector<RankResult> answers;
    connect(window.findChild<WhatIfRanking*>(), &WhatIfRanking::ranked, this,
            [&](const RankResult& now) { answers.push_back(now); });
    auto* list = window.findChild<HistoryList*>(QStringLiteral("whatIfHistory"));
    list->setCurrentRow(0);
    QTest::keyClick(list, Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(window.isIdle(), 60'000);
    QCOMPARE(answers.size(), size_t{2});
    QVERIFY(!answers[0].has_reference && answers[1].has_reference);
    const RankResult expected = what_if(*open_case(trained, {}), window.shown().edit, {});
    QCOMPARE(window.shown().now.reference_rank, expected.reference_rank);
    for (size_t i = 0; i < expected.candidates.size(); ++i) {
      QCOMPARE(answers[0].candidates[i].item, expected.candidates[i].item);
      QCOMPARE(answers[1].candidates[i].item, expected.candidates[i].item);
      QVERIFY(std::abs(answers[1].candidates[i].log_ratio - expected.candidates[i].log_ratio) < 1e-9);
    }
  }

  void theExportedPageSaysHow() {
    searchAndTake("historySearch", QStringLiteral("alert("));
    history()->selectRows({0});
    QTest::keyClick(history(), Qt::Key_Delete);
    press("whatIfExport");  // waits for the newest ranking
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((dialog = m_window->findChild<QFileDialog*>()), 60'000);
    const QString file = m_dir.filePath(QStringLiteral("edited.html"));
    const QString proposed = QFileInfo(dialog->selectedFiles().value(0)).completeBaseName();
    QCOMPARE(proposed, QString(QString::fromStdString(m_options.user)).replace(u' ', u'-') +  // "user 3"
                           QStringLiteral("-starter-edited"));
    Q_EMIT dialog->fileSelected(file);
    delete dialog;
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file) && m_bench->jobs().isIdle(), 60'000);
    QFile page(file);
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QByteArray html = page.readAll();
    QVERIFY(html.contains("This case is edited"));
    QVERIFY(html.contains("Edited by hand. History: without "));
    QVERIFY(html.contains("&lt;script&gt;"));
    QVERIFY(!html.contains("<script"));
    QVERIFY(html.contains(shown().items.at(was()[0]).title.toUtf8()));  // which is in no list any more
  }

  void aHostileTitleStaysText() {
    searchAndTake("historySearch", QStringLiteral("alert("));
    const QListWidgetItem* last = history()->item(history()->count() - 1);
    QVERIFY(last->text().contains(QStringLiteral("<script>alert('%1')</script>")));
    QVERIFY(!last->toolTip().contains(QStringLiteral("<script")));
    const QString tip = child<QPushButton>("whatIfUndo")->toolTip();
    QVERIFY2(tip.contains(QStringLiteral("&lt;script")) && !tip.contains(QStringLiteral("<script")), qPrintable(tip));
    for (const QLabel* label : m_window->findChildren<QLabel*>()) QCOMPARE(label->textFormat(), Qt::PlainText);
    press("whatIfCopy");
    QCOMPARE(QGuiApplication::clipboard()->text(), m_window->command());
    QVERIFY(m_window->command().contains(QStringLiteral("--history=-7")));
  }

  /// Escape, the button and the frame's button all ask; what is answered is done.
  void editsAreNotDroppedWithoutAQuestion() {
    history()->setCurrentRow(0);
    QTest::keyClick(history(), Qt::Key_Delete);
    const auto box = [this] { return m_window->findChild<QMessageBox*>(QStringLiteral("dropEdits")); };
    const auto goOn = [&] {
      QVERIFY(m_window->isVisible() && box());
      QVERIFY(box()->informativeText().contains(QStringLiteral("removed: ") + titleOf(was()[0])));
      QCOMPARE(box()->textFormat(), Qt::PlainText);
      QTest::keyClick(box(), Qt::Key_Escape);
      QTRY_VERIFY(!box());
    };
    QTest::keyClick(m_window, Qt::Key_Escape);
    goOn();
    press("whatIfClose");
    goOn();
    QVERIFY(!m_window->close());
    goOn();
    QVERIFY(m_window->isVisible());
    QCOMPARE(now(), without(was(), 0));
    QTest::keyClick(m_window, Qt::Key_Escape);
    QTest::mouseClick(box()->findChild<QPushButton*>(QStringLiteral("confirmDrop")), Qt::LeftButton);
    QTRY_VERIFY(!m_window);
  }

  /// Several titles are counted, and the edit made last is said by itself.
  void whatWasRemovedIsSaid() {
    history()->selectRows({0, 1, 2});
    QTest::keyClick(history(), Qt::Key_Delete);
    QCOMPARE(mark(), QStringLiteral("Edited: removed: ") + titleOf(was()[0]) + QStringLiteral(", ") +
                         titleOf(was()[1]) + QStringLiteral(" and 1 more"));
    QTest::keyClick(history(), Qt::Key_Delete);  // the item that took their place
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    QVERIFY2(state().contains(QStringLiteral(" Last edit: remove ") + shortTitle(shown(), was()[3]) + u'.'),
             qPrintable(state()));
    press("whatIfUndo");
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    QVERIFY2(!state().contains(QStringLiteral("Last edit")), qPrintable(state()));  // the mark says it
  }

  void theSizeIsRemembered() {
    const QSize size(m_window->width(), 701);  // the test's screen is small
    m_window->resize(size);
    QTRY_COMPARE(m_bench->settings().value(QStringLiteral("whatIf/size")).toSize(), size);
    cleanup();
    init();
    QCOMPARE(m_window->size(), size);
  }

  void escapeAndCloseLeaveACaseWithoutEdits() {
    QTest::keyClick(m_window, Qt::Key_Escape);
    QTRY_VERIFY(!m_window);
    init();
    press("whatIfClose");
    QTRY_VERIFY(!m_window);
  }

  void afterRemoveTheFocusStaysInItsList() {
    history()->setCurrentRow(1);
    QPushButton* remove = nullptr;
    for (auto* button : m_window->findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("Remove") && button->objectName().isEmpty()) remove = button;
    }
    QVERIFY(remove);
    QTest::mouseClick(remove, Qt::LeftButton);
    QCOMPARE(now(), without(was(), 1));
    QCOMPARE(m_window->focusWidget(), history());
    QTest::keyClick(history(), Qt::Key_Delete);  // goes on with the next
    QCOMPARE(now().size(), was().size() - 2);
    const int64_t other = was().empty() || m_rank.candidates[0].item == m_rank.target ? m_rank.candidates[1].item
                                                                                      : m_rank.candidates[0].item;
    candidates()->clearSelection();
    candidates()->select(other);
    press("removeCandidate");
    QCOMPARE(m_window->focusWidget(), candidates());
    QCOMPARE(candidates()->selectionModel()->selectedRows().size(), 1);
  }

  /// An edit that was found elsewhere, with an item of the catalogue that neither list has.
  void beginsWithAnEdit() {
    const OpenCasePtr opened = open_case(m_options, {});
    const ItemText& added = find_item(*opened, "it's");
    CaseEdit edit = shown().original;
    edit.history.push_back(added.id);
    m_window->begin(edit, {added}, QStringLiteral("add it"));
    QCOMPARE(now().back(), added.id);
    QCOMPARE(mark(), QStringLiteral("Edited: added: </s> &amp; Co"));
    QTRY_VERIFY_WITH_TIMEOUT(isRanked(), 60'000);
    compareWithEngine();
    press("whatIfUndo");
    QCOMPARE(now(), was());
  }

  void theFirstPlaceIsSaid() {
    RankResult before, after;
    const KnownItems items = {{1, {QStringLiteral("1"), QStringLiteral("Salt %1"), {}}},
                              {2, {QStringLiteral("2"), QStringLiteral("Rye"), {}}}};
    RankedCandidate salt, rye;
    salt.item = 1;
    rye.item = 2;
    before.candidates = {salt, rye};
    after.candidates = {rye, salt};
    QCOMPARE(firstPlaceText(before, after, items), QStringLiteral(" First is now Rye, was Salt %1."));
    QCOMPARE(firstPlaceText(before, before, items), QStringLiteral(" First is still Salt %1."));
    QCOMPARE(firstPlaceText({}, before, items), QString());
  }

  /// Of several users whose choice is not first: a rationale for the first is judged by the margin of
  /// the first over all others, although the card shows that of the chosen item.
  void citationsAreJudgedForTheItemSpokenOf() {
    int others = 0;
    std::vector<Example> users = read_examples(m_bench->workspace(), *m_options.preparation, Role::HeldOut);
    for (Example& e : read_examples(m_bench->workspace(), *m_options.preparation, Role::Train))
      users.push_back(std::move(e));
    for (const Example& e : users) {
      RankOptions options = m_options;
      options.user = e.user_key;
      options.example = e.id;
      const RankResult ranked = rank(options, {});
      if (ranked.candidates.front().item == ranked.target) continue;
      EvidenceCard card(*m_bench);
      QSignalSpy judged(&card, &EvidenceCard::judged);
      card.setCase(ranked, options);
      card.setCited({0, 1});
      QTRY_COMPARE_WITH_TIMEOUT(judged.size(), 1, 120'000);
      QTRY_VERIFY_WITH_TIMEOUT(card.measured().has_value(), 120'000);
      EvidenceOptions asked;
      asked.item = ranked.candidates.front().item;
      const std::optional<Evidence> expected = kept_evidence(options, asked);
      QVERIFY(expected.has_value());
      // The bars are of another pair, the chosen item over all others: the line says so, and no more once they are of
      // the same.
      const auto line = [&](const std::string& shown) {
        return cited_effects_text(cited_effects({0, 1}, expected->occlusion), ranked.history,
                                  ranked.candidates.front().title, shown);
      };
      const auto target = std::find_if(ranked.candidates.begin(), ranked.candidates.end(),
                                       [&](const RankedCandidate& c) { return c.item == ranked.target; });
      QCOMPARE(judged[0][0].toString().toStdString(), line(pair_text(target->title, "")));
      QVERIFY(card.measured()->margin < 0 || card.measured()->margin != expected->occlusion.margin);
      auto* item = card.findChild<QComboBox*>(QStringLiteral("whyItem"));
      item->setCurrentIndex(item->findData(static_cast<qlonglong>(ranked.candidates.front().item)));
      Q_EMIT item->activated(item->currentIndex());
      QCOMPARE(judged.back()[0].toString().toStdString(), line(""));
      if (++others == 3) break;
    }
    QCOMPARE(others, 3);
  }

  /// Evidence of any pair is what a case is kept and exported with, not that of the chosen item alone.
  void evidenceOfAnyPairIsKept() {
    EvidenceCard card(*m_bench);
    card.setCase(m_rank, m_options);
    auto* item = card.findChild<QComboBox*>(QStringLiteral("whyItem"));
    item->setCurrentIndex(1);
    Q_EMIT item->activated(1);
    EvidenceOptions asked;
    asked.item = item->currentData().toLongLong();
    QVERIFY(asked.item != m_rank.target);
    QCOMPARE(card.item(), *asked.item);
    QTRY_VERIFY_WITH_TIMEOUT(card.measured().has_value(), 120'000);
    const std::optional<Evidence> expected = kept_evidence(m_options, asked);
    QVERIFY(expected.has_value());
    QCOMPARE(card.measured()->margin, expected->occlusion.margin);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->jobs().isIdle(), 120'000);
  }

  void opensFromTheEvidence() {
    EvidenceCard card(*m_bench);
    card.setCase(m_rank, m_options);
    card.setVisible(true);
    QTest::mouseClick(card.findChild<QPushButton*>(QStringLiteral("whatIf")), Qt::LeftButton);
    QTest::mouseClick(card.findChild<QPushButton*>(QStringLiteral("whatIf")), Qt::LeftButton);
    QCOMPARE(card.findChildren<WhatIfWindow*>().size(), 1);  // the one that is open comes to the front
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->jobs().isIdle(), 120'000);
  }

  /// By hand: 3 and 4 of [1 .. 5] go before the second; a copy counts by itself.
  void listsByHand() {
    using List = std::vector<int64_t>;
    QCOMPARE(movedRows({1, 2, 3, 4, 5}, {2, 3}, 1), (List{1, 3, 4, 2, 5}));
    QCOMPARE(movedRows({1, 2, 3, 4, 5}, {0, 4}, 3), (List{2, 3, 1, 5, 4}));
    const ListChange change = listChange({1, 2, 2, 3}, {3, 2, 4, 4});
    QCOMPARE(change.removed, (List{1, 2}));
    QCOMPARE(change.added, (List{4, 4}));
    QVERIFY(change.moved);
    QVERIFY(!listChange({1, 2, 3}, {1, 3, 4}).moved);
    QCOMPARE(withCandidate({1, 2, 3}, {1, 3, 9}, 2), (List{1, 2, 3, 9}));
  }

  /// Scores move by 0.5 and 2 nats with spreads of 0.4 + 0.2: the first is not distinguishable.
  void rowsByHand() {
    RankResult before, after;
    before.target = after.target = 2;
    const auto candidate = [](int64_t item, double score, double spread) {
      RankedCandidate c;
      c.item = item;
      c.score = score;
      c.spread = spread;
      c.tokens = 4;
      return c;
    };
    before.candidates = {candidate(1, -1, 0.4), candidate(2, -3, 0.4), candidate(3, -4, 0)};
    after.candidates = {candidate(2, -1, 0.2), candidate(1, -1.5, 0.2), candidate(4, -2, 0)};
    std::vector<WhatIfRow> rows = whatIfRows(before, after, {1, 2, 4, 5});
    QCOMPARE(rows.size(), 4U);
    QVERIFY(rows[0].target && rows[0].rank == 1 && rows[0].before == 2 && rows[0].change == 2.0);
    QVERIFY(!rows[0].withinSpread);
    QVERIFY(rows[1].withinSpread && rows[1].change == -0.5);
    QVERIFY(rows[2].rank == 3 && !rows[2].before && !rows[2].change);
    QVERIFY(rows[3].item == 5 && !rows[3].rank && !rows[3].score);
    before.score = after.score = "mean";  // the spread of the sum over 4 tokens: 0.15
    QVERIFY(!whatIfRows(before, after, {1, 2, 4})[1].withinSpread);
  }
};

QTEST_MAIN(WhatIfTest)
#include "what_if_test.moc"
