#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times the preference step of prefscope-cli beside peers in the same run, turn by turn, and prints ratios.

    tests/bench/preference_step.py --rounds 3 --peer "python trl_step.py" --peer "python packed_torch.py"

A peer is a command that takes --k --prompt --response --records --precompute-ref and prints a JSON line with median_s and peak_rss_gib. Seconds are
medians over the rounds, the lowest and highest in brackets; memory is the peak of all rounds. Above 1 in the last columns: Prefscope is ahead.
"""
import argparse
import json
import shlex
import statistics
import subprocess
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--peer", action="append", default=[])
parser.add_argument("--k", type=int, nargs="+", default=[1, 5, 15])
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--records", type=int, default=8)
parser.add_argument("--precompute-ref", action="store_true")
arguments = parser.parse_args()


def run(command, k):
    words = command + ["--k", str(k), "--prompt", "300", "--response", "16", "--records", str(arguments.records)]
    if arguments.precompute_ref:
        words.append("--precompute-ref")
    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def spread(values):
    return f"{statistics.median(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


print("| k | peer | Prefscope s a record | peer s a record | Prefscope GiB | peer GiB | times as fast | times the memory |")
print("|---|---|---|---|---|---|---|---|")
for k in arguments.k:
    own, others = [], [[] for _ in arguments.peer]
    for _ in range(arguments.rounds):
        own.append(run([str(CLI), "bench", "preference-step", "--json"], k))
        for results, peer in zip(others, arguments.peer):
            results.append(run(shlex.split(peer), k))
    seconds, memory = ([r[key] for r in own] for key in ("median_s", "peak_rss_gib"))
    for results, peer in zip(others, arguments.peer):
        peer_seconds, peer_memory = ([r[key] for r in results] for key in ("median_s", "peak_rss_gib"))
        print(f"| {k} | {Path(shlex.split(peer)[-1]).stem} | {spread(seconds)} | {spread(peer_seconds)} | {max(memory):.2f} | {max(peer_memory):.2f} | "
              f"{statistics.median(peer_seconds) / statistics.median(seconds):.2f} | {max(peer_memory) / max(memory):.2f} |", flush=True)
    if not arguments.peer:
        print(f"| {k} | | {spread(seconds)} | | {max(memory):.2f} | | | |", flush=True)
