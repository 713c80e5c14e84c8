// SPDX-License-Identifier: GPL-3.0-or-later
// Classic models and other runs beside a case's own, in the real page on runs that were trained here.
#include <QMenu>
#include <QtTest>

#include "engine/tasks/rank_beside.h"
#include "engine/tasks/train.h"
#include "tests/engine/tasks/small_world.h"
#include "ui/pages/beside_button.h"
#include "ui/pages/case_page.h"
#include "ui/widgets/candidate_chart.h"
#include "ui/widgets/rank_slope.h"
#include "ui/workbench.h"

using namespace prefscope;
namespace fs = std::filesystem;

class BesideTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  int64_t sft_ = 0, dmpo_ = 0, preparation_ = 0;

  fs::path folder() const { return fs::path(dir_.path().toStdString()) / "workspace"; }
  RankOptions asked() const {
    RankOptions o;
    o.workspace = folder();
    o.data_set = "small";
    o.preparation = preparation_;
    o.run = dmpo_;
    Workspace workspace(folder());
    o.user = read_examples(workspace, preparation_, Role::HeldOut).front().user_key;
    return o;
  }
  static QStringList headOf(const CasePage& page) {
    return page.findChild<CandidateChart*>()->csv().section(u'\n', 0, 0).trimmed().split(u',');
  }
  /// The values of the chart's last columns, best candidate first.
  static QList<QStringList> columnsOf(const CasePage& page, int count) {
    QList<QStringList> columns(count);
    const QStringList lines = page.findChild<CandidateChart*>()->csv().trimmed().split(u'\n');
    for (const QString& line : lines.mid(1)) {
      const QStringList last = line.trimmed().split(u',').last(count);
      for (int c = 0; c < count; ++c) columns[c] << last[c];
    }
    return columns;
  }
  static bool ranked(const CasePage& page) {
    const QString csv = page.findChild<CandidateChart*>()->csv();
    return csv.count(u'\n') > 1 && !csv.contains(u'…');
  }

 private Q_SLOTS:
  void initTestCase() {
    QCoreApplication::setOrganizationName(QStringLiteral("prefscope-tests"));
    QStandardPaths::setTestModeEnabled(true);
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    preparation_ = make_small_world(dir_.path().toStdString(), 30, prepare).id;
    TrainOptions train;
    train.workspace = folder();
    train.data_set = "small";
    train.objective = "sft";
    train.learning_rate = 1e-3;
    train.rank = 2;
    sft_ = train_run(folder(), create_run(train), {}).run;
    train.objective = "dmpo";
    train.from_run = sft_;
    dmpo_ = train_run(folder(), create_run(train), {}).run;
  }

  /// What is chosen in the menu stands in the table and in the rank slope with the engine's ranks, comes back in
  /// another window, and goes when it is left out.
  void chosenModelsStandBeside() {
    const BesideOptions same{{"popularity", "itemknn"}, false, {sft_}, 0};
    const auto expected = rank_beside(asked(), same, *make_classic_models(), {});
    const RankResult own = rank(asked(), {});
    const auto check = [&](const CasePage& page) {
      QTRY_VERIFY_WITH_TIMEOUT(headOf(page).size() == 12 && ranked(page), 60'000);
      const auto columns = columnsOf(page, 3);
      const std::vector<int64_t>& saved = own.example.candidates;
      for (size_t i = 0; i < own.candidates.size(); ++i) {
        const auto place = std::find(saved.begin(), saved.end(), own.candidates[i].item) - saved.begin();
        for (int m = 0; m < 3; ++m)
          QCOMPARE(columns[m][static_cast<qsizetype>(i)],
                   QString::number(expected[static_cast<size_t>(m)].ranks[static_cast<size_t>(place)]));
      }
      // Classic models are axes of the slope, the run is one already; neither has nats there.
      const QString slope = page.findChild<RankSlope*>()->csv();
      QCOMPARE(slope.count(QStringLiteral(",ItemKNN,")), 8);
      QCOMPARE(slope.count(u'\n'), 1 + 8 * (3 + 2));
    };
    {
      Workbench bench(folder());
      bench.setRun(dmpo_);
      CasePage page(bench);
      page.resize(1200, 700);
      page.QWidget::show();
      page.activate();
      QTRY_VERIFY_WITH_TIMEOUT(page.findChild<CandidateChart*>()->csv().count(u'\n') == 9, 60'000);
      QCOMPARE(headOf(page).size(), 9);
      auto* button = page.findChild<BesideButton*>();
      QVERIFY(button->toolTip().contains(QStringLiteral("not nats")));
      QMenu* menu = button->menu();
      Q_EMIT menu->aboutToShow();
      for (const QString& key :
           {QStringLiteral("itemknn"), QStringLiteral("popularity"), QStringLiteral("run:%1").arg(sft_)}) {
        auto* action = menu->findChild<QAction*>(key);
        QVERIFY(action);
        action->trigger();
      }
      QVERIFY(!menu->findChild<QAction*>(QStringLiteral("run:%1").arg(dmpo_)));  // it is the one that is shown
      check(page);
      QCOMPARE(button->text(), QStringLiteral("beside: 3"));
    }
    Workbench bench(folder());
    bench.setRun(dmpo_);
    CasePage page(bench);
    page.resize(1200, 700);
    page.QWidget::show();
    page.activate();
    check(page);
    auto* button = page.findChild<BesideButton*>();
    for (const QString& key :
         {QStringLiteral("itemknn"), QStringLiteral("popularity"), QStringLiteral("run:%1").arg(sft_)})
      button->choose(key, false);
    QCOMPARE(headOf(page).size(), 9);
    QCOMPARE(page.findChild<RankSlope*>()->csv().count(u'\n'), 1 + 8 * 3);
  }

  /// The page asks for no more than a small screen has.
  void aSmallScreenHoldsIt() {
    Workbench bench(folder());
    CasePage page(bench);
    QVERIFY(page.minimumSizeHint().height() < 400 && page.minimumSizeHint().width() < 900);
  }
};

QTEST_MAIN(BesideTest)
#include "beside_test.moc"
