// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/progress.h"
#include "engine/data/quality.h"
#include "engine/store/preparations.h"

namespace prefscope {

/// What a step of a view keeps.
enum class StepKind {
  Rating,        ///< rows with such a rating; those without one go
  Time,          ///< rows at such a time; those without one go
  UserRows,      ///< users with so many rows
  ItemRows,      ///< items with so many rows
  Core,          ///< users and items with at least `number` rows, again and again until all have
  Attribute,     ///< items with (or without) an attribute
  Title,         ///< items whose title holds a text (or not), case of ASCII letters ignored
  FirstOfPair,   ///< the first row of a user with an item
  SampledUsers,  ///< so many users drawn by a seed
};

/// One step of a view. Steps are written as text, which is what is stored and shown: rating > 3, rating >= 4,
/// time >= 2005-01-01, time < 2010-01-01, user >= 20, item <= 500, core 5, genre = Drama, genre != Drama,
/// title = star wars, first of pair, sample 1000 users seed 7.
struct ViewStep {
  StepKind kind = StepKind::Core;
  std::string comparison;   ///< <, <=, >, >=, =, !=; empty where the kind has none
  double number = 0;        ///< rating, rows, k, users; of Time seconds since 1970, UTC
  std::string name, value;  ///< of Attribute; value alone of Title
  uint64_t seed = 0;
};

/// Reads a step. Throws BadInput, naming what is expected.
ViewStep parse_step(std::string_view text);
/// The step as text, in one spelling: parse_step of it gives the same step.
std::string step_text(const ViewStep& step);

/// How much is left: users and items are those with rows.
struct ViewCounts {
  int64_t interactions = 0, users = 0, items = 0;

  bool operator==(const ViewCounts&) const = default;
};
ViewCounts counts_of(const UserRows& rows);

/// The rows that a step keeps; users and items keep their indices, some without rows. items: [item_count]. Polls for a
/// stop.
UserRows apply_step(const UserRows& rows, const ViewStep& step, const std::vector<ItemText>& items,
                    const TaskContext& context);

}  // namespace prefscope
