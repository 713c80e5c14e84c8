// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include "tests/engine/tasks/small_world.h"

/// The notebook without a window: save-case, cases, note-case, export-case, open-case, check-case.
class NotebookCliTest : public QObject {
  Q_OBJECT

  struct Outcome {
    int code = -1;
    QByteArray out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
  };

  QTemporaryDir dir_;
  QString user_;

  static Outcome run(const QString& workspace, const QStringList& arguments) {
    QProcess process;
    process.start(QStringLiteral(PREFSCOPE_CLI),
                  QStringList{QStringLiteral("--workspace"), workspace, QStringLiteral("--json")} + arguments);
    process.waitForFinished(120'000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
  }
  Outcome here(const QStringList& arguments) const {
    return run(dir_.filePath(QStringLiteral("workspace")), arguments);
  }
  QByteArray content(const QString& name) const {
    QFile file(dir_.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  QStringList subject() const {
    return {QStringLiteral("--user"), user_, QStringLiteral("--dataset"), QStringLiteral("small")};
  }

 private Q_SLOTS:
  void initTestCase() {
    prefscope::PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    const auto preparation = make_small_world(dir_.path().toStdString(), 30, options);
    prefscope::Workspace workspace(dir_.filePath(QStringLiteral("workspace")).toStdString());
    user_ = QString::fromStdString(
        prefscope::read_examples(workspace, preparation.id, prefscope::Role::HeldOut).front().user_key);
  }

  void savedNotedExportedAndOpenedElsewhere() {
    QCOMPARE(here({QStringLiteral("cases")}).json()[QStringLiteral("cases")].toArray().size(), 0);
    const Outcome none = here({QStringLiteral("export-case"), QStringLiteral("--all"), QStringLiteral("--out"),
                               dir_.filePath(QStringLiteral("none.html"))});
    QCOMPARE(none.code, 1);
    QVERIFY(none.err.contains("no case is saved yet; save-case keeps one"));

    const Outcome saved = here(QStringList{QStringLiteral("save-case")} + subject());
    QCOMPARE(saved.code, 0);
    const QString id = QString::number(saved.json()[QStringLiteral("id")].toInt());
    QCOMPARE(saved.json()[QStringLiteral("user")].toString(), user_);
    const Outcome noted = here({QStringLiteral("note-case"), id, QStringLiteral("--note"), QStringLiteral("a|b <i>"),
                                QStringLiteral("--tags"), QStringLiteral("odd, to show"), QStringLiteral("--star")});
    QCOMPARE(noted.code, 0);
    const QJsonObject listed = here({QStringLiteral("cases")}).json()[QStringLiteral("cases")][0].toObject();
    QVERIFY(listed[QStringLiteral("starred")].toBool());
    QCOMPARE(listed[QStringLiteral("tags")].toArray().size(), 2);
    QCOMPARE(listed[QStringLiteral("note")].toString(), QStringLiteral("a|b <i>"));

    const auto exported = [&](const QString& format, const QString& name) {
      return here({QStringLiteral("export-case"), QStringLiteral("--saved"), id, QStringLiteral("--format"), format,
                   QStringLiteral("--out"), dir_.filePath(name)});
    };
    for (const auto& [format, name] : {std::pair(QStringLiteral("html"), QStringLiteral("case.html")),
                                       std::pair(QStringLiteral("md"), QStringLiteral("case.md")),
                                       std::pair(QStringLiteral("json"), QStringLiteral("case.json"))}) {
      const Outcome outcome = exported(format, name);
      QVERIFY2(outcome.code == 0, outcome.err.constData());
      QCOMPARE(outcome.json()[QStringLiteral("cases")].toInt(), 1);
    }
    QVERIFY(content(QStringLiteral("case.html")).contains("a|b &lt;i&gt;"));
    QVERIFY(!content(QStringLiteral("case.html")).contains("<i>"));  // every title holds one
    QVERIFY(content(QStringLiteral("case.md")).contains("> a\\|b &lt;i&gt;"));
    QVERIFY(content(QStringLiteral("case-figures/1-candidates.svg")).contains("<svg"));

    // What rank --json prints is what was frozen, to the last bit.
    const QJsonObject ranked = here(QStringList{QStringLiteral("rank")} + subject()).json();
    const QJsonObject report = QJsonDocument::fromJson(content(QStringLiteral("case.json")))
                                   .object()[QStringLiteral("cases")][0][QStringLiteral("report")]
                                   .toObject();
    const QJsonArray frozen = report[QStringLiteral("rank")][QStringLiteral("candidates")].toArray(),
                     now = ranked[QStringLiteral("candidates")].toArray();
    QCOMPARE(frozen.size(), 8);
    for (int i = 0; i < 8; ++i) {
      QCOMPARE(frozen[i][QStringLiteral("title")], now[i][QStringLiteral("title")]);
      QVERIFY(frozen[i][QStringLiteral("log_prob")].toDouble() == now[i][QStringLiteral("logprob")].toDouble());
    }
    QVERIFY(here({QStringLiteral("check-case"), id}).out.contains("the same numbers, bit by bit"));

    // The same files elsewhere.
    const QString there = dir_.filePath(QStringLiteral("there"));
    QCOMPARE(run(there, {QStringLiteral("import"), dir_.filePath(QStringLiteral("files")), QStringLiteral("--name"),
                         QStringLiteral("other name")})
                 .code,
             0);
    const Outcome opened = run(there, {QStringLiteral("open-case"), dir_.filePath(QStringLiteral("case.json"))});
    QVERIFY2(opened.code == 0, opened.err.constData());
    QCOMPARE(opened.json()[QStringLiteral("cases")][0][QStringLiteral("note")].toString(), QStringLiteral("a|b <i>"));
    QCOMPARE(run(there, {QStringLiteral("export-case"), QStringLiteral("--all"), QStringLiteral("--format"),
                         QStringLiteral("json"), QStringLiteral("--out"), dir_.filePath(QStringLiteral("again.json"))})
                 .code,
             0);
    QCOMPARE(content(QStringLiteral("again.json")), content(QStringLiteral("case.json")));
    // And no files.
    const Outcome refused = run(dir_.filePath(QStringLiteral("empty")),
                                {QStringLiteral("open-case"), dir_.filePath(QStringLiteral("case.json"))});
    QCOMPARE(refused.code, 1);
    QVERIFY(refused.err.contains("expected the data set \"small\"") && refused.err.contains("found no data set"));

    QCOMPARE(here({QStringLiteral("note-case"), id, QStringLiteral("--delete")}).code, 0);
    QVERIFY(here({QStringLiteral("cases")}).json()[QStringLiteral("cases")].toArray().isEmpty());
  }

  /// A user's case without saving it; the notebook stays as it is.
  void exportedWithoutSaving() {
    const QString page = dir_.filePath(QStringLiteral("now.html"));
    const Outcome outcome =
        here(QStringList{QStringLiteral("export-case")} + subject() + QStringList{QStringLiteral("--out"), page});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QVERIFY(content(QStringLiteral("now.html")).contains("SHA-256"));
    QVERIFY(here({QStringLiteral("cases")}).json()[QStringLiteral("cases")].toArray().isEmpty());
    for (const QStringList& which :
         {QStringList{}, subject() + QStringList{QStringLiteral("--saved"), QStringLiteral("1")}}) {
      const Outcome wrong =
          here(QStringList{QStringLiteral("export-case")} + which + QStringList{QStringLiteral("--out"), page});
      QCOMPARE(wrong.code, 1);
      QVERIFY(wrong.err.contains("expected one of --user, --saved and --all, found "));
    }
    const Outcome unknown = here({QStringLiteral("export-case"), QStringLiteral("--saved"), QStringLiteral("77"),
                                  QStringLiteral("--out"), page});
    QCOMPARE(unknown.code, 1);
    QVERIFY(unknown.err.contains("there is no saved case 77"));
  }

  void commandsHaveHelpWithAnExample() {
    for (const char* command : {"save-case", "cases", "note-case", "export-case", "open-case", "check-case"}) {
      const Outcome outcome = here({QString::fromLatin1(command), QStringLiteral("--help")});
      QCOMPARE(outcome.code, 0);
      QVERIFY2(outcome.out.contains("Example:\n") && outcome.out.contains("prefscope-cli "), command);
    }
  }
};

QTEST_GUILESS_MAIN(NotebookCliTest)
#include "notebook_test.moc"
