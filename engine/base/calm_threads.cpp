// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/calm_threads.h"

#include <unistd.h>

#include <cstdlib>

namespace prefscope {

void wait_calmly(char** argv) {
  ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64", 0);
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  ::setenv("GOMP_SPINCOUNT", "500", 1);
  ::execv("/proc/self/exe", argv);  // comes back only where it fails; then the program goes on as it is
}

}  // namespace prefscope
