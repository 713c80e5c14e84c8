#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times prefscope-cli beside transformers in the same run, turn by turn, as they score 20 responses of 16 tokens below a prompt of
300: a random Llama of 34M (hidden 512, 8 layers, vocabulary 8192), float32, ids in and summed log-probs out, loading not.
transformers takes a batch of full sequences, and computes logits at the response alone (logits_to_keep).

    ../parity-venv/bin/python tests/bench/scoring.py --rounds 5
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
parser.add_argument("--responses", type=int, default=20)
parser.add_argument("--response", type=int, default=16)
parser.add_argument("--prompt", type=int, default=300)
parser.add_argument("--dtype", default="float32")
parser.add_argument("--cli", type=Path, default=CLI)
arguments = parser.parse_args()

torch.manual_seed(0)
config = LlamaConfig(vocab_size=8192, hidden_size=512, num_hidden_layers=8, num_attention_heads=8, intermediate_size=1536,
                     max_position_embeddings=2048, bos_token_id=1, eos_token_id=2)
model = LlamaForCausalLM(config).eval()
prompt = torch.randint(3, 8192, (arguments.prompt,))
responses = torch.randint(3, 8192, (arguments.responses, arguments.response))
whole = torch.cat([prompt.expand(arguments.responses, -1), responses], dim=1)


def peer():
    logits = model(whole, logits_to_keep=arguments.response + 1).logits[:, :-1].float()
    return logits.log_softmax(-1).gather(-1, responses.unsqueeze(-1)).squeeze(-1).double().sum(1)


with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
    model.save_pretrained(folder)
    model = model.to(getattr(torch, arguments.dtype))
    ids = Path(folder) / "ids.json"
    ids.write_text(json.dumps({"prompt": prompt.tolist(), "responses": responses.tolist()}))
    words = [str(arguments.cli), "--json", "bench", "scoring", "--model", folder, "--examples", str(ids), "--rounds", "5", "--dtype",
             arguments.dtype]
    own, other = [], []
    for turn in range(arguments.rounds + 1):
        mine = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        seconds = []
        for _ in range(5 if turn else 1):
            begin = time.perf_counter()
            sums = peer()
            seconds.append(time.perf_counter() - begin)
        if turn == 0:  # warm
            worst = (sums - torch.tensor(mine["log_probs"], dtype=torch.float64)).abs().max().item()
            print(f"sums of {arguments.response} log-probs differ by at most {worst:.1e} nats")
            continue
        own.append(statistics.median(mine["seconds"]))
        other.append(statistics.median(seconds))


def spread(values):
    return f"{statistics.median(values):.4f} [{min(values):.4f}, {max(values):.4f}]"


ratios = [b / a for a, b in zip(own, other)]
print(f"Prefscope {spread(own)} s, transformers {transformers.__version__} (torch {torch.__version__}) {spread(other)} s: "
      f"{statistics.median(ratios):.2f} times as fast [{min(ratios):.2f}, {max(ratios):.2f}]")
