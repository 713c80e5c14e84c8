// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/explain/case_markdown.h"

#include <QtTest>

#include "engine/base/files.h"
#include "engine/explain/case_figures.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_text.h"
#include "tests/engine/explain/full_case.h"
#include "tests/engine/messages.h"

using namespace prefscope;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Cells of a table's line: bars that no backslash stands before.
size_t bars(const std::string& line) {
  size_t n = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '|') {
      ++n;
    }
  }
  return n;
}

}  // namespace

class CaseMarkdownTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void textStaysText() {
    QCOMPARE(markdown_text("a|b `c` *d* [e](f) _g_"), std::string("a\\|b \\`c\\` \\*d\\* \\[e\\](f) \\_g\\_"));
    QCOMPARE(markdown_text("<script>&"), std::string("&lt;script&gt;&amp;"));
    QCOMPARE(markdown_text("# x\n- y"), std::string("\\# x - y"));
    QCOMPARE(markdown_text("12 Angry Men (1957)"), std::string("12 Angry Men (1957)"));
    QCOMPARE(markdown_text("12. x"), std::string("12\\. x"));
    QCOMPARE(markdown_text("    code"), std::string("code"));
    QCOMPARE(markdown_text("http://a www.b"), std::string("http\\://a www\\.b"));
    QCOMPARE(markdown_text("\u202Ex"), std::string("\u202Ex\u202C"));
  }

  void directionEndsWithItsText() {
    QCOMPARE(closed_direction("plain é"), std::string("plain é"));
    QCOMPARE(closed_direction("\u202Ea\u202Cb"), std::string("\u202Ea\u202Cb"));
    QCOMPARE(closed_direction("\u2067a\u202Bb"), std::string("\u2067a\u202Bb\u202C\u2069"));
    QCOMPARE(closed_direction("\u2067\u202Ba\u2069"), std::string("\u2067\u202Ba\u2069"));
    QCOMPARE(short_title(std::string(4000, 'W')), std::string(120, 'W') + "…");
    const std::string cut = short_title(std::string(119, 'W') + "é" + std::string(100, 'x'));
    QCOMPARE(cut, std::string(119, 'W') + "…");  // not within a letter
  }

  /// Every line of every table has as many cells as its head, whatever the titles hold, and no title is lost.
  void tablesHold() {
    const CaseMarkdown all = notebook_markdown({full_case()}, "figures");
    size_t expected = 0, lines = 0;
    for (size_t at = 0; at < all.text.size();) {
      const size_t end = std::min(all.text.find('\n', at), all.text.size());
      const std::string line = all.text.substr(at, end - at);
      at = end + 1;
      if (!line.starts_with("|")) {
        expected = 0;
        continue;
      }
      ++lines;
      if (expected == 0) expected = bars(line);
      QVERIFY2(bars(line) == expected, line.c_str());
    }
    // Heads and rules of seven tables; 9 candidates thrice, 2 items of the history, 2 changes, 3 tokens twice.
    QCOMPARE(lines, size_t{7 * 2 + 9 + 9 + 9 + 2 + 2 + 6});
    QVERIFY(!holds_quietly(all.text, "<script") && !holds_quietly(all.text, "<img") &&
            !holds_quietly(all.text, "\n# no"));
    QVERIFY(holds(all.text, "a\\|b \\`code\\` \\*bold\\* \\[l\\](javascript:x) !\\[i\\](x) \\| --- \\|"));
    QVERIFY(holds(all.text, std::string(4000, 'W')));
    QVERIFY(holds(all.text, "> Why?  \n> &lt;img src=x onerror=y&gt; \\`x\\` \\| # y  \n>   \n> \\- no list\n"));
    QVERIFY(holds(all.text, "Frozen on 2026-11-26 at 09:00 UTC · tags: odd, &lt;b&gt;tag&lt;/b&gt;\\|"));
    QVERIFY(holds(all.text, "Why =HYPERLINK(\"http\\://x\",\"y\") over &lt;/s&gt; &lt;\\|endoftext\\|&gt;.\n\n"));
    QVERIFY(holds(all.text, "**+0.250** | +0.125 to +0.250"));
    QVERIFY(holds(all.text, "| Without \\`Harbour\\` | 1 | \\=HYPERLINK"));
    QVERIFY(holds(all.text,
                  "## What would change it\n\nFirst is &lt;script&gt;alert(1)&lt;/script&gt;, by 0.33 nats. 1 "
                  "of the 2 items of the history change that when removed. 2 added items do, found step by "
                  "step. Each change was ranked anew on its own; 117 histories were scored in all.\n"));
    QVERIFY(holds(all.text, "Generated text is not evidence."));
    QVERIFY(holds(all.text, std::string(64, 'c')));
  }

  /// Ranks under other models, in the order of this one; in saved order they are another's.
  void ranksStandBeside() {
    KeptCase kept = full_case();
    std::vector<int64_t>& saved = kept.report.rank.example.candidates;
    std::swap(saved[3], saved[5]);  // the fourth of the ranking is the sixth of the list: rank 6 by ItemKNN
    const std::string text = notebook_markdown({kept}, "figures").text;
    QVERIFY(holds(text, "| candidate | DMPO &lt;2&gt; | ItemKNN | DPO &lt;3&gt;\\| |\n| --- | ---: | ---: | ---: |\n"));
    QVERIFY(holds(text, " | 4 | 6 | 4 |\n"));
    QVERIFY(holds(text, " | 5 | 4.5 | 5 |\n"));
    QVERIFY(holds(text, " | 6 | 4.5 | 6 |\n"));
    QVERIFY(holds(text, "their scores are not nats, so they enter no margin and no sum."));
    kept.report.beside.erase(kept.report.beside.begin());  // runs alone
    QVERIFY(!holds_quietly(notebook_markdown({kept}, "figures").text, "not nats"));
    kept.report.beside.clear();
    QVERIFY(!holds_quietly(notebook_markdown({kept}, "figures").text, "other models"));
  }

  void figuresStandBesideIt() {
    QTemporaryDir dir;
    const std::filesystem::path file = dir.filePath(QStringLiteral("my case (1).md")).toStdString();
    KeptCase base = full_case();
    base.report.rank.has_reference = false;
    write_notebook_markdown({full_case(), base}, file);
    const std::string text = read_file(file);
    for (const char* figure : {"1-candidates", "1-margin-plane", "1-displacement-plane", "2-candidates"}) {
      const std::string path = "my-case--1--figures/" + std::string(figure) + ".svg";
      QVERIFY(holds(text, "](" + path + ")"));
      const std::string svg = read_file(file.parent_path() / path);
      QVERIFY(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
      for (const char* part : {"var(", "<script", "href", "url("}) QVERIFY2(!holds_quietly(svg, part), part);
    }
    QVERIFY(!holds_quietly(text, "2-margin-plane"));  // a base model is its own reference
  }

  void notebookAsOnePage() {
    KeptCase plain = full_case();
    plain.starred = false;
    plain.note.clear();
    const std::string html = notebook_html({full_case(), plain});
    QVERIFY(holds(html, "<h1>Notebook of 2 cases</h1>"));
    QCOMPARE(count(html, "<section class=\"kept\""), size_t{2});
    QCOMPARE(count(html, "<h2>Candidates</h2>"), size_t{2});
    QCOMPARE(count(html, "href="), size_t{2});  // its own list
    QVERIFY(holds(html, "<a href=\"#case-2\">User u|7 chose"));
    QCOMPARE(count(html, "<p class=\"written\">"), size_t{1});
    QVERIFY(holds(html, "&lt;img src=x onerror=y&gt;") && holds(html, std::string(64, 'c')));
    QCOMPARE(count(html, "Protocol: open; 9 candidates."), size_t{2});
    for (const char* part : {"<script", "<img", "src=\"", "url(", "@import", "<link", "http-equiv=\"refresh"})
      QVERIFY2(!holds_quietly(html, part), part);
    // The reversed title is closed wherever it stands.
    QCOMPARE(count(html, "\u202E"), count(html, "\u202C"));
    QVERIFY(count(html, "\u202E") > 4);
    const std::string one = notebook_html({full_case()});
    QVERIFY(!holds_quietly(one, "href") && !holds_quietly(one, "Notebook"));
    // What a case page shows, a notebook shows: only the time it was written may differ.
    QVERIFY(holds(one, case_body(full_case().report)));
  }

 private:
  static bool holds_quietly(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

QTEST_GUILESS_MAIN(CaseMarkdownTest)
#include "case_markdown_test.moc"
