// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/error.h"

// How the commands add their options, so that every help text has an example and says defaults and choices.

namespace prefscope {

inline CLI::App* addCommand(CLI::App& app, const std::string& name, const std::string& help,
                            const std::string& example) {
  CLI::App* command = app.add_subcommand(name, help);
  command->footer("Example:\n  " + example);
  return command;
}

template <typename Value>
void addChoice(CLI::App* command, const std::string& name, Value& value, const std::vector<std::string>& choices,
               const std::string& help) {
  command->add_option(name, value, help)->check(CLI::IsMember(choices))->capture_default_str();
}

template <typename Value>
void addOption(CLI::App* command, const std::string& name, Value& value, const std::string& help) {
  command->add_option(name, value, help)->capture_default_str();
}

inline void addDevice(CLI::App* command, std::string& device) {
  addChoice(command, "--device", device, {"auto", "cpu", "cuda"},
            "Where the model runs; auto: a GPU where one answers");
}

/// Where a model computes and in which numbers, for commands that take any model folder.
inline void addCompute(CLI::App* command, std::string& device, std::string& dtype) {
  addDevice(command, device);
  addChoice(command, "--dtype", dtype, {"float32", "bfloat16", "float16"}, "Of weights and activations");
}

/// Seeds are kept as 64-bit integers of SQLite: 0 .. 2^63 - 1.
inline void addSeed(CLI::App* command, uint64_t& seed, const std::string& help) {
  command->add_option("--seed", seed, help)->capture_default_str()->check([](const std::string& text) {
    int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = code == std::errc() && end == text.data() + text.size() && value >= 0;
    return whole ? std::string()
                 : "expected a whole number within 0 .. " + std::to_string(std::numeric_limits<int64_t>::max()) +
                       ", found " + text;
  });
}

/// Token ids as --ids takes them.
inline std::vector<int64_t> parseIds(const std::string& text) {
  std::vector<int64_t> ids;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    int64_t id = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (code != std::errc() || end != word.data() + word.size())
      throw Error(ErrorKind::BadInput, "--ids: expected numbers with blanks between, found \"" + word + "\"");
    ids.push_back(id);
  }
  return ids;
}

}  // namespace prefscope
