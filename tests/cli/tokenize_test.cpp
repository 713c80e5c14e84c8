// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

/// `prefscope-cli tokenize` as a person calls it.
class TokenizeTest : public QObject {
  Q_OBJECT

  const QString fixtures_ = QStringLiteral(PREFSCOPE_PARITY "/tokenizers/");

  struct Outcome {
    int code;
    QByteArray out, err;
  };
  static Outcome run(const QStringList& arguments, const QByteArray& input = {}) {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI), QStringList{QStringLiteral("tokenize")} + arguments);
    process.write(input);
    process.closeWriteChannel();
    process.waitForFinished(120'000);
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
  }

 private Q_SLOTS:
  /// The fixture's first tokenizers and texts, as JSON.
  void textsAsTheReferenceHasThem() {
    QFile file(fixtures_ + QStringLiteral("expected.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject expected = QJsonDocument::fromJson(file.readAll()).object();
    for (const char* name : {"llama3.json", "llama2.json", "unigram.json"}) {
      QByteArray lines;
      QList<QJsonObject> wanted;
      for (const QJsonValue& one : expected[QLatin1String(name)].toArray()) {
        const QString text = one[QLatin1String("text")].toString();
        if (text.contains(u'\n') || text.contains(u'\r') || text.contains(QChar(0))) continue;
        lines += text.toUtf8() + '\n';
        wanted.append(one.toObject());
      }
      const Outcome got = run({QStringLiteral("--model"), fixtures_ + QLatin1String(name), QStringLiteral("--file"),
                               QStringLiteral("-"), QStringLiteral("--special-tokens"), QStringLiteral("--json")},
                              lines);
      QVERIFY2(got.code == 0, got.err.constData());
      const QList<QByteArray> rows = got.out.trimmed().split('\n');
      QCOMPARE(rows.size(), wanted.size());
      for (qsizetype i = 0; i < rows.size(); ++i) {
        const QJsonObject row = QJsonDocument::fromJson(rows[i]).object();
        for (const char* key : {"text", "ids", "offsets", "decoded"})
          QCOMPARE(row[QLatin1String(key)], wanted[i][QLatin1String(key)]);
        QCOMPARE(row[QLatin1String("tokens")].toArray().size(), row[QLatin1String("ids")].toArray().size());
      }
    }
  }

  /// From outside "<s>" is three characters or so; as a template it is the token 1. The table names it special.
  void specialTokensAreFoundWhereAskedFor() {
    const QStringList text = {QStringLiteral("--model"), fixtures_ + QStringLiteral("llama2.json"),
                              QStringLiteral("--text"), QStringLiteral("<s>the")};
    const auto ids = [](const Outcome& got) {
      return QJsonDocument::fromJson(got.out).object()[QLatin1String("ids")].toArray();
    };
    QVERIFY(!ids(run(text + QStringList{QStringLiteral("--json")})).contains(1));
    const QStringList templates = text + QStringList{QStringLiteral("--special-tokens")};
    QCOMPARE(ids(run(templates + QStringList{QStringLiteral("--json")})).first().toInt(), 1);
    QVERIFY(run(templates).out.contains("<s>  (special)"));
    QVERIFY(!run(text).out.contains("(special)"));
  }

  void mistakesAreNamed() {
    const auto message = [](const QStringList& arguments) {
      const Outcome got = run(arguments);
      return got.code == 0 ? QByteArray("no error") : got.err;
    };
    QVERIFY(message({}).contains("--model: expected a folder"));
    QVERIFY(message({QStringLiteral("--model"), QStringLiteral("starter")}).contains("--text or --file"));
    QVERIFY(message({QStringLiteral("--model"), fixtures_, QStringLiteral("--text"), QStringLiteral("x")})
                .contains("expected a tokenizer.json or a tokenizer.model, found neither"));
    QVERIFY(message({QStringLiteral("--model"), QStringLiteral("starter"), QStringLiteral("--file"),
                     QStringLiteral("/absent/titles.txt")})
                .contains("--file: /absent/titles.txt cannot be read"));
  }
};

QTEST_GUILESS_MAIN(TokenizeTest)
#include "tokenize_test.moc"
