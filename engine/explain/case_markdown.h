// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// Text from outside as Markdown (CommonMark with tables) shows it word for word, on one line.
std::string markdown_text(std::string_view text);

/// Cases as Markdown with the tables of case_html, and the figures that it names.
struct CaseMarkdown {
  std::string text;
  std::vector<std::pair<std::string, std::string>> figures;  ///< path beside the text, with /; SVG
};
/// figures: the folder that the text says they lie in.
CaseMarkdown notebook_markdown(const std::vector<KeptCase>& cases, const std::string& figures);

/// Writes it: `file`, and its figures as SVG into a folder beside it that is named like it ("case.md": "case-figures").
void write_notebook_markdown(const std::vector<KeptCase>& cases, const std::filesystem::path& file);

}  // namespace prefscope
