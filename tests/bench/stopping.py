#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long after SIGINT an import and a report of a large set have ended, at moments spread over their run, and that nothing of a
stopped import remains; also how long a log is let go of, or written into the database, behind an import that has ended.

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


def stopped_after(words, moment, log):
    """Milliseconds from SIGINT to the end, and from there until the log is gone; nothing where it ended before."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(moment)
        return None
    except subprocess.TimeoutExpired:
        pass
    begin = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait()
    end = time.perf_counter()
    while log.exists():
        time.sleep(0.005)
    return 1000 * (end - begin), 1000 * (time.perf_counter() - end), process.returncode


def measure(what, workspace, words):
    """words: number of the run -> what the command does."""
    command = [str(arguments.cli), "--workspace", str(workspace)]
    begin = time.perf_counter()
    subprocess.run(command + words(0), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = time.perf_counter() - begin
    stops = [stopped_after(command + words(n + 1), whole * (n + 0.5) / arguments.stops, workspace / "workspace.db-wal")
             for n in range(arguments.stops)]
    stops = [stop for stop in stops if stop]
    times = [stop[0] for stop in stops]
    print(f"{what}: {whole:.1f} s whole; ended {statistics.median(times):.0f} ms after the signal (median of {len(times)}), "
          f"{max(times):.0f} ms at most; each, then what went on behind, and the exit code: "
          + ", ".join(f"{ended:.0f} {behind:.0f} {code}" for ended, behind, code in stops), flush=True)


with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
    folder = Path(name)
    rows = make_files(folder, arguments.rows)
    files = [str(folder / "movies.csv"), str(folder / "ratings.csv")]
    large, other = folder / "ws", folder / "other"
    subprocess.run([str(arguments.cli), "--workspace", str(large), "import", *files, "--name", "whole"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    measure("report", large, lambda n: ["report", "whole"])
    measure("import", other, lambda n: ["import", *files, "--name", f"part {n}"])
    listed = subprocess.run([str(arguments.cli), "--workspace", str(other), "--json", "datasets"], check=True, capture_output=True)
    print(f"sets after the stopped imports: {[s['dataset'] for s in json.loads(listed.stdout)['datasets']]} (\"part 0\", and those whose "
          "exit code is 0, as the set was whole when the signal came)")
