// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/checkpoint.h"

#include <QtTest>
#include <algorithm>

#include "engine/base/files.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;
namespace fs = std::filesystem;

namespace {

/// A folder with a random model of that vocabulary and a tokenizer of 300 tokens, whose ids 0 and 1 are <s> and </s>.
void write_folder(const fs::path& folder, int64_t vocabulary) {
  ModelConfig config = small_config();
  config.vocab_size = vocabulary;
  config.eos = {1, 2};
  save_weights(random_weights(config, 1), folder, false);
  const std::vector<std::string> texts(3, "the people who watched the film watched another film after the film");
  write_file_atomically(folder / "tokenizer.json",
                        train_bpe(texts, {.vocabulary_size = 300, .special_tokens = {"<s>", "</s>"}}));
}

}  // namespace

class CheckpointTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsAFolder() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_folder(folder, 310);  // more rows than tokens are allowed: many models pad their embedding
    const LanguageModel model = load_language_model(folder);
    QCOMPARE(model.weights_hash, sha256_file(folder / "model.safetensors"));
    QCOMPARE(model.weights.config.vocab_size, int64_t{310});
    QCOMPARE(model.eos(), 1);  // the first of several
    QVERIFY(model.tokenizer->vocabulary_size() <= 300);
  }

  void idsOfPromptAndResponse() {
    QTemporaryDir dir;
    write_folder(dir.path().toStdString(), 300);
    const LanguageModel model = load_language_model(dir.path().toStdString());
    const std::string text = "another film</s>";  // the last four letters are text
    std::vector<int32_t> expected = model.tokenizer->encode(text).ids;
    QVERIFY(std::find(expected.begin(), expected.end(), 1) == expected.end());
    std::vector<int32_t> prompt = model.tokenizer->prefix_ids();
    prompt.insert(prompt.end(), expected.begin(), expected.end());
    QCOMPARE(prompt_ids(model, text), prompt);
    expected.push_back(1);
    QCOMPARE(response_ids(model, text), expected);
    QCOMPARE(response_ids(model, ""), std::vector<int32_t>{1});
  }

  void aModelWithoutAnEndHasNoResponses() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_folder(folder, 300);
    std::string config = read_file(folder / "config.json");
    const std::string ends = "\"eos_token_id\": [\n    1,\n    2\n  ]";
    QVERIFY(config.find(ends) != std::string::npos);
    write_file_atomically(folder / "config.json",
                          config.replace(config.find(ends), ends.size(), "\"eos_token_id\": null"));
    fs::remove(folder / "generation_config.json");
    const LanguageModel model = load_language_model(folder);
    QVERIFY(!prompt_ids(model, "another film").empty());
    const std::string message = error_of(ErrorKind::BadFile, [&] { response_ids(model, "film"); });
    QVERIFY2(says(message, {folder.string(), "expected eos_token_id", "config.json"}), message.c_str());
  }

  void refusesAFolderWithAPartMissing() {
    for (const char* part : {"config.json", "tokenizer.json"}) {
      QTemporaryDir dir;
      const fs::path folder = dir.path().toStdString();
      write_folder(folder, 300);
      fs::remove(folder / part);
      const std::string message = error_of(ErrorKind::BadFile, [&] { load_language_model(folder); });
      QVERIFY2(says(message, {folder.string(), "Hugging Face folder", std::string(part) + " is missing"}),
               message.c_str());
    }
  }

  void refusesATokenizerOfAnotherModel() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    write_folder(folder, 100);
    const std::string message = error_of(ErrorKind::BadFile, [&] { load_language_model(folder); });
    QVERIFY2(says(message, {folder.string(), "tokens, config.json a vocabulary of 100", "do not belong together"}),
             message.c_str());
  }

  void devices() {
    QCOMPARE(choose_device("cpu"), std::string("cpu"));
    const std::string chosen = choose_device("auto");
    QVERIFY(chosen == "cpu" || chosen == "cuda");
    std::string message = error_of(ErrorKind::BadInput, [] { choose_device("tpu"); });
    QVERIFY2(says(message, {"device tpu", "expected auto, cpu or cuda"}), message.c_str());
    if (chosen == "cuda") return;
    message = error_of(ErrorKind::BadInput, [] { choose_device("cuda"); });
    QVERIFY2(says(message, {"device cuda", "no GPU answers", "choose cpu"}), message.c_str());
  }
};

QTEST_GUILESS_MAIN(CheckpointTest)
#include "checkpoint_test.moc"
