// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/progress.h"

namespace prefscope {

/// A chi-square test of counts against what chance gives.
struct ChiSquare {
  double statistic = 0;
  int degrees = 0;  ///< of freedom: cells less one
  double p =
      1;  ///< of a statistic as large or larger: the regularised upper gamma function Q(degrees / 2, statistic / 2)
  int merged = 0;  ///< places that were joined with the one before, as chance gives fewer than least_expected there
};
inline constexpr double least_expected = 5;  ///< of a cell, as usual (Cochran)

/// observed[i] against expected[i], which have one sum. Nothing where fewer than two cells have least_expected.
std::optional<ChiSquare> chi_square(const std::vector<int64_t>& observed, const std::vector<double>& expected);

/// Where targets stand in the lists that a model sees: saved candidate lists, or, of imported pairs, the titles that
/// their prompts list.
struct TargetPlaces {
  std::string lists_are;  ///< "candidate lists", "prompts"; empty: the examples list no titles
  int64_t lists = 0;
  std::vector<int64_t> counts;   ///< [places], from the first
  std::vector<double> expected;  ///< by chance, with every list's own length
  std::optional<ChiSquare> test;
  int64_t most = 0;                                ///< the place with the most above chance, from 0
  int64_t repeated = 0;                            ///< targets that come more than once
  int64_t fixed = 0;                               ///< of them always at the same place
  double fixed_by_chance = 0, fixed_variance = 0;  ///< mean and variance of that number, were places drawn

  /// p below this is called uneven.
  static constexpr double level = 0.01;
  bool uneven() const { return test && test->p < level; }
  /// More targets with a place of their own than chance gives, by three standard deviations.
  bool keeps_places() const;
};

/// Counts over all examples of a preparation, or its newest. Throws BadInput where there is none.
TargetPlaces find_target_places(const std::filesystem::path& workspace, const std::string& data_set,
                                std::optional<int64_t> preparation, const TaskContext& context);

/// What that means, in one or two sentences: "Targets stand evenly (1234 candidate lists, chi-square 18.2 with 19
/// degrees of freedom, p = 0.51)."
std::string target_places_text(const TargetPlaces& places);

}  // namespace prefscope
