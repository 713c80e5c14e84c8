#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preference step costs as the number of rejected responses and the prompt grow, and the share of the machine's own matrix-product speed it reaches.

    tests/bench/scaling.py --rounds 3

Each row is the median over the rounds of prefscope-cli's median seconds a record (lowest and highest in brackets), of the 34M reference workload.
"""
import argparse
import json
import statistics
import subprocess
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--records", type=int, default=4)
parser.add_argument("--k", type=int, nargs="*", default=[1, 2, 4, 8, 16, 32, 64])
parser.add_argument("--prompt", type=int, nargs="*", default=[100, 300, 1000, 2000, 4000])
arguments = parser.parse_args()


def run(k, prompt):
    words = [str(CLI), "bench", "preference-step", "--json", "--k", str(k), "--prompt", str(prompt), "--records", str(arguments.records)]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


print("| k | prompt | tokens | s a record | GiB | GFLOP/s | share of a matrix product |\n|---|---|---|---|---|---|---|")
for k, prompt in [(k, 300) for k in arguments.k] + [(5, p) for p in arguments.prompt]:
    results = [run(k, prompt) for _ in range(arguments.rounds)]
    seconds = [r["median_s"] for r in results]
    print(f"| {k} | {prompt} | {results[0]['tokens']:.0f} | {statistics.median(seconds):.3f} [{min(seconds):.3f}, {max(seconds):.3f}] | "
          f"{max(r['peak_rss_gib'] for r in results):.2f} | {statistics.median(r['gflop_per_s'] for r in results):.0f} | "
          f"{statistics.median(r['matmul_share'] for r in results):.2f} |", flush=True)
