// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_history.h"

#include "engine/store/example_rows.h"

namespace prefscope {
namespace {

/// Users and targets of the examples of one evaluation.
std::map<int64_t, ExampleName> readNames(Workspace& workspace, const std::vector<PanelScore>& scores) {
  std::map<int64_t, ExampleName> names;
  std::vector<int64_t> examples, targets;
  for (const PanelScore& score : scores) {
    if (score.step != scores.front().step) break;
    const Example example = read_example(workspace, score.example);
    ExampleName& name = names[example.id];
    name.user = QString::fromStdString(example.user_key.empty() ? example.source : example.user_key);
    if (example.target != 0) {
      examples.push_back(example.id);
      targets.push_back(example.target);
    } else if (!example.pairs.empty()) {
      name.target = QString::fromStdString(example.pairs.front().chosen).simplified();
    }
  }
  const std::vector<std::string> titles = read_titles(workspace, targets);
  for (size_t i = 0; i < examples.size(); ++i)
    names[examples[i]].target = QString::fromStdString(titles[i]).simplified();
  return names;
}

}  // namespace

RunRequest nextRequest(int64_t run, const RunHistory& known) {
  RunRequest request;
  request.run = run;
  if (!known.metrics.empty()) request.afterStep = known.metrics.back().step;
  if (!known.scores.empty()) request.afterEvaluation = known.scores.back().step;
  request.names = known.names.empty();
  return request;
}

RunNews readNews(Workspace& workspace, const RunRequest& request) {
  RunNews news;
  // The row first: what is read after it holds at least the steps that it counts.
  news.run = read_run(workspace, request.run);
  news.metrics = read_step_metrics(workspace, request.run, request.afterStep);
  news.scores = read_panel_scores(workspace, request.run, request.afterEvaluation);
  if (request.names && !news.scores.empty()) news.names = readNames(workspace, news.scores);
  return news;
}

bool addNews(RunHistory& history, RunNews news) {
  const bool first = !history.read;
  history.run = std::move(news.run);
  history.read = true;
  history.ended = history.run.status != RunStatus::Running;
  if (!history.metrics.empty() && history.run.steps_done < history.metrics.back().step) {
    history.metrics.clear();
    history.scores.clear();
    history.panel.clear();
    history.read = history.ended = false;
    return true;
  }
  history.metrics.insert(history.metrics.end(), news.metrics.begin(), news.metrics.end());
  if (!news.scores.empty()) {
    const std::vector<PanelSummary> more = summarize_panel(news.scores);
    history.panel.insert(history.panel.end(), more.begin(), more.end());
    history.scores.insert(history.scores.end(), news.scores.begin(), news.scores.end());
  }
  history.names.merge(news.names);
  return first || !news.metrics.empty() || !news.scores.empty();
}

}  // namespace prefscope
