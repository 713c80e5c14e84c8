// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/generate.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/tasks/inspect_model.h"
#include "tests/engine/messages.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path tied = fs::path(PREFSCOPE_PARITY) / "llm/tied";  // a tiny model without a tokenizer

GenerateResult generate(const GenerateOptions& options) {
  return generate_text(options, {}, {});
}

GenerateOptions from_ids(const std::vector<int64_t>& ids, int tokens) {
  GenerateOptions options;
  options.model = tied.string();
  options.ids = ids;
  options.max_new_tokens = tokens;
  return options;
}

GenerateOptions from_text(const std::string& prompt, int tokens) {
  GenerateOptions options;
  options.prompt = prompt;
  options.max_new_tokens = tokens;
  return options;
}

}  // namespace

class GenerateTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void greedyIdsAsTransformers() {
    const json given = json::parse(read_file(tied / "case.json"));
    GenerateOptions options = from_ids(given["prompt"], 12);
    const GenerateResult plain = generate(options);
    QCOMPARE(plain.ids, given["greedy"].get<std::vector<int32_t>>());
    QCOMPARE(plain.ended, std::string("length"));
    QCOMPARE(plain.prompt_tokens, given["prompt"].size());
    QVERIFY(!plain.text && plain.seconds > 0);
    options.adapters = {tied / "adapter"};
    QCOMPARE(generate(options).ids, given["adapter_greedy"].get<std::vector<int32_t>>());
  }

  void aLoadedModelWritesAgainAndAgain() {
    GenerateOptions options = from_ids({3, 4, 5}, 8);
    options.adapters = {tied / "adapter"};
    const auto model = load_for_writing(options, {});
    for (const uint64_t seed : {1, 2}) {
      options.temperature = 1;
      options.seed = seed;
      QCOMPARE(generate_text(*model, options, {}, {}).ids, generate(options).ids);
    }
    options.prompt = "text";
    options.ids.clear();
    QVERIFY(message_of([&] { generate_text(*model, options, {}, {}); }).find("no tokenizer") != std::string::npos);
  }

  void saysWhatAnAdapterIs() {
    const AdapterDescription d = describe_adapter(tied / "adapter", tied.string());
    const ModelDescription m = describe_model(tied.string());
    QCOMPARE(d.rank, int64_t{4});
    QCOMPARE(d.alpha, 10.0);
    QCOMPARE(d.layers, std::string("all linear layers"));
    const int64_t h = m.hidden_size, q = m.heads * m.head_dim, k = m.kv_heads * m.head_dim, i = m.intermediate_size;
    QCOMPARE(d.parameters, m.layers * 4 * (2 * (h + q) + 2 * (h + k) + 3 * (h + i)));
    QVERIFY(holds_adapter(tied / "adapter") && !holds_adapter(tied));
    QCOMPARE(base_of_adapter(tied), std::string());
    QVERIFY(holds(message_of([&] { describe_adapter(tied / "adapter", "starter"); }), "adapter_model.safetensors"));
  }

  void streamsTheText() {
    GenerateOptions options = from_text("The user has watched", 40);
    options.temperature = 1;
    options.top_k = 50;
    options.seed = 3;
    std::string streamed;
    const GenerateResult result = generate_text(options, [&](std::string_view text) { streamed += text; }, {});
    QVERIFY(result.text && !result.text->empty());
    QCOMPARE(streamed, *result.text);
    QCOMPARE(generate(options).ids, result.ids);  // the seed decides
    options.seed = 4;
    QVERIFY(generate(options).ids != result.ids);
  }

  void endsAtAStopString() {
    const GenerateResult whole = generate(from_text("The user has watched", 40));
    QVERIFY(whole.text->size() > 20);
    const std::string part = whole.text->substr(10, 4);
    GenerateOptions options = from_text("The user has watched", 40);
    options.stop = {"no such text", part};
    std::string streamed;
    const GenerateResult result = generate_text(options, [&](std::string_view text) { streamed += text; }, {});
    QCOMPARE(*result.text, whole.text->substr(0, whole.text->find(part)));
    QCOMPARE(streamed, *result.text);
    QCOMPARE(result.ended, std::string("stop"));
    QVERIFY(result.ids.size() < whole.ids.size());
    QVERIFY(std::equal(result.ids.begin(), result.ids.end(), whole.ids.begin()));
  }

  void rendersPrompts() {
    const ChatPrompt plain = render_prompt("starter", "none", {}, "Heat </s>");
    QCOMPARE(plain.format, std::string("none"));
    QCOMPARE(plain.segments.back().text, std::string("Heat </s>"));
    const ChatPrompt chat = render_prompt("starter", "llama-2", "Be brief.", " Heat ");
    QCOMPARE(text_of(chat.segments), std::string("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Heat [/INST]"));
    QVERIFY(render_prompt("starter", "auto", {}, "Heat").format == "none");  // it has no chat template
    QVERIFY(holds(message_of([] { render_prompt("starter", "chatml", {}, "x"); }), "no special token <|im_start|>"));
    QVERIFY(holds(message_of([] { render_prompt("starter", "none", "s", "x"); }), "--system"));

    GenerateOptions options = from_text("Heat", 3);
    options.chat = "llama-2";
    QCOMPARE(generate(options).prompt_tokens, render_prompt("starter", "llama-2", {}, "Heat").ids.size());
  }

  void stops() {
    std::stop_source stop;
    GenerateOptions options = from_text("The user has watched", 200);
    int pieces = 0;
    const auto piece = [&](std::string_view) {
      if (++pieces == 2) stop.request_stop();
    };
    QVERIFY_EXCEPTION_THROWN(generate_text(options, piece, {{}, stop.get_token()}), Cancelled);
    QCOMPARE(pieces, 2);
  }

  void refuses() {
    const auto message = [](const GenerateOptions& options) { return message_of([&] { generate(options); }); };
    QVERIFY(holds(message({}), "either --prompt or --ids"));
    GenerateOptions both = from_ids({1}, 1);
    both.prompt = "x";
    QVERIFY(holds(message(both), "either --prompt or --ids"));
    QVERIFY(holds(message(from_ids({1, 96}, 1)), "--ids: expected ids within 0 .. 95, found 96"));
    QVERIFY(holds(message(from_ids(std::vector<int64_t>(64, 1), 1)), "--ids: expected 1 .. 63 tokens"));
    GenerateOptions untokenized = from_ids({1}, 1);
    untokenized.stop = {"x"};
    QVERIFY(holds(message(untokenized), "no tokenizer, which --stop needs"));
    untokenized = from_text("x", 1);
    untokenized.model = tied.string();
    QVERIFY(holds(message(untokenized), "no tokenizer, which --prompt needs"));
    GenerateOptions chat = from_ids({1}, 1);
    chat.chat = "llama-2";
    QVERIFY(holds(message(chat), "need --prompt"));
    GenerateOptions range = from_ids({1}, 0);
    QVERIFY(holds(message(range), "--max-new-tokens"));
    range = from_ids({1}, 1);
    range.dtype = "int4";
    QVERIFY(holds(message(range), "--dtype int4"));
    range = from_ids({1}, 1);
    range.adapters = {"/nowhere"};
    QVERIFY(holds(message(range), "/nowhere"));
  }
};

QTEST_GUILESS_MAIN(GenerateTest)
#include "generate_test.moc"
