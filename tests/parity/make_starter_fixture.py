# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes llm/starter.json: what transformers and tokenizers make of the bundled starter model."""
import hashlib
import json
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).parent
STARTER = HERE / "../../resources/starter-model"
PROMPT = """Items this person chose, oldest first:
{}
The next item is:
"""


def main():
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    model = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()
    titles = [line.split(",")[1] for line in (HERE / "../../datasets/sample-world/items.csv").read_text().splitlines()[1:]]
    cases = []
    for first, count in ((0, 3), (40, 12), (120, 30)):
        ids = tokenizer(PROMPT.format("\n".join(titles[first:first + count])))["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1].double()
            greedy = model.generate(torch.tensor([ids]), max_new_tokens=12, do_sample=False)[0, len(ids):].tolist()
        cases.append({"titles": [first, count], "ids": ids, "logits": [round(v, 6) for v in logits.tolist()], "greedy": greedy})
    weights = hashlib.sha256((STARTER / "model.safetensors").read_bytes()).hexdigest()
    fixture = {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__, "weights": weights, "cases": cases}
    (HERE / "llm" / "starter.json").write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
