// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/sample_world.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/files.h"
#include "engine/data/world.h"

namespace prefscope {
namespace {

std::string numbers(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) text += fmt::format("{}{:.3f}", text.size() > 1 ? "," : "", value);
  return text + "]";
}

std::string tastes(const std::array<std::vector<double>, world_attributes>& taste) {
  std::string text = "{";
  for (size_t a = 0; a < world_attributes; ++a)
    text += fmt::format("{}\"{}\":{}", a > 0 ? "," : "", world_attribute_names[a], numbers(taste[a]));
  return text + "}";
}

std::string data_card(const SampleWorldOptions& options, size_t choices) {
  return fmt::format(R"(# The sample world

A fictional catalogue of {} items and {} users with {} dated choices, made by `prefscope-cli sample-world --items {} --users {} --seed {}`
(same seed, same bytes). Nothing here is a real title, maker or person. Public domain (CC0).

- `items.csv`: id, title, and the attributes genre, decade, maker, mood, setting. Attributes are correlated: a maker has favourite genres and a
  favourite decade, a genre its moods and settings.
- `interactions.csv`: user, item, time (seconds since 1970, UTC), in order of time within a user. There are no ratings: a choice is a choice.
- `truth.json`: what made the users choose: weights, directions, each user's tastes, and what each attribute added to each choice. It is not
  read on import.

## The choice model
A user takes, among the items not taken yet, item i with probability proportional to exp(u_i), where u_i is the sum over attributes of
weight x taste(value of i). Weights: genre 2.4, maker 2.0, mood 1.4, setting 1.0, decade 0.6. A taste is standard normal for each value. Tastes go together: 80 % of
their variance comes from four hidden leanings of the user, through a direction of each value that belongs to the world; the rest is the user's own. Over the user's time the
taste turns: at choice n of N (from 0) it is cos(a) first + sin(a) other with a = 0.25 n / N radian, and last = cos(0.25) first + sin(0.25) other.

These users do not look at popularity. The population that the starter model was trained on does, each of them by a weight of their own between 0.5 and 2.5 on log
popularity (standard normal over items), and is not in these files. So a model that knows the population knows the items and has something to learn here: that
nobody follows the crowd. It is what a real language model suffers from, a prior for likely titles.

## What is known, and what is not
For each choice truth.json has what every attribute added to its utility (three decimals, nats of log odds); the exponential noise of the choice itself is
the only part without a reason. So the best possible ranking is known: by true utility. `prefscope-cli world-report` measures it, the oracle, beside every model.
No history tells a taste exactly, so no model reaches it. The world says nothing about real people.
)",
                     options.items, options.users, choices, options.items, options.users, options.seed);
}

}  // namespace

void write_sample_world(const SampleWorldOptions& options, const TaskContext& context) {
  if (options.items < 50 || options.items > 5'000)
    throw Error(ErrorKind::BadInput, fmt::format("--items: expected 50 .. 5000, found {}", options.items));
  if (options.users < 1 || options.users > 100'000)
    throw Error(ErrorKind::BadInput, fmt::format("--users: expected 1 .. 100000, found {}", options.users));
  const World world = make_world(options.items, options.seed);

  std::string items = "id,title";
  for (const char* name : world_attribute_names) items += fmt::format(",{}", name);
  items += "\n";
  for (size_t i = 0; i < world.items.size(); ++i) {  // no word of the world holds a comma or a quote
    items += fmt::format("{},{}", i + 1, world.items[i].title);
    for (size_t a = 0; a < world_attributes; ++a)
      items += "," + world.values[a][static_cast<size_t>(world.items[i].values[a])];
    items += "\n";
  }

  std::string interactions = "user,item,time\n", truth = "{\"weights\":{";
  for (size_t a = 0; a < world_attributes; ++a)
    truth += fmt::format("{}\"{}\":{}", a > 0 ? "," : "", world_attribute_names[a], world_attribute_weights[a]);
  truth += "},\n\"values\":{";
  for (size_t a = 0; a < world_attributes; ++a) {
    truth += fmt::format("{}\"{}\":[", a > 0 ? "," : "", world_attribute_names[a]);
    for (size_t v = 0; v < world.values[a].size(); ++v)
      truth += fmt::format("{}\"{}\"", v > 0 ? "," : "", world.values[a][v]);
    truth += "]";
  }
  truth += "},\n\"directions\":{";
  for (size_t a = 0; a < world_attributes; ++a) {
    truth += fmt::format("{}\"{}\":[", a > 0 ? "," : "", world_attribute_names[a]);
    for (size_t v = 0; v < world.directions[a].size(); ++v)
      truth += (v > 0 ? "," : "") + numbers({world.directions[a][v].begin(), world.directions[a][v].end()});
    truth += "]";
  }
  truth += "},\n\"attributes\":\"contributions are in the order of weights\",\n\"users\":{";
  ProgressClock clock(context, "Drawing users");
  size_t choices = 0;
  for (int u = 0; u < options.users; ++u) {
    clock.update(static_cast<double>(u) / options.users);
    const WorldUser user = world_user(world, options.seed, u);
    truth += fmt::format("{}\n\"{}\":{{\"first\":{},\"last\":{},\"contributions\":[", u > 0 ? "," : "", u + 1,
                         tastes(user.first_taste), tastes(user.last_taste));
    for (size_t n = 0; n < user.choices.size(); ++n) {
      const WorldChoice& choice = user.choices[n];
      interactions += fmt::format("{},{},{}\n", u + 1, choice.item + 1, choice.time);
      truth += (n > 0 ? "," : "") + numbers({choice.contributions.begin(), choice.contributions.end()});
    }
    truth += "]}";
    choices += user.choices.size();
  }
  truth += "\n}}\n";
  write_file_atomically(options.out / "items.csv", items);
  write_file_atomically(options.out / "interactions.csv", interactions);
  write_file_atomically(options.out / "truth.json", truth);
  write_file_atomically(options.out / "README.md", data_card(options, choices));
  clock.update(1);
}

}  // namespace prefscope
