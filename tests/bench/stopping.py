#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long after SIGINT an import and a report of a large set have ended, at moments spread over their run, and that nothing of a
stopped import remains.

    python3 tests/bench/stopping.py --rows 25000000 --stops 12 --folder /var/tmp
"""
import argparse
import json
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from large_set import make_files

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rows", type=int, default=25_000_000)
parser.add_argument("--stops", type=int, default=12)
parser.add_argument("--folder", default=None, help="where the files are made (about 2 GB for 25 million rows)")
parser.add_argument("--cli", type=Path, default=CLI)
arguments = parser.parse_args()


def stopped_after(words, moment):
    """Milliseconds from SIGINT to the end; nothing where it ended before."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(moment)
        return None
    except subprocess.TimeoutExpired:
        pass
    begin = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait()
    return 1000 * (time.perf_counter() - begin)


def measure(what, words):
    """words: number of the run -> command."""
    begin = time.perf_counter()
    subprocess.run(words(0), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = time.perf_counter() - begin
    times = []
    for n in range(arguments.stops):
        took = stopped_after(words(n + 1), whole * (n + 0.5) / arguments.stops)
        if took is not None:
            times.append(took)
    print(f"{what}: {whole:.1f} s whole; ended {statistics.median(times):.0f} ms after the signal (median of {len(times)}), "
          f"{max(times):.0f} ms at most; each: {' '.join(f'{t:.0f}' for t in times)}", flush=True)


with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
    folder = Path(name)
    rows = make_files(folder, arguments.rows)
    workspace = [str(arguments.cli), "--workspace", str(folder / "ws")]
    files = [str(folder / "movies.csv"), str(folder / "ratings.csv")]
    subprocess.run([*workspace, "import", *files, "--name", "whole"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    measure("report", lambda n: [*workspace, "report", "whole"])
    other = [str(arguments.cli), "--workspace", str(folder / "other")]
    measure("import", lambda n: [*other, "import", *files, "--name", f"part {n}"])
    sets = json.loads(subprocess.run([*other, "--json", "datasets"], check=True, capture_output=True, text=True).stdout)
    print(f"sets after the stopped imports: {[s['dataset'] for s in sets['datasets']]} (\"part 0\" alone is right)")
