// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/explain/case_text.h"
#include "engine/store/data_sets.h"
#include "engine/tasks/notebook.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

nlohmann::ordered_json jsonOf(const SavedCase& c) {
  nlohmann::ordered_json json = {
      {"id", c.id},           {"user", c.user_key}, {"model", c.model_name}, {"saved_at", c.created_at},
      {"starred", c.starred}, {"tags", c.tags},     {"note", c.note}};
  json["run"] = c.run ? nlohmann::ordered_json(*c.run) : nlohmann::ordered_json();
  json["example"] = c.example ? nlohmann::ordered_json(*c.example) : nlohmann::ordered_json();
  return json;
}

Answer answerOf(const std::vector<SavedCase>& cases) {
  Answer answer;
  answer.json["cases"] = nlohmann::ordered_json::array();
  for (const SavedCase& c : cases) {
    answer.json["cases"].push_back(jsonOf(c));
    answer.text += fmt::format("{:>4} {} user {} under {}, {}{}{}\n", c.id, c.starred ? "★" : " ",
                               onOneLine(c.user_key), onOneLine(c.model_name), c.created_at,
                               c.tags.empty() ? "" : " [" + onOneLine(tags_text(c.tags)) + "]",
                               c.note.empty() ? "" : ": " + onOneLine(c.note));
  }
  if (cases.empty()) answer.text = "No case is saved yet; save-case keeps one\n";
  return answer;
}

/// The user is not asked for where saved cases are named.
void addWhich(CLI::App* command, RankOptions& o) {
  addRankOptions(command, o);
  command->get_option("--user")->required(false);
}

struct ExportAsked {
  RankOptions rank;
  BesideOptions beside;
  std::vector<int64_t> saved;
  bool all = false;
  std::string format = "html";
  fs::path out;
};

Answer exportCase(const ExportAsked& asked, const TaskContext& context) {
  const int ways = (asked.rank.user.empty() ? 0 : 1) + (asked.saved.empty() ? 0 : 1) + (asked.all ? 1 : 0);
  if (ways != 1)
    throw Error(ErrorKind::BadInput,
                fmt::format("expected one of --user, --saved and --all, found {}", ways == 0 ? "none" : "several"));
  const bool others = asked.beside.base || !asked.beside.classics.empty() || !asked.beside.runs.empty();
  if (others && asked.rank.user.empty())
    throw Error(ErrorKind::BadInput,
                "--baselines, --base and --runs: expected with --user alone, as a saved case is written as it was "
                "frozen; give them to save-case");
  std::vector<KeptCase> cases;
  Workspace workspace(asked.rank.workspace);
  if (!asked.rank.user.empty()) {
    const CaseReport report = case_report(asked.rank, context, asked.beside);
    cases.push_back(freeze_case(workspace, report, asked.rank.run, asked.rank.model));
  } else {
    std::vector<int64_t> ids = asked.saved;
    if (asked.all) {
      const auto saved = asked.rank.data_set.empty()
                             ? list_cases(workspace)
                             : list_cases(workspace, find_data_set(workspace, asked.rank.data_set).id);
      for (const SavedCase& c : saved) ids.push_back(c.id);
      if (ids.empty()) throw Error(ErrorKind::BadInput, "--all: no case is saved yet; save-case keeps one");
    }
    cases = read_kept_cases(workspace, ids);
  }
  write_cases(cases, asked.format, asked.out);
  Answer answer{{{"report", asked.out.string()}, {"format", asked.format}, {"cases", cases.size()}}, {}};
  for (const KeptCase& kept : cases) answer.text += onOneLine(case_headline(kept.report)) + "\n";
  answer.text += fmt::format("Written: {}\n", asked.out.string());
  return answer;
}

void addExportCase(CLI::App& app, Request& request) {
  auto o = std::make_shared<ExportAsked>();
  CLI::App* command =
      addCommand(app, "export-case", "Write a case, or cases of the notebook, as HTML, Markdown or case.json",
                 "prefscope-cli --workspace ws export-case --user 12 --run 2 --format md --out case.md");
  addWhich(command, o->rank);
  addBesideOptions(command, o->beside);
  command->add_option("--saved", o->saved, "Cases of the notebook, by number, as they were frozen");
  command->add_flag("--all", o->all, "All cases of the notebook (of --dataset)");
  addChoice(command, "--format", o->format, {"html", "md", "json"},
            "html: one file that loads nothing; md: Markdown with its figures in a folder beside; json: case.json, "
            "which open-case reads");
  command->add_option("--out", o->out, "The file to write")->required();
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->rank.workspace = request.workspace;
      return exportCase(*o, context);
    };
  });
}

void addSaveCase(CLI::App& app, Request& request) {
  auto o = std::make_shared<RankOptions>();
  auto beside = std::make_shared<BesideOptions>();
  CLI::App* command = addCommand(app, "save-case", "Freeze one user's case into the notebook",
                                 "prefscope-cli --workspace ws save-case --user 12 --run 2 --baselines itemknn,ease");
  addRankOptions(command, *o);
  addBesideOptions(command, *beside);
  command->callback([o, beside, &request] {
    request.run = [o, beside, &request](const TaskContext& context) {
      o->workspace = request.workspace;
      const CaseReport report = case_report(*o, context, *beside);
      Workspace workspace(o->workspace);
      const SavedCase saved = read_case(workspace, keep_case(workspace, report, o->run, o->model));
      return Answer{jsonOf(saved), fmt::format("Saved as case {}\n", saved.id)};
    };
  });
}

void addOpenCase(CLI::App& app, Request& request) {
  auto file = std::make_shared<fs::path>();
  CLI::App* command = addCommand(app, "open-case", "Take the cases of a case.json into the notebook",
                                 "prefscope-cli --workspace ws open-case case.json");
  command->add_option("file", *file, "A case.json; its data set must be in the workspace")->required();
  command->callback([file, &request] {
    request.run = [file, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      std::vector<SavedCase> opened;
      for (const int64_t id : open_case_file(workspace, *file)) opened.push_back(read_case(workspace, id));
      return answerOf(opened);
    };
  });
}

void addCases(CLI::App& app, Request& request) {
  auto set = std::make_shared<std::string>();
  CLI::App* command = addCommand(app, "cases", "List the cases of the notebook", "prefscope-cli --workspace ws cases");
  command->add_option("--dataset", *set, "Of this data set alone");
  command->callback([set, &request] {
    request.run = [set, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      return answerOf(set->empty() ? list_cases(workspace) : list_cases(workspace, find_data_set(workspace, *set).id));
    };
  });
}

struct NoteAsked {
  int64_t saved = 0;
  std::optional<std::string> note, tags;
  std::optional<bool> star;
  bool erase = false;
};

void addNoteCase(CLI::App& app, Request& request) {
  auto o = std::make_shared<NoteAsked>();
  CLI::App* command =
      addCommand(app, "note-case", "Write a note, tags or a star on a case of the notebook, or delete it",
                 "prefscope-cli --workspace ws note-case 3 --note \"Why this?\" --tags odd --star");
  command->add_option("saved", o->saved, "The case's number")->required();
  command->add_option("--note", o->note, "The note; empty: none");
  command->add_option("--tags", o->tags, "Tags, separated by commas; empty: none");
  command->add_flag("--star,!--no-star", o->star, "Star it, or not");
  command->add_flag("--delete", o->erase, "Delete it");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext&) {
      Workspace workspace(request.workspace);
      SavedCase saved = read_case(workspace, o->saved);
      if (o->erase) {
        delete_case(workspace, saved.id);
        return Answer{{{"deleted", saved.id}}, fmt::format("Deleted case {}\n", saved.id)};
      }
      if (o->note) saved.note = *o->note;
      if (o->tags) saved.tags = tags_of(*o->tags);
      if (o->star) saved.starred = *o->star;
      update_case(workspace, saved);
      return answerOf(std::vector<SavedCase>{saved});
    };
  });
}

void addCheckCase(CLI::App& app, Request& request) {
  auto id = std::make_shared<int64_t>(0);
  CLI::App* command = addCommand(app, "check-case", "Rank a case of the notebook again: whether its numbers still hold",
                                 "prefscope-cli --workspace ws check-case 3");
  command->add_option("saved", *id, "The case's number")->required();
  command->callback([id, &request] {
    request.run = [id, &request](const TaskContext& context) {
      const std::string text = rank_again(request.workspace, *id, context);
      return Answer{{{"id", *id}, {"text", text}}, onOneLine(text) + "\n"};
    };
  });
}

}  // namespace

void addNotebookCommands(CLI::App& app, Request& request) {
  addSaveCase(app, request);
  addCases(app, request);
  addNoteCase(app, request);
  addExportCase(app, request);
  addOpenCase(app, request);
  addCheckCase(app, request);
}

}  // namespace prefscope
