#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefscope's tokenizers beside the tokenizers package: processor seconds for titles and for long prompts, one thread, measured within each process.

    tokenizer_speed.py --program build/release/tests/tokenizer_speed [--shared ../shared/data] [--rounds 5] [--out numbers.json]

Both programs tokenize the same texts, process by process in turn; a process goes twice over the texts: the first pass meets each text
for the first time, the second finds what either keeps of it. Of the package the quicker of encode() one by one and encode_batch() counts;
offsets are computed on both sides. Ratio: seconds of the package / seconds of Prefscope of the same round; median [lowest, highest].
Then loading and memory of a generated vocabulary of 150,000 byte-level tokens (--vocabulary), as resident memory before and after.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

PACKAGE = "--package"


def package(arguments):
    """Runs as a process of its own: tokenizer.json, way, texts on standard input."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["RAYON_NUM_THREADS"] = "1"
    import tokenizers
    file, way = arguments
    texts = [json.loads(line) for line in sys.stdin]
    before = resident_mib()
    start = time.process_time()
    tokenizer = tokenizers.Tokenizer.from_file(file)
    load_s = time.process_time() - start
    memory = resident_mib()
    seconds = []
    for _ in range(2):
        start = time.process_time()
        if way == "one":
            tokens = sum(len(tokenizer.encode(t, add_special_tokens=False).ids) for t in texts)
        else:
            tokens = sum(len(e.ids) for e in tokenizer.encode_batch(texts, add_special_tokens=False))
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": seconds, "tokens": tokens, "load_s": load_s, "load_mib": memory - before,
                      "version": tokenizers.__version__}))


def resident_mib():
    with open("/proc/self/status") as status:
        return next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def run(command, texts):
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    return json.loads(subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout)


def spread(values):
    return f"{statistics.median(values):.2f} [{min(values):.2f}, {max(values):.2f}]"


def make_vocabulary(path, size):
    """Byte-level BPE of random words: every token but the bytes is a merge of two before it."""
    draw = random.Random(5)
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    alphabet = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    tokens, merges = dict.fromkeys(alphabet), []
    known = list(alphabet)
    letters = [known.index(c) for c in "etaoinshrdlucmfwygpbvk"] + [known.index("\u0120")]
    while len(known) < size:
        left = known[draw.choice(letters)] if draw.random() < 0.4 else known[draw.randrange(len(known))]
        right = known[draw.choice(letters[:-1])] if draw.random() < 0.6 else known[draw.randrange(256, len(known))] if len(known) > 256 else "e"
        token = left + right
        if token in tokens or len(token) > 16 or "\u0120" in token[1:]:
            continue
        tokens[token] = None
        known.append(token)
        merges.append([left, right])
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
             "vocab": {t: i for i, t in enumerate(known)}, "merges": merges}
    path.write_text(json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": level, "post_processor": None,
                                "decoder": level, "model": model}, ensure_ascii=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--vocabulary", type=int, default=150_000)
    parser.add_argument("--out", type=pathlib.Path)
    o = parser.parse_args()
    titles = [row["title"] for row in csv.DictReader(open(o.shared / "ml-latest-small/movies.csv", encoding="utf-8"))]
    titles += [row["title"] for row in csv.DictReader(open(o.shared / "goodbooks-10k/books.csv", encoding="utf-8"))]
    prompts = [r["instruction"] for r in json.loads((o.shared / "dmpo/rec_Amazon_Movie_eval_ranking.json").read_text())]
    results = {}
    print("| tokenizer | texts | bytes | Prefscope, MB/s | package, MB/s | times as fast, first pass | second pass |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        generated = pathlib.Path(folder) / "tokenizer.json"
        make_vocabulary(generated, o.vocabulary)
        files = [(f.parent.name, f) for f in sorted(o.shared.glob("tokenizers/*/tokenizer.json"))] + [(f"generated, {o.vocabulary}", generated)]
        for name, file in files:
            for kind, texts in (("titles", titles), ("prompts", prompts)):
                size = sum(len(t.encode()) for t in texts)
                rounds = []
                for _ in range(o.rounds):
                    mine = run([o.program, str(file), "time", "2"], texts)
                    peer = [run([sys.executable, __file__, PACKAGE, str(file), way], texts) for way in ("one", "batch")]
                    assert all(p["tokens"] == mine["tokens"] for p in peer), f"{name}: token counts differ"
                    rounds.append({"mine": mine["seconds"], "peer": [min(p["seconds"][i] for p in peer) for i in (0, 1)]})
                    loads = {"mine": {k: mine[k] for k in ("load_s", "load_mib", "peak_mib")},
                             "peer": {k: peer[0][k] for k in ("load_s", "load_mib")}, "version": peer[0]["version"]}
                ratios = [[r["peer"][i] / r["mine"][i] for r in rounds] for i in (0, 1)]
                speed = lambda side: size / 1e6 / statistics.median(r[side][0] for r in rounds)
                print(f"| {name} | {len(texts)} {kind} | {size} | {speed('mine'):.1f} | {speed('peer'):.1f} | {spread(ratios[0])} | {spread(ratios[1])} |", flush=True)
                results[f"{name}, {kind}"] = {"rounds": rounds, "ratio_first": ratios[0], "ratio_second": ratios[1], "load": loads}
            if name.startswith("generated"):
                print(f"\n{name} tokens (file of {generated.stat().st_size / 1e6:.1f} MB): loaded in {loads['mine']['load_s']:.2f} s, {loads['mine']['load_mib']:.0f} MiB more "
                      f"resident memory at the most while loading ({loads['mine']['peak_mib']:.0f} MiB in all); the package {loads['peer']['load_s']:.2f} s and {loads['peer']['load_mib']:.0f} MiB. "
                      f"tokenizers {loads['version']}, one thread, {o.rounds} rounds.")
    if o.out:
        o.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == [PACKAGE]:
        package(sys.argv[2:])
    else:
        main()
