// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "engine/evaluate/table.h"

namespace prefscope {
namespace {

using nlohmann::ordered_json;

template <typename T>
ordered_json orNull(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

double gib(int64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(int64_t{1} << 30);
}

ordered_json rowsOf(const Evaluation& evaluation) {
  ordered_json rows = ordered_json::array();
  for (const EvaluationRow& row : evaluation.rows) {
    ordered_json object = {{"model", row.model}, {"run", orNull(row.run)}};
    for (const char* name : {"auc", "hr@1", "hr@5", "ndcg@5", "mrr"}) {
      const Interval& metric = row.metrics.at(name);
      object[name] = metric.value;
      object[fmt::format("{}_low", name)] = metric.low;
      object[fmt::format("{}_high", name)] = metric.high;
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

}  // namespace

std::string onOneLine(const std::string& text) {
  std::string clean = text;
  std::replace_if(
      clean.begin(), clean.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  // C1 controls (U+0080 .. U+009F) are two bytes in UTF-8, and terminals obey them too.
  for (size_t i = 0; i + 1 < clean.size(); ++i) {
    if (clean[i] == '\xc2' && static_cast<unsigned char>(clean[i + 1]) < 0xa0) clean.replace(i, 2, " ");
  }
  return clean;
}

void log(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

Answer answerOf(const ImportResult& result) {
  const DataSet& d = result.data_set;
  Answer answer{{{"dataset", d.name},
                 {"format", d.format},
                 {"users", d.users},
                 {"items", d.items},
                 {"interactions", d.interactions},
                 {"examples", d.examples},
                 {"content_hash", d.content_hash},
                 {"dropped", ordered_json::array()},
                 {"seconds", result.seconds}},
                ""};
  for (const Dropped& drop : result.dropped)
    answer.json["dropped"].push_back({{"file", drop.file}, {"line", drop.line}, {"reason", drop.reason}});

  answer.text =
      fmt::format("Imported \"{}\" ({}): {} users, {} items, {} interactions, {} preference examples, {:.1f} s\n",
                  onOneLine(d.name), d.format, d.users, d.items, d.interactions, d.examples, result.seconds);
  constexpr size_t shown = 20;
  if (!result.dropped.empty()) answer.text += fmt::format("Dropped or mended, {}:\n", result.dropped.size());
  for (size_t i = 0; i < std::min(shown, result.dropped.size()); ++i) {
    const Dropped& drop = result.dropped[i];
    answer.text += fmt::format("  {}{}: {}\n", onOneLine(drop.file),
                               drop.line > 0 ? fmt::format(" line {}", drop.line) : "", onOneLine(drop.reason));
  }
  if (result.dropped.size() > shown)
    answer.text += fmt::format("  and {} more; --json lists all\n", result.dropped.size() - shown);
  return answer;
}

Answer answerOf(const std::vector<DataSet>& dataSets) {
  Answer answer{{{"datasets", ordered_json::array()}}, ""};
  for (const DataSet& d : dataSets) {
    answer.json["datasets"].push_back({{"dataset", d.name},
                                       {"format", d.format},
                                       {"source", d.source},
                                       {"users", d.users},
                                       {"items", d.items},
                                       {"interactions", d.interactions},
                                       {"examples", d.examples},
                                       {"imported_at", d.imported_at},
                                       {"content_hash", d.content_hash}});
    answer.text += fmt::format("{:<28} {:>9} users {:>9} items {:>11} interactions {:>7} examples  {}\n",
                               onOneLine(d.name), d.users, d.items, d.interactions, d.examples, d.imported_at);
  }
  if (dataSets.empty()) answer.text = "No data set yet: prefscope-cli import PATH\n";
  return answer;
}

Answer answerOf(const PrepareResult& result, const std::string& dataSet) {
  const Preparation& p = result.preparation;
  return {{{"dataset", dataSet},
           {"preparation", p.id},
           {"protocol", p.protocol},
           {"users", result.users},
           {"train", p.train_examples},
           {"panel", p.panel_examples},
           {"held_out", p.held_out_examples},
           {"skipped_users", result.skipped_users},
           {"candidates", p.candidates},
           {"negatives", p.negatives},
           {"seed", p.seed}},
          fmt::format(
              "Preparation {} of \"{}\": {} examples of {} users train ({} of these are the panel), {} examples of {} "
              "users are held out, {} users have too few positives\n"
              "Protocol: {}.\n",
              p.id, onOneLine(dataSet), p.train_examples, result.training_users, p.panel_examples, p.held_out_examples,
              result.held_out_users, result.skipped_users, p.protocol)};
}

Answer answerOf(const TrainResult& result, const Run& run, const std::vector<PanelSummary>& panel) {
  Answer answer{{{"run", result.run},
                 {"name", run.name},
                 {"objective", run.objective},
                 {"status", status_name(run.status)},
                 {"message", run.message},
                 {"steps", result.steps},
                 {"steps_total", run.steps_total},
                 {"seconds", result.seconds},
                 {"loss", result.loss},
                 {"margin", orNull(result.margin)},
                 {"accuracy", orNull(result.accuracy)},
                 {"best_step", orNull(run.best_step)},
                 {"estimated_bytes", orNull(run.estimated_bytes)},
                 {"peak_bytes", orNull(run.peak_bytes)},
                 {"panel", nullptr}},
                fmt::format("Run {} ({}): {} steps in {:.1f} s; last epoch: loss {:.4f}", result.run, run.name,
                            result.steps, result.seconds, result.loss)};
  if (result.margin) answer.text += fmt::format(", margin {:.4f}, accuracy {:.3f}", *result.margin, *result.accuracy);
  answer.text += "\n";
  if (!run.message.empty()) answer.text += onOneLine(run.message) + "\n";
  if (!panel.empty()) {
    const auto figures = [](const PanelSummary& s) {
      return ordered_json{
          {"step", s.step}, {"hr@1", s.hr_1}, {"ndcg@5", s.ndcg_5}, {"mrr", s.mrr}, {"margin", s.margin}};
    };
    const PanelSummary &first = panel.front(), &last = panel.back();
    answer.json["panel"] = {{"examples", first.examples},
                            {"evaluations", panel.size()},
                            {"first", figures(first)},
                            {"last", figures(last)}};
    answer.text +=
        fmt::format("Panel of {}: HR@1 {:.3f} to {:.3f}, NDCG@5 {:.3f} to {:.3f}, margin {:.3f} to {:.3f} nats\n",
                    first.examples, first.hr_1, last.hr_1, first.ndcg_5, last.ndcg_5, first.margin, last.margin);
  }
  if (run.best_step) answer.text += fmt::format("The adapter is that of step {}\n", *run.best_step);
  if (run.estimated_bytes && run.peak_bytes)
    answer.text += fmt::format("Memory: {:.2f} GiB expected, {:.2f} GiB at its peak\n", gib(*run.estimated_bytes),
                               gib(*run.peak_bytes));
  return answer;
}

Answer answerOf(const TrainEstimate& e) {
  return {{{"memory_bytes", e.memory_bytes},
           {"available_bytes", e.available_bytes},
           {"corrected", e.corrected},
           {"seconds", e.seconds},
           {"steps", e.steps},
           {"examples", e.examples},
           {"tokens", e.tokens},
           {"longest", e.longest},
           {"positions", e.positions}},
          fmt::format("Memory: about {:.2f} GiB at the peak; {:.2f} GiB are available\n"
                      "Time: about {:.0f} s for {} steps ({} examples, {} tokens)\n"
                      "Longest prompt with a response: {} of {} tokens\n"
                      "{}\n",
                      gib(e.memory_bytes), gib(e.available_bytes), e.seconds, e.steps, e.examples, e.tokens, e.longest,
                      e.positions,
                      e.corrected ? "Corrected by what earlier runs of this workspace took."
                                  : "From the model's shape and a short measurement; runs of this workspace will "
                                    "correct it.")};
}

Answer answerOf(const std::vector<NegativePreview>& previews, const TrainOptions& options) {
  Answer answer{{{"dataset", options.data_set},
                 {"negatives", options.negatives},
                 {"resample", options.resample},
                 {"seed", options.seed},
                 {"examples", ordered_json::array()}},
                fmt::format("Negatives of the first epoch, {}, seed {}:\n", options.negatives, options.seed)};
  for (const NegativePreview& p : previews) {
    answer.json["examples"].push_back(
        {{"example", p.example}, {"user", p.user}, {"chosen", p.chosen}, {"rejected", p.rejected}});
    answer.text += fmt::format("User {}\n  + {}\n", onOneLine(p.user), onOneLine(p.chosen));
    for (const std::string& title : p.rejected) answer.text += fmt::format("  - {}\n", onOneLine(title));
  }
  return answer;
}

Answer answerOf(const std::vector<Run>& runs, const std::vector<DataSet>& dataSets) {
  Answer answer{{{"runs", ordered_json::array()}}, ""};
  for (const Run& run : runs) {
    const auto owner =
        std::find_if(dataSets.begin(), dataSets.end(), [&](const DataSet& d) { return d.id == run.data_set; });
    const std::string name = owner == dataSets.end() ? "" : owner->name;
    answer.json["runs"].push_back({{"run", run.id},
                                   {"name", run.name},
                                   {"dataset", name},
                                   {"preparation", run.preparation},
                                   {"objective", run.objective},
                                   {"from", orNull(run.parent)},
                                   {"status", status_name(run.status)},
                                   {"steps", run.steps_done},
                                   {"steps_total", run.steps_total},
                                   {"seconds", run.seconds},
                                   {"message", run.message},
                                   {"best_step", orNull(run.best_step)},
                                   {"estimated_bytes", orNull(run.estimated_bytes)},
                                   {"peak_bytes", orNull(run.peak_bytes)},
                                   {"created_at", run.created_at},
                                   {"options", ordered_json::parse(run.options, nullptr, false)}});
    answer.text += fmt::format("{:>4}  {:<16} {:<24} {:<8} {:>6} of {:>6} steps {:>8.1f} s  {}\n", run.id, run.name,
                               onOneLine(name), status_name(run.status), run.steps_done, run.steps_total, run.seconds,
                               onOneLine(run.message));
  }
  if (runs.empty()) answer.text = "No run yet: prefscope-cli train DATASET\n";
  return answer;
}

Answer answerOf(const Evaluation& evaluation) {
  return {{{"evaluation", evaluation.id},
           {"protocol", evaluation.protocol},
           {"score", evaluation.score},
           {"users", evaluation.users},
           {"seed", evaluation.seed},
           {"rows", rowsOf(evaluation)}},
          markdown_table(evaluation)};
}

Answer answerOf(const RankResult& rank) {
  Answer answer{{{"user", rank.example.user_key},
                 {"protocol", rank.protocol},
                 {"score", rank.score},
                 {"history", ordered_json::array()},
                 {"target", nullptr},
                 {"target_rank", rank.target_rank},
                 {"candidates", ordered_json::array()}},
                fmt::format("User {}\nHistory:\n", onOneLine(rank.example.user_key))};
  for (const ItemText& item : rank.history) {
    answer.json["history"].push_back({{"item", item.key}, {"title", item.title}});
    answer.text += fmt::format("  {}\n", onOneLine(item.title));
  }
  answer.text +=
      "Candidates (* the item chosen in truth):\n"
      "  rank      score   log-prob  log-ratio  title\n";
  for (size_t i = 0; i < rank.candidates.size(); ++i) {
    const RankedCandidate& c = rank.candidates[i];
    const bool target = c.item == rank.target;
    if (target) answer.json["target"] = rank.items[i].key;
    answer.json["candidates"].push_back({{"item", rank.items[i].key},
                                         {"title", c.title},
                                         {"score", c.score},
                                         {"logprob", c.log_prob},
                                         {"log_ratio", rank.has_reference ? ordered_json(c.log_ratio) : ordered_json()},
                                         {"spread", c.spread},
                                         {"tokens", c.tokens}});
    answer.text +=
        fmt::format("{} {:>4} {:>10.4f} {:>10.4f} {:>10} {}{}\n", target ? "*" : " ", i + 1, c.score, c.log_prob,
                    rank.has_reference ? fmt::format("{:.4f}", c.log_ratio) : "-", " ", onOneLine(c.title));
  }
  answer.text += fmt::format("In nats; protocol: {}.\n", rank.protocol);
  return answer;
}

Answer answerOf(const StarterResult& result) {
  return {{{"model", result.folder.string()},
           {"parameters", result.parameters},
           {"steps", result.steps},
           {"seconds", result.seconds},
           {"loss", result.loss}},
          fmt::format("Starter model of {} parameters in {}: {} steps in {:.0f} s, {:.3f} nats per supervised token\n",
                      result.parameters, result.folder.string(), result.steps, result.seconds, result.loss)};
}

Answer answerOf(const DemoResult& result) {
  return {
      {{"seconds", result.seconds},
       {"protocol", result.evaluation.protocol},
       {"users", result.evaluation.users},
       {"rows", rowsOf(result.evaluation)},
       {"report", result.report.string()},
       {"table", result.table.string()}},
      fmt::format("{}\nDone in {:.0f} s. The case: {}\nThe table with wins and losses: {}\n",
                  markdown_table(result.evaluation), result.seconds, result.report.string(), result.table.string())};
}

Answer answerOf(const RationaleReport& report) {
  Answer answer;
  const auto figures = [](const Interval& i) { return nlohmann::json{i.value, i.low, i.high}; };
  const auto words = [](const Interval& i) { return fmt::format("{:.3f} [{:.3f}, {:.3f}]", i.value, i.low, i.high); };
  for (const CheckedRationale& r : report.rationales) {
    answer.json["rationales"].push_back({{"user", r.user}, {"item", r.item}, {"text", r.text}});
    answer.text += fmt::format("{} · {}: {}\n", onOneLine(r.user), onOneLine(r.item), onOneLine(r.text));
  }
  const auto share = [](int part, int whole) {
    return whole == 0 ? std::string("none") : fmt::format("{} of {} ({:.1f} %)", part, whole, 100.0 * part / whole);
  };
  answer.json["model"] = report.model;
  answer.json["note"] = report.note;
  answer.json["titles"] = {{"named", report.titles},
                           {"in_history", report.titles_in_history},
                           {"invented", report.titles_invented},
                           {"repeated", report.titles_repeated}};
  answer.json["attributes"] = {{"named", report.attributes}, {"true", report.attributes_true}};
  answer.text += fmt::format(
      "\n{} ({}), {} users\nNamed titles in the history: {}; that do not exist: {}; named again: {}\n"
      "Named attributes true of the named items: {}\n",
      report.model, report.note, report.rationales.size(), share(report.titles_in_history, report.titles),
      report.titles_invented, report.titles_repeated, share(report.attributes_true, report.attributes));
  const Faithfulness& f = report.faithfulness;
  answer.json["faithfulness"] = {{"users", f.users},
                                 {"cited", figures(f.cited)},
                                 {"random", figures(f.random)},
                                 {"recent", figures(f.recent)},
                                 {"cited_less_random", figures(f.cited_less_random)},
                                 {"cited_less_recent", figures(f.cited_less_recent)},
                                 {"p_random", f.p_random},
                                 {"p_recent", f.p_recent},
                                 {"only_cited", figures(f.only_cited)},
                                 {"only_random", figures(f.only_random)},
                                 {"only_recent", figures(f.only_recent)},
                                 {"random_less_only_cited", figures(f.random_less_only_cited)},
                                 {"recent_less_only_cited", figures(f.recent_less_only_cited)},
                                 {"p_only_random", f.p_only_random},
                                 {"p_only_recent", f.p_only_recent},
                                 {"holm_random", f.holm_random},
                                 {"holm_recent", f.holm_recent},
                                 {"holm_only_random", f.holm_only_random},
                                 {"holm_only_recent", f.holm_only_recent},
                                 {"flips", figures(f.flips)},
                                 {"flips_random", figures(f.flips_random)}};
  answer.json["texts"] = {{"usr", report.texts.usr}, {"fcr", report.texts.fcr}, {"div", report.texts.div}};
  if (report.texts.fmr) answer.json["texts"]["fmr"] = *report.texts.fmr;
  answer.text += fmt::format(
      "Fall of the margin (nats, {} users) without the cited items: {}; without as many random ones: {} (p {:.4f}); "
      "without as many of the most recent: {} (p {:.4f})\n",
      f.users, words(f.cited), words(f.random), f.p_random, words(f.recent), f.p_recent);
  if (!report.truth) return answer;
  const TruthToUser& t = *report.truth;
  answer.json["truth"] = {{"users", t.users},
                          {"rationale", figures(t.rationale)},
                          {"most_frequent", figures(t.most_frequent)},
                          {"most_frequent_of_all", figures(t.most_frequent_of_all)},
                          {"oracle", figures(t.oracle)},
                          {"gain", figures(t.gain)}};
  answer.text += fmt::format(
      "Named attribute among the two largest true contributions: {}; template, the item's most frequent attribute: {}; "
      "template, the most frequent value: {}; oracle: {}; gain over the first template: {}\n",
      words(t.rationale), words(t.most_frequent), words(t.most_frequent_of_all), words(t.oracle), words(t.gain));
  return answer;
}

}  // namespace prefscope
