// SPDX-License-Identifier: GPL-3.0-or-later
// prefscope-cli samples: the numbers are the engine's, and the same seed says the same.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include "engine/tasks/rationale_samples.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;

class SamplesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  QString user_;

  std::filesystem::path folder() const { return std::filesystem::path(dir_.path().toStdString()) / "workspace"; }
  QByteArray run(const QStringList& more, int expected = 0, bool json = true) const {
    QProcess process;
    QStringList arguments = {u"--workspace"_qs,
                             QString::fromStdString(folder().string()),
                             u"samples"_qs,
                             u"--dataset"_qs,
                             u"small"_qs,
                             u"--user"_qs,
                             user_};
    if (json) arguments.prepend(u"--json"_qs);
    process.start(QStringLiteral(PREFSCOPE_CLI), arguments + more);
    process.waitForFinished(300'000);
    if (process.exitCode() != expected) qWarning("%s", process.readAllStandardError().constData());
    return process.exitStatus() == QProcess::NormalExit && process.exitCode() == expected
               ? process.readAllStandardOutput()
               : QByteArray();
  }

 private Q_SLOTS:
  void initTestCase() {
    PrepareOptions options;
    options.candidates = 6;
    options.negatives = 2;
    const Preparation p = make_small_world(dir_.path().toStdString(), 12, options);
    Workspace workspace(folder());
    user_ = QString::fromStdString(read_examples(workspace, p.id, Role::HeldOut).front().user_key);
  }

  void numbersAreTheEngines() {
    const QByteArray out =
        run({u"--samples"_qs, u"2"_qs, u"--seed"_qs, u"5"_qs, u"--max-tokens"_qs, u"48"_qs, u"--measure"_qs});
    const QJsonObject said = QJsonDocument::fromJson(out).object();
    SampleOptions o;
    o.rank.workspace = folder();
    o.rank.data_set = "small";
    o.rank.user = user_.toStdString();
    o.samples = 2;
    o.seed = 5;
    o.max_tokens = 48;
    const RationaleSamples made = sample_rationales(o, {}, {});
    QCOMPARE(said[u"caption"_qs].toString(), u"generated text is not evidence"_qs);
    QCOMPARE(said[u"models"_qs].toArray().size(), 1);
    const QJsonArray texts = said[u"models"_qs].toArray()[0][u"samples"_qs].toArray();
    QCOMPARE(texts.size(), 2);
    for (int i = 0; i < 2; ++i) {
      const RationaleSample& sample = made.models[0].samples[static_cast<size_t>(i)];
      QCOMPARE(texts[i][u"text"_qs].toString().toStdString(), sample.text);
      QCOMPARE(texts[i][u"parts"_qs].toArray().size(), static_cast<qsizetype>(sample.facts.parts.size()));
    }
    const QJsonArray named = said[u"named"_qs].toArray();
    QCOMPARE(named.size(), static_cast<qsizetype>(made.agreement.things.size()));
    for (size_t i = 0; i < made.history.size(); ++i) {
      const QJsonValue row = named[static_cast<qsizetype>(i)];
      QCOMPARE(row[u"words"_qs].toString().toStdString(), made.history[i].title);
      QCOMPARE(row[u"samples"_qs].toArray()[0].toInt(-1), made.agreement.things[i].named[0]);
      QCOMPARE(row[u"effects"_qs].toArray()[0][u"deletion"_qs].toDouble(), made.models[0].effects->items[i].deletion);
    }
    QCOMPARE(run({u"--samples"_qs, u"2"_qs, u"--seed"_qs, u"5"_qs, u"--max-tokens"_qs, u"48"_qs}), out);
  }

  void forPeople() {
    const QByteArray out = run({u"--samples"_qs, u"1"_qs, u"--max-tokens"_qs, u"32"_qs}, 0, false);
    QVERIFY(out.contains("Generated text is not evidence."));
    QVERIFY(out.contains("base 0 of 1") || out.contains("base 1 of 1"));
    QVERIFY(out.contains("The <i>"));  // text, whatever it looks like
  }

  void wrongUse() {
    QVERIFY(run({u"--samples"_qs, u"21"_qs}, 1).contains("--samples: expected 1 .. 20, found 21"));
    QVERIFY(run({u"--samples"_qs, u"3"_qs, u"--temperature"_qs, u"0"_qs}, 1).contains("expected 1 at --temperature 0"));
    QVERIFY(!run({u"--models"_qs, u"some"_qs}, 2).isEmpty());
  }
};

QTEST_GUILESS_MAIN(SamplesTest)
#include "samples_test.moc"
