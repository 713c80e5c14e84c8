#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what Prefscope is built from: Debian packages, and the libtorch of the PyPI wheel torch 2.11.0 in .libtorch (ignored by git).
#   packaging/bootstrap.sh [--cuda | --cpu]
# --cuda: with the CUDA libraries (default where an NVIDIA driver is found). An existing libtorch is taken when CMAKE_PREFIX_PATH names the
# folder that holds torch/. Idempotent: takes a moment when nothing is missing. Root or sudo is needed only when a package is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
. packaging/progress.sh

torch=2.11.0
packages="build-essential ca-certificates ccache cmake fontconfig fonts-inter git libarchive-dev libcli11-dev libfmt-dev libpcre2-dev
  libqcustomplot-dev libsimdjson-dev libsqlite3-dev libsqlitecpp-dev libutf8proc-dev ninja-build nlohmann-json3-dev
  pkg-config python3 python3-pip qt6-base-dev qt6-svg-dev zlib1g-dev"

variant=cpu
if [ -e /proc/driver/nvidia/version ] || [ -e /usr/lib/wsl/lib/libcuda.so ]; then variant=cuda; fi
case "${1:-}" in
  --cuda) variant=cuda ;;
  --cpu) variant=cpu ;;
  "") ;;
  *) die "usage: packaging/bootstrap.sh [--cuda | --cpu]" ;;
esac

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# --- step 1: Debian packages
missing=""
if command -v dpkg-query >/dev/null; then
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ' || true) "
  for package in $packages; do case "$installed" in *" $package "*) ;; *) missing="$missing $package" ;; esac; done
else
  for tool in cmake ninja g++ pkg-config python3; do
    command -v $tool >/dev/null || die "this is no Debian, and $tool is missing. Install by hand what these Debian 12 packages hold: $packages"
  done
fi

apt_status() {
  local line
  line=$(grep -aE '^(dl|pm)status:' build/log/apt-status.log 2>/dev/null | tail -n 1) || return 0
  percent=$(printf '%s' "$line" | cut -d: -f3 | cut -d. -f1)
  detail=$(printf '%s' "$line" | cut -d: -f4- | cut -c1-60)
}

if [ -n "$missing" ]; then
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || die "run as root, or install sudo, or install by hand:$missing"
  say "step 1 of 2: Debian packages:$missing"
  watch "step 1 of 2: package lists" : build/log/apt-update.log as_root apt-get -q update
  size=$(apt-get -q --assume-no --no-install-recommends install $missing 2>/dev/null | grep -E '^(Need to get|After this)' | tr '\n' ' ') || true
  say "step 1 of 2: ${size:-installing}"
  # The status goes to its own file from within the shell that sudo starts: sudo closes other descriptors.
  watch "step 1 of 2: Debian packages" apt_status build/log/apt-install.log as_root sh -c \
    'DEBIAN_FRONTEND=noninteractive exec apt-get -q -y --no-install-recommends -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 install "$@" 3>build/log/apt-status.log' \
    install $missing
fi

# --- step 2: libtorch
for folder in $(printf '%s' "${CMAKE_PREFIX_PATH:-}" | tr ':;' '  '); do
  if [ -e "$folder/torch/lib/libtorch_cpu.so" ] || [ -e "$folder/lib/libtorch_cpu.so" ]; then
    say "libtorch: $folder (from CMAKE_PREFIX_PATH)"
    exit 0
  fi
done
have=$(cat .libtorch/prefscope-variant 2>/dev/null || true)
if [ -e .libtorch/torch/lib/libtorch_cpu.so ] && { [ "$have" = "$torch $variant" ] || [ "$have" = "$torch cuda" ] || [ -z "$have" ]; }; then exit 0; fi

if [ $variant = cuda ]; then
  wanted="torch==$torch" megabytes=7500
else
  # What the CPU build of this wheel links against, and nothing else.
  wanted="--no-deps torch==$torch nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85" megabytes=1850
fi
free=$(df -Pm . | awk 'NR == 2 {print $4}')
[ "$free" -gt $((megabytes + 500)) ] || die "libtorch needs $megabytes MB of disk while it is unpacked, $free MB are free here"
part=.libtorch.part
rm -rf "$part"
mkdir -p "$part/tmp"
torch_status() {
  local now
  now=$(du -sm "$part" 2>/dev/null | cut -f1) || return 0
  percent=$((now * 100 / megabytes))
  [ "$percent" -lt 100 ] || percent=99
  detail="$now of about $megabytes MB"
}
say "step 2 of 2: libtorch $torch ($variant), about $megabytes MB while unpacking, kept in .libtorch"
# The tags of Debian 12 spelled out, so that another Python on this machine does not matter.
python_flags="--only-binary=:all: --python-version 3.11 --platform any --platform manylinux2014_x86_64"
for minor in $(seq 17 36); do python_flags="$python_flags --platform manylinux_2_${minor}_x86_64"; done
TMPDIR=$PWD/$part/tmp watch "step 2 of 2: libtorch" torch_status build/log/libtorch.log \
  python3 -m pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore $python_flags --target "$part/site" $wanted
printf '%s\n' "$torch $variant" >"$part/site/prefscope-variant"
rm -rf .libtorch
mv "$part/site" .libtorch
rm -rf "$part"
say "libtorch $torch ($variant) is in .libtorch"
