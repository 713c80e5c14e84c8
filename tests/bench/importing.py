#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times `prefscope-cli import` beside the sqlite3 shell's .import in the same run, turn by turn, on a generated file in the shape of
MovieLens 25M: ratings.csv with rows by user and item, times as they come, and movies.csv. The shell fills a bare table without any
index; Prefscope maps ids, checks every row, sorts by user and time, and writes its orders by item, time and rating.

    python3 tests/bench/importing.py --rows 25000000 --rounds 3 --folder /var/tmp
"""
import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from large_set import make_files

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rows", type=int, default=25_000_000)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--folder", default=None, help="where the files are made (about 2.5 GB for 25 million rows)")
parser.add_argument("--cli", type=Path, default=CLI)
parser.add_argument("--keep", type=Path, help="folder that the last workspace is kept in, for tests/bench/tables.cpp")
arguments = parser.parse_args()

def timed(command, **how):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_mib(command):
    report = subprocess.run(["/usr/bin/env", "python3", "-c",
                             "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, "
                             "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
                             *command], check=True, capture_output=True, text=True).stdout
    return int(report) / 1024


with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
    folder = Path(name)
    rows = make_files(folder, arguments.rows)
    ratings = folder / "ratings.csv"
    print(f"{rows} rows, {ratings.stat().st_size / 1e6:.0f} MB; {subprocess.run(['sqlite3', '--version'], capture_output=True, text=True).stdout.split()[0]}", flush=True)
    shell_script = ("CREATE TABLE r(userId INTEGER, movieId INTEGER, rating REAL, timestamp INTEGER);\n"
                    f".import --csv --skip 1 {ratings} r\n")
    own, other = [], []
    for turn in range(arguments.rounds):
        workspace = folder / "ws"
        words = [str(arguments.cli), "--workspace", str(workspace), "import", str(folder / "movies.csv"), str(ratings)]
        ratings.read_bytes()[:1]  # both find the file in the page cache
        other.append(timed(["sqlite3", str(folder / "bare.db")], input=shell_script.encode()))
        (folder / "bare.db").unlink()
        own.append(timed(words))
        size = sum(f.stat().st_size for f in workspace.iterdir() if f.is_file())
        shutil.rmtree(workspace)
        print(f"round {turn + 1}: prefscope {own[-1][0]:.1f} s (CPU {own[-1][1]:.1f}), sqlite3 {other[-1][0]:.1f} s (CPU "
              f"{other[-1][1]:.1f}), {other[-1][0] / own[-1][0]:.2f} times; workspace {size / 1e6:.0f} MB", flush=True)
    print(f"peak memory {peak_mib(words):.0f} MiB")
    if arguments.keep:
        shutil.move(folder / "ws", arguments.keep)
    ratios = sorted(o[0] / m[0] for o, m in zip(other, own))
    print(f"prefscope {statistics.median(m[0] for m in own):.1f} s, sqlite3 {statistics.median(o[0] for o in other):.1f} s: "
          f"{statistics.median(ratios):.2f} times as fast [{ratios[0]:.2f}, {ratios[-1]:.2f}]")
