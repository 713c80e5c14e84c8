// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/world.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/data/prompts.h"
#include "engine/data/starter_texts.h"

using namespace prefscope;

namespace {

bool has(const ItemText& item, const std::pair<std::string, std::string>& attribute) {
  return std::find(item.attributes.begin(), item.attributes.end(), attribute) != item.attributes.end();
}

}  // namespace

class WorldTest : public QObject {
  Q_OBJECT

  const World world_ = make_world(bundled_world_items, bundled_world_seed);

 private Q_SLOTS:
  void titlesAreUniqueAndReadable() {
    std::set<std::string> titles;
    for (const WorldItem& item : world_.items) {
      QVERIFY2(titles.insert(item.title).second, item.title.c_str());
      const bool article = item.title.starts_with("A ") || item.title.starts_with("An ");
      QVERIFY2(
          !article || item.title.find("s in ") == std::string::npos || item.title.find("ss in ") != std::string::npos,
          item.title.c_str());
      for (const char* known : {"Golden Compass", "Silent Witness", "Glass Key"})
        QVERIFY2(!item.title.ends_with(known), item.title.c_str());
      QVERIFY2(item.title.find_first_of(",\"\n{}<>") == std::string::npos, item.title.c_str());
    }
    QCOMPARE(titles.size(), static_cast<size_t>(bundled_world_items));
  }

  /// A maker's decade: favoured in half of the draws and one of five in the rest, so 60 % are expected for each maker;
  /// without the correlation 20 %.
  void attributesAreCorrelated() {
    std::map<int, std::map<int, int>> decades;
    for (const WorldItem& item : world_.items) ++decades[item.values[2]][item.values[1]];
    int most = 0;
    for (const auto& maker : decades) {
      int best = 0;
      for (const auto& decade : maker.second) best = std::max(best, decade.second);
      most += best;
    }
    QVERIFY2(most > 180 && most < 320, std::to_string(most).c_str());
  }

  /// Contributions are weight x taste, and the taste turns from the first vector towards the last by the same angle at
  /// each choice: cos a first + sin a other, with last = cos 0.5 first + sin 0.5 other.
  void contributionsAreWeightTimesTaste() {
    Random random({5, 5});
    const WorldUser user = draw_user(world_, 0, random);
    QVERIFY(user.choices.size() >= 20 && user.choices.size() <= 60);
    for (size_t n = 0; n < user.choices.size(); ++n) {
      const WorldChoice& choice = user.choices[n];
      const double angle = 0.5 * static_cast<double>(n) / static_cast<double>(user.choices.size());
      for (size_t a = 0; a < world_attributes; ++a) {
        const auto v = static_cast<size_t>(world_.items[static_cast<size_t>(choice.item)].values[a]);
        const double first = user.first_taste[a][v];
        const double other = (user.last_taste[a][v] - std::cos(0.5) * first) / std::sin(0.5);
        const double expected = world_attribute_weights[a] * (std::cos(angle) * first + std::sin(angle) * other);
        QVERIFY(std::abs(choice.contributions[a] - expected) < 1e-9);
      }
    }
  }

  void nobodyChoosesTwiceAndTimeGoesOn() {
    for (uint64_t u = 0; u < 20; ++u) {
      Random random({7, u});
      std::set<int> items;
      int64_t last = 0;
      for (const WorldChoice& choice : draw_user(world_, 0, random).choices) {
        QVERIFY(items.insert(choice.item).second);
        QVERIFY(choice.time > last);
        last = choice.time;
      }
    }
  }

  /// What the starter's population sees and the bundled users do not: popular items. Mean log popularity of choices
  /// is near 0 without the weight (standard error about 0.04 over 600 choices) and far above it with 1.5.
  void popularityDrawsTheBroadPopulation() {
    const auto mean = [&](double weight) {
      double sum = 0, count = 0;
      for (uint64_t u = 0; u < 20; ++u) {
        Random random({9, u});
        for (const WorldChoice& choice : draw_user(world_, weight, random).choices) {
          sum += world_.items[static_cast<size_t>(choice.item)].log_popularity;
          ++count;
        }
      }
      return sum / count;
    };
    QVERIFY(std::abs(mean(0)) < 0.3);
    QVERIFY(mean(1.5) > 0.6);
  }

  /// Every attribute that a sentence names is one of the recommendation and of a history item that it names.
  void sentencesAreTrue() {
    std::vector<ItemText> items;
    for (size_t i = 0; i < world_.items.size(); ++i) items.push_back(item_text(world_, static_cast<int>(i)));
    std::set<std::string> forms;
    for (uint64_t n = 0; n < 3000; ++n) {
      Random random({11, n});
      std::vector<const ItemText*> history;
      for (int i = 0; i < 5; ++i) history.push_back(&items[random.below(items.size())]);
      const ItemText& item = items[random.below(items.size())];
      const std::string text = rationale_sentence(history, item, random);
      QVERIFY(text.ends_with('.'));
      std::string form = text;
      std::vector<const ItemText*> named;
      for (const ItemText* seen : history) {
        const size_t at = text.find(seen->title);
        if (at != std::string::npos) named.push_back(seen);
        if (const size_t place = form.find(seen->title); place != std::string::npos)
          form.replace(place, seen->title.size(), "#");
      }
      bool phrase = false;
      for (size_t a = 0; a < world_attributes; ++a) {
        for (const std::string& value : world_.values[a]) {
          const std::string words = std::string("the ") + world_attribute_names[a] + " " + value;
          if (text.find(words) == std::string::npos) continue;
          phrase = true;
          const std::pair<std::string, std::string> attribute{world_attribute_names[a], value};
          QVERIFY2(has(item, attribute), text.c_str());
          QVERIFY2(std::any_of(named.begin(), named.end(), [&](const ItemText* seen) { return has(*seen, attribute); }),
                   text.c_str());
          form.replace(form.find(words), words.size(), "@");
        }
      }
      QCOMPARE(phrase, !named.empty());
      forms.insert(form);
    }
    QVERIFY2(forms.size() >= 6, std::to_string(forms.size()).c_str());
    Random random(1);
    const ItemText alone{1, "Alone", {{"genre", "none"}}};
    QCOMPARE(rationale_sentence({&items[0]}, alone, random),
             std::string("Nothing in the history shares an attribute with it."));
  }

  /// Parts of a text, joined, are the prompts that a model is asked later, word for word; the same step gives the same
  /// texts.
  void starterTextsAreThePrompts() {
    const StarterPopulation population = world_population(3);
    const StarterTexts texts(population, 3, 40);
    std::map<std::string, int> kinds;
    for (const StarterText& text : texts.step(17, 0.5)) {
      const std::string prompt = text.history + text.question;
      if (prompt.ends_with("\nBecause:")) {
        ++kinds["rationale"];
      } else if (!prompt.ends_with("\nThe next item is:")) {
        ++kinds["fact"];
        continue;
      } else {
        ++kinds[prompt.find("\nCandidates for the next choice:\n") == std::string::npos ? "open" : "listed"];
      }
      QVERIFY2(prompt.starts_with("Items this person chose, oldest first:\n- "), prompt.c_str());
      QVERIFY(text.response.starts_with(' '));
    }
    QCOMPARE(kinds.size(), size_t{4});
    const auto again = texts.step(17, 0.5), next = texts.step(18, 0.5);
    QCOMPARE(again.front().history, texts.step(17, 0.5).front().history);
    QVERIFY(again.front().history != next.front().history);
  }
};

QTEST_GUILESS_MAIN(WorldTest)
#include "world_test.moc"
