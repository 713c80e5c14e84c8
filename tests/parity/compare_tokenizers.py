#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefscope's tokenizers beside the tokenizers package: ids, offsets and decoded text of every text.

    compare_tokenizers.py --program build/release/tests/tokenizer_speed [--shared ../shared/data] [--texts expected|data|unicode|random]

expected: the 430 strings of each family with the file of the package's output that lies beside them. data: every title and
prompt of ../shared/data, against the package as installed. unicode: every code point, alone and beside letters, blanks and digits.
random: strings of letters, marks, blanks, line ends, emoji and bits of special tokens. The texts are encoded as templates are (special
tokens are parsed), as the package does by default; with --outside as text from outside, against encode_special_tokens = True.
Exits with 1 where anything differs.
"""
import argparse
import csv
import gzip
import json
import pathlib
import random
import subprocess
import sys

import tokenizers


def ours(program, tokenizer, texts, trusted):
    command = [program, str(tokenizer), "encode"] + (["--trusted"] if trusted else [])
    lines = subprocess.run(command, input="".join(json.dumps(t) + "\n" for t in texts), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in lines.stdout.split("\n") if line]


def theirs(tokenizer, texts, trusted):
    package = tokenizers.Tokenizer.from_file(str(tokenizer))
    package.encode_special_tokens = not trusted
    for e in package.encode_batch(texts, add_special_tokens=False):
        yield {"ids": e.ids, "offsets": [list(o) for o in e.offsets],
               "decoded": package.decode(e.ids, skip_special_tokens=False)}


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from strings_of(v)
    elif isinstance(value, list):
        for v in value:
            yield from strings_of(v)


def data_texts(shared):
    texts = {}
    add = lambda many: texts.update(dict.fromkeys(many))
    for path in sorted(shared.glob("dmpo/*.json")) + sorted(shared.glob("sdpo/*.json")):
        add(strings_of(json.loads(path.read_text())))
    for path in sorted(shared.glob("ml-latest-small/*.csv")) + sorted(shared.glob("goodbooks-10k/**/*.csv")):
        if "ratings" not in path.name and "links" not in path.name:
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    add(v for k, v in row.items() if v and k in ("title", "original_title", "authors", "genres", "tag", "tag_name"))
    for path in sorted(shared.glob("amazon/*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                add(strings_of(json.loads(line)))
    for path in sorted(shared.glob("recbole/tests/**/*.item")):
        add(field for line in path.read_text().splitlines() for field in line.split("\t"))
    for path in sorted(shared.glob("sdpo/*")):
        if path.suffix == ".txt":
            add(path.read_text().splitlines())
    return list(texts)


def unicode_texts():
    for c in range(1, 0x110000):
        if not 0xD800 <= c < 0xE000:
            c = chr(c)
            yield f"{c}a {c}B{c} {c}{c}\n1{c}2"


def random_texts(count):
    draw = random.Random(11)
    bits = list("aeTh ,.'0189\n\t\r") + ["  ", "   ", "\u00e9", "e\u0301", "\u0316\u0301", "\u00df", "\ufb01", "\u3000", "\u00a0", "\u200d", "\U0001f468",
            "\U0001f3fd", "\u0e01\u0e33", "\u1112\u1161\u11ab", "\u0958", "\u2126", "\u212b", "\u4e2d", "\u0439", "\u2581", "\u0120", "\ufffd", "\u2028", "\u0085",
            "<s>", "</s>", "<unk>", "<|endoftext|>", "<|im_start|>", "<0x0A>", "<extra_id_0>", "'s", "'LL", "\u017f", " the", "ing", "\u1e9b\u0323", "\u0344",
            "\u0cc6\u0cc2", "\u09c7\u09be", "\U0001f1e9\U0001f1ea", "\u180e", "\ufeff", "\u0000", "\u0300", "\u0327"]
    for _ in range(count):
        yield "".join(draw.choice(bits) for _ in range(draw.randrange(1, 24)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--texts", choices=["expected", "data", "unicode", "random"], default="expected")
    parser.add_argument("--count", type=int, default=20000, help="random texts")
    parser.add_argument("--outside", action="store_true")
    parser.add_argument("--tokenizer", type=pathlib.Path, action="append", help="other tokenizer.json files than those of --shared")
    parser.add_argument("--show", type=int, default=3)
    o = parser.parse_args()
    files = o.tokenizer or sorted(o.shared.glob("tokenizers/*/tokenizer.json"))
    texts = {"data": lambda: data_texts(o.shared), "unicode": lambda: list(unicode_texts()),
             "random": lambda: list(random_texts(o.count)), "expected": lambda: None}[o.texts]()
    failed = False
    for file in files:
        if o.texts == "expected":
            lines = [json.loads(l) for l in open(o.shared / "tokenizers" / "expected" / f"{file.parent.name}.jsonl", encoding="utf-8")]
            texts, expected = [l["text"] for l in lines], lines
        else:
            expected = theirs(file, texts, not o.outside)
        got = ours(o.program, file, texts, not o.outside)
        different, shown = {"ids": 0, "offsets": 0, "decoded": 0}, 0
        for text, a, b in zip(texts, got, expected):
            wrong = [k for k in different if a[k] != b[k]]
            for k in wrong:
                different[k] += 1
            if wrong and shown < o.show:
                shown += 1
                print(f"  {text!r:.160}\n" + "\n".join(f"    {k}: {str(a[k]):.240}\n    {'expected':>{len(k)}}: {str(b[k]):.240}" for k in wrong))
        failed = failed or any(different.values()) or len(got) != len(texts)
        print(f"{file.parent.name}: {len(got)} of {len(texts)} texts, different: {different} (tokenizers {tokenizers.__version__})", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
