// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/data/item_index.h"
#include "engine/tasks/chosen_preparation.h"
#include "engine/tasks/data_report.h"
#include "engine/tasks/export_data.h"
#include "engine/tasks/inspect_example.h"
#include "engine/tasks/leaks.h"
#include "engine/tasks/seen_text.h"
#include "engine/tasks/target_places.h"
#include "engine/tasks/view.h"
#include "engine/text/chat.h"

// Commands that look at data sets.

namespace prefscope {
namespace {

using nlohmann::ordered_json;

ordered_json jsonOf(const Spread& s) {
  return {{"min", s.least},  {"p25", s.quarter},     {"median", s.median}, {"p75", s.three_quarters},
          {"p90", s.ninety}, {"p99", s.ninety_nine}, {"max", s.most},      {"mean", s.mean}};
}

ordered_json jsonOf(const DataReport& r) {
  const ImportReport import = r.import.value_or(ImportReport{});
  ordered_json json = {{"dataset", r.data_set.name},
                       {"format", r.data_set.format},
                       {"content_hash", r.data_set.content_hash},
                       {"rows_read", import.rows_read},
                       {"kept", import.kept},
                       {"dropped", import.dropped()},
                       {"duplicates", r.repeated_pairs},
                       {"exact_duplicates", import.exact_repeats},
                       {"users", r.data_set.users},
                       {"items", r.data_set.items},
                       {"interactions", r.data_set.interactions},
                       {"examples", r.data_set.examples},
                       {"tied_users", r.tied_users},
                       {"k_core", ordered_json::object()},
                       {"mean_rating", r.mean_rating ? ordered_json(*r.mean_rating) : ordered_json()},
                       {"density", r.density},
                       {"gini_users", r.gini_users},
                       {"gini_items", r.gini_items},
                       {"histories", jsonOf(r.histories)},
                       {"popularity", jsonOf(r.popularity)},
                       {"cold_users", r.cold_users},
                       {"cold_items", r.cold_items},
                       {"unused_items", r.unused_items},
                       {"duplicate_titles", r.duplicate_titles},
                       {"ratings", ordered_json::array()},
                       {"months", ordered_json::array()},
                       {"remarks", ordered_json::array()}};
  for (const CoreSize& core : r.cores)
    json["k_core"][std::to_string(core.k)] = {
        {"interactions", core.interactions}, {"users", core.users}, {"items", core.items}};
  for (const auto& [rating, count] : r.ratings.counts)
    json["ratings"].push_back({{"rating", rating}, {"count", count}});
  for (const MonthRows& month : r.months)
    json["months"].push_back({{"begin", month.begin},
                              {"count", month.rows},
                              {"rated", month.rated},
                              {"mean_rating", month.mean_rating ? ordered_json(*month.mean_rating) : ordered_json()}});
  for (const Remark& remark : import.remarks)
    json["remarks"].push_back({{"file", remark.file},
                               {"reason", remark.reason},
                               {"example", remark.example},
                               {"count", remark.count},
                               {"lines", remark.lines}});
  return json;
}

std::string textOf(const Spread& s) {
  return fmt::format("{} to {}, median {}, mean {:.1f}, 90 % up to {}, 99 % up to {}", s.least, s.most, s.median,
                     s.mean, s.ninety, s.ninety_nine);
}

std::string textOf(const DataReport& r) {
  const DataSet& d = r.data_set;
  std::string text = fmt::format("\"{}\" ({}): {} users, {} items, {} interactions, {} preference examples\n",
                                 onOneLine(d.name), d.format, d.users, d.items, d.interactions, d.examples);
  if (r.import) {
    text += fmt::format("Import: {} rows read, {} kept, {} dropped\n", r.import->rows_read, r.import->kept,
                        r.import->dropped());
    for (const Remark& remark : r.import->remarks) text += fmt::format("  {}\n", onOneLine(remark_text(remark)));
  } else {
    text += "Import: no report was kept; import the files anew to have one\n";
  }
  if (d.interactions == 0) return text;
  text += fmt::format("Filled: {:.4g} % of users x items; Gini {:.3f} over users, {:.3f} over items\n", 100 * r.density,
                      r.gini_users, r.gini_items);
  text += fmt::format("Interactions of a user: {}; of an item: {}\n", textOf(r.histories), textOf(r.popularity));
  text += fmt::format("Fewer than {}: {} users, {} items; without any: {} items\n", cold_below, r.cold_users,
                      r.cold_items, r.unused_items);
  text += fmt::format(
      "The same user and item again: {}; items with another item's title: {}; users whose last two have "
      "the same time: {}\n",
      r.repeated_pairs, r.duplicate_titles, r.tied_users);
  if (r.mean_rating) text += fmt::format("Mean rating {:.4f}\n", *r.mean_rating);
  if (!r.months.empty())
    text += fmt::format("From {:%Y-%m} to {:%Y-%m}\n", fmt::gmtime(static_cast<std::time_t>(r.months.front().begin)),
                        fmt::gmtime(static_cast<std::time_t>(r.months.back().begin)));
  for (const CoreSize& core : r.cores)
    text += fmt::format("{}-core: {} interactions, {} users, {} items\n", core.k, core.interactions, core.users,
                        core.items);
  return text;
}

ordered_json jsonOf(const TargetPlaces& places) {
  ordered_json json = {{"lists_are", places.lists_are},
                       {"lists", places.lists},
                       {"counts", places.counts},
                       {"expected", places.expected},
                       {"chi_square", nullptr},
                       {"uneven", places.uneven()},
                       {"repeated_targets", places.repeated},
                       {"always_at_one_place", places.fixed},
                       {"by_chance", places.fixed_by_chance},
                       {"meaning", target_places_text(places)}};
  if (places.test)
    json["chi_square"] = {{"statistic", places.test->statistic},
                          {"degrees_of_freedom", places.test->degrees},
                          {"p", places.test->p},
                          {"places_joined", places.test->merged}};
  return json;
}

void addReport(CLI::App& app, Request& request) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = addCommand(app, "report", "What an import did, and what the data set looks like",
                                 "prefscope-cli --workspace ws report movies --json");
  command->add_option("DATASET", *name, "Name of the data set")->required();
  command->callback([name, &request] {
    request.run = [name, &request](const TaskContext& context) {
      const DataReport report = report_data(request.workspace, *name, context);
      return Answer{jsonOf(report), textOf(report)};
    };
  });
}

void addLeaks(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet;
    std::optional<int64_t> preparation;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "leaks", "What of the held-out examples can be known from training",
                                 "prefscope-cli --workspace ws leaks movies --json");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--preparation", o->preparation, "Preparation (default: the newest)");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      Answer answer;
      ordered_json rows = ordered_json::object();
      for (const Leak& leak : find_leaks(request.workspace, o->dataSet, o->preparation, context)) {
        answer.json[leak.kind] = leak.count;
        rows[leak.kind] = ordered_json::array();
        answer.text += fmt::format("{:>8}  {}\n", leak.count, leak.meaning);
        for (size_t i = 0; i < leak.rows.size(); ++i) {
          const LeakRow& row = leak.rows[i];
          rows[leak.kind].push_back({{"example", row.example}, {"subject", row.subject}, {"detail", row.detail}});
          if (i < 3) answer.text += fmt::format("          {}: {}\n", onOneLine(row.subject), onOneLine(row.detail));
        }
      }
      answer.json["rows"] = rows;
      const TargetPlaces places = find_target_places(request.workspace, o->dataSet, o->preparation, context);
      answer.json["position"] = jsonOf(places);
      answer.text += "          " + target_places_text(places) + '\n';
      return answer;
    };
  });
}

void addView(CLI::App& app, Request& request) {
  auto o = std::make_shared<ViewOptions>();
  auto remove = std::make_shared<bool>(false);
  CLI::App* command =
      addCommand(app, "view", "Named steps over the untouched rows of a data set, and what each leaves",
                 "prefscope-cli --workspace ws view movies --name dense --add \"rating > 3\" --add \"core "
                 "5\"");
  command->add_option("DATASET", o->data_set, "Name of the data set")->required();
  command->add_option("--name", o->name, "The view (without it all views are listed)");
  command->add_option(
      "--add", o->add,
      "A step behind the others: \"rating > 3\", \"time < 2010-01-01\", \"user >= 20\", \"item >= 5\", "
      "\"core 5\", \"genre = Drama\", \"title != star\", \"first of pair\", \"sample 1000 users seed 7\"");
  addOption(command, "--undo", o->undo, "Take so many steps back");
  addOption(command, "--redo", o->redo, "Bring so many of them back");
  command->add_flag("--delete", *remove, "Delete the view; preparations made of it stay");
  command->callback([o, remove, &request] {
    request.run = [o, remove, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      Workspace workspace(o->workspace);
      const DataSet dataSet = find_data_set(workspace, o->data_set);
      Answer answer;
      if (o->name.empty()) {
        answer.json["views"] = ordered_json::array();
        for (const DataView& view : list_views(workspace, dataSet.id)) {
          answer.json["views"].push_back({{"view", view.name}, {"steps", view.steps}});
          answer.text +=
              fmt::format("{}: {}\n", onOneLine(view.name), onOneLine(fmt::format("{}", fmt::join(view.steps, ", "))));
        }
        return answer;
      }
      if (*remove) {
        delete_view(workspace, find_view(workspace, dataSet.id, o->name).id);
        return Answer{{{"deleted", o->name}}, fmt::format("Deleted the view \"{}\"\n", onOneLine(o->name))};
      }
      const ViewResult result = change_view(*o, context);
      answer.json = {{"view", result.view.name}, {"steps", ordered_json::array()}, {"undone", result.view.undone}};
      for (const ViewEffect& effect : result.effects) {
        const ViewCounts& left = effect.left;
        answer.json["steps"].push_back(
            {{"step", effect.step}, {"interactions", left.interactions}, {"users", left.users}, {"items", left.items}});
        answer.text += fmt::format("{:>12} interactions {:>9} users {:>9} items  {}\n", left.interactions, left.users,
                                   left.items, effect.step.empty() ? "as imported" : onOneLine(effect.step));
      }
      return answer;
    };
  });
}

void addExport(CLI::App& app, Request& request) {
  auto o = std::make_shared<DataExportOptions>();
  CLI::App* command = addCommand(app, "export", "Write a data set or a view of it for other programs",
                                 "prefscope-cli --workspace ws export movies --format recbole --out dataset/movies");
  command->add_option("DATASET", o->data_set, "Name of the data set")->required();
  command->add_option("--out", o->out, "Folder, made if absent")->required();
  addChoice(command, "--format", o->format, data_export_formats(),
            "recbole: atomic files; preference-json: examples in the form of the DMPO paper's files");
  command->add_option("--view", o->view, "A view's rows alone");
  command->add_option("--preparation", o->preparation, "Of preference-json (default: the newest)");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const DataExportResult result = export_data(*o, context);
      Answer answer{{{"interactions", result.interactions},
                     {"items", result.items},
                     {"examples", result.examples},
                     {"files", ordered_json::array()}},
                    ""};
      for (const auto& file : result.files) {
        answer.json["files"].push_back(file.string());
        answer.text += fmt::format("{}\n", onOneLine(file.string()));
      }
      return answer;
    };
  });
}

void addSplit(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet;
    std::optional<int64_t> preparation;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "split", "How a preparation splits its data set (prepare makes one)",
                                 "prefscope-cli --workspace ws split movies --json");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--preparation", o->preparation, "Preparation (default: the newest)");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      const Preparation p = chosen_preparation(workspace, o->dataSet, o->preparation);
      return Answer{{{"preparation", p.id},
                     {"split", p.split},
                     {"view", p.view},
                     {"sampling", p.sampling},
                     {"train", p.train_examples},
                     {"panel", p.panel_examples},
                     {"held_out", p.held_out_examples},
                     {"seed", p.seed},
                     {"protocol", p.protocol}},
                    fmt::format("Preparation {}: {} examples train, {} are watched, {} are held out\nProtocol: {}.\n",
                                p.id, p.train_examples, p.panel_examples, p.held_out_examples, onOneLine(p.protocol))};
    };
  });
}

void addCandidates(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet, user;
    std::optional<int64_t> preparation;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command =
      addCommand(app, "candidates", "A user's saved candidate list, or where targets stand in all lists",
                 "prefscope-cli --workspace ws candidates movies --user 42");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--preparation", o->preparation, "Preparation (default: the newest)");
  command->add_option("--user", o->user, "The user's id in the file (default: places of the target over all examples)");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      Workspace workspace(request.workspace);
      const Preparation p = chosen_preparation(workspace, o->dataSet, o->preparation);
      Answer answer;
      answer.json["preparation"] = p.id;
      if (o->user.empty()) {
        const TargetPlaces places = find_target_places(request.workspace, o->dataSet, p.id, context);
        answer.json["target_places"] = places.counts;
        answer.json["position"] = jsonOf(places);
        for (size_t i = 0; i < places.counts.size(); ++i)
          answer.text +=
              fmt::format("place {:>4}: {:>6}, by chance {:.1f}\n", i + 1, places.counts[i], places.expected[i]);
        answer.text += target_places_text(places) + '\n';
        return answer;
      }
      const Example example = find_example(workspace, p.id, o->user);
      const ItemIndex items(read_item_texts(workspace, p.data_set));
      answer.json["user"] = o->user;
      answer.json["candidates"] = ordered_json::array();
      for (const ItemText* item : items.all(example.candidates)) {
        const bool target = item->id == example.target;
        answer.json["candidates"].push_back({{"item", item->key}, {"title", item->title}, {"target", target}});
        answer.text += fmt::format("{} {:>10}  {}\n", target ? "*" : " ", onOneLine(item->key), onOneLine(item->title));
      }
      return answer;
    };
  });
}

/// Lines that hold what came from outside, as lines still.
std::string onTheirLines(const std::string& text) {
  std::string clean;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    clean += onOneLine(text.substr(from, end - from)) + '\n';
    from = end + 1;
  }
  return clean;
}

void addInspectExample(CLI::App& app, Request& request) {
  struct Options {
    std::string dataSet, user, model = "starter", chat = "none";
    std::optional<int64_t> preparation;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "inspect", "A user's example exactly as the model gets it, token by token",
                                 "prefscope-cli --workspace ws inspect movies --user 42 --model DIR");
  command->add_option("DATASET", o->dataSet, "Name of the data set")->required();
  command->add_option("--user", o->user, "The user's id in the file, or where an imported example stood")->required();
  command->add_option("--preparation", o->preparation, "Preparation (default: the newest)");
  addOption(command, "--model", o->model, "Folder of the model whose tokens they are, or starter");
  addChoice(command, "--chat", o->chat, chat_choices(), "How the prompt is written; auto: as its template");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      Workspace workspace(request.workspace);
      const int64_t preparation = chosen_preparation(workspace, o->dataSet, o->preparation).id;
      const SeenExample seen = inspect_example(request.workspace, preparation, o->user, o->model, o->chat, context);
      return Answer{seen_json(seen), onTheirLines(seen_text(seen))};
    };
  });
}

}  // namespace

void addDataCommands(CLI::App& app, Request& request) {
  addReport(app, request);
  addLeaks(app, request);
  addView(app, request);
  addSplit(app, request);
  addCandidates(app, request);
  addInspectExample(app, request);
  addExport(app, request);
}

}  // namespace prefscope
