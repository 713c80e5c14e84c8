// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace prefscope {

/// Call first in main. The threads of libgomp, which torch computes with, spin for milliseconds while they wait for
/// each other; on a machine that has other work, a window to draw for one, this costs far more than it gains (scoring
/// took 36 s instead of 3 s on four busy cores). Without any spin each short wait costs a switch of threads: a training
/// step on two free cores took 0.69 s, with a spin of 500 rounds 0.55 s, and on busy ones both took the same. The count
/// is read when the library is loaded, so the program starts itself anew with it, once, unless the person has set
/// GOMP_SPINCOUNT or OMP_WAIT_POLICY.
///
/// Also keeps oneDNN's cache of compiled products small: every number of tokens is a shape of its own, and the usual
/// 1,024 of them took 50 MB where 64 take 10, at the same speed.
void wait_calmly(char** argv);

}  // namespace prefscope
