// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/split.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/data/negatives.h"

namespace prefscope {
namespace {

/// Items of the catalogue that the user never touched, `count` of them, each once.
std::vector<int64_t> draw_untouched(const UserActs& user, const std::vector<int64_t>& catalogue, int count,
                                    Random& random) {
  const auto untouched =
      static_cast<int64_t>(catalogue.size()) -
      static_cast<int64_t>(std::count_if(user.touched.begin(), user.touched.end(), [&](int64_t item) {
        return std::binary_search(catalogue.begin(), catalogue.end(), item);
      }));
  if (untouched < count) {
    throw Error(
        ErrorKind::BadInput,
        fmt::format(
            "user {}: expected at least {} items that the user never touched, found {}; ask for fewer candidates",
            user.key, count, untouched));
  }
  return draw_uniform(catalogue, user.touched, count, random);
}

/// The example whose target is the user's positive at `target`: history and candidate list, no negatives yet.
Example example_at(const UserActs& user, size_t target, const std::vector<int64_t>& catalogue,
                   const SplitOptions& options, Random& random) {
  Example e;
  e.user = user.user;
  e.user_key = user.key;
  e.target = user.positives[target];
  const size_t first = target - std::min(target, static_cast<size_t>(options.history));
  e.history.assign(user.positives.begin() + static_cast<std::ptrdiff_t>(first),
                   user.positives.begin() + static_cast<std::ptrdiff_t>(target));
  e.candidates = draw_untouched(user, catalogue, options.candidates - 1, random);
  return e;
}

void add_target(Example& e, Random& random) {
  e.candidates.push_back(e.target);
  random.shuffle(e.candidates);
}

}  // namespace

SplitResult leave_last_out(std::vector<UserActs> users, const std::vector<int64_t>& catalogue,
                           const SplitOptions& options, const TaskContext& context) {
  SplitResult result;
  // A training user needs a history, a target and the last positive, which is not used: three positives.
  std::erase_if(users, [&](const UserActs& user) {
    const bool few = user.positives.size() < 3;
    result.skipped_users += few ? 1 : 0;
    return few;
  });
  Random choice({options.seed, 0x7573657273});
  if (options.users && *options.users < static_cast<int64_t>(users.size())) {
    choice.shuffle(users);
    users.resize(static_cast<size_t>(*options.users));
  }
  std::vector<size_t> order(users.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  choice.shuffle(order);
  const auto held_out = static_cast<size_t>(options.held_out * static_cast<double>(users.size()) + 0.5);
  if (options.train_users) order.resize(std::min(order.size(), held_out + static_cast<size_t>(*options.train_users)));

  ProgressClock clock(context, "Drawing candidates");
  for (size_t n = 0; n < order.size(); ++n) {
    clock.update(static_cast<double>(n) / static_cast<double>(order.size()));
    const UserActs& user = users[order[n]];
    const Role role = n < held_out ? Role::HeldOut : Role::Train;
    const size_t last = user.positives.size() - (role == Role::HeldOut ? 1 : 2);
    const size_t targets = role == Role::HeldOut ? 1 : std::min(last, static_cast<size_t>(options.targets));
    Random random({options.seed, 0x63616e64, hash_key(user.key)});
    for (size_t target = last; target > last - targets; --target) {
      Example e = example_at(user, target, catalogue, options, random);
      e.role = role;
      e.position = static_cast<int64_t>(result.examples.size());
      e.negatives.assign(e.candidates.begin(), e.candidates.begin() + options.negatives);
      add_target(e, random);
      result.examples.push_back(std::move(e));
    }
  }

  std::vector<size_t> panel(order.begin() + static_cast<std::ptrdiff_t>(std::min(held_out, order.size())), order.end());
  if (panel.size() > max_panel) {
    Random({options.seed, 0x70616e656c}).shuffle(panel);
    panel.resize(max_panel);
  }
  for (const size_t index : panel) {
    context.check();
    const UserActs& user = users[index];
    Random random({options.seed, 0x70616e656c, hash_key(user.key)});
    Example e = example_at(user, user.positives.size() - 1, catalogue, options, random);
    e.role = Role::Panel;
    e.position = static_cast<int64_t>(result.examples.size() + result.panel.size());
    add_target(e, random);
    result.panel.push_back(std::move(e));
  }
  return result;
}

}  // namespace prefscope
