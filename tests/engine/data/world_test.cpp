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

class WorldTest : public QObject {
  Q_OBJECT

  const World world_ = make_world(bundled_world_items, bundled_world_seed);
  const World small_world_ = make_world(60, 3);

 private Q_SLOTS:
  void titlesAreUniqueAndReadable() {
    std::set<std::string> titles;
    std::map<std::string, int> first_words;
    for (const WorldItem& item : world_.items) {
      QVERIFY2(titles.insert(item.title).second, item.title.c_str());
      ++first_words[item.title.substr(0, item.title.find(' '))];
      for (const char* known : {"Golden Compass", "Silent Witness", "Glass Key"})  // works that exist
        QVERIFY2(!item.title.ends_with(known), item.title.c_str());
      QVERIFY2(item.title.find_first_of(",\"\n{}<>") == std::string::npos, item.title.c_str());
    }
    QCOMPARE(titles.size(), static_cast<size_t>(bundled_world_items));
    for (const auto& [word, uses] : first_words) QVERIFY2(uses <= 4, word.c_str());
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
  /// each choice: cos a first + sin a other, with last = cos 0.25 first + sin 0.25 other.
  void contributionsAreWeightTimesTaste() {
    Random random({5, 5});
    const WorldUser user = draw_user(world_, 0, random);
    QVERIFY(user.choices.size() >= 20 && user.choices.size() <= 60);
    for (size_t n = 0; n < user.choices.size(); ++n) {
      const WorldChoice& choice = user.choices[n];
      const double angle = 0.25 * static_cast<double>(n) / static_cast<double>(user.choices.size());
      for (size_t a = 0; a < world_attributes; ++a) {
        const auto v = static_cast<size_t>(world_.items[static_cast<size_t>(choice.item)].values[a]);
        const double first = user.first_taste[a][v];
        const double other = (user.last_taste[a][v] - std::cos(0.25) * first) / std::sin(0.25);
        const double expected = world_attribute_weights[a] * (std::cos(angle) * first + std::sin(angle) * other);
        QVERIFY(std::abs(choice.contributions[a] - expected) < 1e-9);
        QCOMPARE(contributions(world_, user, n, choice.item)[a], choice.contributions[a]);
      }
    }
  }

  /// Tastes are standard normal, and two values' tastes go together as their directions do: the correlation of values
  /// v and w is 0.8 direction_v . direction_w. 4,000 users: standard error of a correlation below 0.016.
  void tastesGoTogether() {
    constexpr int users = 4000;
    double sum[2] = {0, 0}, square[2] = {0, 0}, product = 0, cosine = 0;
    const size_t v = 0, w = 1;  // two genres
    for (int u = 0; u < users; ++u) {
      Random random({13, static_cast<uint64_t>(u)});
      const WorldUser user = draw_user(small_world_, 0, random);
      const double a = user.first_taste[0][v], b = user.first_taste[0][w];
      sum[0] += a, sum[1] += b, square[0] += a * a, square[1] += b * b, product += a * b;
    }
    for (size_t k = 0; k < world_leanings; ++k)
      cosine += small_world_.directions[0][v][k] * small_world_.directions[0][w][k];
    QVERIFY(std::abs(sum[0] / users) < 0.06 && std::abs(square[0] / users - 1) < 0.1);
    QVERIFY(std::abs(product / std::sqrt(square[0] * square[1]) - world_shared_taste * cosine) < 0.06);
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

  /// Parts of a text, joined, are the prompts that a model is asked later, word for word; the same step gives the same
  /// texts.
  void starterTextsAreThePrompts() {
    const StarterPopulation population = world_population(3);
    const StarterTexts texts(population, 3, 60);
    std::map<std::string, int> kinds;
    for (const StarterText& text : texts.step(17, 0.9)) {
      const std::string prompt = text.history + text.question;
      if (prompt.ends_with("\nBecause:\n")) {
        ++kinds["rationale"];
      } else if (text.question.starts_with("\nThose with the ")) {
        ++kinds["selection"];
      } else if (text.question == "\nOnce more:\n") {
        ++kinds["echo"];
      } else if (!prompt.ends_with("\nThe next item is:\n")) {
        ++kinds["fact"];
        continue;
      } else {
        ++kinds[prompt.find("\nCandidates for the next choice:\n") == std::string::npos ? "open" : "listed"];
      }
      QVERIFY2(prompt.starts_with("Items this person chose, oldest first:\n"), prompt.c_str());
      QVERIFY(!text.response.empty() && !text.response.starts_with(' '));
    }
    QCOMPARE(kinds.size(), size_t{6});
    const auto again = texts.step(17, 0.5), next = texts.step(18, 0.5);
    QCOMPARE(again.front().history, texts.step(17, 0.5).front().history);
    QVERIFY(again.front().history != next.front().history);
  }
};

QTEST_GUILESS_MAIN(WorldTest)
#include "world_test.moc"
