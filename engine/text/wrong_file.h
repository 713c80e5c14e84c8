// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

namespace prefscope {

/// What a file is that was meant to be a part of a model but is none, with what to do: "a git-LFS pointer, not the file
/// itself; run git lfs pull". Empty where nothing of the kind is recognised.
std::string what_it_is_instead(std::string_view content);

}  // namespace prefscope
