// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/inspect_example.h"

#include <QtTest>
#include <fstream>

#include "engine/data/item_index.h"
#include "engine/data/prompts.h"
#include "engine/llm/checkpoint.h"
#include "engine/store/preparations.h"
#include "engine/tasks/import.h"
#include "engine/tasks/prepare.h"
#include "tests/engine/messages.h"

using namespace prefscope;
namespace fs = std::filesystem;

class InspectExampleTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  Preparation preparation_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  void initTestCase() {
    const fs::path files = root() / "files";
    fs::create_directories(files);
    std::ofstream items(files / "items.csv"), rows(files / "interactions.csv");
    items << "id,title\n1,</s> <s>\n";
    for (int i = 2; i <= 30; ++i) items << i << ",Lantern Number " << i << '\n';
    rows << "user,item,time\n";
    for (int u = 1; u <= 10; ++u) {
      for (int n = 0; n < 9; ++n) rows << u << ',' << 1 + (3 * u + 2 * n) % 30 << ',' << n << '\n';
    }
    items.close();
    rows.close();
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {files};
    import.name = "made";
    import_data(import, {});
    PrepareOptions split;
    split.workspace = root() / "ws";
    split.data_set = "made";
    split.candidates = 6;
    split.negatives = 3;
    split.prompt = "listed";
    preparation_ = prepare(split, {}).preparation;
  }

  /// The same ids as training and scoring use, the loss on responses alone, and no token of the template's in titles.
  void tokensAreThoseOfTraining() {
    Workspace workspace(root() / "ws");
    const ItemIndex items(read_item_texts(workspace, preparation_.data_set));
    const LanguageModel model = load_language_model(model_folder("starter"));
    for (const Example& e : read_examples(workspace, preparation_.id)) {
      if (e.role == Role::Panel) continue;
      const SeenExample seen = inspect_example(root() / "ws", preparation_.id, e.user_key, "starter", "none");
      QVERIFY(seen.id == e.id && seen.role == e.role && seen.prompts.size() == 1);
      const SeenPrompt& prompt = seen.prompts.front();
      const std::string text =
          render_prompt(preparation_.prompt_template, items.all(e.history), items.all(e.candidates));
      QCOMPARE(prompt.text, text);
      std::vector<int32_t> ids;
      for (const SeenToken& token : prompt.tokens) {
        ids.push_back(token.id);
        QVERIFY(!token.learned);
      }
      QVERIFY(ids == prompt_ids(model, text));
      QCOMPARE(prompt.responses.size(), e.role == Role::Train ? size_t{4} : size_t{6});
      QVERIFY(prompt.responses.front().chosen);
      QCOMPARE(prompt.responses.front().text, items.at(e.target)->title);
      size_t longest = 0;
      for (const SeenResponse& response : prompt.responses) {
        ids.clear();
        for (const SeenToken& token : response.tokens) ids.push_back(token.id);
        QVERIFY(ids == response_ids(model, response.text));
        for (size_t i = 0; i < response.tokens.size(); ++i)
          QVERIFY(response.tokens[i].learned && response.tokens[i].special == (i + 1 == response.tokens.size()));
        longest = std::max(longest, response.tokens.size());
      }
      QCOMPARE(seen.longest, static_cast<int64_t>(prompt.tokens.size() + longest));
      QCOMPARE(e.candidates[static_cast<size_t>(seen.target_place)], e.target);
      QVERIFY(seen.positions == model.weights.config.max_positions && !seen.cut_items);
    }
  }

  /// The pairs of a candidate record have one prompt: it stands once, with the chosen and each of the rejected.
  void pairsWithOnePromptAreOneList() {
    const fs::path file = root() / "records.json";
    std::ofstream(file) << R"([{"historyList": "A::B", "itemList": ["C", "D </s>", "E", "F"], "trueSelection": "E"},
                              {"historyList": "B::C", "itemList": ["A", "D </s>", "E", "F"], "trueSelection": "A"}])";
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {file};
    import.name = "records";
    import_data(import, {});
    Workspace workspace(root() / "ws");
    const auto preparations = list_preparations(workspace, find_data_set(workspace, "records").id);
    QCOMPARE(preparations.size(), size_t{1});
    const LanguageModel model = load_language_model(model_folder("starter"));
    const std::vector<Example> examples = read_examples(workspace, preparations.front().id);
    QCOMPARE(examples.size(), size_t{2});
    for (const Example& e : examples) {
      QCOMPARE(e.pairs.size(), size_t{3});
      const SeenExample seen = inspect_example(root() / "ws", e.id, "starter", "none");
      QCOMPARE(seen.prompts.size(), size_t{1});
      const SeenPrompt& prompt = seen.prompts.front();
      QCOMPARE(prompt.text, e.pairs.front().prompt);
      QCOMPARE(prompt.responses.size(), size_t{4});
      QVERIFY(prompt.responses.front().chosen && prompt.responses.front().text == e.pairs.front().chosen);
      for (size_t p = 0; p < e.pairs.size(); ++p) {
        const SeenResponse& rejected = prompt.responses[p + 1];
        QVERIFY(!rejected.chosen && rejected.text == *e.pairs[p].rejected);
        std::vector<int32_t> ids;
        for (const SeenToken& token : rejected.tokens) ids.push_back(token.id);
        QVERIFY(ids == response_ids(model, *e.pairs[p].rejected));
      }
    }
  }

  /// Titles of some 400 tokens: of the history of nine, as many of the oldest would have to go as it takes.
  void whatIsTooLongSaysHowMuch() {
    const fs::path files = root() / "long";
    fs::create_directories(files);
    std::ofstream items(files / "items.csv"), rows(files / "interactions.csv");
    items << "id,title\n";
    for (int i = 1; i <= 30; ++i) {
      items << i << ",";
      for (int word = 0; word < 30; ++word) items << "Qx" << word * i << ' ';
      items << '\n';
    }
    rows << "user,item,time\n";
    for (int u = 1; u <= 4; ++u) {
      for (int n = 0; n < 12; ++n) rows << u << ',' << 1 + (3 * u + 2 * n) % 30 << ',' << n << '\n';
    }
    items.close();
    rows.close();
    ImportOptions import;
    import.workspace = root() / "ws";
    import.paths = {files};
    import.name = "long";
    import_data(import, {});
    PrepareOptions split;
    split.workspace = root() / "ws";
    split.data_set = "long";
    split.candidates = 4;
    split.negatives = 2;
    const Preparation p = prepare(split, {}).preparation;
    Workspace workspace(root() / "ws");
    const ItemIndex texts(read_item_texts(workspace, p.data_set));
    const LanguageModel model = load_language_model(model_folder("starter"));
    bool any = false;
    for (const Example& e : read_examples(workspace, p.id)) {
      const SeenExample seen = inspect_example(root() / "ws", e.id, "starter", "none");
      size_t response = 0;
      for (const SeenResponse& r : seen.prompts.front().responses) response = std::max(response, r.tokens.size());
      std::optional<int64_t> expected;
      for (size_t cut = 0; cut < e.history.size() && !expected; ++cut) {
        auto history = texts.all(e.history);
        history.erase(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(cut));
        const size_t prompt = prompt_ids(model, render_prompt(p.prompt_template, history, {})).size();
        if (static_cast<int64_t>(prompt + response) <= seen.positions) expected = static_cast<int64_t>(cut);
      }
      if (expected == 0) expected.reset();
      QCOMPARE(seen.cut_items, expected);
      any = any || seen.cut_items;
    }
    QVERIFY(any);
  }

  void aStopEndsIt() {
    std::stop_source source;
    source.request_stop();
    const TaskContext stopped{{}, source.get_token()};
    Workspace workspace(root() / "ws");
    const Example e = read_examples(workspace, preparation_.id).front();
    QVERIFY_THROWS_EXCEPTION(Cancelled, inspect_example(root() / "ws", e.id, "starter", "none", stopped));
    QVERIFY_THROWS_EXCEPTION(Cancelled,
                             inspect_example(root() / "ws", preparation_.id, e.user_key, "starter", "none", stopped));
  }

  void whoHasNoneIsSaid() {
    QVERIFY(message_of([&] {
              inspect_example(root() / "ws", preparation_.id, "nobody", "starter", "none");
            }).find("user nobody has no example") != std::string::npos);
    QVERIFY_THROWS_EXCEPTION(Error, inspect_example(root() / "ws", preparation_.id, "1", "/nowhere", "none"));
  }
};

QTEST_GUILESS_MAIN(InspectExampleTest)
#include "inspect_example_test.moc"
