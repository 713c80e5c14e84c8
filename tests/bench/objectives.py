#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of every objective at equal data and steps, and of DMPO as k grows, on a data set: three seeds, 95 % intervals.

    tests/bench/objectives.py --workspace /tmp/table --world                       (the bundled sample world and its starter model)
    tests/bench/objectives.py --workspace ws --dataset movies --model ws/models/dataset-1

Each seed trains an SFT adapter, then each objective from it: same examples in the same order, same steps, learning rate and beta; label smoothing 0.1 where an objective
has it. The seed is that of adapter and order; the split is the same. A metric is the mean over held-out users of the mean over seeds; its interval is a
bootstrap over users (1,000 resamples), and the last column is the difference to SFT of the same users and seeds, with its interval. Runs that are there already
are not trained again.
"""
import argparse
import json
import random
import sqlite3
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--cli", default=str(ROOT / "build/release/prefscope-cli"))
parser.add_argument("--workspace", required=True)
parser.add_argument("--world", action="store_true")
parser.add_argument("--dataset", default="sample-world")
parser.add_argument("--model", default="starter")
parser.add_argument("--seeds", type=int, default=3)
parser.add_argument("--epochs", type=float, default=1)
parser.add_argument("--lr", type=float, default=3e-4)
parser.add_argument("--step-examples", type=int, default=8, help="examples a step, by their mean tokens")
parser.add_argument("--k", type=int, nargs="*", default=[1, 2, 3, 5, 10, 15])
parser.add_argument("--objectives", nargs="*", default=["dmpo", "s-dpo", "dpo", "robust-dpo", "hinge", "ipo", "cpo", "simpo", "rosepo", "plackett-luce", "dmpo-released"])
arguments = parser.parse_args()
workspace = Path(arguments.workspace)


def cli(*words):
    output = subprocess.run([arguments.cli, "--workspace", str(workspace), *map(str, words), "--json"], check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def database(query, *values):
    with sqlite3.connect(workspace / "workspace.db") as db:
        return db.execute(query, values).fetchall()


if not any(d["dataset"] == arguments.dataset for d in cli("datasets")["datasets"]):
    if not arguments.world:
        raise SystemExit(f"no data set {arguments.dataset} in {workspace}; import it first")
    cli("import", ROOT / "datasets/sample-world", "--name", arguments.dataset)
[(preparation,)] = database("SELECT max(p.id) FROM preparation p JOIN data_set d ON d.id = p.data_set WHERE d.name = ? AND p.negatives >= ?", arguments.dataset, max(arguments.k))
if preparation is None:
    preparation = cli("prepare", arguments.dataset, "--negatives", max(arguments.k), "--candidates", 20, "--seed", 0)["preparation"]

done = {}  # (objective, k, seed) -> run
for run in cli("runs")["runs"]:
    o = run["options"]
    if run["status"] == "done" and run["preparation"] == preparation and o["epochs"] == arguments.epochs and o["lr"] == arguments.lr:
        done[run["objective"], o["k"] if run["objective"] != "sft" else 0, o["seed"]] = run["run"]


def train(objective, k, seed, start=None):
    key = (objective, k, seed)
    if key not in done:
        words = [arguments.dataset, "--preparation", preparation, "--objective", objective, "--seed", seed, "--epochs", arguments.epochs, "--lr", arguments.lr, "--panel", 0]
        words += ["--from", start, "--k", k] if start else ["--model", arguments.model]
        if objective in ("robust-dpo", "rosepo"):
            words += ["--label-smoothing", 0.1]
        size = cli("estimate", *words)
        mean = size["tokens"] / size["examples"] / arguments.epochs
        done[key] = cli("train", *words, "--batch-tokens", round(arguments.step_examples * mean))["run"]
    return done[key]


variants = [("sft", 0)] + [(o, 5) for o in arguments.objectives] + [("dmpo", k) for k in arguments.k if k != 5]
for seed in range(arguments.seeds):
    start = train("sft", 0, seed)
    for objective, k in variants[1:]:
        train(objective, k, seed, start)
        print(f"seed {seed}: {objective} k = {k} is trained", flush=True)

runs = [done[o, k, s] for o, k in variants for s in range(arguments.seeds)]
evaluation = cli("evaluate", arguments.dataset, "--runs", *runs)
by_run = {}
for position, row in enumerate(evaluation["rows"]):
    users = database("SELECT example, auc, target_rank FROM evaluation_user WHERE evaluation = ? AND position = ?", evaluation["evaluation"], position)
    by_run[row["run"] if row["run"] is not None else row["model"]] = {e: (auc, float(rank <= 1)) for e, auc, rank in users}


def seeds_of(objective, k):
    """Each user's metrics, means over the seeds."""
    tables = [by_run[done[objective, k, s]] for s in range(arguments.seeds)]
    return {e: [sum(t[e][m] for t in tables) / len(tables) for m in range(2)] for e in tables[0]}


def interval(values):
    chance = random.Random(0)
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(1000))
    return sum(values) / len(values), means[25], means[974]


sft = seeds_of("sft", 0)
print(f"\nProtocol: {evaluation['protocol']}. Seeds: {arguments.seeds}, epochs {arguments.epochs}, learning rate {arguments.lr}, beta 1.\n")
print("| model | k | steps | AUC | HR@1 | AUC minus SFT's | seeds' AUC |\n|---|---|---|---|---|---|---|")
for name, k, table in [("base", "", by_run["base"])] + [(o, k or "", seeds_of(o, k)) for o, k in variants]:
    auc, hit = (interval([v[m] for v in table.values()]) for m in range(2))
    gain = interval([table[e][0] - sft[e][0] for e in table])
    alone = "" if name == "base" else ", ".join(f"{sum(v[0] for v in by_run[done[name, k or 0, s]].values()) / len(table):.3f}" for s in range(arguments.seeds))
    steps = "" if name == "base" else database("SELECT steps_done FROM run WHERE id = ?", done[name, k or 0, 0])[0][0]
    print(f"| {name} | {k} | {steps} | {auc[0]:.3f} [{auc[1]:.3f}, {auc[2]:.3f}] | {hit[0]:.3f} [{hit[1]:.3f}, {hit[2]:.3f}] | {gain[0]:+.3f} [{gain[1]:+.3f}, {gain[2]:+.3f}] | {alone} |")
for name in ("random", "popularity", "itemknn", "ease"):
    auc, hit = (interval([v[m] for v in by_run[name].values()]) for m in range(2))
    print(f"| {name} | | | {auc[0]:.3f} [{auc[1]:.3f}, {auc[2]:.3f}] | {hit[0]:.3f} [{hit[1]:.3f}, {hit[2]:.3f}] | | |")
