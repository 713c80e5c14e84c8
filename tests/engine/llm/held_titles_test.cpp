// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/held_titles.h"

#include <QtTest>
#include <fstream>

#include "engine/llm/generation.h"
#include "tests/engine/llm/small_models.h"

using namespace prefscope;

class HeldTitlesTest : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  std::unique_ptr<Tokenizer> tokenizer_;

  /// Whether a text can be written token by token.
  bool writes(const std::vector<std::string>& titles, const std::string& text) const {
    HeldTitles held(*tokenizer_, titles);
    for (const int32_t id : tokenizer_->encode(text).ids) {
      if (!held.allows(id)) return false;
      held.push(id);
    }
    return true;
  }

 private Q_SLOTS:
  void initTestCase() {
    std::vector<std::string> corpus;
    for (int i = 0; i < 20; ++i) corpus.emplace_back("Like “The Lamp” and “Lamp Street”, it has the genre mystery.");
    const auto path = std::filesystem::path(dir_.path().toStdString()) / "tokenizer.json";
    std::ofstream(path) << train_bpe(corpus, {330, {"<s>", "</s>", "<pad>"}});
    tokenizer_ = load_tokenizer(path);
    QVERIFY(tokenizer_->encode("“The Lamp”,").ids.size() < 8);  // tokens are longer than a byte: quotes and words
  }

  void titlesOfTheHistoryAlone() {
    const std::vector<std::string> titles = {"The Lamp", "Lamp Street", "Lamp", "1984 (\"new\")", "Élm “x” y"};
    QVERIFY(writes(titles, "Like “The Lamp” and “Lamp Street”, it has the genre mystery."));
    QVERIFY(writes(titles,
                   "“Lamp”, \"Lamp Street\", “Élm “x” y” and “1984 (\"new\")”: The Lampost, unquoted, may be said."));
    QVERIFY(!writes(titles, "Like “Lamp Strange”"));  // begins as one, is as long as another with its quote
    QVERIFY(!writes(titles, "Like “The Lam”"));
    QVERIFY(!writes(titles, "Like “The Lamps”"));
    QVERIFY(!writes(titles, "Like “Street”"));
    QVERIFY(!writes(titles, "Like \"The Lamp”"));
    QVERIFY(!writes(titles, "Like “”"));
    QVERIFY(writes({}, "Nothing is quoted."));
    QVERIFY(!writes({}, "“"));
  }

  void eachTitleOnce() {
    const std::vector<std::string> titles = {"The Lamp", "The Lamppost"};
    QVERIFY(writes(titles, "Like “The Lamp” and “The Lamppost” do."));
    QVERIFY(!writes(titles, "Like “The Lamp” and “The Lamp” do."));
    QVERIFY(!writes(titles, "Like “The Lamp” and \"The Lamp\" do."));
    QVERIFY(!writes(titles, "Like “The Lamp” and “The Lamppost”, or “"));  // none is left
    QVERIFY(writes(titles, "Like “The Lamp”: The Lamp, unquoted, may be said."));
  }

  void theEndWaitsForTheQuote() {
    HeldTitles held(*tokenizer_, {"The Lamp"});
    const int32_t end = *tokenizer_->special_token("</s>");
    QVERIFY(held.allows(end));
    for (const int32_t id : tokenizer_->encode("“The").ids) held.push(id);
    QVERIFY(!held.allows(end));
    for (const int32_t id : tokenizer_->encode(" Lamp”").ids) held.push(id);
    QVERIFY(held.allows(end));
    QVERIFY(held.allows(100'000));  // an id without text, as a padded head has
  }

  /// A random model that writes at high temperature opens quotes by chance; whatever it writes, each quote that is
  /// closed holds a title, and one that is open begins one.
  void aWildModelIsHeld() {
    ModelConfig config = small_config();
    config.vocab_size = tokenizer_->vocabulary_size();
    config.eos = {1};
    const ModelWeights model = lively_weights(config, 3);
    const std::vector<std::string> titles = {"The Lamp", "Lamp Street", "Élm"};
    int quotes = 0;
    for (uint64_t seed = 0; seed < 80; ++seed) {
      GenerationOptions options{60, 5.0, seed, HeldTitles(*tokenizer_, titles)};
      std::string text = tokenizer_->decode(generate(model, {}, tokenizer_->encode("Like “").ids, options, {}, {}));
      // The prompt's quote is the prompt's; only those that the model opens count.
      for (size_t open = text.find("“"); open != std::string::npos; open = text.find("“", open + 1)) {
        const std::string rest = text.substr(open + 3);
        ++quotes;
        QVERIFY2(std::any_of(titles.begin(), titles.end(),
                             [&](const std::string& t) {
                               const std::string whole = t + "”";
                               return rest.starts_with(whole) || whole.starts_with(rest) ||
                                      rest.find("\xef\xbf\xbd") < whole.size();  // cut within a character
                             }),
                 text.c_str());
      }
    }
    QVERIFY2(quotes > 5, std::to_string(quotes).c_str());
  }
};

QTEST_GUILESS_MAIN(HeldTitlesTest)
#include "held_titles_test.moc"
