// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QtTest>

#include "engine/tasks/import.h"
#include "engine/tasks/negatives.h"
#include "engine/tasks/prepare.h"
#include "tests/ui/window_driver.h"
#include "ui/pages/train_fields.h"
#include "ui/pages/train_settings.h"
#include "ui/theme.h"

using namespace prefscope;

/// Form, options and command say the same; presets set what they promise.
class TrainFormTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<Workbench> m_workbench;
  std::unique_ptr<TrainForm> m_form;

  template <typename Widget>
  Widget* child(const char* name) const {
    auto* found = m_form->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  void choose(const char* box, const char* name) const {
    auto* combo = child<QComboBox>(box);
    const int index = combo->findData(QString::fromLatin1(name));
    if (index < 0) qFatal("%s has no %s", box, name);
    combo->setCurrentIndex(index);
    Q_EMIT combo->activated(index);
  }
  QStringList words() const { return trainCommand(m_form->options()).split(QLatin1Char(' ')); }
  /// The word after a flag; empty where the flag is not there.
  QString flag(const char* name) const {
    const QStringList all = words();
    const auto at = all.indexOf(QString::fromLatin1(name));
    return at < 0 ? QString() : all.value(at + 1);
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    const QString folder = m_dir.filePath(QStringLiteral("small"));
    QVERIFY(writeSmallWorld(folder));
    ImportOptions import;
    import.workspace = toPath(m_dir.filePath(QStringLiteral("ws")));
    import.paths = {toPath(folder)};
    const ImportResult imported = import_data(import, {});
    PrepareOptions prepareOptions;
    prepareOptions.workspace = import.workspace;
    prepareOptions.data_set = imported.data_set.name;
    prepareOptions.candidates = 6;
    prepareOptions.negatives = 4;
    prepareOptions.history = 4;
    prepare(prepareOptions, {});
    m_workbench = std::make_unique<Workbench>(import.workspace);
    m_form = std::make_unique<TrainForm>(*m_workbench);
    m_form->refresh();
    m_form->suggest();
    m_form->resize(300, 700);
    m_form->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_form.get()));
  }

  void everyObjectiveAndSamplingHasWords() {
    const auto& texts = objectiveTexts();
    QCOMPARE(texts.size(), trainable_objectives().size());
    for (size_t i = 0; i < texts.size(); ++i) {
      QCOMPARE(texts[i].name, trainable_objectives()[i]);
      QVERIFY(!texts[i].line.isEmpty() && !texts[i].formula.isEmpty());
    }
    QCOMPARE(objectiveText("paired-dmpo").title, QStringLiteral("paired DMPO"));
    for (const ChoiceText& text : samplingTexts()) QVERIFY2(!text.tip.isEmpty(), text.name.c_str());
    QCOMPARE(child<QComboBox>("objective")->count(), static_cast<int>(trainable_objectives().size()));
  }

  void everySettingHasATooltip() {
    for (const QWidget* field : m_form->findChild<TrainFields*>()->findChildren<QWidget*>()) {
      if (!qobject_cast<const QComboBox*>(field) && !qobject_cast<const QAbstractSpinBox*>(field) &&
          !qobject_cast<const QAbstractButton*>(field))
        continue;
      QVERIFY2(!field->toolTip().isEmpty(), qPrintable(field->objectName()));
    }
  }

  void startsWithTheFirstPartOfTheFirstPreset() {
    QVERIFY(child<QPushButton>("preset0")->isChecked());
    QCOMPARE(m_form->options().objective, std::string("sft"));
    QVERIFY(child<QLabel>("presetLine")->text().contains(QStringLiteral("first part")));
    QVERIFY(flag("--k").isEmpty() && flag("--beta").isEmpty());
  }

  void presetsSetTheirSettings() {
    QTest::mouseClick(child<QPushButton>("preset1"), Qt::LeftButton);
    QVERIFY(child<QPushButton>("preset1")->isChecked() && !child<QPushButton>("preset0")->isChecked());
    TrainOptions options = m_form->options();
    QCOMPARE(options.objective, std::string("sft"));
    QCOMPARE(options.epochs, 5.0);
    QCOMPARE(options.rank, 8);
    QCOMPARE(options.learning_rate, 3e-4);  // of the starter, which is small
    // Its second part comes from the same pill once an SFT run is there; here the objective is chosen by hand.
    TrainOptions second = m_form->options();
    applyPreset(second, presets(true)[2].preference, 2);
    m_form->setOptions(second);
    QVERIFY(!child<QPushButton>("preset1")->isChecked());
    options = m_form->options();
    QCOMPARE(options.objective, std::string("s-dpo"));
    QCOMPARE(options.k, 2);  // no more than there are
    QCOMPARE(options.clip, 0.3);
    QCOMPARE(options.beta, 1.0);
    QCOMPARE(presets(false)[2].preference.learning_rate, 1e-5);
    QCOMPARE(presets(false)[1].preference.beta, 0.1);
    // A change makes the settings one's own.
    child<QSpinBox>("rank")->setValue(7);
    for (const char* name : {"preset0", "preset1", "preset2"}) QVERIFY(!child<QPushButton>(name)->isChecked());
    QCOMPARE(child<QLabel>("presetLine")->text(), QStringLiteral("Settings of your own."));
  }

  void showsOnlyWhatApplies() {
    choose("objective", "sft");
    QVERIFY(!child<QWidget>("beta")->isVisible() && !child<QWidget>("sampling")->isVisible());
    choose("objective", "dmpo");
    QVERIFY(child<QWidget>("beta")->isVisible() && !child<QWidget>("gamma")->isVisible());
    QVERIFY(!child<QWidget>("smoothing")->isVisible());
    choose("objective", "simpo");
    QVERIFY(child<QWidget>("gamma")->isVisible() && child<QWidget>("smoothing")->isVisible());
    QVERIFY(!child<QWidget>("samplingModel")->isVisible());
    choose("sampling", "hard");
    QVERIFY(child<QWidget>("samplingModel")->isVisible() && !child<QWidget>("resample")->isVisible());
    choose("sampling", "uniform");
    QVERIFY(child<QWidget>("resample")->isVisible());
    QCOMPARE(child<QSpinBox>("k")->maximum(), 64);
    choose("sampling", "prepared");
    QCOMPARE(child<QSpinBox>("k")->maximum(), 4);
    choose("objective", "dmpo-released");
    QCOMPARE(child<QDoubleSpinBox>("sftWeight")->value(), 1.0);
    QVERIFY(!m_form->options().sft_weight);  // its default
    choose("objective", "dmpo");
    QCOMPARE(child<QDoubleSpinBox>("sftWeight")->value(), 0.0);
  }

  void formOptionsAndCommandAgree() {
    TrainOptions options = m_form->options();
    options.objective = "simpo";
    options.negatives = "popularity";
    options.k = 12;
    options.resample = true;
    options.beta = 2;
    options.label_smoothing = 0.1;
    options.gamma = 0.7;
    options.sft_weight = 0.2;
    options.learning_rate = 2e-5;
    options.schedule = "linear";
    options.warm_up = 0.1;
    options.clip = 0.5;
    options.epochs = 3;
    options.rank = 4;
    options.alpha = 12;
    options.rs_lora = true;
    options.dropout = 0.05;
    options.targets = {"q_proj", "v_proj"};
    options.batch_tokens = 2000;
    options.pass_tokens = 500;
    options.dtype = "bfloat16";
    options.checkpoint_gradients = true;
    options.panel = 50;
    options.evaluations = 7;
    options.stop_early = "hr@1";
    options.patience = 2;
    options.device = "cpu";
    options.seed = 11;
    m_form->setOptions(options);
    QCOMPARE(trainCommand(m_form->options()), trainCommand(options));
    const std::pair<const char*, const char*> flags[] = {{"--objective", "simpo"},
                                                         {"--negatives", "popularity"},
                                                         {"--k", "12"},
                                                         {"--beta", "2"},
                                                         {"--label-smoothing", "0.1"},
                                                         {"--gamma", "0.7"},
                                                         {"--sft-weight", "0.2"},
                                                         {"--lr", "2e-05"},
                                                         {"--schedule", "linear"},
                                                         {"--warm-up", "0.1"},
                                                         {"--clip", "0.5"},
                                                         {"--epochs", "3"},
                                                         {"--rank", "4"},
                                                         {"--alpha", "12"},
                                                         {"--dropout", "0.05"},
                                                         {"--target-modules", "q_proj"},
                                                         {"--batch-tokens", "2000"},
                                                         {"--pass-tokens", "500"},
                                                         {"--dtype", "bfloat16"},
                                                         {"--panel", "50"},
                                                         {"--evaluations", "7"},
                                                         {"--stop-early", "hr@1"},
                                                         {"--patience", "2"},
                                                         {"--device", "cpu"},
                                                         {"--seed", "11"}};
    for (const auto& [name, value] : flags) QCOMPARE(flag(name), QString::fromLatin1(value));
    for (const char* name : {"--resample", "--checkpoint-gradients", "--rslora", "v_proj"})
      QVERIFY(words().contains(QLatin1String(name)));
    options.targets = {"layers.0.mlp.up_proj"};  // a list of another program
    m_form->setOptions(options);
    QCOMPARE(m_form->options().targets, options.targets);
    QCOMPARE(flag("--target-modules"), QStringLiteral("layers.0.mlp.up_proj"));
    options.negatives = "hard";
    options.negatives_model = "itemknn";
    m_form->setOptions(options);
    QCOMPARE(flag("--negatives-model"), QStringLiteral("itemknn"));
    QVERIFY(!words().contains(QStringLiteral("--resample")));  // drawn negatives alone can be drawn anew
  }

  void aRunGivesItsOptionsBack() {
    const TrainOptions made = m_form->options();
    TrainOptions options;
    options.workspace = made.workspace;
    options.data_set = made.data_set;
    options.preparation = made.preparation;
    options.objective = "ipo";
    options.k = 3;
    options.beta = 0.5;
    options.sft_weight = 0.25;
    options.seed = 5;
    const int64_t id = create_run(options);
    Workspace& workspace = m_workbench->workspace();
    const TrainOptions back = options_of(workspace, read_run(workspace, id));
    QCOMPARE(trainCommand(back), trainCommand(options));
    // Only what differs is compared.
    options.beta = 0.1;
    options.seed = 6;
    const int64_t other = create_run(options);
    const std::vector<Run> runs = {read_run(workspace, id), read_run(workspace, other)};
    const auto rows = differingSettings(runs, {options_of(workspace, runs[0]), options_of(workspace, runs[1])},
                                        {QStringLiteral("base"), QStringLiteral("base")});
    QCOMPARE(rows.size(), size_t{2});
    QCOMPARE(rows[0].name, QStringLiteral("beta"));
    QCOMPARE(rows[0].values, QStringList({QStringLiteral("0.5"), QStringLiteral("0.1")}));
    QCOMPARE(rows[1].name, QStringLiteral("Seed"));
  }

  void saysWhatTheRunWillNeed() {
    TrainOptions options = m_form->options();
    options.objective = "dmpo";
    options.negatives = "prepared";
    options.k = 2;
    options.dtype = "float32";
    m_form->setOptions(options);
    QTRY_VERIFY_WITH_TIMEOUT(child<QLabel>("timeLine")->text().contains(QStringLiteral("steps")), 60'000);
    QVERIFY2(child<QLabel>("memoryLine")->text().contains(QStringLiteral("free")),
             qPrintable(child<QLabel>("memoryLine")->text()));
  }

  void showsTheNegativesBeforeTraining() {
    QTest::mouseClick(child<QPushButton>("lookAtNegatives"), Qt::LeftButton);
    auto* dialog = m_form->findChild<QDialog*>(QStringLiteral("negativesDialog"));
    QVERIFY(dialog);
    auto* table = dialog->findChild<QTableWidget*>();
    QTRY_VERIFY_WITH_TIMEOUT(table->rowCount() > 0, 60'000);
    QCOMPARE(table->item(0, 2)->text().count(QStringLiteral("Film")), 2);  // k
    QVERIFY(table->item(0, 2)->toolTip().contains(QStringLiteral("&lt;i&gt;Film")));
    dialog->close();
  }

  void cleanupTestCase() {
    m_form.reset();
    m_workbench.reset();
  }
};

QTEST_MAIN(TrainFormTest)
#include "train_form_test.moc"
