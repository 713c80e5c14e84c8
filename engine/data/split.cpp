// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "engine/base/error.h"
#include "engine/base/random.h"

namespace prefscope {
namespace {

/// FNV-1a, so that a user's stream depends on the user's key alone.
uint64_t hash_key(const std::string& key) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

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
  std::vector<int64_t> drawn;
  std::unordered_set<int64_t> taken;
  while (static_cast<int>(drawn.size()) < count) {
    const int64_t item = catalogue[random.below(catalogue.size())];
    if (std::binary_search(user.touched.begin(), user.touched.end(), item) || !taken.insert(item).second) continue;
    drawn.push_back(item);
  }
  return drawn;
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

  ProgressClock clock(context, "Drawing candidates");
  for (size_t n = 0; n < order.size(); ++n) {
    clock.update(static_cast<double>(n) / static_cast<double>(order.size()));
    const UserActs& user = users[order[n]];
    Random random({options.seed, 0x63616e64, hash_key(user.key)});
    Example e;
    e.role = n < held_out ? Role::HeldOut : Role::Train;
    e.position = static_cast<int64_t>(n);
    e.user = user.user;
    e.user_key = user.key;
    const size_t target = user.positives.size() - (e.role == Role::HeldOut ? 1 : 2);
    e.target = user.positives[target];
    const size_t first = target - std::min(target, static_cast<size_t>(options.history));
    e.history.assign(user.positives.begin() + static_cast<std::ptrdiff_t>(first),
                     user.positives.begin() + static_cast<std::ptrdiff_t>(target));
    e.candidates = draw_untouched(user, catalogue, options.candidates - 1, random);
    e.negatives.assign(e.candidates.begin(), e.candidates.begin() + options.negatives);
    e.candidates.push_back(e.target);
    random.shuffle(e.candidates);
    result.examples.push_back(std::move(e));
  }
  return result;
}

}  // namespace prefscope
