// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tasks/world_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/base/random.h"
#include "engine/data/starter_texts.h"
#include "engine/data/world.h"
#include "engine/evaluate/metrics.h"
#include "engine/recommend/training_data.h"
#include "engine/store/runs.h"
#include "engine/tasks/evaluate.h"
#include "engine/tasks/first_run.h"
#include "engine/tasks/rationale_table.h"
#include "engine/tasks/torch_errors.h"

namespace prefscope {
namespace {

using Results = std::vector<UserResult>;

/// Scores of an example's candidates.
using Scorer = std::function<std::vector<double>(const Example&)>;

Results results_of(const std::vector<Example>& examples, const Scorer& scorer) {
  Results results;
  for (const Example& e : examples) {
    const auto target = std::find(e.candidates.begin(), e.candidates.end(), e.target) - e.candidates.begin();
    const UserMetrics m = user_metrics(scorer(e), static_cast<size_t>(target));
    results.push_back({e.id, m.auc, m.target_rank});
  }
  return results;
}

/// True utility at the choice that the list is about.
Results oracle_results(const std::vector<Example>& examples, const TrainingData& data) {
  const World world = make_world(bundled_world_items, bundled_world_seed);
  return results_of(examples, [&](const Example& e) {
    const WorldUser user = world_user(world, bundled_world_seed, std::stoi(e.user_key) - 1);
    std::vector<double> utilities;
    for (const int32_t item : data.indices(e.candidates)) {
      const auto parts = contributions(world, user, user.choices.size() - 1, item);
      utilities.push_back(parts[0] + parts[1] + parts[2] + parts[3] + parts[4]);
    }
    return utilities;
  });
}

Results classic_results(const std::string& name, const TrainingMatrix& matrix, const std::vector<Example>& examples,
                        const TrainingData& data, uint64_t seed, const TaskContext& context) {
  const auto model = make_recommender(name, seed);
  with_torch_errors([&] { model->fit(matrix, context); });
  return results_of(examples, [&](const Example& e) {
    return model->score(data.indices(e.history), data.indices(e.candidates), e.position);
  });
}

/// Trained models on one preparation: SFT, then DMPO.
struct Trained {
  int64_t preparation = 0, dmpo = 0;
  Results base, sft, after;
};

Trained train_both(const std::filesystem::path& folder, const std::string& data_set, uint64_t seed, int64_t users,
                   const TaskContext& context) {
  PrepareOptions prepare_options = sample_preparation(folder, data_set, users);
  prepare_options.seed = seed;
  Trained trained;
  trained.preparation = prepare(prepare_options, context).preparation.id;
  TrainOptions train = sample_training(folder, data_set, trained.preparation, "sft");
  train.seed = seed;
  const int64_t sft = train_run(folder, create_run(train), context).run;
  train = sample_training(folder, data_set, trained.preparation, "dmpo");
  train.seed = seed;
  train.from_run = sft;
  trained.dmpo = train_run(folder, create_run(train), context).run;
  EvaluateOptions options;
  options.workspace = folder;
  options.data_set = data_set;
  options.runs = {sft, trained.dmpo};
  options.baselines = {};
  const Evaluation made = evaluate(options, context);
  Workspace workspace(folder);
  trained.base = read_user_results(workspace, made.id, 0);
  trained.sft = read_user_results(workspace, made.id, 1);
  trained.after = read_user_results(workspace, made.id, 2);
  return trained;
}

std::vector<double> aucs(const Results& results) {
  std::vector<double> values;
  for (const UserResult& r : results) values.push_back(r.auc);
  return values;
}

/// (mean - 0.5) / (mean of the oracle - 0.5), users drawn together.
Interval share_over_chance(const Results& results, const Results& oracle, uint64_t seed) {
  const auto share = [&](const std::function<size_t(size_t)>& pick) {
    double own = 0, best = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      own += results[pick(i)].auc - 0.5;
      best += oracle[pick(i)].auc - 0.5;
    }
    return best > 0 ? own / best : 0;
  };
  Random random({seed, 0x7368617265});
  std::vector<double> draws;
  for (int n = 0; n < 1000; ++n) {
    std::vector<size_t> chosen(results.size());
    for (size_t& c : chosen) c = random.below(results.size());
    draws.push_back(share([&](size_t i) { return chosen[i]; }));
  }
  std::sort(draws.begin(), draws.end());
  return {share([](size_t i) { return i; }), draws[25], draws[974]};
}

WorldSeed one_seed(const std::filesystem::path& folder, uint64_t seed, int population_users,
                   const TaskContext& context) {
  const std::string data_set = import_sample_world(folder, context).name;
  const Trained few = train_both(folder, data_set, seed, sample_train_users, context);
  const Trained all = train_both(folder, data_set, seed, 0, context);
  Workspace workspace(folder);
  // The same users and lists in both: only the training users are fewer.
  const std::vector<Example> examples = read_examples(workspace, few.preparation, Role::HeldOut);
  const TrainingData data = read_training_data(workspace, read_preparation(workspace, few.preparation));
  const TrainingData more = read_training_data(workspace, read_preparation(workspace, all.preparation));
  TrainingMatrix population = data.matrix;
  const StarterPopulation broad = world_population(seed + 1000);
  Random random({seed, 0x706f70756c});
  for (int n = 0; n < population_users; ++n) {
    context.check();
    population.items.emplace_back();
    for (const size_t item : broad.draw(random, 1).items) population.items.back().push_back(static_cast<int32_t>(item));
  }

  WorldSeed out;
  out.seed = seed;
  const Results oracle = oracle_results(examples, data);
  const auto add = [&](const std::string& name, const Results& results) {
    std::vector<double> first;
    for (const UserResult& r : results) first.push_back(r.target_rank <= 1 ? 1 : 0);
    out.rows.push_back({name, bootstrap_mean(aucs(results), seed), bootstrap_mean(first, seed),
                        share_over_chance(results, oracle, seed)});
  };
  const auto gain = [&](const std::string& what, const Results& before, const Results& after) {
    std::vector<double> differences;
    for (size_t i = 0; i < after.size(); ++i) differences.push_back(after[i].auc - before[i].auc);
    out.gains.push_back({what, bootstrap_mean(differences, seed)});
  };
  const auto n_few = data.matrix.items.size(), n_all = more.matrix.items.size();
  add("oracle", oracle);
  add("starter", few.base);
  add(fmt::format("SFT, {} users", n_few), few.sft);
  add(fmt::format("SFT + DMPO, {} users", n_few), few.after);
  add(fmt::format("SFT, {} users", n_all), all.sft);
  add(fmt::format("SFT + DMPO, {} users", n_all), all.after);
  gain(fmt::format("SFT + DMPO on {} users over the starter", n_few), few.base, few.after);
  gain(fmt::format("DMPO over SFT, {} users", n_few), few.sft, few.after);
  gain(fmt::format("DMPO over SFT, {} users", n_all), all.sft, all.after);
  for (const char* name : {"popularity", "itemknn", "ease"}) {
    for (const auto& [label, matrix] :
         {std::pair(fmt::format("{} users", n_few), &data.matrix),
          std::pair(fmt::format("population and {} users", n_few), static_cast<const TrainingMatrix*>(&population)),
          std::pair(fmt::format("{} users", n_all), &more.matrix)}) {
      const Results results = classic_results(name, *matrix, examples, data, seed, context);
      add(fmt::format("{}, {}", name, label), results);
      if (matrix != &more.matrix)
        gain(fmt::format("SFT + DMPO on {} users over {}, {}", n_few, name, label), results, few.after);
    }
  }
  RationaleCheckOptions check;
  check.workspace = folder;
  check.data_set = data_set;
  check.preparation = few.preparation;
  check.seed = seed;
  out.starter = check_rationales(check, context);
  check.run = few.dmpo;
  out.trained = check_rationales(check, context);
  return out;
}

}  // namespace

std::vector<WorldSeed> world_report(const WorldReportOptions& options, const TaskContext& context) {
  if (options.seeds < 1 || options.seeds > 100)
    throw Error(ErrorKind::BadInput, fmt::format("--seeds: expected 1 .. 100, found {}", options.seeds));
  if (options.population_users < 1 || options.population_users > 1'000'000)
    throw Error(ErrorKind::BadInput,
                fmt::format("--population: expected 1 .. 1000000, found {}", options.population_users));
  std::vector<WorldSeed> seeds;
  for (int seed = 1; seed <= options.seeds; ++seed) {
    TaskContext part = context;
    part.progress = [&](const Progress& p) {
      Progress numbered = p;
      numbered.stage = fmt::format("seed {} of {}: {}", seed, options.seeds, p.stage);
      context.report(numbered);
    };
    seeds.push_back(one_seed(options.workspace / fmt::format("seed-{}", seed), static_cast<uint64_t>(seed),
                             options.population_users, part));
  }
  return seeds;
}

std::string world_report_table(const std::vector<WorldSeed>& seeds) {
  std::string text =
      "Held-out users of the sample world, 20 candidates each, 95 % bootstrap intervals over users; one column a "
      "seed.\n\n";
  const auto head = [&](const std::string& what) {
    text += "| " + what + " |";
    for (const WorldSeed& s : seeds) text += fmt::format(" seed {} |", s.seed);
    text += "\n|---|";
    for (size_t i = 0; i < seeds.size(); ++i) text += "---|";
    text += "\n";
  };
  const auto line = [&](const std::string& name, const std::function<std::string(const WorldSeed&)>& value) {
    text += "| " + name + " |";
    for (const WorldSeed& s : seeds) text += " " + value(s) + " |";
    text += "\n";
  };
  const WorldSeed& first = seeds.front();
  const std::pair<const char*, Interval WorldRow::*> figures[] = {
      {"AUC", &WorldRow::auc},
      {"HR@1", &WorldRow::hr_1},
      {"share of the oracle's AUC above chance", &WorldRow::over_chance}};
  for (const auto& [name, figure] : figures) {
    head(name);
    for (size_t r = 0; r < first.rows.size(); ++r)
      line(first.rows[r].model, [&, figure = figure](const WorldSeed& s) { return interval_cell(s.rows[r].*figure); });
    text += "\n";
  }
  head("AUC gained, paired");
  for (size_t g = 0; g < first.gains.size(); ++g)
    line(first.gains[g].what, [&](const WorldSeed& s) { return interval_cell(s.gains[g].auc); });
  const std::pair<const char*, RationaleReport WorldSeed::*> writers[] = {{"starter", &WorldSeed::starter},
                                                                          {"SFT + DMPO", &WorldSeed::trained}};
  for (const auto& [name, writer] : writers) {
    std::vector<std::pair<std::string, const RationaleReport*>> columns;
    for (const WorldSeed& s : seeds) columns.emplace_back(fmt::format("seed {}", s.seed), &(s.*writer));
    text += "\n" + rationale_table(fmt::format("rationales of {} ({})", name, (first.*writer).note), columns);
  }
  return text;
}

}  // namespace prefscope
