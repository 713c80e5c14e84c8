// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/example_inspector.h"

#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabBar>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "engine/tasks/seen_text.h"
#include "tests/ui/spoken_names.h"
#include "tests/ui/window_driver.h"
#include "ui/theme.h"
#include "ui/widgets/data_table.h"
#include "ui/widgets/token_line.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// The inspector in the real window over a small world with listed prompts, and over imported pairs.
class ExampleInspectorTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  std::unique_ptr<MainWindow> m_window;

  fs::path root() const { return m_dir.path().toStdString(); }
  fs::path folder() const { return root() / "ws"; }
  Workbench& bench() const { return m_window->workbench(); }
  ExampleInspector* inspector() const { return m_window->findChild<ExampleInspector*>(); }
  template <typename Widget>
  Widget* child(const char* name) const {
    auto* found = inspector()->findChild<Widget*>(QString::fromLatin1(name));
    if (!found) qFatal("there is no %s", name);
    return found;
  }
  QString title() const { return child<QLabel>("inspectedTitle")->property("text").toString(); }
  std::vector<TokenLine*> lines() const {
    const auto all = inspector()->findChildren<TokenLine*>();
    return {all.begin(), all.end()};
  }
  static std::vector<int32_t> idsOf(const std::vector<SeenToken>& tokens) {
    std::vector<int32_t> ids;
    for (const SeenToken& token : tokens) ids.push_back(token.id);
    return ids;
  }
  static std::vector<int32_t> idsOf(const TokenLine* line) {
    std::vector<int32_t> ids;
    for (const TokenLine::Token& token : line->tokens()) ids.push_back(token.id);
    return ids;
  }
  SeenExample seen(qint64 example, const std::string& model = "starter") const {
    return inspect_example(folder(), example, model, "none");
  }
  void showTab(const char* name) const {
    auto* tabs = widgetOf<QTabBar>(*m_window, "tables");
    for (int i = 0; i < tabs->count(); ++i) {
      if (tabs->tabText(i) == QLatin1String(name)) tabs->setCurrentIndex(i);
    }
    auto* table = widgetOf<DataTable>(*m_window, "table");
    QTRY_VERIFY(table->model()->rowCount() > 0 && table->currentIndex().isValid() && bench().jobs().isIdle());
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    installTheme(*qApp, Appearance::Light);
    QVERIFY(writeSmallWorld(QString::fromStdString((root() / "small").string())));
    ImportOptions import;
    import.workspace = folder();
    import.paths = {root() / "small"};
    import.name = "small";
    import_data(import, {});
    PrepareOptions split;
    split.workspace = folder();
    split.data_set = "small";
    split.candidates = 8;
    split.negatives = 3;
    split.prompt = "listed";
    prepare(split, {});
    // The starter with fewer positions than any prompt takes, and a folder that is no model.
    const fs::path models = folder() / "models";
    fs::create_directories(models / "broken");
    fs::copy(fs::path(PREFSCOPE_SOURCE) / "resources" / "starter-model", models / "short");
    std::ifstream in(models / "short" / "config.json");
    std::string config((std::istreambuf_iterator<char>(in)), {});
    const std::string asWas = "\"max_position_embeddings\": 1024";
    QVERIFY(config.find(asWas) != std::string::npos);
    config.replace(config.find(asWas), asWas.size(), "\"max_position_embeddings\": 60");
    std::ofstream(models / "short" / "config.json") << config;
    for (const char* name : {"config.json", "model.safetensors"}) std::ofstream(models / "broken" / name) << "{}";
    m_window = std::make_unique<MainWindow>(folder());
    m_window->resize(1280, 800);
    m_window->show();
    m_window->showPage(QStringLiteral("data"));
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }

  /// Return on a row opens it; what stands there is what the engine says, token by token.
  void returnOnARowOpensIt() {
    showTab("Examples");
    auto* table = widgetOf<DataTable>(*m_window, "table");
    table->selectRow(0);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return);
    QVERIFY(inspector() && QTest::qWaitForWindowActive(inspector()));
    QTRY_VERIFY(child<QPushButton>("copySeenJson")->isEnabled());
    const qint64 id = read_examples(bench().workspace(), bench().preparation()).front().id;
    const SeenExample e = seen(id);
    QCOMPARE(child<QPlainTextEdit>("inspectedPrompt")->toPlainText(), toQt(e.prompts[0].text));
    const std::vector<TokenLine*> all = lines();
    QVERIFY(idsOf(child<TokenLine>("promptTokens")) == idsOf(e.prompts[0].tokens));
    // The legend, the prompt, and each response: of which the last token is special and all are learned.
    QCOMPARE(all.size(), 2 + e.prompts[0].responses.size());
    size_t found = 0;
    for (const SeenResponse& response : e.prompts[0].responses) {
      for (const TokenLine* line : all) {
        if (line->tokens().front().id < 0 || idsOf(line) != idsOf(response.tokens)) continue;
        ++found;
        QVERIFY(line->tokens().front().learned && line->tokens().back().special);
        break;
      }
    }
    QCOMPARE(found, e.prompts[0].responses.size());
    QVERIFY(child<QLabel>("inspectedLength")->text().contains(QStringLiteral("%1 tokens of 1024 ").arg(e.longest)));
    QCOMPARE(child<QLabel>("inspectedPlace")->text(), QStringLiteral("Target: place %1 of 8").arg(e.target_place + 1));
    QVERIFY(!child<QComboBox>("inspectedPart")->isVisible());
    QCOMPARE(namelessWidgets(*inspector()), QStringList());
  }

  void keysGoToTheNextAndCopy() {
    const std::vector<Example> examples = read_examples(bench().workspace(), bench().preparation());
    QVERIFY(!child<QPushButton>("previousExample")->isEnabled());
    QTest::keyClick(inspector(), Qt::Key_Right, Qt::AltModifier);
    QTRY_VERIFY2(title().contains(QStringLiteral("example 2 of %1").arg(examples.size())), qPrintable(title()));
    QTest::keyClick(inspector(), Qt::Key_J, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QApplication::clipboard()->text(), toQt(seen_json(seen(examples[1].id)).dump(2)));
    QTest::keyClick(inspector(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QApplication::clipboard()->text(), toQt(seen_text(seen(examples[1].id))));
    QTest::keyClick(inspector(), Qt::Key_Left, Qt::AltModifier);
    QTRY_VERIFY(title().contains(QStringLiteral("example 1 of ")));
  }

  /// 60 positions: the tokens past them are marked at the prompt's start, and it is said what to do.
  void whatHasNoRoomIsMarked() {
    auto* model = child<QComboBox>("inspectorModel");
    const std::string shorter = (folder() / "models" / "short").string();
    model->setCurrentIndex(model->findData(toQt(shorter)));
    auto* length = child<QLabel>("inspectedLength");
    QTRY_VERIFY2(length->text().contains(QStringLiteral("of 60 positions")), qPrintable(length->text()));
    const SeenExample e = seen(read_examples(bench().workspace(), bench().preparation()).front().id, shorter);
    QVERIFY(e.longest > 60);
    const auto& tokens = child<TokenLine>("promptTokens")->tokens();
    const auto cut = std::count_if(tokens.begin(), tokens.end(), [](const TokenLine::Token& t) { return t.cut; });
    QCOMPARE(static_cast<int64_t>(cut), e.longest - 60);
    QVERIFY(tokens.front().cut && !tokens.back().cut);
    QVERIFY(length->text().contains(QStringLiteral("refuse it")));
  }

  void aModelThatCannotBeOpenedIsSaid() {
    auto* model = child<QComboBox>("inspectorModel");
    const int broken = model->findData(toQt(folder() / "models" / "broken"));
    QVERIFY(broken >= 0);
    model->setCurrentIndex(broken);
    QTRY_VERIFY(!child<QPushButton>("copySeenJson")->isEnabled());
    bool said = false;
    for (const QLabel* label : inspector()->findChildren<QLabel*>())
      said = said || (label->isVisible() && label->text().contains(QStringLiteral("Choose another model")) &&
                      label->text().contains(QStringLiteral("config.json")));
    QVERIFY(said);
    model->setCurrentIndex(0);
    QTRY_VERIFY(child<QPushButton>("copySeenJson")->isEnabled());
  }

  /// A user with an example has the button too; one window serves all.
  void aUsersExample() {
    showTab("Users");
    auto* table = widgetOf<DataTable>(*m_window, "table");
    table->selectRow(4);
    auto* button = widgetOf<QPushButton>(*m_window, "userTokens");
    QTRY_VERIFY(button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY2(title().startsWith(QStringLiteral("User 5 ·")), qPrintable(title()));
    QCOMPARE(m_window->findChildren<ExampleInspector*>().size(), 1);
  }

  /// Two negatives of one history and positive, each with a prompt of its own, chosen by the box. What they hold is text.
  void importedPairs() {
    const fs::path file = root() / "pairs.json";
    nlohmann::json records;
    for (const std::string other : {"<Title:C>", "<Title:D>"}) {
      const std::string chosen = "<Title:</s>>";
      records.push_back(
          {{"instruction", "History: <Title:A> . Rank the likelihood of " + chosen + " and " + other + " ."},
           {"input", ""},
           {"output", {" " + chosen + " ,  " + other + " ", " " + other + " ,  " + chosen + " "}}});
    }
    std::ofstream(file) << records.dump();
    m_window->importPaths({toQt(file)});
    QTRY_VERIFY_WITH_TIMEOUT(bench().dataSet()->name == "pairs" && bench().jobs().isIdle(), 60'000);
    showTab("Examples");
    auto* table = widgetOf<DataTable>(*m_window, "table");
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return);
    QTRY_VERIFY2(title().contains(QStringLiteral("pairs.json")), qPrintable(title()));
    const Example example = read_examples(bench().workspace(), bench().preparation()).front();
    const SeenExample e = seen(example.id);
    auto* part = child<QComboBox>("inspectedPart");
    QCOMPARE(example.pairs.size(), size_t{2});
    QCOMPARE(part->count(), 2);
    QVERIFY(part->isVisible());
    part->setCurrentIndex(1);
    QCOMPARE(child<QPlainTextEdit>("inspectedPrompt")->toPlainText(), toQt(e.prompts[1].text));
    QVERIFY(e.prompts[1].text.find("<Title:D>") != std::string::npos);
    QVERIFY(idsOf(child<TokenLine>("promptTokens")) == idsOf(e.prompts[1].tokens));
    // "</s>" in a title ends nothing: special tokens are those that the tokenizer puts in front.
    const auto& tokens = e.prompts[1].tokens;
    for (size_t i = 1; i < tokens.size(); ++i) QVERIFY(!tokens[i].special);
    QVERIFY(child<QLabel>("inspectedPlace")->text().isEmpty());
  }
};

QTEST_MAIN(ExampleInspectorTest)
#include "example_inspector_test.moc"
