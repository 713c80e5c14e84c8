// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "engine/base/files.h"
#include "engine/base/random.h"
#include "tests/fuzz/tokenizer_fuzz.cpp"

using namespace prefscope;

/// Tokenizer files changed at random: bytes, numbers, pieces cut out, doubled or taken from another file. What is
/// looked for is what the sanitizers see (preset asan), a trap or an exception other than Error.
class TokenizerMutationTest : public QObject {
  Q_OBJECT

  static std::string changed(std::string input, const std::vector<std::string>& corpus, Random& random) {
    for (uint64_t changes = 1 + random.below(3); changes > 0 && !input.empty(); --changes) {
      const size_t at = random.below(input.size()), length = 1 + random.below(std::min<size_t>(input.size() - at, 64));
      const std::string& other = corpus[random.below(corpus.size())];
      switch (random.below(10)) {
        case 0:
          input[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          input.erase(at, length);
          break;
        case 2:
          input.insert(at, input.substr(at, length));
          break;
        case 3:
          input.replace(at, length, other.substr(random.below(other.size() + 1), length));
          break;
        case 4:
          input.resize(at);
          break;
        case 5:
          input.replace(at, 1, std::to_string(random.next() >> random.below(64)));
          break;
        default:  // a letter or digit for another: most files stay readable
          if (std::isalnum(static_cast<unsigned char>(input[at])) != 0)
            input[at] = "aehnrst0123456789"[random.below(17)];
      }
    }
    return input;
  }

 private Q_SLOTS:
  void anyFileIsReadOrRefused() {
    std::vector<std::filesystem::path> files;
    for (const char* folder : {PREFSCOPE_SOURCE "/tests/fuzz/corpus/tokenizer", PREFSCOPE_PARITY "/tokenizers",
                               PREFSCOPE_TEST_DATA "/tokenizers"}) {
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().filename() != "expected.json") files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> corpus;
    for (const auto& file : files) corpus.push_back(read_file(file));
    QVERIFY(corpus.size() >= 12);
    Random random(1);
    int read = 0, refused = 0;
    for (int round = 0; round < 6000; ++round)
      ++(try_out(changed(corpus[random.below(corpus.size())], corpus, random)) ? read : refused);
    QVERIFY2(read > 500 && refused > 500, qPrintable(QStringLiteral("%1 read, %2 refused").arg(read).arg(refused)));
    qInfo("%d read, %d refused", read, refused);
  }
};

QTEST_GUILESS_MAIN(TokenizerMutationTest)
#include "tokenizer_mutation_test.moc"
