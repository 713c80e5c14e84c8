// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace prefscope {

/// Call first in main. The threads of libgomp, which torch computes with, spin while they wait for each other; on a
/// machine that has other work, a window to draw for one, this costs far more than it gains (scoring took 36 s instead
/// of 3 s on four busy cores). The wait policy is read when the library is loaded, so the program starts itself anew
/// with OMP_WAIT_POLICY=passive, once, unless the person has set that variable or GOMP_SPINCOUNT.
void wait_without_spinning(char** argv);

}  // namespace prefscope
