// SPDX-License-Identifier: GPL-3.0-or-later
// prefscope-cli as scripts use it: a real process, its exit codes, one JSON object on stdout, and what a kill leaves.
#include <signal.h>

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <cmath>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "engine/store/runs.h"
#include "tests/engine/tasks/small_world.h"

namespace {

struct Outcome {
  int code = -1;
  QByteArray out, err;
  QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

QString cli() {
  return QStringLiteral(PREFSCOPE_CLI);
}

Outcome run(const QStringList& arguments, const QByteArray& input = {}) {
  QProcess process;
  process.start(cli(), arguments);
  if (!process.waitForStarted()) return {};
  process.write(input);
  process.closeWriteChannel();
  process.waitForFinished(300'000);
  Outcome outcome{process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                  process.readAllStandardOutput(), process.readAllStandardError()};
  if (outcome.code != 0) qInfo().noquote() << arguments.join(QLatin1Char(' ')) << '\n' << outcome.err.trimmed();
  return outcome;
}

/// All the lines of a run's metrics that do not measure time.
std::vector<std::array<double, 4>> curve(const std::filesystem::path& folder, int64_t id) {
  prefscope::Workspace workspace(folder);
  std::vector<std::array<double, 4>> lines;
  SQLite::Statement query(workspace.db(),
                          "SELECT step, loss, coalesce(margin, 0), gradient_norm FROM step_metric WHERE run = ? "
                          "ORDER BY step");
  query.bind(1, id);
  while (query.executeStep())
    lines.push_back({query.getColumn(0).getDouble(), query.getColumn(1).getDouble(), query.getColumn(2).getDouble(),
                     query.getColumn(3).getDouble()});
  return lines;
}

}  // namespace

class CliTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QStringList m_workspace;

  std::filesystem::path folder() const { return std::filesystem::path(m_folder.path().toStdString()) / "workspace"; }
  Outcome inWorkspace(QStringList arguments) const { return run(m_workspace + std::move(arguments)); }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(m_folder.isValid());
    prefscope::PrepareOptions options;
    options.candidates = 8;
    options.negatives = 3;
    make_small_world(m_folder.path().toStdString(), 30, options);
    m_workspace = {u"--workspace"_qs, QString::fromStdString(folder().string()), u"--json"_qs};
  }

  void wrongUseExitsWith2() {
    for (const QStringList& arguments : {QStringList{},
                                         {u"fly"_qs},
                                         {u"import"_qs},
                                         {u"train"_qs, u"small"_qs, u"--objective"_qs, u"magic"_qs},
                                         {u"prepare"_qs, u"small"_qs, u"--candidates"_qs, u"many"_qs}}) {
      const Outcome outcome = run(arguments);
      QCOMPARE(outcome.code, 2);
      QVERIFY(outcome.out.isEmpty());
      QVERIFY(!outcome.err.isEmpty());
    }
  }

  void everyCommandHasHelpWithAnExample() {
    for (const char* command :
         {"import",       "datasets",  "prepare",        "train",        "resume",     "runs",      "evaluate",
          "rank",         "explain",   "starter",        "sample-world", "demo",       "score",     "tokenize",
          "logits",       "negatives", "finish",         "estimate",     "rationales", "first-run", "world-report",
          "faithfulness", "occlude",   "counterfactual", "what-if",      "probe",      "hardest"}) {
      const Outcome outcome = run({QString::fromLatin1(command), u"--help"_qs});
      QCOMPARE(outcome.code, 0);
      QVERIFY2(outcome.out.contains("Example:\n"), command);
      QVERIFY2(outcome.out.contains(QByteArray("prefscope-cli ")), command);
    }
  }

  void troubleExitsWith1AndSaysWhy() {
    const Outcome outcome = inWorkspace({u"import"_qs, u"/nowhere/ratings.csv"_qs});
    QCOMPARE(outcome.code, 1);
    const QJsonObject error = outcome.json()[u"error"_qs].toObject();
    QVERIFY(error[u"message"_qs].toString().contains(u"/nowhere/ratings.csv"_qs));
    QVERIFY(outcome.err.contains("/nowhere/ratings.csv"));

    const Outcome unknown = inWorkspace({u"prepare"_qs, u"large"_qs});
    QCOMPARE(unknown.code, 1);
    QVERIFY(unknown.err.contains("small"));  // the sets there are
  }

  void optionsOutOfRangeAreSaid() {
    for (const char* seed : {"-1", "99999999999999999999", "1.5"}) {
      const Outcome outcome = inWorkspace({u"prepare"_qs, u"small"_qs, u"--seed"_qs, QString::fromLatin1(seed)});
      QCOMPARE(outcome.code, 2);
      QCOMPARE(outcome.json()[u"error"_qs][u"kind"_qs].toString(), u"usage"_qs);
      QVERIFY(outcome.err.contains(seed));
    }
    const Outcome starter = inWorkspace({u"starter"_qs, u"--hidden"_qs, u"100000000"_qs});
    QCOMPARE(starter.code, 1);
    QVERIFY(starter.err.contains("--hidden: expected 8 .. 8192"));
    const Outcome report = inWorkspace({u"world-report"_qs, u"--seeds"_qs, u"0"_qs});
    QCOMPARE(report.code, 1);
    QVERIFY(report.err.contains("--seeds: expected 1 .. 100, found 0"));
  }

  void negativesAreShownBeforeTraining() {
    const Outcome outcome =
        inWorkspace({u"negatives"_qs, u"small"_qs, u"--negatives"_qs, u"hard"_qs, u"--negatives-model"_qs,
                     u"popularity"_qs, u"--k"_qs, u"4"_qs, u"--limit"_qs, u"2"_qs});
    QCOMPARE(outcome.code, 0);
    const QJsonArray examples = outcome.json()[u"examples"_qs].toArray();
    QCOMPARE(examples.size(), 2);
    for (const QJsonValue& example : examples) {
      QVERIFY(!example[u"user"_qs].toString().isEmpty() && !example[u"chosen"_qs].toString().isEmpty());
      QCOMPARE(example[u"rejected"_qs].toArray().size(), 4);
    }
    const Outcome text = run({m_workspace[0], m_workspace[1], u"negatives"_qs, u"small"_qs, u"--limit"_qs, u"1"_qs});
    QCOMPARE(text.out.count("\n  + "), 1);
    QCOMPARE(text.out.count("\n  - "), 3);
    const Outcome wrong = inWorkspace({u"negatives"_qs, u"small"_qs, u"--k"_qs, u"4"_qs});
    QCOMPARE(wrong.code, 1);
    QVERIFY2(wrong.err.contains("--k: 3 negatives were prepared, found 4"), wrong.err.constData());
  }

  /// A log that cannot be written stops nothing.
  void fullLogStopsNothing() {
    QProcess process;
    process.setStandardErrorFile(u"/dev/full"_qs);
    process.start(cli(), m_workspace + QStringList{u"train"_qs, u"small"_qs, u"--objective"_qs, u"sft"_qs,
                                                   u"--epochs"_qs, u"0.1"_qs});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
  }

  /// The keys that scripts rely on, from import to the exported case.
  void theWholeLoop() {
    const QString files = m_folder.path() + u"/files"_qs;
    const Outcome imported = inWorkspace({u"import"_qs, files, u"--name"_qs, u"again"_qs});
    QCOMPARE(imported.code, 0);
    QCOMPARE(imported.json()[u"dataset"_qs].toString(), u"again"_qs);
    QCOMPARE(imported.json()[u"users"_qs].toInt(), 30);
    QCOMPARE(imported.json()[u"items"_qs].toInt(), 40);
    QCOMPARE(imported.json()[u"interactions"_qs].toInt(), 180);
    QCOMPARE(imported.json()[u"examples"_qs].toInt(-1), 0);
    QVERIFY(imported.json()[u"dropped"_qs].isArray());
    QVERIFY(imported.json()[u"seconds"_qs].isDouble());

    const Outcome sets = inWorkspace({u"datasets"_qs});
    QCOMPARE(sets.json()[u"datasets"_qs].toArray().size(), 2);

    const Outcome prepared = inWorkspace(
        {u"prepare"_qs, u"again"_qs, u"--candidates"_qs, u"8"_qs, u"--negatives"_qs, u"3"_qs, u"--users"_qs, u"20"_qs});
    QCOMPARE(prepared.code, 0);
    QCOMPARE(prepared.json()[u"users"_qs].toInt(), 20);
    QCOMPARE(prepared.json()[u"candidates"_qs].toInt(), 8);
    QCOMPARE(prepared.json()[u"negatives"_qs].toInt(), 3);
    QCOMPARE(prepared.json()[u"panel"_qs].toInt(), prepared.json()[u"train"_qs].toInt());
    QVERIFY(prepared.json()[u"protocol"_qs].toString().contains(u"leave-last-out"_qs));

    const Outcome sft = inWorkspace({u"train"_qs, u"again"_qs, u"--objective"_qs, u"sft"_qs});
    QCOMPARE(sft.code, 0);
    QVERIFY(sft.json()[u"margin"_qs].isNull());
    const QString first = QString::number(sft.json()[u"run"_qs].toInt());
    const Outcome dmpo = inWorkspace({u"train"_qs, u"again"_qs, u"--objective"_qs, u"dmpo"_qs, u"--from"_qs, first,
                                      u"--k"_qs, u"2"_qs, u"--batch-tokens"_qs, u"400"_qs});
    QCOMPARE(dmpo.code, 0);
    for (const char* key : {"run", "steps", "seconds", "loss", "margin", "accuracy"})
      QVERIFY2(dmpo.json()[QLatin1String(key)].isDouble(), key);
    const QString second = QString::number(dmpo.json()[u"run"_qs].toInt());

    const Outcome evaluated = inWorkspace(
        {u"evaluate"_qs, u"again"_qs, u"--runs"_qs, first, second, u"--baselines"_qs, u"popularity,ease"_qs});
    QCOMPARE(evaluated.code, 0);
    QStringList models;
    for (const QJsonValue& row : evaluated.json()[u"rows"_qs].toArray()) {
      models << row[u"model"_qs].toString();
      for (const char* key : {"auc", "auc_low", "auc_high", "hr@1", "hr@5", "ndcg@5", "mrr"})
        QVERIFY2(row[QLatin1String(key)].isDouble(), key);
      QVERIFY(row[u"auc_low"_qs].toDouble() <= row[u"auc"_qs].toDouble());
      QVERIFY(row[u"auc"_qs].toDouble() <= row[u"auc_high"_qs].toDouble());
    }
    QCOMPARE(models, (QStringList{u"base"_qs, u"sft"_qs, u"dmpo"_qs, u"popularity"_qs, u"ease"_qs}));

    prefscope::Workspace workspace(folder());
    const auto held_out =
        prefscope::read_examples(workspace, prepared.json()[u"preparation"_qs].toInteger(), prefscope::Role::HeldOut);
    const QString user = QString::fromStdString(held_out.front().user_key);
    const Outcome ranked = inWorkspace({u"rank"_qs, u"--user"_qs, user, u"--run"_qs, second});
    QCOMPARE(ranked.code, 0);
    const QJsonArray candidates = ranked.json()[u"candidates"_qs].toArray();
    QCOMPARE(candidates.size(), 8);
    bool found = false;
    double last = std::numeric_limits<double>::infinity();
    for (const QJsonValue& c : candidates) {
      for (const char* key : {"score", "logprob", "log_ratio"}) QVERIFY2(c[QLatin1String(key)].isDouble(), key);
      QVERIFY(c[u"score"_qs].toDouble() <= last);
      last = c[u"score"_qs].toDouble();
      found = found || c[u"item"_qs] == ranked.json()[u"target"_qs];
      // The file numbers its items as their titles do.
      QVERIFY(c[u"title"_qs].toString().endsWith(u", "_qs + c[u"item"_qs].toString()));
    }
    QVERIFY(found);

    // The same list under other models: 8 items whose ranks sum up to 36 with ties shared, and the run itself as
    // ranked.
    const QStringList beside = {u"--baselines"_qs, u"itemknn,random"_qs, u"--base"_qs, u"--runs"_qs, second};
    const Outcome others = inWorkspace(QStringList{u"rank"_qs, u"--user"_qs, user, u"--run"_qs, second} + beside);
    QCOMPARE(others.code, 0);
    const QJsonArray columns = others.json()[u"beside"_qs].toArray();
    QCOMPARE(columns.size(), 4);
    for (const QJsonValue& column : columns) {
      double sum = 0;
      const QJsonArray rows = column[u"candidates"_qs].toArray();
      for (int i = 0; i < 8; ++i) {
        sum += rows[i][u"rank"_qs].toDouble();
        QCOMPARE(rows[i][u"item"_qs], candidates[i][u"item"_qs]);
        if (rows[i][u"item"_qs] == ranked.json()[u"target"_qs])
          QCOMPARE(column[u"target_rank"_qs], rows[i][u"rank"_qs]);
        if (column[u"run"_qs].toInteger() == second.toLongLong()) QCOMPARE(rows[i][u"rank"_qs].toDouble(), i + 1.0);
      }
      QCOMPARE(sum, 36.0);
    }
    QCOMPARE(columns[0][u"model"_qs].toString(), u"ItemKNN"_qs);
    QVERIFY(columns[0][u"classic"_qs].toBool() && !columns[2][u"classic"_qs].toBool(true));
    QCOMPARE(columns[2][u"model"_qs].toString(), u"base"_qs);

    // Every held-out user, the smallest margin first; the first candidate that is not the target is the hardest.
    const Outcome hardest = inWorkspace({u"hardest"_qs, u"--run"_qs, second});
    QCOMPARE(hardest.code, 0);
    const QJsonArray users = hardest.json()[u"users"_qs].toArray();
    QCOMPARE(users.size(), static_cast<qsizetype>(held_out.size()));
    for (qsizetype i = 1; i < users.size(); ++i)
      QVERIFY(users[i - 1][u"margin"_qs].toDouble() <= users[i][u"margin"_qs].toDouble());
    const int rival = candidates[0][u"item"_qs] == ranked.json()[u"target"_qs] ? 1 : 0;
    const auto own =
        std::find_if(users.begin(), users.end(), [&](const QJsonValue& u) { return u[u"user"_qs].toString() == user; });
    QVERIFY(own != users.end());
    QCOMPARE((*own)[u"hardest_rejected"_qs], candidates[rival][u"title"_qs]);

    // What is measured on changed histories starts from the same numbers.
    const QStringList subject = {u"--user"_qs, user, u"--run"_qs, second};
    const Outcome same = inWorkspace(QStringList{u"what-if"_qs} + subject);
    QCOMPARE(same.code, 0);
    QVERIFY(!same.json()[u"edited"_qs].toBool(true));
    const QJsonArray again = same.json()[u"candidates"_qs].toArray();
    for (int i = 0; i < 8; ++i) {
      QCOMPARE(again[i][u"item"_qs], candidates[i][u"item"_qs]);
      QVERIFY(std::abs(again[i][u"logprob"_qs].toDouble() - candidates[i][u"logprob"_qs].toDouble()) < 1e-4);
    }
    const QString seen = ranked.json()[u"history"_qs][0][u"item"_qs].toString();
    const Outcome edited =
        inWorkspace(QStringList{u"what-if"_qs} + subject + QStringList{u"--remove"_qs, seen, u"--add"_qs, u"3"_qs});
    QCOMPARE(edited.code, 0);
    QVERIFY(edited.json()[u"edited"_qs].toBool());
    const QJsonArray changed = edited.json()[u"history"_qs].toArray();
    QCOMPARE(changed.last()[u"item"_qs].toString(), u"3"_qs);
    QVERIFY(std::none_of(changed.begin(), changed.end() - 1,
                         [&](const QJsonValue& item) { return item[u"item"_qs].toString() == seen; }));
    const Outcome absent = inWorkspace(QStringList{u"what-if"_qs} + subject + QStringList{u"--remove"_qs, u"999"_qs});
    QCOMPARE(absent.code, 1);
    QVERIFY(absent.err.contains("there is no item with the id \"999\""));
    const Outcome occluded = inWorkspace(QStringList{u"occlude"_qs} + subject);
    QCOMPARE(occluded.code, 0);
    QCOMPARE(occluded.json()[u"item"_qs], ranked.json()[u"target"_qs]);
    const QJsonArray effects = occluded.json()[u"items"_qs].toArray();
    QCOMPARE(effects.size(), ranked.json()[u"history"_qs].toArray().size());
    QCOMPARE(effects[0][u"item"_qs].toString(), seen);
    for (const char* key : {"deletion", "low", "high"}) QVERIFY2(effects[0][QLatin1String(key)].isDouble(), key);
    QVERIFY(occluded.json()[u"band_low"_qs].toDouble() <= occluded.json()[u"band_high"_qs].toDouble());
    const Outcome turned = inWorkspace(QStringList{u"counterfactual"_qs} + subject);
    QCOMPARE(turned.code, 0);
    QCOMPARE(turned.json()[u"first"_qs], candidates[0][u"item"_qs]);
    for (const QJsonValue& change : turned.json()[u"removals"_qs].toArray())
      QVERIFY(change[u"first"_qs] != candidates[0][u"item"_qs]);
    const Outcome worth = inWorkspace({u"faithfulness"_qs, u"--run"_qs, second, u"--users"_qs, u"2"_qs});
    QCOMPARE(worth.code, 0);
    QCOMPARE(worth.json()[u"models"_qs].toArray().size(), 3);  // base, SFT, DMPO

    const QString report = m_folder.path() + u"/case.html"_qs;
    const Outcome explained =
        inWorkspace({u"explain"_qs, u"--user"_qs, user, u"--run"_qs, second, u"--out"_qs, report});
    QCOMPARE(explained.code, 0);
    QVERIFY(!explained.json()[u"rationale"_qs].toString().isEmpty());
    QFile page(report);
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QByteArray html = page.readAll();
    QVERIFY(html.contains("<svg"));
    QVERIFY(!html.contains("<i>"));  // every title holds one
    QVERIFY(html.contains("&lt;i&gt;"));
    QVERIFY(!html.contains("http://") || !html.contains("src="));
  }

  /// The figures are those of the texts beside them.
  void rationalesAreCheckedAgainstTheHistory() {
    const Outcome held = inWorkspace({u"rationales"_qs, u"--dataset"_qs, u"small"_qs, u"--users"_qs, u"3"_qs,
                                      u"--titles-held"_qs, u"--temperature"_qs, u"0.5"_qs});
    QCOMPARE(held.code, 0);
    const QJsonArray texts = held.json()[u"rationales"_qs].toArray();
    QCOMPARE(texts.size(), 3);
    for (const QJsonValue& text : texts) {
      QVERIFY(!text[u"user"_qs].toString().isEmpty());
      QVERIFY(text[u"item"_qs].toString().contains(u"<i>"_qs));  // text, whatever it looks like
    }
    const QJsonValue titles = held.json()[u"titles"_qs];
    QCOMPARE(titles[u"in_history"_qs].toInt(), titles[u"named"_qs].toInt(-1));
    QCOMPARE(titles[u"invented"_qs].toInt(-1), 0);
    QVERIFY(held.json()[u"attributes"_qs][u"true"_qs].toInt() <= held.json()[u"attributes"_qs][u"named"_qs].toInt(-1));
    QVERIFY(!held.json().contains(u"truth"_qs));  // known for the sample world alone
    QVERIFY(held.json()[u"note"_qs].toString().contains(u"held to those of the history"_qs));
    const Outcome wrong = inWorkspace({u"rationales"_qs, u"--dataset"_qs, u"small"_qs, u"--users"_qs, u"0"_qs});
    QCOMPARE(wrong.code, 1);
    QVERIFY(wrong.err.contains("--users: expected at least 1, found 0"));
  }

  /// kill -9 at three random moments: the run is there, resumes, and ends as one that was never killed. Each in a
  /// workspace of its own, so that neither finds the other's log-probs; and with rejected items that change by epoch, a
  /// panel and an early stop.
  void aKilledTrainingGoesOn_data() {
    QTest::addColumn<QStringList>("options");
    QTest::newRow("prepared") << QStringList{};
    QTest::newRow("drawn anew, early stop")
        << QStringList{u"--negatives"_qs,  u"uniform"_qs, u"--resample"_qs, u"--k"_qs, u"2"_qs,
                       u"--stop-early"_qs, u"mrr"_qs,     u"--patience"_qs, u"30"_qs};
    QTest::newRow("self-hard, early stop")
        << QStringList{u"--negatives"_qs,  u"self-hard"_qs, u"--k"_qs,        u"2"_qs,
                       u"--stop-early"_qs, u"margin"_qs,    u"--patience"_qs, u"30"_qs};
  }
  void aKilledTrainingGoesOn() {
    QFETCH(QStringList, options);
    const QStringList train =
        QStringList{u"train"_qs,          u"small"_qs, u"--objective"_qs,   u"dmpo"_qs, u"--epochs"_qs, u"6"_qs,
                    u"--batch-tokens"_qs, u"500"_qs,   u"--evaluations"_qs, u"6"_qs,    u"--panel"_qs,  u"8"_qs,
                    u"--device"_qs,       u"cpu"_qs} +
        options;
    QTemporaryDir dir;
    prefscope::PrepareOptions prepare;
    prepare.candidates = 8;
    prepare.negatives = 3;
    for (const char* which : {"whole", "killed"}) make_small_world(dir.path().toStdString() + "/" + which, 30, prepare);
    const std::filesystem::path whole_folder = dir.path().toStdString() + "/whole/workspace",
                                killed_folder = dir.path().toStdString() + "/killed/workspace";
    const auto in = [](const std::filesystem::path& folder, const QStringList& arguments) {
      return QStringList{u"--workspace"_qs, QString::fromStdString(folder.string()), u"--json"_qs} + arguments;
    };
    const Outcome whole = run(in(whole_folder, train));
    QCOMPARE(whole.code, 0);
    const int64_t steps = whole.json()[u"steps"_qs].toInteger();
    QVERIFY(steps >= 8);

    prefscope::Workspace workspace(killed_folder), undisturbed(whole_folder);
    prefscope::Random random({static_cast<uint64_t>(options.size()), 0x9});
    int64_t after = 0;
    for (int kill = 0; kill < 3; ++kill) {
      QProcess process;
      process.start(cli(), in(killed_folder, kill == 0 ? train : QStringList{u"resume"_qs, u"1"_qs}));
      QVERIFY(process.waitForStarted());
      after = std::min(steps - 1, after + 1 + static_cast<int64_t>(random.below(3)));
      QTRY_VERIFY_WITH_TIMEOUT(static_cast<int64_t>(prefscope::read_step_metrics(workspace, 1).size()) >= after,
                               120'000);
      ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
      process.waitForFinished();
      QCOMPARE(process.exitStatus(), QProcess::CrashExit);
      const Outcome listed = run(in(killed_folder, {u"runs"_qs}));
      QCOMPARE(listed.json()[u"runs"_qs].toArray().last()[u"status"_qs].toString(), u"stopped"_qs);
    }
    const Outcome resumed = run(in(killed_folder, {u"resume"_qs, u"1"_qs}));
    QCOMPARE(resumed.code, 0);
    QCOMPARE(resumed.json()[u"steps"_qs].toInteger(), steps);
    QCOMPARE(resumed.json()[u"best_step"_qs], whole.json()[u"best_step"_qs]);
    QCOMPARE(resumed.json()[u"panel"_qs], whole.json()[u"panel"_qs]);
    QVERIFY(resumed.json()[u"panel"_qs][u"last"_qs][u"ndcg@5"_qs].isDouble());
    QVERIFY(curve(killed_folder, 1) == curve(whole_folder, 1));
    const auto adapter = [](prefscope::Workspace& of) {
      return prefscope::sha256_file(of.run_folder(1) / "adapter" / "adapter_model.safetensors");
    };
    QCOMPARE(adapter(workspace), adapter(undisturbed));
    const auto kept = [](prefscope::Workspace& of) {
      return of.db().execAndGet("SELECT count(*) FROM reference_log_prob").getInt64();
    };
    QCOMPARE(kept(workspace), kept(undisturbed));
  }

  /// finish: a running run ends as done with what it learned; one that does not run cannot be finished.
  void aRunningTrainingFinishesWhenAsked() {
    QProcess process;
    process.start(
        cli(), m_workspace + QStringList{u"train"_qs, u"small"_qs, u"--epochs"_qs, u"2000"_qs, u"--panel"_qs, u"4"_qs});
    QVERIFY(process.waitForStarted());
    prefscope::Workspace workspace(folder());
    const auto newest = [&] {
      const auto runs = prefscope::list_runs(workspace);
      return runs.empty() ? prefscope::Run{} : runs.back();
    };
    QTRY_VERIFY_WITH_TIMEOUT(
        newest().status == prefscope::RunStatus::Running && newest().steps_total > 100 && newest().steps_done >= 1,
        120'000);
    const QString id = QString::number(newest().id);
    const Outcome asked = inWorkspace({u"finish"_qs, id});
    QCOMPARE(asked.code, 0);
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(newest().status, prefscope::RunStatus::Done);
    const Outcome listed = inWorkspace({u"runs"_qs});
    QVERIFY(
        listed.json()[u"runs"_qs].toArray().last()[u"message"_qs].toString().startsWith(u"finished early at step "_qs));
    const Outcome again = inWorkspace({u"finish"_qs, id});
    QCOMPARE(again.code, 1);
    QVERIFY(again.err.contains("is done; only a running run can be finished"));
  }

  void estimatesBeforeTraining() {
    const Outcome outcome = inWorkspace({u"estimate"_qs, u"small"_qs, u"--k"_qs, u"2"_qs});
    QCOMPARE(outcome.code, 0);
    for (const char* key : {"memory_bytes", "available_bytes", "seconds", "steps", "examples", "tokens", "longest"})
      QVERIFY2(outcome.json()[QLatin1String(key)].toDouble() > 0, key);
    const Outcome wrong = inWorkspace({u"estimate"_qs, u"small"_qs, u"--clip"_qs, u"-1"_qs});
    QCOMPARE(wrong.code, 1);
    QVERIFY(wrong.err.contains("--clip: expected 0 (none)"));
  }

  void ctrlCExitsWith130AndTheRunGoesOn() {
    QProcess process;
    process.start(cli(), m_workspace + QStringList{u"train"_qs, u"small"_qs, u"--epochs"_qs, u"500"_qs});
    QVERIFY(process.waitForStarted());
    prefscope::Workspace workspace(folder());
    const auto newest = [&] {
      const auto runs = prefscope::list_runs(workspace);
      return runs.empty() ? prefscope::Run{} : runs.back();
    };
    QTRY_VERIFY_WITH_TIMEOUT(
        newest().status == prefscope::RunStatus::Running && newest().steps_total > 100 && newest().steps_done >= 1,
        120'000);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(30'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(process.readAllStandardError().contains("prefscope-cli resume"));
    QCOMPARE(newest().status, prefscope::RunStatus::Stopped);
    QVERIFY(std::filesystem::exists(workspace.run_folder(newest().id) / "checkpoint.safetensors"));
  }

  /// `score` against the same sums worked out from `logits` and the ids of `tokenize`.
  void scoresAreSumsOfLogSoftmax() {
    const QString model = QStringLiteral(PREFSCOPE_SOURCE "/resources/starter-model");
    const QString prompt = u"History: "_qs, response = u" The quiet <s> harbour"_qs;
    const auto lines = QStringLiteral("{\"text\": \"%1\"}\n{\"text\": \"%2\"}\n").arg(prompt, response).toUtf8();
    const Outcome tokens = run({u"tokenize"_qs, u"--tokenizer"_qs, model + u"/tokenizer.json"_qs, u"--json"_qs}, lines);
    QCOMPARE(tokens.code, 0);
    const QList<QByteArray> rows = tokens.out.split('\n');
    const QJsonArray before = QJsonDocument::fromJson(rows[0])[u"ids"_qs].toArray();
    const QJsonArray after = QJsonDocument::fromJson(rows[1])[u"ids"_qs].toArray();
    QCOMPARE(QJsonDocument::fromJson(rows[1])[u"decoded"_qs].toString(), response);
    constexpr int end = 1;  // </s> of the starter's tokenizer
    QVERIFY(!after.contains(0));
    QStringList ids;
    for (const QJsonArray& part : {before, after})
      for (const QJsonValue& id : part) ids << QString::number(id.toInt());
    const Outcome logits =
        run({u"logits"_qs, u"--model"_qs, model, u"--ids"_qs, ids.join(QLatin1Char(' ')), u"--json"_qs});
    QCOMPARE(logits.code, 0);
    const QJsonArray table = logits.json()[u"logits"_qs].toArray();
    QCOMPARE(table.size(), before.size() + after.size());
    double expected = 0;
    for (qsizetype i = 0; i <= after.size(); ++i) {
      const QJsonArray row = table[before.size() - 1 + i].toArray();
      double largest = -1e30, sum = 0;
      for (const QJsonValue& v : row) largest = std::max(largest, v.toDouble());
      for (const QJsonValue& v : row) sum += std::exp(v.toDouble() - largest);
      const int next = i < after.size() ? after[i].toInt() : end;
      expected += row[next].toDouble() - largest - std::log(sum);
    }
    QFile responses(m_folder.filePath(u"responses.txt"_qs));
    QVERIFY(responses.open(QIODevice::WriteOnly));
    responses.write(response.toUtf8() + "\nanother\n");
    responses.close();
    const Outcome scored = run({u"score"_qs, u"--model"_qs, model, u"--prompt"_qs, prompt, u"--responses"_qs,
                                responses.fileName(), u"--json"_qs});
    QCOMPARE(scored.code, 0);
    const QJsonArray sums = scored.json()[u"logprobs"_qs].toArray();
    QCOMPARE(sums.size(), 2);
    QVERIFY2(std::abs(sums[0].toDouble() - expected) < 1e-4,
             qPrintable(QString::number(sums[0].toDouble() - expected)));
  }

  void badLinesOfTokenizeAreNumbered() {
    const Outcome outcome = run(
        {u"tokenize"_qs, u"--tokenizer"_qs, QStringLiteral(PREFSCOPE_SOURCE "/resources/starter-model/tokenizer.json")},
        "{\"text\": \"a\"}\n{\"words\": \"b\"}\n");
    QCOMPARE(outcome.code, 1);
    QVERIFY(outcome.err.contains("line 2"));
  }
};

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
