// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/rationales_window.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTextBlock>
#include <QTextBrowser>

#include "engine/tasks/first_run.h"
#include "engine/tasks/rationale_samples.h"
#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/first_start.h"
#include "ui/models/named_model.h"
#include "ui/page.h"
#include "ui/pages/evidence_card.h"
#include "ui/pages/rationale_card.h"
#include "ui/theme.h"
#include "ui/widgets/named_delegate.h"
#include "ui/widgets/sample_column.h"

using namespace prefscope;

/// The rationales of the case of the first start, side by side.
class RationalesWindowTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;
  SampleStart m_start;

  std::filesystem::path folder() const { return toPath(m_dir.filePath(QStringLiteral("ws"))); }
  JobQueue& jobs() const { return m_window->workbench().jobs(); }
  RationalesWindow* side() const { return m_window->findChild<RationalesWindow*>(); }
  template <typename Widget>
  Widget* child(const char* name) const {
    auto* found = side()->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  QList<QTextBrowser*> columns() const { return side()->findChildren<QTextBrowser*>(QStringLiteral("samples")); }
  /// In the order of the things, whatever the table is sorted by.
  QAbstractItemModel* table() const { return side()->findChild<NamedModel*>(); }
  QString caption() const { return child<QLabel>("samplesCaption")->text(); }
  SampleOptions options(int samples, uint64_t seed) const {
    SampleOptions o;
    o.rank.workspace = folder();
    o.rank.run = m_start.dmpo;
    o.rank.user = m_start.user;
    o.samples = samples;
    o.seed = seed;
    return o;
  }
  bool isWriting() const { return child<QPushButton>("cancelSamples")->isVisible(); }
  void press(const char* button) const { QTest::mouseClick(child<QPushButton>(button), Qt::LeftButton); }
  /// The places of a document's links.
  static std::vector<int> links(const QTextBrowser* view) {
    std::vector<int> places;
    for (QTextBlock block = view->document()->begin(); block.isValid(); block = block.next()) {
      for (auto it = block.begin(); !it.atEnd(); ++it) {
        if (it.fragment().charFormat().isAnchor()) places.push_back(it.fragment().position());
      }
    }
    return places;
  }
  static void clickAt(QTextBrowser* view, int place) {
    QTextCursor cursor(view->document());
    cursor.setPosition(place + 1);
    view->setTextCursor(cursor);
    view->ensureCursorVisible();
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->cursorRect(cursor).center());
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    m_window = std::make_unique<MainWindow>(folder());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    openSampleWorld(m_window->workbench());
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->page(QStringLiteral("case"))->heading().isEmpty(), 60'000);
    m_start = open_sample_world(folder(), {});
    QVERIFY2(m_start.dmpo != 0, "resources/first-run does not fit resources/starter-model: make it anew");
    QTRY_VERIFY_WITH_TIMEOUT(jobs().isIdle(), 300'000);
  }

  /// A mark of the card's text leads to its row of the evidence; away from all, to none.
  void theCardsMarksLeadToTheEvidence() {
    auto* view = widgetOf<QTextBrowser>(*m_window, "rationale");
    QTRY_VERIFY_WITH_TIMEOUT(!links(view).empty(), 30'000);
    auto* card = m_window->findChild<RationaleCard*>();
    QSignalSpy pointed(card, &RationaleCard::pointed);
    clickAt(view, links(view).front());
    QVERIFY(!pointed.isEmpty());
    const auto positions = pointed.last()[0].value<std::vector<size_t>>();
    QVERIFY(!positions.empty());
    QTextCursor first(view->document());
    first.setPosition(links(view).front());
    first.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor, 4);
    const RankResult ranked = rank(options(1, 0).rank, {});
    bool meant = false;  // the title, or an attribute of all of them
    for (const size_t p : positions) {
      const ItemText& item = ranked.history.at(p);
      meant |= toQt(item.title).startsWith(first.selectedText());
      for (const auto& [name, value] : item.attributes) meant |= toQt(value).startsWith(first.selectedText());
    }
    QVERIFY2(meant, qPrintable(first.selectedText()));
  }

  void opensFromTheCardByItsKey() {
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY(side() && side()->isVisible());
    QVERIFY(QTest::qWaitForWindowExposed(side()));
    QCOMPARE(columns().size(), 3);
    QCOMPARE(namelessWidgets(*side()), QStringList());
    QVERIFY(caption().startsWith(QStringLiteral("Generated text is not evidence.")));
    const RankResult ranked = rank(options(1, 0).rank, {});
    QVERIFY(table()->rowCount() >= static_cast<int>(ranked.history.size()));
    QCOMPARE(table()->index(0, NamedModel::Name).data().toString(), toQt(ranked.history[0].title));
    QVERIFY(!isWriting());
    for (const QTextBrowser* column : columns()) QVERIFY(column->placeholderText().startsWith(QStringLiteral("Press")));
  }

  /// What the engine writes, and how often each thing is named.
  void everyColumnHasItsTexts() {
    child<QSpinBox>("sampleCount")->setValue(2);
    child<QSpinBox>("sampleSeed")->setValue(3);
    press("writeSamples");
    QVERIFY(isWriting());
    QVERIFY(!child<QPushButton>("writeSamples")->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(!isWriting(), 120'000);
    const RationaleSamples made = sample_rationales(options(2, 3), {}, {});
    size_t linked = 0;
    for (int m = 0; m < 3; ++m) {
      QString expected;
      for (int s = 0; s < 2; ++s) {
        const RationaleSample& sample = made.models[static_cast<size_t>(m)].samples[static_cast<size_t>(s)];
        expected += QStringLiteral("%1Sample %2\n%3")
                        .arg(s > 0 ? QStringLiteral("\n") : QString())
                        .arg(s + 1)
                        .arg(toQt(sample.text).replace(u'\n', u' '));
        linked += sample.facts.parts.size();
      }
      QCOMPARE(columns()[m]->toPlainText(), expected);
    }
    QVERIFY(linked > 0);
    QCOMPARE(table()->rowCount(), static_cast<int>(made.agreement.things.size()));
    for (int row = 0; row < table()->rowCount(); ++row) {
      const NamedThing& thing = made.agreement.things[static_cast<size_t>(row)];
      QCOMPARE(table()->index(row, NamedModel::Name).data().toString(), toQt(thing.words));
      for (int m = 0; m < 3; ++m)
        QVERIFY(table()
                    ->index(row, NamedModel::FirstShare + m)
                    .data()
                    .toString()
                    .startsWith(QStringLiteral("%1 of 2").arg(thing.named[static_cast<size_t>(m)])));
    }
    QVERIFY(caption().contains(QStringLiteral("temperature 0.8, seed 3; titles held to those of the history")));
    if (made.agreement.overlap_all)
      QVERIFY(child<QLabel>("samplesOverlap")
                  ->text()
                  .endsWith(QStringLiteral("all %1").arg(*made.agreement.overlap_all, 0, 'f', 2)));
  }

  /// A click on a mark selects its row; what the row is stands out in every column. By the keyboard too.
  void marksLeadToTheirRows() {
    auto* view = child<QTableView>("namedTable");
    const RationaleSamples made = sample_rationales(options(2, 3), {}, {});
    for (int m = 0; m < 3; ++m) {
      QTextBrowser* column = columns()[m];
      const std::vector<int> places = links(column);
      const auto& parts = made.models[static_cast<size_t>(m)].samples[0].facts.parts;
      QVERIFY(places.size() >= parts.size());
      for (size_t i = 0; i < parts.size(); ++i) {
        view->clearSelection();
        view->setCurrentIndex({});
        clickAt(column, places[i]);
        QVERIFY(view->currentIndex().isValid());
        QCOMPARE(view->currentIndex().siblingAtColumn(0).data().toString(), toQt(parts[i].words));
        QVERIFY(!column->extraSelections().isEmpty());
      }
      if (places.empty()) continue;
      view->setCurrentIndex({});
      QVERIFY(column->extraSelections().isEmpty());
      column->moveCursor(QTextCursor::Start);
      column->setFocus();
      QTest::keyClick(column, Qt::Key_Tab);
      QTest::keyClick(column, Qt::Key_Return);
      QVERIFY(view->currentIndex().isValid());
    }
  }

  void effectsAreMeasuredOnDemand() {
    QVERIFY(child<QPushButton>("measureSamples")->isVisible());  // the card measured the last model alone, at most
    press("measureSamples");
    QTRY_VERIFY_WITH_TIMEOUT(!child<QPushButton>("measureSamples")->isVisible(), 120'000);
    const auto effects = history_effects(options(1, 0), false, {});
    const int first = NamedModel::firstEffectOf(3);
    for (int m = 0; m < 3; ++m) {
      QVERIFY(effects[static_cast<size_t>(m)]);
      const Occlusion& o = *effects[static_cast<size_t>(m)];
      for (const ItemEffect& e : o.items) {
        const QModelIndex cell = table()->index(static_cast<int>(e.position), first + m);
        const auto shown = cell.data(NamedModel::EffectRole).value<NamedModel::Effect>();
        QCOMPARE(shown.value, e.deletion);
        QCOMPARE(shown.low, e.low);
        QCOMPARE(shown.bandHigh, o.band_high);
        QCOMPARE(cell.data().toString() == QStringLiteral("no measurable effect"), !e.beyond);
      }
    }
  }

  void isCopiedAndSavedAsData() {
    press("copySamples");
    const QStringList lines = QApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
    QVERIFY(lines[0].startsWith(QStringLiteral("named,what,base samples,base named,base so,base effect")));
    QCOMPARE(lines.size(), table()->rowCount() + 1);
    QVERIFY(side()->textsCsv().count(u'\n') >= 7);
    QVERIFY(side()->textsCsv().startsWith(QStringLiteral("model,sample,text")));
  }

  void isSavedInAFile() {
    for (const int action : {0, 1}) {
      press("saveSamples");
      auto* menu = side()->findChild<QMenu*>();
      QVERIFY(menu);
      menu->actions()[action]->trigger();
      delete menu;
      auto* dialog = side()->findChild<QFileDialog*>();
      QVERIFY(dialog);
      const QString file = m_dir.filePath(QStringLiteral("saved%1.csv").arg(action));
      Q_EMIT dialog->fileSelected(file);
      dialog->close();
      QFile saved(file);
      QVERIFY(saved.open(QIODevice::ReadOnly));
      QCOMPARE(QString::fromUtf8(saved.readAll()), action == 0 ? side()->namedCsv() : side()->textsCsv());
      QVERIFY(caption().contains(file));
      QTRY_VERIFY(!side()->findChild<QFileDialog*>());
    }
  }

  void aChangeOfThemeKeepsTextsAndMarks() {
    std::vector<QString> before;
    std::vector<size_t> marks;
    for (const QTextBrowser* column : columns()) {
      before.push_back(column->toPlainText());
      marks.push_back(links(column).size());
    }
    setAppearance(Appearance::Dark);
    for (int m = 0; m < 3; ++m) {
      QCOMPARE(columns()[m]->toPlainText(), before[static_cast<size_t>(m)]);
      QCOMPARE(links(columns()[m]).size(), marks[static_cast<size_t>(m)]);
    }
    setAppearance(Appearance::Light);
  }

  /// At temperature 0 all texts of a model are the same: there is one.
  void greedyIsOneText() {
    auto* temperature = child<QDoubleSpinBox>("sampleTemperature");
    auto* count = child<QSpinBox>("sampleCount");
    temperature->setValue(0);
    QVERIFY(!count->isEnabled());
    QCOMPARE(count->value(), 1);
    press("writeSamples");
    QTRY_VERIFY_WITH_TIMEOUT(!isWriting(), 60'000);
    QCOMPARE(side()->textsCsv().count(u'\n'), 4);
    QVERIFY(caption().contains(QStringLiteral("greedy")));
    QVERIFY(!count->isEnabled());
    temperature->setValue(0.8);
    QVERIFY(count->isEnabled());
  }

  void returnOnTheButtonWrites() {
    auto* write = child<QPushButton>("writeSamples");
    child<QSpinBox>("sampleSeed")->setValue(4711);
    write->setFocus();
    QTest::keyClick(write, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(isWriting(), 5'000);
    QTest::keyClick(side(), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!isWriting(), 10'000);
  }

  /// Esc stops the writing; what is whole stays and is counted; a second Esc closes.
  void escapeStopsAndThenCloses() {
    child<QSpinBox>("sampleCount")->setValue(20);
    child<QSpinBox>("sampleSeed")->setValue(77);
    side()->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(side()));
    QTest::keyClick(side(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(isWriting(), 5'000);
    QTRY_VERIFY_WITH_TIMEOUT(columns()[2]->toPlainText().contains(QStringLiteral("Sample 1")), 60'000);
    QTest::keyClick(side(), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!isWriting(), 10'000);
    QVERIFY(side()->isVisible());
    QVERIFY2(caption().contains(QStringLiteral("Stopped")), qPrintable(caption()));
    const qsizetype whole = side()->textsCsv().count(u'\n') - 1;
    QVERIFY(whole < 60);
    qsizetype shown = 0;
    for (const QTextBrowser* column : columns()) shown += column->toPlainText().count(QStringLiteral("Sample "));
    QCOMPARE(shown, whole);
    QTest::keyClick(side(), Qt::Key_Escape);
    QTRY_VERIFY(!side());
  }

  /// The program closes while the window is open and writes.
  void closingWhileItWritesIsSafe() {
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
    QTRY_VERIFY(side() && side()->isVisible());
    child<QSpinBox>("sampleSeed")->setValue(78);
    press("writeSamples");
    QTRY_VERIFY_WITH_TIMEOUT(columns()[0]->toPlainText().contains(QStringLiteral("Sample 1")), 60'000);
    m_window.reset();
  }

  void hostileTitlesStayText() {
    const std::string hostile =
        "=HYPERLINK(\"x\"), <script>alert(1)</script></s>\u202e \U0001F600" + std::string(4000, 'x');
    const std::vector<ItemText> items = {{1, hostile, {{"<b>", "<i>wild</i>"}}}, {2, "New", {{"<b>", "<i>wild</i>"}}}};
    const std::vector<const ItemText*> history = {&items[0]};
    const std::string text = "Line\nbreak: “" + hostile + "” has <i>wild</i>, as “<u>No</u>” has.";
    const RationaleFacts facts = read_rationale(text, history, items[1], rationale_words(items));
    QCOMPARE(facts.titles, 2);

    SampleColumn column(QStringLiteral("<b>base</b>"));
    column.resize(400, 300);
    column.show();
    for (size_t end = 0; end < 12; ++end) column.setText(0, text.substr(0, end));
    column.setText(0, text);
    column.setParts(0, facts.parts);
    auto* view = column.findChild<QTextBrowser*>();
    QCOMPARE(view->toPlainText(), QStringLiteral("Sample 1\n") + toQt(text).replace(u'\n', u' '));
    // Each link covers the very words, whatever stands before them.
    for (const NamedPart& part : facts.parts) {
      const QString words = toQt(text.substr(part.at, part.length));
      const int at = 9 + static_cast<int>(toQt(text.substr(0, part.at)).size());
      QTextCursor cursor(view->document());
      cursor.setPosition(at + 1);
      QVERIFY(cursor.charFormat().isAnchor());
      cursor.setPosition(at + static_cast<int>(words.size()) + 1);
      QVERIFY(!cursor.charFormat().isAnchor());
      cursor.setPosition(at + 1);
      QVERIFY(!cursor.charFormat().toolTip().contains(QStringLiteral("<script")));
    }
    column.highlight([](const NamedPart& part) { return part.what == Named::InventedTitle; });
    QCOMPARE(view->extraSelections().size(), 1);
    QCOMPARE(view->extraSelections().front().cursor.selectedText(), QStringLiteral("<u>No</u>"));

    NamedModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setModels({QStringLiteral("base")});
    model.setAgreement(rationale_agreement({{facts}}, history, items[1]));
    QCOMPARE(model.index(0, NamedModel::Name).data().toString(), toQt(hostile));
    QVERIFY(!model.index(0, NamedModel::Name).data(Qt::ToolTipRole).toString().contains(QStringLiteral("<script")));
    QCOMPARE(model.csv().split(u'\n')[1].left(14), QStringLiteral("\"'=HYPERLINK(\""));
    QCOMPARE(model.index(0, NamedModel::firstEffectOf(1)).data().toString(), QStringLiteral("not measured"));
    // One sample names the title once: 1 of 1. The attribute is false there, as “No” is no item of the history.
    QCOMPARE(model.index(0, NamedModel::FirstShare).data().toString(), QStringLiteral("1 of 1"));
    Occlusion o;
    o.band_low = -0.5;
    o.band_high = 0.5;
    o.items = {{0, 0.25, {}, 0.25, 0.25, false}};
    model.setEffects({o});
    QCOMPARE(model.index(0, NamedModel::firstEffectOf(1)).data().toString(), QStringLiteral("no measurable effect"));
    o.items[0] = {0, 1.25, {}, 1, 1.5, true};
    model.setEffects({o});
    QCOMPARE(model.index(0, NamedModel::firstEffectOf(1)).data().toString(), QStringLiteral("+1.250"));
  }
};

QTEST_MAIN(RationalesWindowTest)
#include "rationales_window_test.moc"
