// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/tokenizer.h"

#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"

using namespace prefscope;
using nlohmann::json;

class TokenizerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// ids, offsets and decoded text as printed by tokenizers 0.23.3, where the text holds no special token (which we
  /// never parse).
  void equalsTokenizers_data() {
    QTest::addColumn<QString>("family");
    for (const char* name : {"phi-2_gpt2-bytelevel", "qwen2-style_tiny2000", "llama3-style_tiny2000"})
      QTest::newRow(name) << QString::fromUtf8(name);
  }
  void equalsTokenizers() {
    QFETCH(QString, family);
    const std::filesystem::path root = std::filesystem::path(PREFSCOPE_SHARED_DATA) / "tokenizers";
    if (!std::filesystem::exists(root)) QSKIP("../shared/data/tokenizers is not here");
    const auto tokenizer = load_tokenizer(root / family.toStdString() / "tokenizer.json");
    std::ifstream lines(root / "expected" / (family.toStdString() + ".jsonl"));
    int compared = 0;
    for (std::string line; std::getline(lines, line);) {
      const json expected = json::parse(line);
      const auto text = expected["text"].get<std::string>();
      const auto ids = expected["ids"].get<std::vector<int32_t>>();
      const auto got = tokenizer->encode(text);
      if (text.find("<|") != std::string::npos) {
        for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
          const auto id = tokenizer->special_token(special);
          QVERIFY(!id || std::find(got.ids.begin(), got.ids.end(), *id) == got.ids.end());
        }
        if (got.ids != ids) continue;
      }
      QVERIFY2(got.ids == ids, line.c_str());
      QCOMPARE(tokenizer->decode(got.ids), expected["decoded"].get<std::string>());
      QVERIFY2((got.offsets == expected["offsets"].get<std::vector<std::pair<int32_t, int32_t>>>()), line.c_str());
      ++compared;
    }
    QVERIFY(compared >= 428);
  }
};

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
