// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "app/cli_commands.h"
#include "app/cli_options.h"
#include "engine/base/files.h"
#include "engine/tasks/bench.h"
#include "engine/tasks/bench_case.h"
#include "engine/tasks/bench_scoring.h"
#include "engine/tasks/inspect.h"
#include "engine/text/chat.h"

// Commands that look into a model, a tokenizer or what a training would see, or time the engine; only negatives needs a
// workspace.

namespace prefscope {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> readLines(const std::string& file) {
  std::istringstream content;
  if (file == "-") {
    content.str({std::istreambuf_iterator<char>(std::cin), {}});
  } else {
    content.str(read_file(file));
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(content, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

void addScore(CLI::App& app, Request& request) {
  struct Options {
    std::string model, prompt, responses, chat = "none";
    ComputeOptions compute;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command =
      addCommand(app, "score", "Log-probs of responses to a prompt, in nats, EOS included",
                 "prefscope-cli score --model DIR --prompt \"The next item is\" --responses titles.txt");
  command->add_option("--model", o->model, "Folder of the model, or starter")->required();
  command->add_option("--prompt", o->prompt, "The prompt")->required();
  command->add_option("--responses", o->responses, "File with a response a line; - reads standard input")->required();
  addChoice(command, "--chat", o->chat, chat_choices(), "How the prompt is written; auto: as its template");
  addCompute(command, o->compute.device, o->compute.dtype);
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      const std::vector<std::string> responses = readLines(o->responses);
      Answer answer{{{"logprobs", score_responses(o->model, o->prompt, responses, o->compute, context, o->chat)}}, ""};
      for (size_t i = 0; i < responses.size(); ++i)
        answer.text +=
            fmt::format("{:>14.6f}  {}\n", answer.json["logprobs"][i].get<double>(), onOneLine(responses[i]));
      return answer;
    };
  });
}

void addNegatives(CLI::App& app, Request& request) {
  struct Options {
    TrainOptions train;
    int limit = 10;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = addCommand(app, "negatives", "Show what a training would reject, before it starts",
                                 "prefscope-cli --workspace ws negatives movies --negatives hard --negatives-model "
                                 "ease --k 5 --limit 3");
  command->add_option("DATASET", o->train.data_set, "Name of the data set")->required();
  command->add_option("--preparation", o->train.preparation, "Preparation (default: that of --from, else the newest)");
  addOption(command, "--model", o->train.model, "Model that self-hard asks, where there is no --from");
  command->add_option("--from", o->train.from_run, "Run that self-hard asks");
  command->add_option("--k", o->train.k, "Negatives an example (default: all that were prepared, 5 of the others)");
  addChoice(command, "--negatives", o->train.negatives, negative_samplings(), "How they are chosen");
  addChoice(command, "--negatives-model", o->train.negatives_model, {"popularity", "itemknn", "ease"},
            "Classic model that ranks the hard ones");
  command->add_flag("--resample", o->train.resample, "Drawn anew every epoch (uniform, popularity)");
  addSeed(command, o->train.seed, "Seed of the draw");
  addOption(command, "--limit", o->limit, "The first so many training examples");
  command->callback([o, &request] {
    request.run = [o, &request](const TaskContext& context) {
      o->train.workspace = request.workspace;
      return answerOf(preview_negatives(o->train, o->limit, context), o->train);
    };
  });
}

void addCaseBench(CLI::App& bench, Request& request) {
  auto o = std::make_shared<CaseBenchOptions>();
  CLI::App* command = addCommand(bench, "case", "Evidence of a case beside whole sequences: random Llama of 34.1M",
                                 "prefscope-cli bench case --history 30 --candidates 20 --rounds 3 --json");
  addOption(command, "--history", o->history, "Items of the history");
  addOption(command, "--candidates", o->candidates, "Candidates");
  addOption(command, "--prompt", o->prompt, "Tokens of the history");
  addOption(command, "--response", o->response, "Tokens of a candidate");
  addOption(command, "--rounds", o->rounds, "Rounds of each measurement, in turns");
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      const CaseBenchResult r = bench_case(*o, context);
      return Answer{
          {{"occlusion_s", r.occlusion_s},
           {"full_s", r.full_s},
           {"times_as_fast", {r.times_as_fast, r.least, r.most}},
           {"what_if_s", r.what_if_s},
           {"what_if_complete_s", r.what_if_complete_s},
           {"largest_difference", r.largest_difference},
           {"full_tokens", r.full_tokens}},
          fmt::format("{:.2f} s for {} histories of {} candidates; with whole sequences ({} tokens) {:.2f} s: "
                      "{:.1f} times as fast [{:.1f}, {:.1f}]; an edit's ranks {:.3f} s, with the reference {:.3f} s; "
                      "log-probs differ by at most {:.1e} nats\n",
                      r.occlusion_s, o->history + 1, o->candidates, r.full_tokens, r.full_s, r.times_as_fast, r.least,
                      r.most, r.what_if_s, r.what_if_complete_s, r.largest_difference)};
    };
  });
}

void addScoringBench(CLI::App& bench, Request& request) {
  auto o = std::make_shared<ScoringBenchOptions>();
  CLI::App* command = addCommand(bench, "scoring", "Score responses below one prompt, given as token ids",
                                 "prefscope-cli bench scoring --model DIR --examples ids.json --rounds 5 --json");
  command->add_option("--model", o->model, "Folder of the model, or starter")->required();
  command->add_option("--examples", o->examples, "JSON {\"prompt\": [ids], \"responses\": [[ids], ...]}")->required();
  addOption(command, "--rounds", o->rounds, "Timed rounds, after one that is not");
  addCompute(command, o->device, o->dtype);
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      ScoringBenchResult r = bench_scoring(*o, context);
      Answer answer{{{"seconds", r.seconds}, {"log_probs", r.log_probs}}, ""};
      std::sort(r.seconds.begin(), r.seconds.end());
      answer.text = fmt::format("{} responses: {:.4f} s [{:.4f}, {:.4f}]\n", r.log_probs.size(),
                                r.seconds[r.seconds.size() / 2], r.seconds.front(), r.seconds.back());
      return answer;
    };
  });
}

void addBench(CLI::App& app, Request& request) {
  auto o = std::make_shared<PreferenceStepOptions>();
  CLI::App* bench =
      addCommand(app, "bench", "Time parts of the engine on a fixed workload",
                 "prefscope-cli bench preference-step --k 5 --prompt 300 --response 16 --records 8 --json");
  bench->require_subcommand(1);
  addCaseBench(*bench, request);
  addScoringBench(*bench, request);
  CLI::App* command = addCommand(*bench, "preference-step",
                                 "Seconds of a DMPO step a record: random Llama of 34.1M, LoRA r = 16, float32",
                                 "prefscope-cli bench preference-step --k 15 --precompute-ref");
  addChoice(command, "--model", o->model, {"34m", "1b"}, "Random weights: 34.1M, or 1.24B as Llama 3.2");
  addOption(command, "--k", o->k, "Rejected responses of a record");
  addOption(command, "--prompt", o->prompt, "Tokens of the prompt");
  addOption(command, "--response", o->response, "Tokens of a response");
  addOption(command, "--records", o->records, "Records, one optimizer step each");
  command->add_flag("--precompute-ref", o->precompute_reference, "Leave the reference out of the timed step");
  addChoice(command, "--device", o->device, {"cpu", "cuda"}, "Where it runs");
  command->add_flag("--bf16", o->bfloat16, "Weights and activations in bfloat16");
  command->add_flag("--checkpoint-gradients", o->checkpoint_gradients, "Compute activations again in backward");
  command->add_option("--examples", o->examples, "JSON of token ids to train on instead of random ones");
  command->callback([o, &request] {
    request.run = [o](const TaskContext& context) {
      const PreferenceStepResult result = bench_preference_step(*o, context);
      return Answer{{{"k", o->k},
                     {"prompt", o->prompt},
                     {"response", o->response},
                     {"precompute_ref", o->precompute_reference},
                     {"device", o->device},
                     {"bf16", o->bfloat16},
                     {"median_s", result.median_s},
                     {"min_s", result.min_s},
                     {"peak_rss_gib", result.peak_rss_gib},
                     {"peak_cuda_gib", result.peak_cuda_gib ? nlohmann::ordered_json(*result.peak_cuda_gib) : nullptr},
                     {"tokens", result.tokens},
                     {"gflop", result.gflop},
                     {"gflop_per_s", result.gflop_per_s},
                     {"matmul_gflop_per_s", result.matmul_gflop_per_s},
                     {"matmul_share", result.gflop_per_s / result.matmul_gflop_per_s}},
                    fmt::format("{:.3f} s a record (median), {:.3f} s at least; peak memory {:.2f} GiB; {:.0f} GFLOP a "
                                "second, {:.0f} % of a matrix product's {:.0f}\n",
                                result.median_s, result.min_s, result.peak_cuda_gib.value_or(result.peak_rss_gib),
                                result.gflop_per_s, 100 * result.gflop_per_s / result.matmul_gflop_per_s,
                                result.matmul_gflop_per_s)};
    };
  });
}

}  // namespace

void addInspectCommands(CLI::App& app, Request& request) {
  addScore(app, request);
  addTokenizeCommand(app, request);
  addNegatives(app, request);
  addBench(app, request);
}

}  // namespace prefscope
