#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times greedy writing of prefscope-cli beside transformers in the same run, turn by turn: tokens a second of a random Llama of
34M (hidden 512, 8 layers, vocabulary 8192) after a prompt of 300 tokens, float32, the prompt's pass included, loading not.

    ../parity-venv/bin/python tests/bench/generation.py --rounds 5
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--new", type=int, default=128)
parser.add_argument("--prompt", type=int, default=300)
parser.add_argument("--dtype", default="float32")
parser.add_argument("--cli", type=Path, default=CLI)
arguments = parser.parse_args()

torch.manual_seed(0)
config = LlamaConfig(vocab_size=8192, hidden_size=512, num_hidden_layers=8, num_attention_heads=8, intermediate_size=1536,
                     max_position_embeddings=2048, bos_token_id=1, eos_token_id=2)
model = LlamaForCausalLM(config).eval()
model.generation_config.eos_token_id = None  # so that both write as many
ids = torch.randint(3, 8192, (1, arguments.prompt))
with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
    model.save_pretrained(folder)
    model = model.to(getattr(torch, arguments.dtype))
    words = [str(arguments.cli), "--json", "generate", "--model", folder, "--ids", " ".join(map(str, ids[0].tolist())), "--max-new-tokens",
             str(arguments.new), "--greedy", "--dtype", arguments.dtype]
    own, peer = [], []
    for turn in range(arguments.rounds + 1):
        mine = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        begin = time.perf_counter()
        out = model.generate(ids, max_new_tokens=arguments.new, do_sample=False, pad_token_id=0)[0, arguments.prompt:].tolist()
        seconds = time.perf_counter() - begin
        if turn == 0:  # warm
            print("the same ids:", mine["ids"] == out, "of", len(out))
            continue
        own.append(mine["tokens_per_second"])
        peer.append(len(out) / seconds)


def spread(values):
    return f"{statistics.median(values):.1f} [{min(values):.1f}, {max(values):.1f}]"


ratios = [a / b for a, b in zip(own, peer)]
print(f"Prefscope {spread(own)}, transformers {transformers.__version__} (torch {torch.__version__}) {spread(peer)} tokens a second: "
      f"{statistics.median(ratios):.2f} times as fast [{min(ratios):.2f}, {max(ratios):.2f}]")
