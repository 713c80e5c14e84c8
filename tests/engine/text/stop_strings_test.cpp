// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/stop_strings.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "tests/engine/messages.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

class StopStringsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// The token at which transformers' StopStringCriteria ends a text, strings across tokens and special ones included.
  void endsWhereTransformersEnds() {
    const auto tokenizer = load_tokenizer(fs::path(PREFSCOPE_PARITY) / "chat/tokenizer-chatml.json");
    const json all = json::parse(read_file(fs::path(PREFSCOPE_PARITY) / "generation.json"));
    QVERIFY(all["stops"].size() >= 20);
    for (const json& one : all["stops"]) {
      const auto strings = one["strings"].get<std::vector<std::string>>();
      StopStrings stops(*tokenizer, strings);
      std::optional<size_t> ended;
      const auto ids = one["ids"].get<std::vector<int32_t>>();
      for (size_t i = 0; i < ids.size() && !ended; ++i) {
        if (stops.push(ids[i])) ended = i + 1;
      }
      QCOMPARE(ended, one["ended"].is_null() ? std::nullopt : std::optional(one["ended"].get<size_t>()));
      if (!ended) continue;
      // The text is whole before the string, and has nothing of it.
      const std::string text = tokenizer->decode({ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(*ended)});
      const std::string before(stops.before(text));
      QVERIFY(before.size() < text.size() && text.starts_with(before));
      for (const std::string& string : strings) QVERIFY(before.find(string) == std::string::npos);
    }
  }

  void showsNothingThatMayBecomeAString() {
    const auto tokenizer = load_tokenizer(fs::path(PREFSCOPE_PARITY) / "chat/tokenizer-chatml.json");
    const StopStrings stops(*tokenizer, {"\n\nUser", "###"});
    QCOMPARE(stops.shown("Heat"), size_t{4});
    QCOMPARE(stops.shown("Heat\n"), size_t{4});
    QCOMPARE(stops.shown("Heat\n\nUs"), size_t{4});
    QCOMPARE(stops.shown("Heat\n\nUp"), size_t{8});
    QCOMPARE(stops.shown("Heat ##"), size_t{5});
    QCOMPARE(stops.shown("Heat ### more"), size_t{5});
    QCOMPARE(stops.shown(""), size_t{0});
    QCOMPARE(StopStrings(*tokenizer, {}).shown("###"), size_t{3});
  }

  void refusesAnEmptyString() {
    const auto tokenizer = load_tokenizer(fs::path(PREFSCOPE_PARITY) / "chat/tokenizer-chatml.json");
    QVERIFY(holds(message_of([&] { StopStrings(*tokenizer, {"a", ""}); }), "--stop: expected a text"));
  }
};

QTEST_GUILESS_MAIN(StopStringsTest)
#include "stop_strings_test.moc"
