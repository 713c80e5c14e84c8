// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/text/chat.h"

#include <QtTest>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "tests/engine/messages.h"

using namespace prefscope;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(PREFSCOPE_PARITY) / "chat";

const ChatFormat& format_of(const std::string& name) {
  const ChatFormat* format = choose_chat_format({}, name);
  Q_ASSERT(format);
  return *format;
}

}  // namespace

class ChatTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void rendersAsTransformers_data() {
    QTest::addColumn<QByteArray>("entry");
    const json all = json::parse(read_file(fixtures / "templates.json"));
    for (const json& entry : all["templates"])
      QTest::newRow(entry["models"].get<std::string>().c_str()) << QByteArray::fromStdString(entry.dump());
  }
  /// The published template is known by its hash; prompt, conversation and ids equal apply_chat_template's.
  void rendersAsTransformers() {
    QFETCH(QByteArray, entry);
    const json expected = json::parse(entry.toStdString());
    const ChatFormat& format = format_of(expected["format"]);
    const auto tokenizer = load_tokenizer(fixtures / expected["tokenizer"].get<std::string>());
    QVERIFY(expected["cases"].size() >= 1);
    for (const json& one : expected["cases"]) {
      std::optional<std::string> system;
      if (one.contains("system")) system = one["system"].get<std::string>();
      const auto prompt = render_chat_prompt(format, system, one["user"]);
      QCOMPARE(text_of(prompt), one["prompt"].get<std::string>());
      QCOMPARE(chat_ids(*tokenizer, format, prompt), one["ids"].get<std::vector<int32_t>>());
      // A line end or blank after the token that ends the response belongs to no response.
      std::string whole = text_of(prompt) + text_of(render_chat_response(format, one["response"]));
      std::string theirs = one["whole"];
      if (format.name == "qwen-3") {  // which takes line ends off the begin of a response
        const auto response = one["response"].get<std::string>();
        whole =
            text_of(prompt) + text_of(render_chat_response(format, response.substr(response.find_first_not_of('\n'))));
      }
      while (theirs.ends_with('\n') || theirs.ends_with(' ')) theirs.pop_back();
      QCOMPARE(whole, theirs);
    }
  }

  void knowsTemplatesByTheirHash() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    const std::string chatml =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
        "'\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    QVERIFY(read_chat_template(folder).file.empty());
    QVERIFY(choose_chat_format(folder, "auto") == nullptr);  // no template: a base model
    const auto write = [&](const json& value) {
      write_file_atomically(folder / "tokenizer_config.json", json{{"chat_template", value}}.dump());
    };
    write(nullptr);
    QVERIFY(choose_chat_format(folder, "auto") == nullptr);
    write(chatml);
    QCOMPARE(choose_chat_format(folder, "auto")->name, std::string("chatml"));
    write(json::array({{{"name", "tool_use"}, {"template", "x"}}, {{"name", "default"}, {"template", chatml}}}));
    QCOMPARE(choose_chat_format(folder, "auto")->name, std::string("chatml"));
    // The file of its own counts before the configuration.
    write("{{ unknown }}");
    write_file_atomically(folder / "chat_template.jinja", chatml);
    QCOMPARE(read_chat_template(folder).file, folder / "chat_template.jinja");
    QCOMPARE(choose_chat_format(folder, "auto")->name, std::string("chatml"));
    // A blank more is another template.
    write_file_atomically(folder / "chat_template.jinja", chatml + " ");
    const std::string message = message_of([&] { choose_chat_format(folder, "auto"); });
    QVERIFY2(message.find("chat_template.jinja") != std::string::npos && message.find("SHA-256") != std::string::npos &&
                 message.find("--chat none, llama-2") != std::string::npos,
             message.c_str());
    // The choice is the person's.
    QVERIFY(choose_chat_format(folder, "none") == nullptr);
    QCOMPARE(choose_chat_format(folder, "qwen-2.5")->name, std::string("qwen-2.5"));
  }

  void everyPublishedHashIsKnown() {
    // A template is known by its text alone, so a text with that hash would be needed here. What can be checked: each
    // hash of the fixture stands in the source, with its format.
    const std::string source = read_file(fs::path(PREFSCOPE_SOURCE) / "engine/text/chat.cpp");
    const json templates = json::parse(read_file(fixtures / "templates.json"))["templates"];
    QVERIFY(templates.size() >= 13);
    for (const json& entry : templates) {
      const std::string row =
          "{\"" + entry["sha256"].get<std::string>() + "\", \"" + entry["format"].get<std::string>() + "\"}";
      QVERIFY2(source.find(row) != std::string::npos, row.c_str());
    }
  }

  /// Titles that hold special tokens, in every place.
  void outsideTextIsNeverSpecial_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("file");
    QTest::newRow("llama-2") << "llama-2"
                             << "tokenizer-llama-2.json";
    QTest::newRow("llama-3.1") << "llama-3.1"
                               << "tokenizer-llama-3.json";
    QTest::newRow("qwen-2.5") << "qwen-2.5"
                              << "tokenizer-chatml.json";
    QTest::newRow("mistral-0.3") << "mistral-0.3"
                                 << "tokenizer-mistral.json";
  }
  void outsideTextIsNeverSpecial() {
    QFETCH(QString, name);
    QFETCH(QString, file);
    const ChatFormat& format = format_of(name.toStdString());
    const auto tokenizer = load_tokenizer(fixtures / file.toStdString());
    const auto specials = [&](const std::string& said) {
      const auto prompt = render_chat_prompt(format, "s" + said, "u" + said);
      const auto response = render_chat_response(format, "r" + said);
      std::vector<int32_t> ids = chat_ids(*tokenizer, format, prompt);
      const auto more = chat_ids(*tokenizer, format, response);
      ids.insert(ids.end(), more.begin(), more.end());
      QString text = QString::fromStdString(tokenizer->decode(ids));
      if (!text.contains(QString::fromStdString("u" + said))) QTest::qFail("the text is lost", __FILE__, __LINE__);
      return std::count_if(ids.begin(), ids.end(), [&](int32_t id) { return tokenizer->is_special(id); });
    };
    const auto usual = specials("");
    QVERIFY(usual >= 2);
    std::vector<std::string> tokens = format.needed;
    tokens.insert(tokens.end(), format.tokens_where_known.begin(), format.tokens_where_known.end());
    for (const std::string& token : tokens) QCOMPARE(specials(token + "x" + token), usual);
  }

  void keepsWordsAndOutsideApart() {
    const auto prompt = render_chat_prompt(format_of("chatml"), {}, "<|im_end|>");
    QCOMPARE(prompt.size(), size_t{7});
    QCOMPARE(prompt[0].text, std::string("<|im_start|>"));
    QVERIFY(prompt[0].kind == ChatSegment::Kind::Token);
    QVERIFY(prompt[1].kind == ChatSegment::Kind::Words && prompt[1].text == "user\n");
    QVERIFY(prompt[2].kind == ChatSegment::Kind::Outside && prompt[2].text == "<|im_end|>");
    QVERIFY(prompt[3].kind == ChatSegment::Kind::Token && prompt[3].text == "<|im_end|>");
  }

  void endsWithTheFormatsToken() {
    const auto tokenizer = load_tokenizer(fixtures / "tokenizer-chatml.json");
    QCOMPARE(chat_end(*tokenizer, format_of("qwen-3")), tokenizer->special_token("<|im_end|>").value());
    const auto other = load_tokenizer(fixtures / "tokenizer-mistral.json");
    QCOMPARE(chat_end(*other, format_of("mistral")), other->special_token("</s>").value());
  }

  void refuses() {
    std::string message = message_of([] { choose_chat_format({}, "alpaca"); });
    QVERIFY2(message.find("expected one of auto, none, llama-2") != std::string::npos, message.c_str());
    message = message_of([] { render_chat_prompt(format_of("mistral-0.1"), "s", "u"); });
    QVERIFY2(message.find("takes no system message") != std::string::npos, message.c_str());
    const auto tokenizer = load_tokenizer(fixtures / "tokenizer-chatml.json");
    message = message_of(
        [&] { chat_ids(*tokenizer, format_of("llama-3"), render_chat_prompt(format_of("llama-3"), {}, "u")); });
    QVERIFY2(message.find("no special token <|begin_of_text|>") != std::string::npos, message.c_str());
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    for (const char* text : {"", "[]", "<html>", R"({"chat_template": 3})"}) {
      write_file_atomically(folder / "tokenizer_config.json", text);
      message = message_of([&] { read_chat_template(folder); });
      QVERIFY2(message.find("tokenizer_config.json") != std::string::npos, message.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(ChatTest)
#include "chat_test.moc"
