// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/explain/kept_case.h"

namespace prefscope {

/// A case.json is no larger than this; what is larger is neither written nor read.
inline constexpr size_t max_case_json_bytes = size_t{128} << 20;

/// Cases as case.json; numbers come back as the same bits. Throws BadInput, naming the place, for a number that is not
/// finite, a text that is not UTF-8, or more than max_case_json_bytes.
std::string cases_json(const std::vector<KeptCase>& cases);

/// Reads what cases_json wrote; at least one case. Nothing in it is trusted: types, ranges, lengths, and that lists fit
/// each other are checked. Throws BadFile, saying where it is wrong, what was expected and what was found. name: what
/// the message calls the text, a file's name.
std::vector<KeptCase> cases_from_json(std::string_view text, const std::string& name);

}  // namespace prefscope
