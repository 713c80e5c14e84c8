// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/title_text.h"

#include <QtTest>

using namespace prefscope;

class TitleTextTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void entitiesAreDecodedOnce() {
    const std::vector<std::pair<const char*, const char*>> texts = {
        {"Tom &amp; Jerry", "Tom & Jerry"},
        {"&quot;Caf&eacute;&quot; &#39;x&#x27; &apos;y&apos;", "\"Caf\xc3\xa9\" 'x' 'y'"},
        {"&amp;amp;", "&amp;"},
        {"&lt;b&gt; &Eacute; &thetasym; &#x1F600;", "<b> \xc3\x89 \xcf\x91 \xf0\x9f\x98\x80"},
        {"a&nbsp;b", "a b"}};
    for (const auto& [raw, plain] : texts) QCOMPARE(decode_entities(raw), std::string(plain));
    // What is none stays.
    for (const char* text : {"AT&T", "a & b;", "&;", "&#;", "&#xD800;", "&#0;", "&#1114112;", "&nosuch;", "&amp",
                             "&averylongnameindeed;", "&#99999999999;"})
      QCOMPARE(decode_entities(text), std::string(text));
  }

  void whatIsMendedIsTold() {
    const auto flags = [](const CleanText& c) {
      return std::string(c.undecodable ? "u" : "") + (c.entities ? "e" : "") + (c.blanks ? "b" : "");
    };
    CleanText clean = clean_text(" Heat\t(1995) \n");
    QVERIFY(clean.text == "Heat (1995)" && flags(clean) == "b");
    clean = clean_text("Heat  (1995)");  // as it is: nobody knows what two blanks mean
    QVERIFY(clean.text == "Heat  (1995)" && flags(clean).empty());
    clean = clean_text("caf\xe9 &amp; \x01");
    QVERIFY(clean.text == "caf\xef\xbf\xbd & \xef\xbf\xbd" && flags(clean) == "ue");
    clean = clean_text(std::string("a\0b", 3));
    QVERIFY(clean.text ==
                "a\xef\xbf\xbd"
                "b" &&
            flags(clean) == "u");
    clean = clean_text("&nbsp;");
    QVERIFY(clean.text.empty() && flags(clean) == "eb");
    clean = clean_text("<b>'); DROP TABLE item; --</s>");
    QVERIFY(clean.text == "<b>'); DROP TABLE item; --</s>" && flags(clean).empty());
  }
};

QTEST_GUILESS_MAIN(TitleTextTest)
#include "title_text_test.moc"
