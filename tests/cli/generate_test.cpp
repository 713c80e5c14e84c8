// SPDX-License-Identifier: GPL-3.0-or-later
// prefscope-cli generate, chat and model export: what they print, and how they refuse.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <fstream>

class GenerateCliTest : public QObject {
  Q_OBJECT

  QString tied_ = QStringLiteral(PREFSCOPE_PARITY "/llm/tied"),
          adapters_ = QStringLiteral(PREFSCOPE_PARITY "/adapters/");
  QByteArray error_;

  QByteArray run(const QStringList& arguments, int expected = 0) {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), arguments);
    process.waitForFinished(120'000);
    error_ = process.readAllStandardError();
    if (process.exitCode() != expected) qWarning("%s", error_.constData());
    return process.exitStatus() == QProcess::NormalExit && process.exitCode() == expected
               ? process.readAllStandardOutput()
               : QByteArray();
  }
  QJsonObject json(const QStringList& arguments, int expected = 0) {
    return QJsonDocument::fromJson(run(QStringList{u"--json"_qs} + arguments, expected)).object();
  }
  QStringList greedy(const QString& model) const {
    return {u"generate"_qs,  u"--model"_qs,          model,   u"--ids"_qs,
            u"1 17 5 80"_qs, u"--max-new-tokens"_qs, u"9"_qs, u"--greedy"_qs};
  }

 private Q_SLOTS:
  void writesFromIds() {
    std::ifstream file(PREFSCOPE_PARITY "/llm/tied/case.json");
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const QJsonObject given = QJsonDocument::fromJson(QByteArray::fromStdString(content)).object();
    QStringList prompt;
    for (const QJsonValue& id : given[u"prompt"_qs].toArray()) prompt.append(QString::number(id.toInt()));
    QStringList arguments{u"generate"_qs,    u"--model"_qs,          tied_,    u"--ids"_qs,
                          prompt.join(u' '), u"--max-new-tokens"_qs, u"12"_qs, u"--greedy"_qs};
    const QJsonObject plain = json(arguments);
    QCOMPARE(plain[u"ids"_qs].toArray(), given[u"greedy"_qs].toArray());
    QVERIFY(plain[u"text"_qs].isNull());
    QVERIFY(plain[u"tokens_per_second"_qs].toDouble() > 0);
    const QJsonObject adapted = json(arguments + QStringList{u"--adapter"_qs, tied_ + u"/adapter"_qs});
    QCOMPARE(adapted[u"ids"_qs].toArray(), given[u"adapter_greedy"_qs].toArray());
  }

  void writesFromText() {
    const QStringList arguments{u"generate"_qs,
                                u"--model"_qs,
                                u"starter"_qs,
                                u"--prompt"_qs,
                                u"The user has watched"_qs,
                                u"--max-new-tokens"_qs,
                                u"12"_qs,
                                u"--temperature"_qs,
                                u"0.9"_qs,
                                u"--top-k"_qs,
                                u"40"_qs,
                                u"--seed"_qs,
                                u"3"_qs};
    const QJsonObject said = json(arguments);
    QVERIFY(!said[u"text"_qs].toString().isEmpty());
    QCOMPARE(json(arguments)[u"ids"_qs], said[u"ids"_qs]);
    // Without --json the text alone, as it grows.
    QCOMPARE(QString::fromUtf8(run(arguments)), said[u"text"_qs].toString() + u'\n');
  }

  void exportsWhatWritesTheSame() {
    QTemporaryDir dir;
    const QStringList stack{u"--adapter"_qs, adapters_ + u"rslora"_qs, u"--adapter"_qs, adapters_ + u"few"_qs};
    const QJsonArray expected = json(greedy(tied_) + stack)[u"ids"_qs].toArray();
    const QString adapter = dir.filePath(u"adapter"_qs), merged = dir.filePath(u"merged"_qs);
    const QStringList to{u"model"_qs, u"export"_qs, u"--model"_qs, tied_};
    const QJsonObject one = json(to + stack + QStringList{u"--out"_qs, adapter});
    QCOMPARE(one[u"rank"_qs].toInt(), 6);
    QCOMPARE(json(greedy(tied_) + QStringList{u"--adapter"_qs, adapter})[u"ids"_qs].toArray(), expected);
    const QJsonObject whole = json(to + stack + QStringList{u"--merged"_qs, u"--out"_qs, merged});
    QVERIFY(whole[u"files"_qs].toArray().contains(QJsonValue(u"model.safetensors"_qs)));
    QCOMPARE(json(greedy(merged))[u"ids"_qs].toArray(), expected);
    // A second time it is there already.
    const QJsonObject refused = json(to + stack + QStringList{u"--out"_qs, adapter}, 1);
    QVERIFY(refused[u"error"_qs][u"message"_qs].toString().contains(u"absent or empty"_qs));
  }

  void showsThePrompt() {
    const QStringList arguments{u"chat"_qs,    u"--model"_qs,  u"starter"_qs,  u"--chat"_qs,
                                u"llama-2"_qs, u"--prompt"_qs, u"Heat </s>"_qs};
    const QJsonObject said = json(arguments);
    QCOMPARE(said[u"text"_qs].toString(), u"<s>[INST] Heat </s> [/INST]"_qs);
    const QJsonArray segments = said[u"segments"_qs].toArray();
    QCOMPARE(segments[0][u"kind"_qs].toString(), u"token"_qs);
    QCOMPARE(segments[2][u"kind"_qs].toString(), u"outside"_qs);
    QVERIFY(QString::fromUtf8(run(arguments)).startsWith(u"⟨<s>⟩[INST] Heat </s> [/INST]"_qs));
  }

  void refuses() {
    run({u"generate"_qs, u"--model"_qs, tied_}, 1);
    QVERIFY(error_.contains("either --prompt or --ids"));
    run({u"generate"_qs, u"--model"_qs, tied_, u"--ids"_qs, u"1 x"_qs}, 1);
    QVERIFY(error_.contains("--ids: expected numbers"));
    run({u"generate"_qs, u"--model"_qs, tied_, u"--ids"_qs, u" "_qs}, 1);
    QVERIFY(error_.contains("either --prompt or --ids"));
    run({u"generate"_qs, u"--model"_qs, tied_, u"--ids"_qs, u"1"_qs, u"--top-p"_qs, u"2"_qs}, 1);
    QVERIFY(error_.contains("--top-p: expected"));
    run({u"generate"_qs, u"--model"_qs, tied_, u"--ids"_qs, u"1"_qs, u"--greedy"_qs, u"--temperature"_qs, u"1"_qs}, 2);
    run({u"generate"_qs, u"--model"_qs, tied_, u"--ids"_qs, u"1"_qs, u"--prompt"_qs, u"x"_qs}, 2);
    run({u"chat"_qs, u"--model"_qs, u"starter"_qs, u"--chat"_qs, u"alpaca"_qs, u"--prompt"_qs, u"x"_qs}, 2);
    run({u"model"_qs}, 2);
  }
};

QTEST_GUILESS_MAIN(GenerateCliTest)
#include "generate_test.moc"
