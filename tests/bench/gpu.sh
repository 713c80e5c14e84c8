#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks and times the engine on an NVIDIA GPU, in less than 20 minutes:
#
#   tests/bench/gpu.sh [--peer "python trl_step.py"]...
#
# Needs build/release/prefscope-cli and a libtorch with CUDA (packaging/bootstrap.sh --cuda). Runs the engine's tests where they are built, trains on the
# sample world on both devices and compares, then times the preference step: a Llama of 1.24B (random weights) in bfloat16, and the 34M one in float32 and bfloat16.
# A peer is a command that takes the flags --k --prompt --response --records --device --bf16 and prints a JSON line; it is run with the 34M model's.
# PREFSCOPE_DEVICE=cpu tries the script itself on a machine without a GPU, with the small model only.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cli=$root/build/release/prefscope-cli
device=${PREFSCOPE_DEVICE:-cuda}
peers=()
while [ $# -gt 0 ]; do
  case $1 in
    --peer) peers+=("$2"); shift 2 ;;
    *) sed -n 3,13p "$0"; exit 2 ;;
  esac
done
[ -x "$cli" ] || { echo "$cli is missing: build it first (packaging/run.sh --headless)" >&2; exit 2; }
if [ "$device" = cuda ]; then
  nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv
fi

if [ -x "$root/build/release/tests/engine.llm.forward" ]; then
  for test in "$root"/build/release/tests/engine.llm.* "$root"/build/release/tests/engine.train.*; do
    if [ -f "$test" ] && [ -x "$test" ]; then
      "$test" -silent && echo "passed  $(basename "$test")"
    fi
  done
else
  echo "The engine's tests are not built here: left out."
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo
echo "Training on the sample world, cpu against $device (the same seed):"
"$cli" --workspace "$work" import "$root/datasets/sample-world" --name world --json >/dev/null
"$cli" --workspace "$work" prepare world --json >/dev/null
for where in cpu "$device"; do
  "$cli" --workspace "$work" train world --objective dmpo --lr 3e-4 --epochs 0.2 --device "$where" --json 2>/dev/null
done >"$work/runs.json"
python3 - "$work/runs.json" <<'EOF'
import json, sys
cpu, other = map(json.loads, open(sys.argv[1]))
difference = abs(cpu["loss"] - other["loss"])
print(f"loss {cpu['loss']:.6f} and {other['loss']:.6f}, seconds {cpu['seconds']:.1f} and {other['seconds']:.1f}")
sys.exit(0 if difference < 2e-3 else f"the losses differ by {difference:.6f}: expected at most 0.002")
EOF

step() {
  "$cli" bench preference-step --device "$device" --records 6 "$@" --json 2>/dev/null
}
echo
echo "The preference step, a JSON line each:"
for k in 1 5 15; do
  step --k $k
  step --k $k --bf16
  for peer in "${peers[@]}"; do
    $peer --k $k --prompt 300 --response 16 --records 6 --device "$device" --bf16 | tail -n 1
  done
done
if [ "$device" = cuda ]; then
  for k in 1 5 15 64; do step --model 1b --k $k --bf16; done
  for prompt in 1000 4000; do step --model 1b --k 5 --prompt $prompt --bf16; done
  step --model 1b --k 5 --prompt 4000 --bf16 --checkpoint-gradients
fi
