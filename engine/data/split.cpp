// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/data/interaction_columns.h"
#include "engine/data/negatives.h"

namespace prefscope {
namespace {

void check_enough(const UserActs& user, int64_t untouched, int count) {
  if (untouched >= count) return;
  throw Error(
      ErrorKind::BadInput,
      fmt::format("user {}: expected at least {} items that the user never touched, found {}; ask for fewer candidates",
                  user.key, count, untouched));
}

/// Items of the catalogue that the user never touched, `count` of them, each once.
std::vector<int64_t> draw_untouched(const UserActs& user, const std::vector<int64_t>& catalogue, int count,
                                    Random& random) {
  const auto untouched =
      static_cast<int64_t>(catalogue.size()) -
      static_cast<int64_t>(std::count_if(user.touched.begin(), user.touched.end(), [&](int64_t item) {
        return std::binary_search(catalogue.begin(), catalogue.end(), item);
      }));
  check_enough(user, untouched, count);
  return draw_uniform(catalogue, user.touched, count, random);
}

/// Candidates beside the target, in an order drawn: the first of them are the negatives.
std::vector<int64_t> draw_candidates(const UserActs& user, const std::vector<int64_t>& catalogue,
                                     const SplitOptions& options, Random& random) {
  std::vector<int64_t> list;
  switch (options.source) {
    case CandidateSource::Uniform:
      return draw_untouched(user, catalogue, options.candidates - 1, random);
    case CandidateSource::Popularity: {
      std::vector<int64_t> items;
      std::vector<double> weights;
      for (size_t i = 0; i < catalogue.size(); ++i) {
        if (std::binary_search(user.touched.begin(), user.touched.end(), catalogue[i])) continue;
        items.push_back(catalogue[i]);
        weights.push_back(options.popularity.at(i));
      }
      check_enough(user, std::ssize(items), options.candidates - 1);
      for (const size_t place : draw_weighted(weights, options.candidates - 1, random)) list.push_back(items[place]);
      return list;
    }
    case CandidateSource::All:
      list = without(catalogue, user.touched);
      break;
    case CandidateSource::Given:
      if (const auto given = options.given.find(user.key); given != options.given.end()) list = given->second;
      std::erase_if(list, [&](int64_t item) {  // the target too
        return std::binary_search(user.touched.begin(), user.touched.end(), item);
      });
      break;
  }
  if (std::ssize(list) < options.negatives)
    throw Error(ErrorKind::BadInput,
                fmt::format("user {}: expected at least {} candidates beside the target, one for each negative, found "
                            "{}; ask for fewer negatives",
                            user.key, options.negatives, list.size()));
  random.shuffle(list);
  return list;
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
  e.candidates = draw_candidates(user, catalogue, options, random);
  return e;
}

void add_target(Example& e, Random& random, SplitResult& result) {
  e.candidates.push_back(e.target);
  random.shuffle(e.candidates);
  result.listed += std::ssize(e.candidates);
  if (result.listed > max_listed)
    throw Error(ErrorKind::BadInput,
                fmt::format("expected at most {} candidates in all lists together; ask for fewer users or for lists "
                            "that are drawn",
                            max_listed));
}

void sample_users(std::vector<UserActs>& users, const SplitOptions& options, Random& choice) {
  if (!options.users || *options.users >= static_cast<int64_t>(users.size())) return;
  choice.shuffle(users);
  users.resize(static_cast<size_t>(*options.users));
}

/// Where each user's held-out positives begin.
class Cut {
 public:
  Cut(const std::vector<UserActs>& users, const SplitOptions& options) : options_(options) {
    if (options.kind != SplitKind::GlobalTime) return;
    std::vector<int64_t> times;
    for (const UserActs& user : users) {
      for (const int64_t time : user.times) {
        if (time == no_time)
          throw Error(
              ErrorKind::BadInput,
              fmt::format("user {}: global-time needs a time of every positive, found none; choose another split",
                          user.key));
        times.push_back(time);
      }
    }
    if (options.from_time) from_ = *options.from_time;
    if (options.from_time || times.empty()) return;
    const auto place = static_cast<size_t>((1 - options.held_out) * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(place), times.end());
    from_ = times[place];
  }

  size_t of(const UserActs& user) const {
    const size_t n = user.positives.size();
    if (options_.kind == SplitKind::Given) {
      size_t first = 0;
      while (first < n && !is_target(user, first)) ++first;
      return first;
    }
    if (options_.kind == SplitKind::LeaveTwoOut) return n - std::min<size_t>(n, 1);
    if (options_.kind == SplitKind::GlobalTime)
      return static_cast<size_t>(std::lower_bound(user.times.begin(), user.times.end(), from_) - user.times.begin());
    const auto share = static_cast<size_t>(options_.held_out * static_cast<double>(n) + 0.5);
    return n - std::min(n, std::max<size_t>(share, 1));
  }

  /// Whether a positive from the cut on is held out.
  bool is_target(const UserActs& user, size_t place) const {
    if (options_.kind != SplitKind::Given) return true;
    const auto listed = options_.held_out_items.find(user.key);
    return listed != options_.held_out_items.end() &&
           std::find(listed->second.begin(), listed->second.end(), user.positives[place]) != listed->second.end();
  }

 private:
  const SplitOptions& options_;
  int64_t from_ = 0;
};

template <typename Kind>
Kind kind_of(const std::string& name, const std::vector<std::string>& names, const char* option) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw Error(ErrorKind::BadInput, fmt::format("{} {}: expected {}", option, name, fmt::join(names, ", ")));
  return static_cast<Kind>(found - names.begin());
}

}  // namespace

const std::vector<std::string>& split_names() {
  static const std::vector<std::string> names = {"leave-last-out", "leave-two-out", "ratio", "global-time", "given"};
  return names;
}

SplitKind split_kind(const std::string& name) {
  return kind_of<SplitKind>(name, split_names(), "--split");
}

const std::vector<std::string>& candidate_source_names() {
  static const std::vector<std::string> names = {"uniform", "popularity", "all", "given"};
  return names;
}

CandidateSource candidate_source(const std::string& name) {
  return kind_of<CandidateSource>(name, candidate_source_names(), "--sampling");
}

SplitResult split_users(std::vector<UserActs> users, const std::vector<int64_t>& catalogue, const SplitOptions& options,
                        const TaskContext& context) {
  return options.kind == SplitKind::LeaveLastOut ? leave_last_out(std::move(users), catalogue, options, context)
                                                 : split_in_time(std::move(users), catalogue, options, context);
}

SplitResult split_in_time(std::vector<UserActs> users, const std::vector<int64_t>& catalogue,
                          const SplitOptions& options, const TaskContext& context) {
  SplitResult result;
  const Cut cut(users, options);
  std::erase_if(users, [&](const UserActs& user) {
    const bool few = user.positives.size() < 2;  // a history and a target
    result.skipped_users += few ? 1 : 0;
    return few;
  });
  Random choice({options.seed, 0x7573657273});
  sample_users(users, options, choice);
  choice.shuffle(users);
  const size_t training =
      options.train_users ? std::min(users.size(), static_cast<size_t>(*options.train_users)) : users.size();
  ProgressClock clock(context, "Drawing candidates");
  const auto example = [&](const UserActs& user, size_t target, Role role) {
    Random random({options.seed, 0x63616e64, hash_key(user.key), target});
    Example e = example_at(user, target, catalogue, options, random);
    e.role = role;
    if (role != Role::Panel) e.negatives.assign(e.candidates.begin(), e.candidates.begin() + options.negatives);
    add_target(e, random, result);
    return e;
  };
  for (size_t n = 0; n < users.size(); ++n) {
    clock.update(static_cast<double>(n) / static_cast<double>(users.size()));
    const UserActs& user = users[n];
    const size_t first = cut.of(user);
    if (n < training) {
      for (int t = 0; t < options.targets && first >= static_cast<size_t>(t) + 3; ++t)
        result.examples.push_back(example(user, first - 2 - static_cast<size_t>(t), Role::Train));
      if (first >= 2 && result.panel.size() < max_panel) result.panel.push_back(example(user, first - 1, Role::Panel));
    }
    for (size_t target = std::max<size_t>(first, 1); target < user.positives.size(); ++target)
      if (cut.is_target(user, target)) result.examples.push_back(example(user, target, Role::HeldOut));
  }
  int64_t position = 0;
  for (auto* examples : {&result.examples, &result.panel}) {
    for (Example& e : *examples) e.position = position++;
  }
  return result;
}

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
  sample_users(users, options, choice);
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
      add_target(e, random, result);
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
    add_target(e, random, result);
    result.panel.push_back(std::move(e));
  }
  return result;
}

}  // namespace prefscope
