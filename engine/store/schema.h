// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <span>

namespace prefscope {

/// migrations()[i] brings a database from version i to i + 1. Never change one that was released; add the next.
std::span<const char* const> migrations();

}  // namespace prefscope
