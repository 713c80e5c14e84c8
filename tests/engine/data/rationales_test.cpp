// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/rationales.h"

#include <QtTest>
#include <algorithm>
#include <set>

#include "engine/data/world.h"

using namespace prefscope;

namespace {

bool has(const ItemText& item, const std::pair<std::string, std::string>& attribute) {
  return std::find(item.attributes.begin(), item.attributes.end(), attribute) != item.attributes.end();
}

}  // namespace

class RationalesTest : public QObject {
  Q_OBJECT

  const ItemText mystery_{1, "Glass", {{"genre", "mystery"}, {"maker", "Iden"}}},
      drama_{2, "Paper", {{"genre", "drama"}, {"maker", "Iden"}}},
      both_{3, "Lamp", {{"genre", "mystery"}, {"maker", "Iden"}}};

 private Q_SLOTS:
  /// The recommendation has mystery and Iden; the maker's cause is the larger, so the maker is named first, with the
  /// two items of it that have the largest causes: positions 1 and 2.
  void namesTheLargestCause() {
    const std::vector<const ItemText*> history = {&mystery_, &drama_, &both_};
    const ItemText item{9, "New", {{"genre", "mystery"}, {"maker", "Iden"}}};
    for (uint64_t n = 0; n < 200; ++n) {
      Random random({1, n});
      const std::string text = rationale_sentence(history, item, {{0.5, 2.0}, {0.1, 0.9, 0.8}}, random);
      const size_t maker = text.find("Iden"), genre = text.find("mystery");
      QVERIFY2(maker != std::string::npos && (genre == std::string::npos || maker < genre), text.c_str());
      QVERIFY2(text.find("“Paper”") != std::string::npos, text.c_str());
    }
  }

  /// An attribute that no item of the history shares is not named, however large its cause.
  void namesOnlyWhatIsShared() {
    const ItemText item{9, "New", {{"genre", "western"}, {"maker", "Iden"}}};
    Random random(1);
    const std::string text = rationale_sentence({&mystery_}, item, {{5, 0.1}, {1}}, random);
    QVERIFY(text.find("Iden") != std::string::npos && text.find("western") == std::string::npos);
    const ItemText alone{9, "Alone", {{"genre", "none"}}};
    QCOMPARE(rationale_sentence({&mystery_}, alone, {{1}, {1}}, random),
             std::string("Alone shares nothing with the history."));
  }

  /// Over the sample world: every attribute that a sentence names is the recommendation's and that of an item it names;
  /// and there are many forms.
  void sentencesAreTrue() {
    const World world = make_world(bundled_world_items, bundled_world_seed);
    std::vector<ItemText> items;
    for (size_t i = 0; i < world.items.size(); ++i) items.push_back(item_text(world, static_cast<int>(i)));
    std::set<std::string> forms;
    for (uint64_t n = 0; n < 3000; ++n) {
      Random random({11, n});
      std::vector<const ItemText*> history;
      Causes causes;
      for (int i = 0; i < 5; ++i) {
        history.push_back(&items[random.below(items.size())]);
        causes.items.push_back(random.normal());
      }
      const ItemText& item = items[random.below(items.size())];
      for (size_t a = 0; a < item.attributes.size(); ++a) causes.attributes.push_back(random.normal());
      const std::string text = rationale_sentence(history, item, causes, random);
      QVERIFY(text.ends_with('.'));
      QVERIFY2(text.starts_with(item.title + " "), text.c_str());  // before any attribute
      std::string form = text;
      for (size_t at = form.find(item.title); at != std::string::npos; at = form.find(item.title))
        form.replace(at, item.title.size(), "*");
      std::vector<const ItemText*> named;
      for (const ItemText* seen : history) {
        const std::string title = quoted(seen->title);
        if (text.find(title) != std::string::npos) named.push_back(seen);
        if (const size_t place = form.find(title); place != std::string::npos) form.replace(place, title.size(), "#");
      }
      bool phrase = false;
      for (size_t a = 0; a < world_attributes; ++a) {
        for (const std::string& value : world.values[a]) {
          const std::string name = world_attribute_names[a];
          std::string words = "the " + name + " " + value;
          if (text.find(words) == std::string::npos) words = "the " + value + " " + name;
          if (text.find(words) == std::string::npos) continue;
          phrase = true;
          const std::pair<std::string, std::string> attribute{name, value};
          QVERIFY2(has(item, attribute), text.c_str());
          QVERIFY2(std::any_of(named.begin(), named.end(), [&](const ItemText* seen) { return has(*seen, attribute); }),
                   text.c_str());
          form.replace(form.find(words), words.size(), "@");
        }
      }
      QCOMPARE(phrase, !named.empty());
      forms.insert(form);
    }
    QVERIFY2(forms.size() >= 12, std::to_string(forms.size()).c_str());
  }
};

QTEST_GUILESS_MAIN(RationalesTest)
#include "rationales_test.moc"
