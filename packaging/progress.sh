# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by bootstrap.sh, run.sh and test.sh: runs a long command quietly, but with a sign of life every few seconds.

say() { printf '%s\n' "prefscope: $*"; }
die() { printf '%s\n' "prefscope: $*" >&2; exit 1; }

# seconds -> "45 s" or "3 min 10 s"
span() { if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi; }

# watch LABEL STATUS LOG COMMAND...: runs COMMAND with its output in LOG. Every 2 s the function STATUS sets `percent` (empty while unknown)
# and `detail`; a line with both, the time spent and the time left is printed. Fails as COMMAND fails, with the end of LOG.
watch() {
  local label=$1 status=$2 log=$3 start=$SECONDS last=-9 pid code percent detail left
  shift 3
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 &
  pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM
  while kill -0 $pid 2>/dev/null; do
    sleep 0.2
    [ $((SECONDS - last)) -ge 3 ] || continue
    [ $((SECONDS - start)) -ge 1 ] || continue
    last=$SECONDS percent='' detail='' left=''
    $status "$log"
    if [ -n "$percent" ] && [ "$percent" -ge 3 ] && [ "$percent" -le 100 ]; then
      left=", about $(span $(((SECONDS - start) * (100 - percent) / percent))) left"
    fi
    say "$label: ${percent:+$percent %, }${detail:+$detail, }$(span $((SECONDS - start)))$left"
  done
  code=0
  wait $pid || code=$?
  trap - INT TERM
  [ $code -eq 0 ] && return 0
  tail -n 40 "$log" >&2
  die "$label failed (exit $code); the whole log is in $log"
}

# [12/140] of ninja -> percent
ninja_status() {
  local line done total
  line=$(grep -aoE '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 1) || return 0
  done=${line#[} done=${done%/*} total=${line#*/} total=${total%]}
  percent=$((done * 100 / total)) detail="step $done of $total"
}
