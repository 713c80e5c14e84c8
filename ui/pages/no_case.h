// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <optional>

namespace prefscope {

class Workbench;

/// What stands in place of a case, and the page that its button opens; without a button there is nothing to do but
/// wait.
struct NoCase {
  QString title, text, button, page;
};

/// Why the data set looked at shows no case; nothing where it has one. unknown: no model knows its titles, for which
/// there is a panel of its own.
std::optional<NoCase> whyNoCase(Workbench& workbench, bool unknown);

}  // namespace prefscope
