// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "engine/explain/case.h"

namespace prefscope {

/// A picture of a case as an SVG file of its own: light colours, a white ground, nothing loaded.
struct CaseFigure {
  std::string name;   ///< for a file: candidates, margin-plane, displacement-plane
  std::string title;  ///< "Margin plane"
  std::string svg;
};

/// The candidates on their axis, and where there is a reference the two planes; those of case_html.
std::vector<CaseFigure> case_figures(const CaseReport& report);

}  // namespace prefscope
