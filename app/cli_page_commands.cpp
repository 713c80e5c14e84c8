// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/tasks/item_page.h"
#include "engine/tasks/user_page.h"

// Commands that say what one user or one item is: what the window has at the right of its tables.

namespace prefscope {
namespace {

using nlohmann::ordered_json;

template <typename Value>
ordered_json orNull(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

const char* nameOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::Hour:
      return "hour";
    case TimeUnit::Day:
      return "day";
    case TimeUnit::Month:
      return "month";
    case TimeUnit::Year:
      break;
  }
  return "year";
}

ordered_json jsonOf(const Timeline& line) {
  ordered_json json = {{"unit", nameOf(line.unit)},
                       {"first", nullptr},
                       {"last", nullptr},
                       {"undated", line.undated},
                       {"parts", ordered_json::array()}};
  if (line.parts.empty()) return json;
  json["first"] = line.first;
  json["last"] = line.last;
  for (const auto& [begin, count] : line.parts) json["parts"].push_back({{"begin", begin}, {"count", count}});
  return json;
}

ordered_json jsonOf(const std::vector<std::pair<double, int64_t>>& ratings) {
  ordered_json json = ordered_json::array();
  for (const auto& [rating, count] : ratings) json.push_back({{"rating", rating}, {"count", count}});
  return json;
}

std::string textOf(const Timeline& line) {
  if (line.parts.empty()) return "no times";
  const auto day = [](int64_t time) { return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time))); };
  return fmt::format("from {} to {}", day(line.first), day(line.last));
}

std::string textOf(const std::optional<double>& value, const char* format) {
  return value ? fmt::format(fmt::runtime(format), *value) : "";
}

Answer answerOf(const UserFacts& user, const std::vector<Taste>& tastes, const std::vector<NearUser>& nearest) {
  Answer answer{{{"user", user.key},
                 {"rows", user.rows},
                 {"items", user.items},
                 {"mean_rating", orNull(user.mean_rating)},
                 {"ratings", jsonOf(user.ratings.counts)},
                 {"timeline", jsonOf(user.timeline)},
                 {"taste", ordered_json::object()},
                 {"nearest", ordered_json::array()}},
                fmt::format("User {}: {} rows on {} items, {}{}\n", onOneLine(user.key), user.rows, user.items,
                            textOf(user.timeline), textOf(user.mean_rating, ", mean rating {:.2f}"))};
  for (const Taste& taste : tastes) {
    ordered_json& values = answer.json["taste"][taste.attribute] = ordered_json::array();
    answer.text += fmt::format("{} ({} values): rows, share, share over all users, lift, mean rating\n",
                               onOneLine(taste.attribute), taste.values);
    for (const TasteValue& value : taste.most) {
      values.push_back({{"value", value.value},
                        {"rows", value.rows},
                        {"share", value.share},
                        {"set_share", value.set_share},
                        {"lift", orNull(value.lift)},
                        {"mean_rating", orNull(value.mean_rating)}});
      answer.text += fmt::format("{:>8} {:>6.1f} % {:>6.1f} % {:>6} {:>6}  {}\n", value.rows, 100 * value.share,
                                 100 * value.set_share, textOf(value.lift, "{:.2f}"),
                                 textOf(value.mean_rating, "{:.2f}"), onOneLine(value.value));
    }
  }
  if (!nearest.empty()) answer.text += "Nearest users: cosine of the sets of items, shared items, the user's items\n";
  for (const NearUser& near : nearest) {
    answer.json["nearest"].push_back(
        {{"user", near.key}, {"cosine", near.cosine}, {"shared", near.shared}, {"items", near.items}});
    answer.text += fmt::format("{:>8.4f} {:>6} {:>6}  {}\n", near.cosine, near.shared, near.items, onOneLine(near.key));
  }
  return answer;
}

Answer answerOf(const std::string& user, const std::string& other, const std::vector<SharedItem>& shared) {
  Answer answer{{{"user", user}, {"with", other}, {"shared", ordered_json::array()}},
                fmt::format("Items that {} and {} share: their ratings, title\n", onOneLine(user), onOneLine(other))};
  for (const SharedItem& item : shared) {
    answer.json["shared"].push_back(
        {{"title", item.title}, {"rating", orNull(item.rating)}, {"other_rating", orNull(item.other_rating)}});
    answer.text += fmt::format("{:>6} {:>6}  {}\n", textOf(item.rating, "{:g}"), textOf(item.other_rating, "{:g}"),
                               onOneLine(item.title));
  }
  return answer;
}

Answer answerOf(const ItemFacts& item, const std::string& order, const std::vector<TogetherItem>& together) {
  Answer answer{
      {{"item", item.key},
       {"title", item.title},
       {"attributes", item.attributes},
       {"rows", item.rows},
       {"users", item.users},
       {"rank", item.rank > 0 ? ordered_json(item.rank) : ordered_json()},
       {"ranked", item.ranked},
       {"mean_rating", orNull(item.mean_rating)},
       {"ratings", jsonOf(item.ratings.counts)},
       {"timeline", jsonOf(item.timeline)},
       {"together_by", order},
       {"together", ordered_json::array()}},
      fmt::format("{} ({}): {} rows of {} users, {}{}{}\n", onOneLine(item.title), onOneLine(item.key), item.rows,
                  item.users, textOf(item.timeline), textOf(item.mean_rating, ", mean rating {:.2f}"),
                  item.rank > 0 ? fmt::format(", rank {} of {} by rows", item.rank, item.ranked) : "")};
  if (!item.attributes.empty()) answer.text += onOneLine(item.attributes) + '\n';
  if (!together.empty())
    answer.text += fmt::format("Seen together, by {}: cosine, lift, users in common, the item's users\n", order);
  for (const TogetherItem& one : together) {
    answer.json["together"].push_back({{"item", one.key},
                                       {"title", one.title},
                                       {"cosine", one.cosine},
                                       {"lift", one.lift},
                                       {"common", one.common},
                                       {"users", one.users}});
    answer.text += fmt::format("{:>8.4f} {:>8.2f} {:>6} {:>6}  {}\n", one.cosine, one.lift, one.common, one.users,
                               onOneLine(one.title));
  }
  return answer;
}

void addUser(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet, user, with;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "user", "What a user did, likes more than others do, and who is like the user",
                                 "prefscope-cli --workspace ws user movies --user 42 --json");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--user", o->user, "The user's id in the file")->required();
  command->add_option("--with", o->with, "Another user: list the items that both have instead");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      const auto& folder = request.workspace;
      const int64_t user = find_user(folder, o->dataSet, o->user);
      if (!o->with.empty())
        return answerOf(o->user, o->with, shared_items(folder, user, find_user(folder, o->dataSet, o->with), context));
      const UserFacts facts = user_facts(folder, user, context);
      const std::vector<Taste> tastes = user_taste(folder, user, context);
      return answerOf(facts, tastes, nearest_users(folder, user, context));
    };
  });
}

void addItem(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet, item, order = "cosine";
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "item", "Who had an item and when, its ratings, and what its users had too",
                                 "prefscope-cli --workspace ws item movies --item 318 --json");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--item", o->item, "The item's id in the file")->required();
  addChoice(command, "--by", o->order, {"cosine", "users", "lift"},
            "What orders the items seen together; lift: of those with 5 users in common at least");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      const auto& folder = request.workspace;
      const int64_t item = find_item(folder, o->dataSet, o->item);
      const ItemFacts facts = item_facts(folder, item, context);
      const TogetherOrder order = o->order == "users"  ? TogetherOrder::Users
                                  : o->order == "lift" ? TogetherOrder::Lift
                                                       : TogetherOrder::Cosine;
      return answerOf(facts, o->order, items_together(folder, item, order, context));
    };
  });
}

}  // namespace

void addPageCommands(CLI::App& app, Request& request) {
  addUser(app, request);
  addItem(app, request);
}

}  // namespace prefscope
