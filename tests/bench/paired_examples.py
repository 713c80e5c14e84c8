#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times a preference step on the DMPO paper's own examples (k pairs a user whose prompts share the history) beside TRL's DPOTrainer, in the same run.

    python paired_examples.py rec_data_ml_1m_dpo_ranking_5.json --records 4 --rounds 2

Needs torch, transformers, peft, trl and datasets, as tests/parity/versions.json names them. Words and marks become token ids by first appearance, so that
both sides train on the same ids: a random Llama of 34.1M parameters, LoRA r = 16, float32. One record = the k pairs of one user, one optimizer step.
"""
import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "build/release/prefscope-cli"
VOCABULARY = 8192
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file")
parser.add_argument("--records", type=int, default=4)
parser.add_argument("--rounds", type=int, default=2)
parser.add_argument("--peer-only", metavar="IDS", help=argparse.SUPPRESS)
arguments = parser.parse_args()


def read_records():
    """Users in order of first appearance, each a list of [prompt ids, chosen ids, rejected ids]."""
    text = Path(arguments.file).read_text()
    ids, users = {}, defaultdict(list)

    def tokens(string):
        return [ids.setdefault(word, len(ids) % (VOCABULARY - 2)) for word in re.findall(r"\w+|[^\w\s]", string)]

    for row in json.loads(text):
        history = row["instruction"].split("Rank the likelihood")[0]
        chosen, rejected = row["output"]
        users[history].append([tokens(row["instruction"] + row.get("input", "")), tokens(chosen) + [VOCABULARY - 1], tokens(rejected) + [VOCABULARY - 1]])
    return list(users.values())


def time_trl(records):
    import random
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
    from trl import DPOConfig, DPOTrainer

    random.seed(0)
    torch.manual_seed(0)
    words = {**{f"w{i}": i for i in range(VOCABULARY - 2)}, "<pad>": VOCABULARY - 2, "</s>": VOCABULARY - 1}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>")
    model = LlamaForCausalLM(LlamaConfig(vocab_size=VOCABULARY, hidden_size=512, intermediate_size=1408, num_hidden_layers=8, num_attention_heads=8,
                                         num_key_value_heads=8, max_position_embeddings=4096, pad_token_id=VOCABULARY - 2, eos_token_id=VOCABULARY - 1))
    text = lambda ids: " ".join(f"w{i}" for i in ids if i != VOCABULARY - 1)
    rows = [dict(prompt=text(p) + " ", chosen=text(c), rejected=text(r)) for record in records for p, c, r in record]
    seconds = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.start = time.perf_counter()

        def on_step_end(self, *_, **__):
            seconds.append(time.perf_counter() - self.start)

    config = DPOConfig(output_dir=tempfile.mkdtemp(), per_device_train_batch_size=len(records[0]), max_steps=len(records), learning_rate=1e-4, beta=0.1,
                       report_to=[], use_cpu=True, save_strategy="no", logging_steps=10**6, disable_tqdm=True, gradient_checkpointing=False, max_length=4096,
                       dataloader_drop_last=False)
    DPOTrainer(model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, callbacks=[Clock()],
               peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")).train()
    return statistics.median(seconds)


if arguments.peer_only:
    print(json.dumps({"median_s": time_trl(json.loads(Path(arguments.peer_only).read_text()))}))
    sys.exit()

records = read_records()
k = min(len(r) for r in records)
records = [r[:k] for r in records][: arguments.records]
plain = sum(len(p) + len(side) for r in records for p, c, j in r for side in (c, j)) / len(records)
with tempfile.NamedTemporaryFile("w", suffix=".json") as ids:
    json.dump(records, ids)
    ids.flush()
    own, trl = [], []
    for _ in range(arguments.rounds):
        own.append(json.loads(subprocess.run([str(CLI), "bench", "preference-step", "--examples", ids.name, "--json"], check=True, capture_output=True, text=True).stdout))
        peer = subprocess.run([sys.executable, __file__, arguments.file, "--peer-only", ids.name], check=True, capture_output=True, text=True)
        trl.append(json.loads(peer.stdout.strip().splitlines()[-1]))
ours, theirs = ([r["median_s"] for r in results] for results in (own, trl))
print(f"{len(records)} records of {k} pairs: {plain:.0f} tokens a record as TRL runs them, {own[0]['tokens']:.0f} in the prefix forest")
print(f"Prefscope {statistics.median(ours):.3f} s a record [{min(ours):.3f}, {max(ours):.3f}], TRL {statistics.median(theirs):.3f} [{min(theirs):.3f}, {max(theirs):.3f}]: "
      f"{statistics.median(theirs) / statistics.median(ours):.1f} times as fast")
