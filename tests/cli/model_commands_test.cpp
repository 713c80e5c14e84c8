// SPDX-License-Identifier: GPL-3.0-or-later
// prefscope-cli model inspect, model list and logits on the families' checkpoints.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <cmath>
#include <filesystem>

class ModelCommandsTest : public QObject {
  Q_OBJECT

  struct Outcome {
    int code;
    QByteArray out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
  };
  static Outcome run(const QStringList& arguments) {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), arguments);
    process.waitForFinished(120'000);
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
  }
  static QString family(const char* name) {
    return QStringLiteral(PREFSCOPE_PARITY "/families/") + QLatin1String(name);
  }

 private Q_SLOTS:
  void inspectSaysWhatAFolderHolds() {
    // Vocabulary 64, hidden 32, 2 layers, 4 heads of 12 and 2 for keys, MLP 40, tied; each layer has queries 48 * 32,
    // keys and values 24 * 32, output 32 * 48, MLP 3 * 40 * 32, norms 2 * 32 + 2 * 12: 8536 numbers.
    const QJsonObject said = run({u"--json"_qs, u"model"_qs, u"inspect"_qs, family("qwen3-window")}).json();
    QCOMPARE(said[u"architecture"_qs].toString(), u"qwen3"_qs);
    QCOMPARE(said[u"parameters"_qs].toInt(), 64 * 32 + 2 * 8536 + 32);
    QCOMPARE(said[u"dtypes"_qs].toArray(), QJsonArray{u"float16"_qs});
    QCOMPARE(said[u"bytes"_qs].toInt(), 2 * (64 * 32 + 2 * 8536 + 32));
    QCOMPARE(said[u"context"_qs].toInt(), 128);
    QCOMPARE(said[u"vocabulary"_qs].toInt(), 64);
    QCOMPARE(said[u"head_dim"_qs].toInt(), 12);
    QCOMPARE(said[u"tied"_qs].toBool(), true);
    QCOMPARE(said[u"sliding_window"_qs].toInt(), 6);
    QCOMPARE(said[u"layers_with_window"_qs].toInt(), 1);
    QCOMPARE(said[u"tokenizer"_qs].toString(), QString());
    QCOMPARE(said[u"chat"_qs].toString(), u"none"_qs);
    // Two bytes a number, and the keys and values of the 128 positions: 2 * 2 layers * 128 * 24 numbers. The norms, 320
    // numbers, are not counted.
    QCOMPARE(said[u"memory"_qs][u"bfloat16"_qs][u"inference"_qs].toInt(),
             2 * (64 * 32 + 2 * (8536 - 88) + 2 * 2 * 128 * 24));

    const QJsonObject shards = run({u"--json"_qs, u"model"_qs, u"inspect"_qs, family("mistral-shards")}).json();
    QCOMPARE(shards[u"files"_qs].toInt(), 5);
    QCOMPARE(shards[u"sliding_window"_qs].toInt(), 0);
    const QJsonObject rope =
        run({u"--json"_qs, u"model"_qs, u"inspect"_qs, family("llama3")}).json()[u"rope"_qs].toObject();
    QCOMPARE(rope[u"type"_qs].toString(), u"llama3"_qs);
    QCOMPARE(rope[u"theta"_qs].toDouble(), 500.0);
    QCOMPARE(rope[u"factor"_qs].toDouble(), 8.0);

    const QByteArray text = run({u"model"_qs, u"inspect"_qs, family("qwen2-window")}).out;
    for (const char* part : {"architecture    qwen2\n", "5 tokens in 2 of 3 layers", "bfloat16", "128 positions"})
      QVERIFY2(text.contains(part), text.constData());
  }

  void inspectRefusesByName() {
    const Outcome outcome = run({u"--json"_qs, u"model"_qs, u"inspect"_qs, u"/nowhere"_qs});
    QCOMPARE(outcome.code, 1);
    QVERIFY(outcome.json()[u"error"_qs].toObject()[u"message"_qs].toString().contains(u"/nowhere"_qs));
  }

  void listShowsACache() {
    QTemporaryDir dir;
    const std::filesystem::path snapshot =
        std::filesystem::path(dir.path().toStdString()) / "models--org--tiny" / "snapshots" / "12ab";
    std::filesystem::create_directories(snapshot.parent_path());
    std::filesystem::copy(family("llama").toStdString(), snapshot);
    const QJsonArray models =
        run({u"--json"_qs, u"model"_qs, u"list"_qs, u"--cache"_qs, dir.path()}).json()[u"models"_qs].toArray();
    QCOMPARE(models.size(), 1);
    QCOMPARE(models[0][u"name"_qs].toString(), u"org/tiny"_qs);
    QCOMPARE(models[0][u"folder"_qs].toString(), QString::fromStdString(snapshot.string()));
    QCOMPARE(models[0][u"weights"_qs].toBool(), true);
    const Outcome empty = run({u"model"_qs, u"list"_qs, u"--cache"_qs, u"/nowhere"_qs});
    QCOMPARE(empty.code, 0);
    QVERIFY(empty.out.contains("no models in /nowhere"));
  }

  void logitsInEachNumberType() {
    const QStringList plain = {u"--json"_qs,  u"logits"_qs,
                               u"--model"_qs, family("mistral-window"),
                               u"--ids"_qs,   u"1 17 5 60 33 33 9 61 40 12"_qs};
    const QJsonArray wide = run(plain).json()[u"logits"_qs].toArray();
    QCOMPARE(wide.size(), 10);
    QCOMPARE(wide[9].toArray().size(), 64);
    for (const auto& [dtype, tolerance] : {std::pair(u"bfloat16"_qs, 0.3), std::pair(u"float16"_qs, 0.05)}) {
      const QJsonArray narrow = run(plain + QStringList{u"--dtype"_qs, dtype}).json()[u"logits"_qs].toArray();
      double worst = 0;
      for (int i = 0; i < 64; ++i) worst = std::max(worst, std::abs(narrow[9][i].toDouble() - wide[9][i].toDouble()));
      QVERIFY2(worst > 0 && worst < tolerance, qPrintable(QString::number(worst)));
    }
    const Outcome refused = run(plain + QStringList{u"--dtype"_qs, u"int4"_qs});
    QCOMPARE(refused.code, 2);
    QVERIFY(refused.err.contains("--dtype"));
  }
};

QTEST_GUILESS_MAIN(ModelCommandsTest)
#include "model_commands_test.moc"
