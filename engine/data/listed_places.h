// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "engine/store/preparations.h"

namespace prefscope {

/// Where a prompt lists the answer that is to be chosen.
struct ListedPlace {
  std::string chosen;  ///< its title
  size_t place = 0;    ///< from 0, among those listed
  size_t listed = 0;   ///< the chosen and the rejected that the prompt lists
};

/// Of an imported example, for each of its prompts that lists the chosen title and all rejected ones: where the chosen
/// stands. A title is the first <Title:...> of a response, or the whole response. Each title counts where it stands
/// last, as a prompt may hold it in the history too: as a line of its own if all of them are lines, else between other
/// characters than letters and digits. Prompts that name no titles ("Yes." or "No.") are left out.
std::vector<ListedPlace> listed_places(const std::vector<TextPair>& pairs);

}  // namespace prefscope
