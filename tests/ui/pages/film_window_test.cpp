// SPDX-License-Identifier: GPL-3.0-or-later
// A case over its training in the real window, on runs that were trained here.
#include "ui/pages/film_window.h"

#include <QCheckBox>
#include <QLabel>
#include <QTableWidget>
#include <QtTest>

#include "engine/tasks/train.h"
#include "tests/engine/tasks/small_world.h"
#include "tests/ui/spoken_names.h"
#include "ui/widgets/film_chart.h"
#include "ui/workbench.h"

using namespace prefscope;
namespace fs = std::filesystem;

class FilmWindowTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  RankOptions options_;

  fs::path folder() const { return fs::path(dir_.path().toStdString()) / "workspace"; }
  static QString moment(const FilmWindow& window) {
    return window.findChild<QLabel*>(QStringLiteral("filmMoment"))->text();
  }

 private Q_SLOTS:
  void initTestCase() {
    QCoreApplication::setOrganizationName(QStringLiteral("prefscope-tests"));
    QStandardPaths::setTestModeEnabled(true);
    PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    const Preparation made = make_small_world(dir_.path().toStdString(), 30, prepare);
    TrainOptions train;
    train.workspace = folder();
    train.data_set = "small";
    train.preparation = made.id;
    train.objective = "sft";
    train.learning_rate = 3e-3;
    train.batch_tokens = 400;
    train.panel = 5;
    train.evaluations = 3;
    options_.workspace = folder();
    options_.data_set = "small";
    options_.preparation = made.id;
    options_.run = train_run(folder(), create_run(train), {}).run;
    Workspace workspace(folder());
    options_.user = read_examples(workspace, made.id, Role::HeldOut).front().user_key;
  }

  /// What stands beside the chart is the moment's ranking as the engine gives it; keys go from moment to moment.
  void goesFromMomentToMoment() {
    Workbench bench(folder());
    FilmWindow window(bench, options_);
    window.setAttribute(Qt::WA_DeleteOnClose, false);
    window.QWidget::show();
    auto* chart = window.findChild<FilmChart*>();
    auto* table = window.findChild<QTableWidget*>(QStringLiteral("filmTable"));
    QTRY_COMPARE_WITH_TIMEOUT(table->rowCount(), 8, 60'000);
    const Film made = film(options_, false, {});
    QCOMPARE(chart->moment(), static_cast<int>(made.frames.size()) - 1);  // it opens on the end
    QCOMPARE(namelessWidgets(window), QStringList());
    for (int frame = static_cast<int>(made.frames.size()) - 1; frame >= 0; --frame) {
      const FilmFrame& f = made.frames[static_cast<size_t>(frame)];
      QCOMPARE(chart->moment(), frame);
      QVERIFY2(moment(window).startsWith(momentText(f)), qPrintable(moment(window)));
      for (size_t c = 0; c < made.candidates.size(); ++c) {
        const int row = f.ranks[c] - 1;
        QCOMPARE(table->item(row, 0)->text(), QString::number(f.ranks[c]));
        QCOMPARE(table->item(row, 1)->text(), toQt(made.candidates[c].title));  // with its <i>, as text
        QCOMPARE(table->item(row, 2)->text(), QString::number(f.scores[c], 'f', 2));
        if (made.candidates[c].id == made.example.target)
          QVERIFY(moment(window).contains(QStringLiteral("ranks %1 of 8").arg(f.ranks[c])));
      }
      QTest::keyClick(chart, Qt::Key_Left);
    }
    QCOMPARE(chart->moment(), 0);
    QTest::keyClick(chart, Qt::Key_End);
    QCOMPARE(chart->moment(), static_cast<int>(made.frames.size()) - 1);
    QTest::mouseClick(chart, Qt::LeftButton, {}, QPoint(46, chart->height() / 2));
    QCOMPARE(chart->moment(), 0);
    const auto lines = chart->csv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), static_cast<qsizetype>(1 + made.frames.size() * 8));

    window.findChild<QCheckBox*>(QStringLiteral("filmRationales"))->click();
    auto* rationale = window.findChild<QLabel*>(QStringLiteral("filmRationale"));
    QCOMPARE(rationale->textFormat(), Qt::PlainText);
    const Film spoken = film(options_, true, {});
    QTRY_COMPARE_WITH_TIMEOUT(rationale->text(), toQt(spoken.frames[0].rationale), 60'000);
    QCOMPARE(chart->moment(), 0);  // it stays where it was
  }

  void withoutKeptAdaptersItShowsTheEnds() {
    fs::rename(folder() / "runs" / std::to_string(*options_.run) / "steps", folder() / "away");
    Workbench bench(folder());
    FilmWindow window(bench, options_);
    window.setAttribute(Qt::WA_DeleteOnClose, false);
    auto* table = window.findChild<QTableWidget*>(QStringLiteral("filmTable"));
    QTRY_COMPARE_WITH_TIMEOUT(table->rowCount(), 8, 60'000);
    const auto* note = window.findChild<QLabel*>(QStringLiteral("filmNote"));
    QVERIFY2(note->text().contains(QStringLiteral("kept no adapter on the way")), qPrintable(note->text()));
    QCOMPARE(window.findChild<FilmChart*>()->moment(), 1);
  }
};

QTEST_MAIN(FilmWindowTest)
#include "film_window_test.moc"
