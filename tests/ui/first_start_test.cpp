// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/first_start.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QElapsedTimer>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTextEdit>
#include <atomic>

#include "engine/evaluate/metrics.h"
#include "engine/store/example_rows.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/first_run.h"
#include "tests/ui/window_driver.h"
#include "ui/models/table_sources.h"
#include "ui/models/user_result_model.h"
#include "ui/page.h"
#include "ui/theme.h"
#include "ui/widgets/candidate_chart.h"

using namespace prefscope;

/// The first evening: from an empty workspace to a case, its tally, a rationale, and a training of one's own.
class FirstStartTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;
  SampleStart m_start;

  std::filesystem::path folder() const { return toPath(m_dir.filePath(QStringLiteral("ws"))); }
  void click(const char* button) const { clickOn(*m_window, button); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return widgetOf<Widget>(*m_window, name);
  }
  Workspace& workspace() const { return m_window->workbench().workspace(); }
  JobQueue& jobs() const { return m_window->workbench().jobs(); }
  Page* casePage() const { return m_window->page(QStringLiteral("case")); }
  QString text(const char* button) const { return child<QPushButton>(button)->text(); }
  bool isShown(const char* name) const { return child<QWidget>(name)->isVisible(); }
  /// The number in front of the tally's words.
  int64_t number(const char* button) const {
    return QLocale().toLongLong(text(button).section(QLatin1Char(' '), 0, 0));
  }
  QDialog* userList() const { return m_window->findChild<QDialog*>(QStringLiteral("userList")); }
  void open() {
    m_window.reset();
    m_window = std::make_unique<MainWindow>(folder());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }
  /// Opens the list behind a number and returns the changes of rank in its order.
  std::vector<double> changesBehind(const char* button) const {
    click(button);
    std::vector<double> changes;
    if (!userList()) return changes;
    const auto* table = userList()->findChild<QTableView*>();
    const auto* users = static_cast<const UserResultModel*>(table->model());
    for (int row = 0; row < users->rowCount(); ++row)
      changes.push_back(users->userAt(row)->rankBefore - users->userAt(row)->rankAfter);
    delete userList();
    return changes;
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    open();
  }

  void anEmptyWorkspaceOpensOnTheCaseOfTheBundle() {
    QElapsedTimer clock;
    clock.start();
    openSampleWorld(m_window->workbench());
    QCOMPARE(m_window->currentPageName(), QStringLiteral("case"));
    QTRY_VERIFY_WITH_TIMEOUT(!casePage()->heading().isEmpty(), 60'000);
    qInfo("from an empty workspace to the case on the screen: %lld ms", static_cast<long long>(clock.elapsed()));
    m_start = open_sample_world(folder(), {});
    QVERIFY2(m_start.dmpo != 0, "resources/first-run does not fit resources/starter-model: make it anew");
    QCOMPARE(casePage()->heading(), QStringLiteral("User ") + QString::fromStdString(m_start.user));
    QCOMPARE(m_window->workbench().run(), m_start.dmpo);
    QCOMPARE(m_window->workbench().preparation(), m_start.preparation);
    QCOMPARE(child<QComboBox>("caseModel")->currentData().toLongLong(), m_start.dmpo);
    QVERIFY(text("trainItYourself").startsWith(QStringLiteral("Train it yourself (about ")));
    QVERIFY(text("trainItYourself").endsWith(QStringLiteral("0 s)")));
  }

  void theTallyComesWhenAllAreScored() {
    // While some are not: how many are, and no numbers.
    QTRY_VERIFY_WITH_TIMEOUT(child<QLabel>("tallyText")->text().startsWith(QStringLiteral("Scoring ")), 60'000);
    QVERIFY(!isShown("improvedUsers"));
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle() && isShown("improvedUsers"), 300'000);
    // The numbers are those of an evaluation.
    EvaluateOptions options;
    options.workspace = folder();
    options.data_set = "sample-world";
    options.runs = {m_start.sft, m_start.dmpo};
    options.base = false;
    options.baselines = {};
    const Evaluation made = evaluate(options, {});
    const auto before = read_user_results(workspace(), made.id, 0), after = read_user_results(workspace(), made.id, 1);
    const Comparison expected = compare_users(before, after, 0);
    QCOMPARE(number("improvedUsers"), expected.improved);
    QCOMPARE(number("worsenedUsers"), expected.worsened);
    QCOMPARE(number("unchangedUsers"), expected.unchanged);
    QCOMPARE(expected.improved + expected.worsened + expected.unchanged, made.users);
    QVERIFY(child<QLabel>("tallyText")->text().contains(countText(made.users)));
  }

  void eachNumberLeadsToItsUsers() {
    const std::vector<double> better = changesBehind("improvedUsers");
    QCOMPARE(std::ssize(better), number("improvedUsers"));
    QVERIFY(std::is_sorted(better.begin(), better.end(), std::greater<>()));
    QVERIFY(better.empty() || better.back() > 0);
    const std::vector<double> worse = changesBehind("worsenedUsers");
    QCOMPARE(std::ssize(worse), number("worsenedUsers"));
    QVERIFY(std::is_sorted(worse.begin(), worse.end()));
    QVERIFY(worse.empty() || worse.back() < 0);
    const std::vector<double> same = changesBehind("unchangedUsers");
    QCOMPARE(std::ssize(same), number("unchangedUsers"));
    QVERIFY(std::all_of(same.begin(), same.end(), [](double change) { return change == 0; }));

    // By the keyboard alone: the number, a user of its list, the case.
    const char* some = number("improvedUsers") > 1 ? "improvedUsers" : "unchangedUsers";
    auto* button = child<QPushButton>(some);
    button->setFocus();
    QTest::keyClick(button, Qt::Key_Space);
    QVERIFY(userList());
    // The case that it opens is not behind it: it stands at the lower edge, not in the middle.
    QTRY_VERIFY2(userList()->y() > 300, qPrintable(QString::number(userList()->y())));
    auto* table = userList()->findChild<QTableView*>();
    table->selectRow(1);
    const QString user = table->model()->index(1, UserResultModel::User).data().toString();
    const QString chosen = table->model()->index(1, UserResultModel::Chosen).data().toString();
    QTest::keyClick(table, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(casePage()->heading(), QStringLiteral("User ") + user, 60'000);
    const Example example =
        read_example(workspace(), find_example(workspace(), m_start.preparation, user.toStdString()).id);
    QCOMPARE(chosen, toQt(read_titles(workspace(), {example.target}).front()));
    QVERIFY(userList());  // it stays for the next one
    QTest::keyClick(userList(), Qt::Key_Escape);
    QTRY_VERIFY(!userList());
  }

  void aPartialTallyIsNotShownAsWhole() {
    const int64_t improved = number("improvedUsers"), worsened = number("worsenedUsers");
    workspace().db().exec("DELETE FROM response_score WHERE run = " + std::to_string(m_start.dmpo) +
                          " AND example = (SELECT max(id) FROM example WHERE role = 'held_out' AND preparation = " +
                          std::to_string(m_start.preparation) + ")");
    m_window->showPage(QStringLiteral("data"));
    m_window->showPage(QStringLiteral("case"));
    const auto held = read_preparation(workspace(), m_start.preparation).held_out_examples;
    const QString partial = QStringLiteral("%1 of %2 held-out users are scored").arg(held - 1).arg(held);
    QTRY_VERIFY(child<QLabel>("tallyText")->text().startsWith(partial));
    QVERIFY(!isShown("improvedUsers") && !isShown("worsenedUsers") && !isShown("unchangedUsers"));
    click("scoreOthers");
    QTRY_VERIFY_WITH_TIMEOUT(isShown("improvedUsers"), 60'000);
    QCOMPARE(number("improvedUsers"), improved);
    QCOMPARE(number("worsenedUsers"), worsened);
    QVERIFY(!isShown("scoreOthers"));
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 60'000);
  }

  void theRationaleSwitchIsRememberedAndStandsWithTheText() {
    auto* hold = child<QCheckBox>("holdTitles");
    QVERIFY(hold->isChecked());  // by default
    const int64_t example =
        find_example(workspace(), m_start.preparation, casePage()->heading().mid(5).toStdString()).id;
    // Until something is written, the room is the history's.
    const QWidget* seen = child<QWidget>("evidence")->parentWidget();
    const int room = seen->height();
    QVERIFY(!isShown("rationale"));
    QVERIFY(child<QLabel>("rationaleFacts")->text().startsWith(QStringLiteral("Choose who writes")));
    click("writeRationale");
    QVERIFY(isShown("rationale"));
    QTRY_COMPARE_WITH_TIMEOUT(read_rationales(workspace(), example).size(), size_t{1}, 60'000);
    QVERIFY(read_rationales(workspace(), example).back().held_titles);
    QTRY_VERIFY(
        child<QLabel>("rationaleFacts")->text().contains(QStringLiteral("titles held to those of the history")));
    QTRY_VERIFY2(seen->height() < room - 50, qPrintable(QString::number(seen->height() - room)));
    hold->setFocus();
    QTest::keyClick(hold, Qt::Key_Space);
    QVERIFY(!hold->isChecked());
    click("writeRationale");
    QTRY_COMPARE_WITH_TIMEOUT(read_rationales(workspace(), example).size(), size_t{2}, 60'000);
    QVERIFY(!read_rationales(workspace(), example).back().held_titles);
    QTRY_VERIFY(child<QLabel>("rationaleFacts")->text().contains(QStringLiteral("titles free")));

    // What is in no catalogue or not so is pointed out, in the text and below it.
    SavedRationale made = read_rationales(workspace(), example).back();
    const Example shown = read_example(workspace(), example);
    const QString own = toQt(read_titles(workspace(), {shown.history.front()}).front());
    // No film has two genres.
    made.text = QStringLiteral("Like “%1” and “The Never Written Book”, it has the genres mystery and comedy.")
                    .arg(own)
                    .toStdString();
    save_rationale(workspace(), made);
    open();
    QTRY_VERIFY_WITH_TIMEOUT(!casePage()->heading().isEmpty(), 60'000);
    auto* facts = child<QLabel>("rationaleFacts");
    QTRY_VERIFY(facts->text().contains(QStringLiteral("invented, in no catalogue: The Never Written Book")));
    QVERIFY2(facts->text().contains(QStringLiteral("said but not so: genre ")), qPrintable(facts->text()));
    QVERIFY2(facts->text().contains(QStringLiteral("Names 1 of ")), qPrintable(facts->text()));
    QVERIFY(facts->text().contains(QStringLiteral("titles free")));
    QVERIFY(facts->text().endsWith(QStringLiteral("Generated text is not evidence.")));
    const auto* view = child<QTextEdit>("rationale");
    const auto formatOf = [&](const QString& words) { return view->document()->find(words).charFormat(); };
    QCOMPARE(formatOf(own).foreground().color(), theme().accent);
    QCOMPARE(formatOf(QStringLiteral("Never Written")).foreground().color(), theme().warning);
    QVERIFY(!child<QCheckBox>("holdTitles")->isChecked());  // as it was left
  }

  /// Measured by itself, kept, and against the candidate that a click chooses.
  void evidenceIsMeasuredAndKept() {
    auto* note = child<QLabel>("evidenceNote");
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle() && note->text().startsWith(QStringLiteral("Right of 0 speaks for ")),
                             60'000);
    const auto measured = [this] { return workspace().db().execAndGet("SELECT count(*) FROM analysis").getInt(); };
    const int before = measured();
    QVERIFY(before > 0);
    auto* against = child<QComboBox>("against");
    QCOMPARE(against->currentIndex(), 0);
    auto* chart = m_window->findChild<CandidateChart*>();
    QVERIFY(chart);
    QSignalSpy chosen(chart, &CandidateChart::candidateChosen);
    QTest::mouseClick(chart, Qt::LeftButton, {}, {60, chart->height() - 30});
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(against->currentData().toLongLong(), chosen[0][0].toLongLong());
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle() && note->text().startsWith(QStringLiteral("Right of 0 speaks for ")),
                             60'000);
    QCOMPARE(measured(), before + 1);
    for (const char* view : {"partsView", "tokensView", "ranksView"}) {
      click(view);
      QVERIFY(child<QPushButton>(view)->isChecked());
    }
  }

  void aTrainingOfOnesOwnEndsInTheCaseAndItsTally() {
    // A tiny preparation of the same world.
    PrepareOptions options = sample_preparation(folder(), "sample-world", 6);
    options.users = 40;
    bool prepared = false;
    m_window->workbench().prepareData(options, [&](const Preparation&) { prepared = true; });
    QTRY_VERIFY_WITH_TIMEOUT(prepared && jobs().isIdle(), 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(!casePage()->heading().isEmpty(), 60'000);
    QCOMPARE(text("trainItYourself"), QStringLiteral("Train it yourself"));  // the time is that of 100 users
    const QString user = casePage()->heading();

    // Stopped before it began: it can go on.
    std::atomic<bool> busy = true;
    jobs().submit(
        JobKind::Device, QStringLiteral("Something else"),
        [&busy](const TaskContext&) {
          while (busy) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        },
        this, [] {});
    click("trainItYourself");
    QTRY_VERIFY(isShown("nextStepLine") && !isShown("trainItYourself"));
    QTRY_COMPARE(list_runs(workspace()).back().objective, std::string("sft"));
    const int64_t sft = list_runs(workspace()).back().id;
    QTRY_VERIFY(m_window->workbench().jobOfRun(sft) != 0);
    QVERIFY(child<QLabel>("nextStepLine")->text().startsWith(QStringLiteral("Training: SFT, then DMPO…")));
    jobs().cancel(m_window->workbench().jobOfRun(sft));
    QTRY_VERIFY(isShown("trainItYourself"));
    QCOMPARE(text("trainItYourself"), QStringLiteral("Go on training"));
    busy = false;
    click("trainItYourself");
    QTRY_COMPARE_WITH_TIMEOUT(read_run(workspace(), sft).status, RunStatus::Done, 120'000);

    // DMPO follows by itself, and its case and tally come.
    QTRY_VERIFY_WITH_TIMEOUT(list_runs(workspace()).back().id != sft, 60'000);
    const int64_t dmpo = list_runs(workspace()).back().id;
    QTRY_COMPARE_WITH_TIMEOUT(read_run(workspace(), dmpo).status, RunStatus::Done, 120'000);
    QCOMPARE(read_run(workspace(), dmpo).parent, std::optional(sft));
    QCOMPARE(read_run(workspace(), dmpo).objective, std::string("dmpo"));
    QCOMPARE(read_run(workspace(), dmpo).preparation, m_window->workbench().preparation());
    QTRY_COMPARE_WITH_TIMEOUT(child<QComboBox>("caseModel")->currentData().toLongLong(), dmpo, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle() && isShown("improvedUsers"), 120'000);
    QCOMPARE(casePage()->heading(), user);
    QCOMPARE(number("improvedUsers") + number("worsenedUsers") + number("unchangedUsers"),
             read_preparation(workspace(), m_window->workbench().preparation()).held_out_examples);
    QVERIFY(!isShown("trainItYourself") && !isShown("nextStepLine"));
  }

  void whatClosingInterruptedGoesOn() {
    // As after a window that closed when SFT was done and DMPO not yet queued.
    const std::vector<Run> runs = list_runs(workspace());
    const Run sft = *std::find_if(runs.rbegin(), runs.rend(), [](const Run& run) { return run.objective == "sft"; });
    m_window->workbench().settings().remove(QStringLiteral("sampleTraining/dmpo"));
    open();
    QTRY_VERIFY_WITH_TIMEOUT(!casePage()->heading().isEmpty(), 60'000);
    QCOMPARE(text("trainItYourself"), QStringLiteral("Go on with DMPO"));
    QVERIFY(child<QLabel>("nextStepLine")->text().startsWith(QString::fromStdString(sft.name)));
    click("nextStepTrain");
    QCOMPARE(m_window->currentPageName(), QStringLiteral("train"));
    m_window->showPage(QStringLiteral("case"));
    click("trainItYourself");
    QTRY_VERIFY_WITH_TIMEOUT(list_runs(workspace()).size() == runs.size() + 1, 60'000);
    const int64_t dmpo = list_runs(workspace()).back().id;
    QTRY_COMPARE_WITH_TIMEOUT(read_run(workspace(), dmpo).status, RunStatus::Done, 120'000);
    QCOMPARE(read_run(workspace(), dmpo).parent, std::optional(sft.id));
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 120'000);
  }
};

QTEST_MAIN(FirstStartTest)
#include "first_start_test.moc"
