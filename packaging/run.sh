#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and opens the workbench on the sample world. Without a display, or with --headless, it runs the whole
# loop (import, prepare, SFT, DMPO, evaluate, explain) and says where the report lies.
#   packaging/run.sh [--headless] [arguments of prefscope, or of prefscope-cli demo]
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/progress.sh
. packaging/build.sh
export LANG="${LANG:-C.UTF-8}"

headless=
if [ "${1:-}" = --headless ]; then headless=1; shift; fi
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then headless=1; fi

packaging/bootstrap.sh
build prefscope prefscope-cli
if [ -z "$headless" ]; then exec build/release/prefscope "$@"; fi
say "no display: running the whole loop on the sample world"
exec build/release/prefscope-cli demo "$@"
