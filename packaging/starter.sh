#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes everything that is bundled of the sample world anew, from a clean clone: the world, the starter model (an hour or two on two cores;
# stopped, it goes on where it was), the runs that the first start opens on, and the tables of what they reach (tests/bench/sample_world.md).
#   packaging/starter.sh [--no-report] [arguments of prefscope-cli starter, e.g. --steps 20 to try the recipe]
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/progress.sh
. packaging/build.sh
export LANG="${LANG:-C.UTF-8}" GOMP_SPINCOUNT=500

report=1
if [ "${1:-}" = --no-report ]; then report=; shift; fi

packaging/bootstrap.sh
build prefscope-cli
cli() { build/release/prefscope-cli --workspace build/starter/workspace "$@"; }
mkdir -p build/starter

say "the sample world"
cli sample-world --out datasets/sample-world
say "the starter model"
cli starter --out build/starter/model "$@"
cp build/starter/model/* resources/starter-model/
say "the first run"
rm -rf build/starter/workspace
cli first-run --out resources/first-run
if [ -n "$report" ]; then
  say "the report: three seeds, some minutes each"
  rm -rf build/starter/report
  build/release/prefscope-cli --workspace build/starter/report world-report --out tests/bench/sample_world.md
fi
