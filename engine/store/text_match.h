// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/workspace.h"

namespace prefscope {

/// Text in the form that searches compare: case folded and in one normal form, in any script.
std::string folded(std::string_view text);

/// Without blanks and line breaks at both ends.
std::string_view without_edges(std::string_view text);

/// The words of a search, folded.
std::vector<std::string> folded_words(std::string_view search);

/// Gives a connection the SQL functions contains(text, part) and equals(text, whole), which fold `text` (equals without
/// its edges) and take the other as it is: folded. All that it holds is plain text.
void add_matches(Workspace& workspace);

}  // namespace prefscope
