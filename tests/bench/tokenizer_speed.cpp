// SPDX-License-Identifier: GPL-3.0-or-later
// A measuring program, not a test: cmake --build build/release --target tokenizer_speed
//   tokenizer_speed TOKENIZER time ROUNDS < texts.jsonl     processor seconds of each round over all texts, as JSON
//   tokenizer_speed TOKENIZER encode [--trusted] < texts.jsonl   ids, offsets and decoded text of each, as JSON lines
// Each line of the input is a JSON text. Times are taken within the process and leave reading and printing out.
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/error.h"
#include "engine/text/tokenizer.h"

using namespace prefscope;
using nlohmann::json;

namespace {

/// Processor time of this program, which has one thread: other programs on the machine do not count.
double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Peak of this program's own resident memory (getrusage would count what its parent had).
double resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    fmt::print(stderr, "usage: tokenizer_speed TOKENIZER time ROUNDS | encode [--trusted] < texts.jsonl\n");
    return 2;
  }
  const double before_mib = resident_mib();
  const double start = processor_s();
  const auto tokenizer = load_tokenizer(arguments[0]);
  const double load_s = processor_s() - start;
  const double loaded_mib = resident_mib();
  std::ios::sync_with_stdio(false);
  std::vector<std::string> texts;
  for (std::string line; std::getline(std::cin, line);) texts.push_back(json::parse(line).get<std::string>());

  if (arguments[1] == "encode") {
    const bool trusted = arguments.size() > 2 && arguments[2] == "--trusted";
    for (const std::string& text : texts) {
      const PromptPart part{text, trusted};
      const auto encoding = tokenizer->encode_prompt({&part, 1});
      std::cout << json{{"ids", encoding.ids},
                        {"offsets", encoding.offsets},
                        {"decoded", tokenizer->decode(encoding.ids)}}
                       .dump()
                << '\n';
    }
    return 0;
  }
  size_t bytes = 0, tokens = 0;
  for (const std::string& text : texts) bytes += text.size();
  std::vector<double> rounds;
  for (int round = std::stoi(arguments.at(2)); round > 0; --round) {
    const double begin = processor_s();
    tokens = 0;
    for (const std::string& text : texts) tokens += tokenizer->encode(text).ids.size();
    rounds.push_back(processor_s() - begin);
  }
  std::cout << json{{"seconds", rounds},     {"texts", texts.size()}, {"bytes", bytes},
                    {"tokens", tokens},      {"load_s", load_s},      {"load_mib", loaded_mib - before_mib},
                    {"peak_mib", loaded_mib}}
                   .dump()
            << '\n';
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "{}\n", e.what());
  return 1;
}
