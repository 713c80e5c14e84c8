// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/files.h"
#include "engine/store/example_rows.h"
#include "engine/store/stops_statements.h"
#include "engine/tasks/chosen_preparation.h"

namespace prefscope {
namespace {

/// What an example is of, in a form that equals another's where the two are the same.
struct Traits {
  std::string whole, prompt;  ///< hashes: of prompt and answers; of the prompt alone
};

std::string hash_of(const std::vector<int64_t>& items) {
  return sha256({reinterpret_cast<const char*>(items.data()), items.size() * sizeof(int64_t)});
}

Traits traits_of(const Example& e) {
  if (e.pairs.empty()) {
    std::vector<int64_t> candidates = e.candidates;
    std::sort(candidates.begin(), candidates.end());
    const std::string prompt = hash_of(e.history) + hash_of(candidates);
    return {prompt + std::to_string(e.target), prompt};
  }
  std::string whole, prompts;
  for (const TextPair& pair : e.pairs) {
    prompts += sha256(pair.prompt);
    whole += sha256(pair.prompt) + sha256(pair.chosen) + sha256(pair.rejected.value_or(""));
  }
  return {sha256(whole), sha256(prompts)};
}

/// How often a title stands in a text as a whole: between brackets or quotes of its own, or alone on its line. "Jet" is
/// not in "Joan Jett and the Blackhearts".
size_t times_in(const std::string& text, const std::string& title) {
  constexpr std::string_view openings = "\n\"<", closings = "\n\">";
  size_t count = 0;
  for (size_t at = text.find(title); at != std::string::npos; at = text.find(title, at + title.size())) {
    const size_t end = at + title.size();
    const bool begins = at == 0 || title.front() == '<' || openings.find(text[at - 1]) != std::string_view::npos;
    const bool ends = end == text.size() || title.back() == '>' || closings.find(text[end]) != std::string_view::npos;
    count += begins && ends ? 1 : 0;
  }
  return count;
}

/// Whether the answer can be read from the history. A prompt of given pairs may ask about both titles by name: the
/// chosen one stands in the history where it comes more often than the rejected one.
bool shows_target(const Example& e) {
  if (e.pairs.empty()) return std::find(e.history.begin(), e.history.end(), e.target) != e.history.end();
  const TextPair& pair = e.pairs.front();
  const auto trimmed = [](const std::string& text) {
    const size_t first = text.find_first_not_of(" \n"), last = text.find_last_not_of(" \n");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
  };
  const std::string chosen = trimmed(pair.chosen);
  if (chosen.empty()) return false;
  const size_t asked = pair.rejected ? std::min<size_t>(times_in(pair.prompt, trimmed(*pair.rejected)), 1) : 0;
  return times_in(pair.prompt, chosen) > asked;
}

void add(Leak& leak, const Example& e, const std::map<int64_t, std::string>& keys, std::string detail) {
  if (++leak.count > static_cast<int64_t>(max_leak_rows)) return;
  const auto key = keys.find(e.id);
  leak.rows.push_back({e.id, key == keys.end() ? "" : key->second, std::move(detail)});
}

/// When each example's user chose its target, first: by example.
std::map<int64_t, int64_t> target_times(Workspace& workspace, int64_t preparation, const TaskContext& context) {
  SQLite::Statement query(workspace.db(),
                          "SELECT e.id, min(i.time) FROM example e JOIN user_interaction i ON i.user = e.user AND "
                          "i.item = e.target WHERE e.preparation = ? AND i.time IS NOT NULL GROUP BY e.id");
  query.bind(1, preparation);
  return stoppable(workspace, context, [&] {  // it reads all rows of each example's user
    std::map<int64_t, int64_t> times;
    while (query.executeStep()) times[query.getColumn(0).getInt64()] = query.getColumn(1).getInt64();
    return times;
  });
}

Leak find_later_training(const std::vector<Example>& examples, const std::map<int64_t, int64_t>& times,
                         const std::map<int64_t, std::string>& keys) {
  Leak leak{"later_training",
            "held-out examples whose target was chosen before the target of some training example: others' future is "
            "known, as in every split by user",
            0,
            {}};
  std::vector<int64_t> of_training;
  for (const Example& e : examples) {
    if (e.role != Role::HeldOut && times.contains(e.id)) of_training.push_back(times.at(e.id));
  }
  std::sort(of_training.begin(), of_training.end());
  for (const Example& e : examples) {
    if (e.role != Role::HeldOut || !times.contains(e.id)) continue;
    const auto later = of_training.end() - std::upper_bound(of_training.begin(), of_training.end(), times.at(e.id));
    if (later > 0) add(leak, e, keys, fmt::format("{} of {} training targets came later", later, of_training.size()));
  }
  return leak;
}

}  // namespace

std::vector<Leak> find_leaks(const std::filesystem::path& folder, const std::string& name,
                             std::optional<int64_t> preparation, const TaskContext& context) {
  Workspace workspace(folder);
  const Preparation p = chosen_preparation(workspace, name, preparation);
  context.report({"Reading examples", -1, -1, ""});
  const std::vector<Example> examples = stoppable(workspace, context, [&] { return read_examples(workspace, p.id); });
  const std::map<int64_t, std::string> keys = read_example_keys(workspace, p.id);
  context.check();

  Leak same{"same_example", "held-out examples that are training examples too: same prompt, same answers", 0, {}};
  Leak prompt{"same_prompt",
              "held-out examples with the history and candidates (or the prompt) of a training example, "
              "with another answer",
              0,
              {}};
  Leak shown{"target_in_history", "examples whose target stands in their own history", 0, {}};
  Leak user{"user_in_training", "held-out examples of a user who has a training example too", 0, {}};
  std::map<std::string, const Example*> whole_of, prompt_of;
  std::map<int64_t, const Example*> user_of;
  std::vector<Traits> traits;
  ProgressClock clock(context, "Comparing examples");
  for (size_t n = 0; n < examples.size(); ++n) {
    clock.update(static_cast<double>(n) / static_cast<double>(examples.size()));
    const Example& e = examples[n];
    traits.push_back(traits_of(e));
    if (shows_target(e)) add(shown, e, keys, e.role == Role::HeldOut ? "held out" : "training");
    if (e.role == Role::HeldOut) continue;
    whole_of.emplace(traits.back().whole, &e);
    prompt_of.emplace(traits.back().prompt, &e);
    if (e.user) user_of.emplace(e.user, &e);
  }
  const auto named = [&](const Example* e) {
    const auto key = keys.find(e->id);
    return fmt::format("the training example of {}", key == keys.end() ? std::to_string(e->id) : key->second);
  };
  for (size_t n = 0; n < examples.size(); ++n) {
    const Example& e = examples[n];
    if (e.role != Role::HeldOut) continue;
    const auto whole = whole_of.find(traits[n].whole), part = prompt_of.find(traits[n].prompt);
    if (whole != whole_of.end()) {
      add(same, e, keys, named(whole->second));
    } else if (part != prompt_of.end()) {
      add(prompt, e, keys, named(part->second));
    }
    if (const auto found = user_of.find(e.user); e.user && found != user_of.end())
      add(user, e, keys, named(found->second));
  }
  context.check();
  return {same, prompt, shown, user, find_later_training(examples, target_times(workspace, p.id, context), keys)};
}

}  // namespace prefscope
