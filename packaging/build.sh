# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh and test.sh: configures the release preset when needed and builds the named targets.

# build TARGET...
build() {
  local dir=build/release launcher=''
  # A second of patience at most when nothing changed: CMake runs only for the first time or when its own files changed (ninja knows).
  if [ ! -e "$dir/build.ninja" ]; then
    command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
    watch "configure" : build/log/configure.log cmake --preset release $launcher
  fi
  watch "build" ninja_status build/log/build.log cmake --build --preset release --target "$@"
}
