#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds everything and runs all tests.
#   packaging/test.sh [arguments of ctest, e.g. -R store]
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/progress.sh
. packaging/build.sh
export LANG="${LANG:-C.UTF-8}"

packaging/bootstrap.sh
build all
ctest --preset release -j 2 "$@"
