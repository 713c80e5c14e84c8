// SPDX-License-Identifier: GPL-3.0-or-later
// What would change a ranking: how many do it is said beside what is listed, and a line is the edit that it speaks of.
#include "ui/pages/changes_view.h"

#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QtTest>

#include "ui/theme.h"
#include "ui/workbench.h"

using namespace prefscope;

class ChangesViewTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_bench;

  /// Two of four items do it alone; one of ten additions.
  static KeptCounterfactual found() {
    KeptCounterfactual kept;
    kept.unchanged = {{11, 12, 13, 14}, {1, 2}};
    kept.history = {{11, "Salt", {}}, {12, "<b>Rye</b> %1", {}}, {13, "Oat", {}}, {14, "Wheat", {}}};
    kept.candidates = {{1, "Plum", {}}, {2, "Pear", {}}};
    Counterfactual& c = kept.found;
    c.first = 0;
    c.lead = 0.25;
    c.removals = {{{1}, {}, 1, 0.5}, {{3}, {}, 1, 0.125}};
    c.smallest = true;
    c.removals_found = 2;
    c.removals_tried = 4;
    c.additions = {{{}, {{20, "Fig", {}}}, 1, 0.75}};
    c.smallest_addition = true;
    c.additions_found = 1;
    c.additions_tried = 10;
    c.prompts = 15;
    return kept;
  }

 private Q_SLOTS:
  void initTestCase() {
    installTheme(*qApp, Appearance::Light);
    m_bench = std::make_unique<Workbench>(toPath(m_dir.filePath(QStringLiteral("ws"))));
  }

  void whatIsListedIsNotSaidToBeAll() {
    KeptCounterfactual kept = found();
    QCOMPARE(changesSummary(kept),
             QStringLiteral("First is Plum, by 0.25 nats. 2 of the 4 items of the history change that when removed. 1 "
                            "of 10 items tried do when added. A line opens that edit."));
    kept.found.removals_found = 40;
    QVERIFY(changesSummary(kept).contains(
        QStringLiteral("40 of the 4 items of the history change that when removed, the 2 with the widest lead are "
                       "listed.")));
    kept.found.removals = {{{1, 2}, {}, 1, 0.5}};
    kept.found.removals_found = 1;
    kept.found.removals_tried = 6;
    QVERIFY(
        changesSummary(kept).contains(QStringLiteral("No single item changes that when removed; 1 of the 6 pairs")));
    kept.found.removals = {{{0, 1, 2}, {}, 1, 0.5}};
    kept.found.smallest = false;
    QVERIFY(changesSummary(kept).contains(QStringLiteral("3 do, found step by step: others may too")));
    kept.found.removals.clear();
    kept.found.additions.clear();
    QVERIFY(changesSummary(kept).contains(QStringLiteral("No small set of history items was found")));
  }

  void aLineIsAnEdit() {
    ChangesView view(*m_bench);
    auto* list = view.findChild<QListWidget*>(QStringLiteral("changeList"));
    auto* look = view.findChild<QPushButton*>(QStringLiteral("lookForChanges"));
    const auto* text = view.findChild<QLabel*>(QStringLiteral("changes"));
    QVERIFY(text->text().contains(QStringLiteral("The fewest items")));  // what it will find
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    QVERIFY(list->isHidden());
    look->setFocus();
    std::vector<CaseEdit> edits;
    QStringList whats;
    QObject::connect(&view, &ChangesView::editChosen, &view,
                     [&](const CaseEdit& edit, const std::vector<ItemText>&, const QString& what) {
                       edits.push_back(edit);
                       whats << what;
                     });
    QVERIFY(!view.found());  // what was not looked for is not kept with a case
    view.setFound(found());
    QCOMPARE(view.found()->removals.size(), 2U);
    QVERIFY(look->isHidden());
    QCOMPARE(view.focusWidget(), list);  // not whatever stands next
    QCOMPARE(list->count(), 3);
    QCOMPARE(list->item(0)->text(), QStringLiteral("Without <b>Rye</b> %1: Pear is first, by 0.50"));
    QVERIFY(!list->item(0)->toolTip().contains(QStringLiteral("<b>")));
    QTest::keyClick(list, Qt::Key_Return);
    QTest::keyClick(list, Qt::Key_End);
    QTest::keyClick(list, Qt::Key_Return);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(1)).center());
    QCOMPARE(edits.size(), 3U);
    QCOMPARE(edits[0].history, (std::vector<int64_t>{11, 13, 14}));
    QCOMPARE(edits[1].history, (std::vector<int64_t>{11, 12, 13, 14, 20}));
    QCOMPARE(edits[2].history, (std::vector<int64_t>{11, 12, 13}));
    QCOMPARE(edits[0].candidates, (std::vector<int64_t>{1, 2}));
    QCOMPARE(whats[1], QStringLiteral("add Fig"));
    view.setCase({});  // another case: offered again
    QVERIFY(list->isHidden() && !look->isHidden());
    QVERIFY(!view.found());
  }
};

QTEST_MAIN(ChangesViewTest)
#include "changes_view_test.moc"
