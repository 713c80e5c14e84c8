// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/starter_population.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "engine/base/error.h"
#include "engine/data/attributes.h"
#include "engine/recommend/recommender.h"

namespace prefscope {
namespace {

/// What the causes are read from; lives as long as the population's functions.
struct Users {
  std::vector<ItemText> items;
  std::vector<std::vector<size_t>> sequences;
  std::vector<double> lengths;  ///< users are drawn by their number of choices: each choice is seen equally often
  std::unique_ptr<Recommender> model;
};

Causes causes_of(const Users& users, const std::vector<size_t>& sequence, size_t n, size_t length, size_t item) {
  const auto& wanted = users.items[item].attributes;
  Causes causes{std::vector<double>(wanted.size()), {}};
  for (size_t h = n - length; h < n; ++h) {
    // The model's score is a sum over the history, so one item's share is its score alone.
    causes.items.push_back(
        users.model->score({static_cast<int32_t>(sequence[h])}, {static_cast<int32_t>(item)}, 0).front());
    for (size_t a = 0; a < wanted.size(); ++a) {
      if (has_attribute(users.items[sequence[h]], wanted[a])) causes.attributes[a] += causes.items.back();
    }
  }
  return causes;
}

}  // namespace

StarterPopulation training_population(Workspace& workspace, const std::string& name, const Preparation& preparation,
                                      const TaskContext& context) {
  auto users = std::make_shared<Users>();
  users->items = read_item_texts(workspace, preparation.data_set);
  std::map<int64_t, size_t> index;
  for (size_t i = 0; i < users->items.size(); ++i) index[users->items[i].id] = i;
  TrainingMatrix matrix{static_cast<int64_t>(users->items.size()), {}};
  for (const auto& sequence : read_training_sequences(workspace, preparation.id)) {
    if (sequence.size() < 2) continue;
    users->sequences.emplace_back();
    matrix.items.emplace_back();
    for (const int64_t item : sequence) {
      users->sequences.back().push_back(index.at(item));
      matrix.items.back().push_back(static_cast<int32_t>(index.at(item)));
    }
    users->lengths.push_back(static_cast<double>(sequence.size()));
  }
  if (users->sequences.empty()) {
    throw Error(ErrorKind::BadInput,
                fmt::format("{}: no training user has two interactions before the target; prepare the set with a "
                            "smaller --held-out",
                            name));
  }
  users->model = make_recommender("itemknn", 0);
  users->model->fit(matrix, context);
  const auto draw = [users](Random& random, double) {
    StarterUser user{users->sequences[random.weighted(users->lengths)], {}};
    user.causes = [users, sequence = user.items](size_t n, size_t length, size_t item) {
      return causes_of(*users, sequence, n, length, item);
    };
    return user;
  };
  return {
      name, users->items, static_cast<size_t>(preparation.history), "ItemKNN's contributions", "rationale-shared",
      draw};
}

}  // namespace prefscope
