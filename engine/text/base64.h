// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace prefscope {

/// The bytes of base64 (RFC 4648) with or without padding; nothing where another character stands in it.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace prefscope
