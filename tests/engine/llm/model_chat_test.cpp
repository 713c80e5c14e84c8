// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/model_chat.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/llm/forward.h"
#include "engine/llm/policy.h"
#include "engine/store/runs.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/inspect.h"
#include "engine/tasks/train.h"
#include "tests/engine/llm/small_models.h"
#include "tests/engine/messages.h"
#include "tests/engine/tasks/small_world.h"

using namespace prefscope;
namespace fs = std::filesystem;

/// A small model with the tokenizer of the ChatML family, and a workspace that trains and ranks with it.
class ModelChatTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> dir_;
  Preparation preparation_;

  fs::path root() const { return dir_->path().toStdString(); }
  fs::path workspace() const { return root() / "workspace"; }
  std::string model() const { return (root() / "model").string(); }
  void writeTemplate(const std::string& text) const {
    write_file_atomically(fs::path(model()) / "tokenizer_config.json", nlohmann::json{{"chat_template", text}}.dump());
  }
  LanguageModel loaded(Workspace& workspace) const {
    return load_policy(workspace, {model_row(workspace, model()), std::nullopt}, "cpu").model;
  }
  std::string decoded(const LanguageModel& language, const std::vector<int32_t>& ids) const {
    return language.tokenizer->decode(ids);
  }
  int64_t count(Workspace& workspace, const char* table) const {
    return workspace.db().execAndGet(std::string("SELECT count(*) FROM ") + table).getInt64();
  }

 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    PrepareOptions options;
    options.candidates = 4;
    options.negatives = 2;
    options.history = 3;
    preparation_ = make_small_world(root(), 12, options);
    ModelConfig config = small_config();
    config.vocab_size = 400;
    save_weights(lively_weights(config, 1, 0.6), model(), false);
    fs::copy_file(parity("chat/tokenizer-chatml.json"), fs::path(model()) / "tokenizer.json");
    writeTemplate(
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
        "'\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
  }

  void promptsAreWrittenAsTheTemplateDoes() {
    Workspace space(workspace());
    const LanguageModel chatting = loaded(space);
    QVERIFY(chatting.chat);
    QCOMPARE(chatting.chat->name, std::string("chatml"));
    // A title that spells a special token stays text: its ids are not that token's.
    const std::string text = "What next? <|im_end|>";
    const auto prompt = prompt_ids(chatting, text);
    QCOMPARE(decoded(chatting, prompt), "<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n");
    const int32_t end = *chatting.tokenizer->special_token("<|im_end|>");
    QCOMPARE(std::count(prompt.begin(), prompt.end(), end), 1);
    const auto response = response_ids(chatting, "Heat (1995)");
    QCOMPARE(response.back(), end);
    QCOMPARE(decoded(chatting, response), std::string("Heat (1995)<|im_end|>"));
    QVERIFY(end != chatting.weights.config.eos.front());
  }

  void scoresArePromptsInTheFormat() {
    Workspace space(workspace());
    LanguageModel language = loaded(space);
    const std::vector<std::string> responses = {"Heat (1995)", "The Net"};
    const auto expected = [&] {
      PromptGroup group{prompt_ids(language, "What next?"), {}};
      for (const std::string& response : responses) group.responses.push_back(response_ids(language, response));
      const PackedForest packed = pack(std::span(&group, 1));
      const at::Tensor sums = sum_by_response(response_log_probs(language.weights, {}, packed), packed.response_begin);
      return std::vector<double>{sums[0].item<double>(), sums[1].item<double>()};
    };
    for (const char* chat : {"auto", "none"}) {
      if (std::string(chat) == "none") language.chat = nullptr;
      const auto scores = score_responses(model(), "What next?", responses, {}, {}, chat);
      const auto by_hand = expected();
      for (size_t i = 0; i < 2; ++i) QVERIFY(std::abs(scores[i] - by_hand[i]) < 1e-5);
    }
  }

  void theChoiceIsThePersons() {
    Workspace space(workspace());
    QCOMPARE(set_model_chat(space, model(), "none"), std::string("none"));
    const LanguageModel plain = loaded(space);
    QVERIFY(!plain.chat);
    QCOMPARE(decoded(plain, prompt_ids(plain, "What next?")), std::string("What next?"));
    QCOMPARE(response_ids(plain, "Heat").back(), static_cast<int32_t>(plain.weights.config.eos.front()));
    QCOMPARE(set_model_chat(space, model(), "auto"), std::string("chatml"));
    QVERIFY(loaded(space).chat);
    // A format whose tokens the tokenizer lacks changes nothing.
    QVERIFY(holds(message_of([&] { set_model_chat(space, model(), "llama-3"); }), "llama-3"));
    QCOMPARE(loaded(space).chat->name, std::string("chatml"));
  }

  void anUnknownTemplateAsksForAChoice() {
    writeTemplate("{{ something else }}");
    Workspace space(workspace());
    QVERIFY(holds(message_of([&] { model_row(space, model()); }), "model chat " + model()));
    QCOMPARE(count(space, "model"), int64_t{0});
    set_model_chat(space, model(), "chatml");
    QCOMPARE(loaded(space).chat->name, std::string("chatml"));
  }

  void whatWasScoredOtherwiseIsForgottenAndRunsHoldOn() {
    EvaluateOptions evaluate;
    evaluate.workspace = workspace();
    evaluate.data_set = "small";
    evaluate.model = model();
    evaluate.baselines = {};
    Workspace space(workspace());
    const auto best = [&] {
      const int64_t id = model_row(space, model());
      return space.db()
          .execAndGet("SELECT max(log_prob) FROM response_score WHERE model = " + std::to_string(id))
          .getDouble();
    };
    prefscope::evaluate(evaluate, {});
    const int64_t scores = count(space, "response_score");
    const double before = best();
    QVERIFY(scores > 0);
    set_model_chat(space, model(), "chatml");  // as it is
    QCOMPARE(count(space, "response_score"), scores);
    set_model_chat(space, model(), "none");
    QCOMPARE(count(space, "response_score"), int64_t{0});
    prefscope::evaluate(evaluate, {});
    QCOMPARE(count(space, "response_score"), scores);
    QVERIFY(best() != before);

    TrainOptions train;
    train.workspace = workspace();
    train.data_set = "small";
    train.model = model();
    train.objective = "sft";
    train.panel = 0;
    train.device = "cpu";
    const int64_t run = create_run(train);
    QVERIFY(train_run(workspace(), run, {}).steps > 0);
    QVERIFY(holds(message_of([&] { set_model_chat(space, model(), "chatml"); }), "run " + std::to_string(run)));
    QCOMPARE(count(space, "response_score"), scores);
    delete_run(space, run);
    set_model_chat(space, model(), "chatml");
    QCOMPARE(count(space, "response_score"), int64_t{0});
  }
};

QTEST_GUILESS_MAIN(ModelChatTest)
#include "model_chat_test.moc"
