// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/models_window.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QTabWidget>
#include <QTextEdit>
#include <QTreeWidget>
#include <QtTest>

#include "engine/base/files.h"
#include "engine/store/runs.h"
#include "engine/tasks/export_model.h"
#include "engine/tasks/generate.h"
#include "tests/engine/store/small_store.h"
#include "tests/ui/spoken_names.h"
#include "ui/pages/export_dialog.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/token_line.h"
#include "ui/workbench.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

const fs::path parity = fs::path(PREFSCOPE_PARITY);
constexpr int patience = 60'000;  // ms

}  // namespace

/// The models' window over real folders: the bundled starter, models and adapters that transformers and peft wrote.
class ModelsWindowTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> dir_;
  std::unique_ptr<Workbench> workbench_;
  std::unique_ptr<ModelsWindow> window_;

  fs::path folder() const { return dir_->path().toStdString(); }
  template <typename Widget>
  Widget* find(const char* name) const {
    auto* found = window_->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  void click(const char* button) const { QTest::mouseClick(find<QPushButton>(button), Qt::LeftButton); }
  QTreeWidget* list() const { return find<QTreeWidget>("modelList"); }
  /// Titles of the list, adapters with a dash before.
  QStringList titles() const {
    QStringList all;
    for (int i = 0; i < list()->topLevelItemCount(); ++i) {
      const QTreeWidgetItem* item = list()->topLevelItem(i);
      all << item->text(0);
      for (int a = 0; a < item->childCount(); ++a) all << QStringLiteral("- ") + item->child(a)->text(0);
    }
    return all;
  }
  QString fact(const char* name) const {
    for (const QLabel* label : window_->findChildren<QLabel*>(QStringLiteral("fact"))) {
      if (label->accessibleName() == QLatin1String(name)) return label->text();
    }
    return {};
  }
  QString bannerText() const {
    const auto* banner = window_->findChild<Banner*>();
    return banner->isVisible() ? banner->message() : QString();
  }
  void drop(const QStringList& paths) const {
    QMimeData mime;
    QList<QUrl> urls;
    for (const QString& path : paths) urls.append(QUrl::fromLocalFile(path));
    mime.setUrls(urls);
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({5, 5}, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &event);
  }
  static QString path(const fs::path& file) { return QString::fromStdString(file.string()); }
  void open() {
    workbench_ = std::make_unique<Workbench>(folder());
    window_ = std::make_unique<ModelsWindow>(*workbench_);
    window_->setAttribute(Qt::WA_DeleteOnClose, false);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_VERIFY_WITH_TIMEOUT(!fact("Architecture").isEmpty(), patience);
  }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    qputenv("HF_HUB_CACHE", (dir_->path() + QStringLiteral("/hub")).toUtf8());
    Workspace workspace(folder());
    fill_small_store(workspace);
    workspace.db().exec("DELETE FROM run");
  }
  void cleanup() {
    window_.reset();
    workbench_.reset();
  }

  void theStarterIsThereAndSaysWhatItIs() {
    open();
    QCOMPARE(titles().first(), QStringLiteral("starter"));
    QCOMPARE(fact("Architecture"), QStringLiteral("llama"));
    QCOMPARE(fact("Tokenizer"), QStringLiteral("tokenizer.json"));
    QVERIFY2(fact("In float32").contains(QStringLiteral("to train")), qPrintable(fact("In float32")));
    QVERIFY(!find<QPushButton>("removeModel")->isEnabled());
    QVERIFY(!find<QPushButton>("exportChosen")->isEnabled());
    QCOMPARE(namelessWidgets(*window_), QStringList());
    find<QTabWidget>("modelTabs")->setCurrentIndex(1);
    QCOMPARE(namelessWidgets(*window_), QStringList());
  }

  void aDroppedModelIsAddedUsedRememberedAndTakenOff() {
    open();
    workbench_->setDataSet(1);
    const fs::path model = parity / "families/mistral-shards";
    drop({path(model)});
    QTRY_VERIFY2_WITH_TIMEOUT(titles().contains(QStringLiteral("mistral-shards")), qPrintable(bannerText()), patience);
    QCOMPARE(bannerText(), QString());
    QTRY_COMPARE_WITH_TIMEOUT(fact("Architecture"), QStringLiteral("mistral"), patience);
    QVERIFY2(fact("Stored").contains(QStringLiteral("5 files")), qPrintable(fact("Stored")));
    QCOMPARE(fact("Tokenizer"), QStringLiteral("none"));
    QVERIFY(!find<QPushButton>("writePrompt")->isEnabled());  // it takes no text, and says so
    QVERIFY(find<QLabel>("answerNote")->text().contains(QStringLiteral("no tokenizer")));
    click("useModel");
    QCOMPARE(workbench_->baseModel(), model.string());
    QVERIFY(!find<QPushButton>("useModel")->isEnabled());
    QCOMPARE(find<QPushButton>("useModel")->text(), QStringLiteral("In use"));

    window_.reset();
    workbench_.reset();
    open();
    QTRY_COMPARE_WITH_TIMEOUT(fact("Architecture"), QStringLiteral("mistral"), patience);  // shown last
    click("removeModel");
    workbench_->setDataSet(1);
    workbench_->chooseModel("starter");
    QCOMPARE(workbench_->baseModel(), std::string("starter"));
    window_.reset();
    open();
    QVERIFY2(!titles().contains(QStringLiteral("mistral-shards")), qPrintable(titles().join(u'|')));
    QVERIFY(fs::exists(model / "config.json"));
  }

  void whatCannotBeUsedIsRefusedWithTheReason() {
    open();
    const QStringList before = titles();
    drop({dir_->path()});
    QTRY_VERIFY2_WITH_TIMEOUT(bannerText().contains(QStringLiteral("config.json")), qPrintable(bannerText()), patience);
    const fs::path pickle = folder() / "pickle";
    fs::create_directories(pickle);
    fs::copy_file(parity / "llm/tied/config.json", pickle / "config.json");
    write_file_atomically(pickle / "pytorch_model.bin", "PK\x03\x04");
    drop({path(pickle)});
    QTRY_VERIFY2_WITH_TIMEOUT(bannerText().contains(QStringLiteral("save_pretrained")), qPrintable(bannerText()),
                              patience);
    drop({path(parity / "llm/tied/adapter")});  // of another model: the starter is chosen
    QTRY_VERIFY2_WITH_TIMEOUT(bannerText().contains(QStringLiteral("adapter_model.safetensors")),
                              qPrintable(bannerText()), patience);
    QCOMPARE(titles(), before);
    workbench_->setDataSet(1);
    QSignalSpy errors(workbench_.get(), &Workbench::errorHappened);
    workbench_->chooseModel(pickle.string());
    QCOMPARE(errors.count(), 1);
    QCOMPARE(workbench_->baseModel(), std::string("starter"));
  }

  void modelsOfTheCacheAreListed() {
    const fs::path model = folder() / "hub/models--org--tiny/snapshots/abc";
    fs::create_directories(model);
    for (const char* file : {"config.json", "model.safetensors"})
      fs::copy_file(parity / "llm/tied" / file, model / file);
    open();
    QTRY_VERIFY_WITH_TIMEOUT(titles().contains(QStringLiteral("org/tiny")), patience);
    drop({path(model.parent_path().parent_path())});  // the folder of the cache, as a file manager shows it
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("removeModel")->isEnabled(), patience);
    QCOMPARE(bannerText(), QString());
    QCOMPARE(titles().count(QStringLiteral("org/tiny")), 1);
  }

  void anAdapterStandsUnderItsModelAndIsExported() {
    open();
    drop({path(parity / "llm/tied")});
    QTRY_VERIFY2_WITH_TIMEOUT(titles().contains(QStringLiteral("tied")), qPrintable(bannerText()), patience);
    drop({path(parity / "llm/tied/adapter/adapter_config.json")});  // a file in it will do
    QTRY_VERIFY2_WITH_TIMEOUT(titles().contains(QStringLiteral("- adapter")), qPrintable(bannerText()), patience);
    QCOMPARE(bannerText(), QString());
    const QStringList all = titles();
    QVERIFY2(all.indexOf(QStringLiteral("- adapter")) == all.indexOf(QStringLiteral("tied")) + 1,
             qPrintable(all.join(u'|')));
    QTRY_VERIFY_WITH_TIMEOUT(fact("Adapter").startsWith(QStringLiteral("rank ")), patience);
    click("exportChosen");
    auto* dialog = window_->findChild<ExportDialog*>();
    QVERIFY(dialog);
    const auto part = [&](const char* name) { return dialog->findChild<QWidget*>(QString::fromLatin1(name)); };
    QTRY_VERIFY(part("startExport")->isEnabled());
    auto* place = qobject_cast<QLineEdit*>(part("exportFolder"));
    place->setText(dir_->path());  // holds something
    QVERIFY(!part("startExport")->isEnabled());
    const fs::path out = folder() / "out/merged";
    place->setText(path(out));
    qobject_cast<QRadioButton*>(part("exportMerged"))->setChecked(true);
    qobject_cast<QComboBox*>(part("exportDtype"))->setCurrentText(QStringLiteral("bfloat16"));
    QSignalSpy said(workbench_.get(), &Workbench::noticed);
    QTest::mouseClick(part("startExport"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(said.count(), 1, patience);
    // The same as the engine makes of it.
    const fs::path other = folder() / "out/other";
    ExportOptions options;
    options.model = (parity / "llm/tied").string();
    options.adapters = {parity / "llm/tied/adapter"};
    options.merged = true;
    options.dtype = "bfloat16";
    options.out = other;
    export_model(options, {});
    QCOMPARE(sha256_file(out / "model.safetensors"), sha256_file(other / "model.safetensors"));
    click("removeModel");
    QVERIFY(!titles().contains(QStringLiteral("- adapter")));
  }

  void aPromptIsShownAndAnswered() {
    open();
    const QString text = QStringLiteral("The <s> user </s> watched");
    find<QPlainTextEdit>("prompt")->setPlainText(text);
    QTRY_VERIFY(find<QTextEdit>("renderedPrompt")->toPlainText().endsWith(text));
    QVERIFY(find<QLabel>("renderedNote")->text().endsWith(QStringLiteral(" tokens")));
    find<QSpinBox>("promptTokens")->setValue(12);
    for (int round = 0; round < 2; ++round) {  // the second time the model is there
      click("writePrompt");
      QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("answerNote")->text().contains(QStringLiteral("a second")), patience);
      GenerateOptions options;
      options.prompt = text.toStdString();
      options.max_new_tokens = 12;
      QCOMPARE(find<QPlainTextEdit>("answer")->toPlainText().toStdString(), *generate_text(options, {}, {}).text);
      QVERIFY(find<QPushButton>("writePrompt")->isEnabled());
    }
    // A format whose tokens this tokenizer lacks is refused in words.
    auto* chat = find<QComboBox>("chatFormat");
    chat->setCurrentIndex(chat->findData(QStringLiteral("llama-3")));
    QVERIFY(chat->currentIndex() > 0);
    QVERIFY(!find<QPushButton>("writePrompt")->isEnabled());
    QVERIFY(!find<QTextEdit>("renderedPrompt")->toPlainText().isEmpty());
  }

  void aUsersPromptIsFilledIn() {
    open();
    workbench_->setDataSet(1);
    QVERIFY(find<QPushButton>("fillPrompt")->isEnabled());
    const QList<QAction*> actions = find<QPushButton>("fillPrompt")->menu()->actions();
    QCOMPARE(actions.size(), 2);
    actions[0]->trigger();
    QTRY_COMPARE(find<QPlainTextEdit>("prompt")->toPlainText().trimmed(),
                 QStringLiteral("A"));  // its template: {history}
    QTRY_COMPARE(find<QLabel>("answerNote")->text(), QStringLiteral("The prompt of user ann."));
    workbench_->settings().setValue(QStringLiteral("case/user"), QStringLiteral("bob"));  // his case is open
    actions[0]->trigger();
    QTRY_COMPARE(find<QPlainTextEdit>("prompt")->toPlainText().trimmed(), QStringLiteral("B"));
    workbench_->settings().setValue(QStringLiteral("case/user"), QStringLiteral("ann"));
    actions[1]->trigger();
    QTRY_VERIFY(find<QPlainTextEdit>("prompt")->toPlainText().contains(QStringLiteral("C")));  // the target
  }

  void anUnknownTemplateIsLeftToThePerson() {
    const fs::path model = folder() / "chatty";
    fs::create_directories(model);
    for (const char* file : {"config.json", "model.safetensors"})
      fs::copy_file(resource_path("starter-model") / file, model / file);
    fs::copy_file(parity / "chat/tokenizer-chatml.json", model / "tokenizer.json");
    write_file_atomically(model / "tokenizer_config.json", R"({"chat_template": "{{ another }}"})");
    open();
    workbench_->setDataSet(1);
    drop({path(model)});
    auto* as = find<QComboBox>("promptsAs");
    QTRY_VERIFY_WITH_TIMEOUT(as->isVisible(), patience);
    QCOMPARE(as->currentIndex(), -1);
    QVERIFY(!find<QPushButton>("useModel")->isEnabled());
    QCOMPARE(namelessWidgets(*window_), QStringList());
    const auto choose = [&](const char* name) {
      as->setCurrentIndex(as->findData(QLatin1String(name)));
      Q_EMIT as->activated(as->currentIndex());
    };
    choose("llama-3");  // whose tokens this tokenizer lacks
    QTRY_VERIFY_WITH_TIMEOUT(bannerText().contains(QStringLiteral("llama-3")), patience);
    QTRY_COMPARE_WITH_TIMEOUT(as->currentIndex(), -1, patience);
    choose("chatml");
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("useModel")->isEnabled(), patience);
    QTRY_COMPARE(read_model(workbench_->workspace(), 2).chat, std::string("chatml"));
    window_.reset();
    open();
    QTRY_COMPARE_WITH_TIMEOUT(find<QComboBox>("promptsAs")->currentData().toString(), QStringLiteral("chatml"),
                              patience);
  }

  void writingCanBeStopped() {
    open();
    find<QPlainTextEdit>("prompt")->setPlainText(QStringLiteral("The user watched"));
    find<QSpinBox>("promptTokens")->setValue(900);
    find<QDoubleSpinBox>("promptTemperature")->setValue(5);  // so that it does not come to an end
    click("writePrompt");
    QTRY_VERIFY_WITH_TIMEOUT(
        !find<QPlainTextEdit>("answer")->document()->isEmpty() || find<QPushButton>("writePrompt")->isEnabled(),
        patience);
    click("stopPrompt");
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("writePrompt")->isEnabled(), patience);
    QVERIFY2(find<QLabel>("answerNote")->text().startsWith(QStringLiteral("Stopped")),
             qPrintable(find<QLabel>("answerNote")->text()));
  }

  void tokensAreThoseOfTheTokenizer() {
    open();
    find<QTabWidget>("modelTabs")->setCurrentIndex(1);
    auto* line = find<TokenLine>("tokenLine");
    find<QPlainTextEdit>("tokenText")->setPlainText(QStringLiteral("Heat 🎬 </s>"));
    QTRY_VERIFY(!line->tokens().empty());
    QString joined;
    int last = 0;
    for (const TokenLine::Token& token : line->tokens()) {
      QVERIFY(!token.special);
      if (token.end > last) joined += token.text;  // bytes of one character share it
      last = token.end;
    }
    QCOMPARE(joined, QStringLiteral("Heat 🎬 </s>"));
    find<QCheckBox>("findSpecial")->setChecked(true);
    QVERIFY(line->tokens().back().special);
    QVERIFY(line->csv().contains(QStringLiteral("</s>")));
    QVERIFY(line->heightForWidth(60) > line->heightForWidth(600));
    QVERIFY2(find<QLabel>("tokenCount")->text().startsWith(QString::number(line->tokens().size())),
             qPrintable(find<QLabel>("tokenCount")->text()));
  }
};

QTEST_MAIN(ModelsWindowTest)
#include "models_window_test.moc"
