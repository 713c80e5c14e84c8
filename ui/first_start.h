// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace prefscope {

class Workbench;

/// Queues the opening of the bundled sample world: imported, prepared and with its finished runs, it opens on the Case
/// page, on the user whose case shows what DMPO does. Then its held-out users are scored under SFT and DMPO. May be
/// called again: what is there already is only opened.
void openSampleWorld(Workbench& workbench);

}  // namespace prefscope
