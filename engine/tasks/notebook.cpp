// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/notebook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/files.h"
#include "engine/data/item_index.h"
#include "engine/explain/case_html.h"
#include "engine/explain/case_json.h"
#include "engine/explain/case_markdown.h"
#include "engine/explain/case_text.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/model_files.h"
#include "engine/llm/policy.h"
#include "engine/store/data_sets.h"
#include "engine/store/results.h"
#include "engine/store/runs.h"
#include "engine/tasks/case_chain.h"
#include "engine/tasks/chosen_model.h"
#include "engine/tasks/open_case.h"

namespace prefscope {
namespace {

namespace fs = std::filesystem;

std::string adapter_hash(const Workspace& workspace, int64_t run) {
  return sha256_file(workspace.run_folder(run) / "adapter" / "adapter_model.safetensors");
}

DataSet data_set_of(Workspace& workspace, int64_t example) {
  const int64_t id = example_home(workspace, example).data_set;
  std::vector<DataSet> sets = list_data_sets(workspace);
  return std::move(*std::find_if(sets.begin(), sets.end(), [&](const DataSet& set) { return set.id == id; }));
}

/// The example with this user, history, candidates and target, by their ids in the file; of the newest preparation that
/// has it.
std::optional<int64_t> find_same_example(Workspace& workspace, const DataSet& set, const CaseReport& report) {
  const RankResult& rank = report.rank;
  const ItemIndex items(read_item_texts(workspace, set.id));
  const auto keys = [&](const std::vector<int64_t>& ids) {
    std::vector<std::string> all;
    for (const int64_t id : ids) all.push_back(items.at(id)->key);
    return all;
  };
  std::vector<std::string> history, candidates;
  std::string target;
  for (const ItemText& item : rank.history) history.push_back(item.key);
  for (const ItemText& item : rank.items) {
    candidates.push_back(item.key);
    if (item.id == rank.target) target = item.key;
  }
  std::sort(candidates.begin(), candidates.end());  // they stand by rank, which the saved order knows nothing of
  for (const Example& e : examples_of_user(workspace, set.id, rank.example.user_key, rank.protocol)) {
    std::vector<std::string> here = keys(e.candidates);
    std::sort(here.begin(), here.end());
    if (here == candidates && keys(e.history) == history && keys({e.target}).front() == target) return e.id;
  }
  return std::nullopt;
}

std::optional<int64_t> find_model(Workspace& workspace, const std::string& weights_hash) {
  for (const ModelRow& model : list_models(workspace)) {
    if (model.weights_hash == weights_hash) return model.id;
  }
  return std::nullopt;
}

/// The finished run whose chain has these adapters.
std::optional<int64_t> find_run(Workspace& workspace, int64_t data_set, int64_t model,
                                const std::vector<CaseAdapter>& adapters) {
  for (const Run& run : list_runs(workspace, data_set)) {
    if (run.status != RunStatus::Done || run.model != model) continue;
    const std::vector<Run> chain = run_chain(workspace, run.id);
    try {
      if (std::equal(chain.begin(), chain.end(), adapters.begin(), adapters.end(),
                     [&](const Run& here, const CaseAdapter& a) {
                       return adapter_hash(workspace, here.id) == a.weights_hash;
                     }))
        return run.id;
    } catch (const Error&) {  // an adapter that cannot be read is not the one
    }
  }
  return std::nullopt;
}

}  // namespace

CaseReport case_report(const RankOptions& options, const TaskContext& context, const BesideOptions& beside) {
  CaseReport report;
  report.rank = rank(options, context);
  report.chain = read_chain(options, context);
  report.beside = rank_beside(options, beside, *make_classic_models(), context);
  if (!report.rank.history.empty()) {
    report.evidence = evidence(*open_case(options, context), {}, context).occlusion;
    if (auto kept = kept_counterfactual(options, {})) report.changes = std::move(kept->found);
  }
  Workspace workspace(options.workspace);
  const auto [chosen, example] = find_chosen_case(workspace, options);
  report.model = "Base model";
  if (options.run) {
    report.points = read_margin_points(workspace, chosen.preparation.id, *options.run);
    report.model = chosen.name;
  }
  for (const SavedRationale& written : read_rationales(workspace, example.id)) {
    if (written.model != chosen.policy.model || written.run != chosen.policy.run) continue;
    report.rationale = written.text;
    report.rationale_note = rationale_note(workspace, written);
    report.rank.explained = written.item;
  }
  return report;
}

KeptCase freeze_case(Workspace& workspace, const CaseReport& report, std::optional<int64_t> run,
                     const std::string& model) {
  const DataSet set = data_set_of(workspace, report.rank.example.id);
  const ModelRow base = read_model(workspace, run ? read_run(workspace, *run).model : model_row(workspace, model));
  KeptCase kept{utc_now(), false, {}, {}, {set.name, set.content_hash, base.name, base.weights_hash, {}}, report};
  if (run) {
    for (const Run& r : run_chain(workspace, *run))
      kept.source.adapters.push_back({r.name, r.objective, adapter_hash(workspace, r.id)});
  }
  return kept;
}

int64_t keep_case(Workspace& workspace, const CaseReport& report, std::optional<int64_t> run,
                  const std::string& model) {
  const KeptCase kept = freeze_case(workspace, report, run, model);
  SavedCase saved;
  saved.data_set = data_set_of(workspace, report.rank.example.id).id;
  saved.example = report.rank.example.id;
  saved.model = find_model(workspace, kept.source.weights_hash);
  saved.run = run;
  saved.user_key = report.rank.example.user_key;
  saved.model_name = report.model;
  saved.created_at = kept.saved_at;
  return save_case(workspace, saved, cases_json({kept}));
}

KeptCase read_kept_case(Workspace& workspace, int64_t id) {
  const SavedCase saved = read_case(workspace, id);
  const std::string text = read_case_report(workspace, id);
  if (text.find("\"prefscope-cases\"") == std::string::npos)
    throw Error(ErrorKind::BadFile, fmt::format("saved case {}: it was saved before whole cases were kept, so its "
                                                "numbers cannot be shown; open the case and save it again",
                                                id));
  KeptCase kept = std::move(cases_from_json(text, fmt::format("saved case {}", id)).front());
  kept.starred = saved.starred;
  kept.tags = saved.tags;
  kept.note = saved.note;
  return kept;
}

std::vector<KeptCase> read_kept_cases(Workspace& workspace, const std::vector<int64_t>& ids) {
  std::vector<KeptCase> cases;
  for (const int64_t id : ids) cases.push_back(read_kept_case(workspace, id));
  return cases;
}

void write_cases(const std::vector<KeptCase>& cases, const std::string& format, const fs::path& file) {
  if (format == "md") return write_notebook_markdown(cases, file);
  if (format != "html" && format != "json")
    throw Error(ErrorKind::BadInput, fmt::format("a case is written as html, md or json, found {}", format));
  write_file_atomically(file, format == "json" ? cases_json(cases) : notebook_html(cases));
}

std::vector<int64_t> open_case_json(Workspace& workspace, std::string_view text, const std::string& name) {
  const std::vector<KeptCase> cases = cases_from_json(text, name);
  const std::vector<DataSet> sets = list_data_sets(workspace);
  SQLite::Transaction transaction(workspace.db(), SQLite::TransactionBehavior::IMMEDIATE);
  std::vector<int64_t> ids;
  for (const KeptCase& kept : cases) {
    const auto set = std::find_if(sets.begin(), sets.end(),
                                  [&](const DataSet& s) { return s.content_hash == kept.source.content_hash; });
    if (set == sets.end()) {
      std::string here;
      for (const DataSet& s : sets)
        here += fmt::format("{}\"{}\" ({:.12})", here.empty() ? "" : ", ", s.name, s.content_hash);
      throw Error(
          ErrorKind::BadInput,
          fmt::format("{}: expected the data set \"{}\" with content {:.12} in this workspace, found {}; import "
                      "the same files and open it again",
                      name, short_title(kept.source.data_set), kept.source.content_hash,
                      here.empty() ? "no data set" : here));
    }
    SavedCase saved;
    saved.data_set = set->id;
    saved.example = find_same_example(workspace, *set, kept.report);
    saved.model = find_model(workspace, kept.source.weights_hash);
    if (saved.model && !kept.source.adapters.empty())
      saved.run = find_run(workspace, set->id, *saved.model, kept.source.adapters);
    saved.user_key = kept.report.rank.example.user_key;
    saved.model_name = kept.report.model;
    saved.note = kept.note;
    saved.created_at = kept.saved_at;
    saved.starred = kept.starred;
    saved.tags = tags_of(tags_text(kept.tags));
    ids.push_back(save_case(workspace, saved, cases_json({kept})));
  }
  transaction.commit();
  return ids;
}

std::vector<int64_t> open_case_file(Workspace& workspace, const fs::path& file) {
  return open_case_json(workspace, read_file(file, max_case_json_bytes), file.string());
}

std::vector<std::string> changed_since(Workspace& workspace, const SavedCase& saved, const CaseSource& source) {
  std::vector<std::string> changes;
  const std::vector<DataSet> sets = list_data_sets(workspace);
  if (std::none_of(sets.begin(), sets.end(),
                   [&](const DataSet& s) { return s.id == saved.data_set && s.content_hash == source.content_hash; }))
    changes.push_back(fmt::format("The data is not that of \"{}\" as it was.", short_title(source.data_set)));
  if (!saved.example) changes.push_back("No preparation here has this user with the same history and candidates.");
  const auto hash_by = [](const auto& hash, const fs::path& path) {
    try {
      return hash(path);
    } catch (const Error&) {
      return std::string();  // gone: not the same
    }
  };
  if (!saved.model) {
    changes.push_back(fmt::format("The model {} is not here.", short_title(source.base_model)));
  } else if (hash_by(weights_hash, model_folder(read_model(workspace, *saved.model).path)) != source.weights_hash) {
    changes.push_back(fmt::format("The weights of {} are others than they were.", short_title(source.base_model)));
  }
  if (source.adapters.empty()) return changes;
  const std::vector<Run> chain = saved.run ? run_chain(workspace, *saved.run) : std::vector<Run>();
  for (size_t i = 0; i < source.adapters.size(); ++i) {
    const CaseAdapter& a = source.adapters[i];
    if (i >= chain.size()) {
      changes.push_back(fmt::format("The run {} is not here.", short_title(a.run)));
    } else if (hash_by(sha256_file, workspace.run_folder(chain[i].id) / "adapter" / "adapter_model.safetensors") !=
               a.weights_hash) {
      changes.push_back(fmt::format("The adapter of {} is another than it was.", short_title(a.run)));
    }
  }
  return changes;
}

std::string compare_numbers(const RankResult& frozen, const RankResult& now) {
  const auto key_at = [](const RankResult& r, size_t i) { return i < r.items.size() ? r.items[i].key : std::string(); };
  double largest = 0;
  size_t moved = 0, same = 0;
  for (size_t i = 0; i < frozen.candidates.size(); ++i) {
    for (size_t j = 0; j < now.candidates.size(); ++j) {
      if (key_at(frozen, i) != key_at(now, j)) continue;
      const RankedCandidate &a = frozen.candidates[i], &b = now.candidates[j];
      moved += i != j ? 1 : 0;
      same += a.log_prob == b.log_prob && a.log_ratio == b.log_ratio && a.score == b.score ? 1 : 0;
      largest = std::max(largest, std::abs(a.log_prob - b.log_prob));
      break;
    }
  }
  const size_t all = frozen.candidates.size();
  if (now.candidates.size() == all && same == all && moved == 0)
    return fmt::format("Ranked again: all {} candidates have the same numbers, bit by bit.", all);
  return fmt::format(
      "Ranked again: {} of {} candidates have the same numbers, {} stand at another rank; a log-prob moved by up to "
      "{:.3g} nats.",
      same, all, moved, largest);
}

std::string rank_again(const fs::path& folder, int64_t id, const TaskContext& context) {
  Workspace workspace(folder);
  const SavedCase saved = read_case(workspace, id);
  const KeptCase kept = read_kept_case(workspace, id);
  std::string text;
  for (const std::string& change : changed_since(workspace, saved, kept.source)) text += change + " ";
  if (kept.report.rank.edited) text += "The case was edited; what is ranked again is the user's own. ";
  if (!saved.example || !saved.model || kept.source.adapters.empty() == saved.run.has_value())
    return text + "It cannot be ranked again here; what was frozen stays as it is.";
  RankOptions options;
  options.workspace = folder;
  options.run = saved.run;
  options.model = read_model(workspace, *saved.model).path;
  options.preparation = example_home(workspace, *saved.example).preparation;
  options.user = saved.user_key;
  options.example = saved.example;
  options.score = kept.report.rank.score;
  return text + compare_numbers(kept.report.rank, rank(options, context));
}

}  // namespace prefscope
