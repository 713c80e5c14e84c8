# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that peft and transformers read what prefscope-cli exports, and that generate writes what they write: for the
checkpoints and adapters beside this file. Prints the largest differences; fails where they are more than rounding.
    ../parity-venv/bin/python tests/parity/check_exports.py build/release/prefscope-cli"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
IDS = [1, 17, 5, 60, 33, 33, 9, 61, 40, 12, 50, 4, *range(24, 36)]  # longer than the windows of families


def cli(*arguments):
    done = subprocess.run([sys.argv[1], "--json", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def logits(model):
    with torch.no_grad():
        return model(torch.tensor([IDS])).logits[0].float()


def ours(folder):
    return torch.tensor(cli("logits", "--model", folder, "--ids", " ".join(map(str, IDS)))["logits"])


def difference(a, b):
    return float((a - b).abs().max() / b.abs().max())


def main():
    cases = [("llm/tied", ["adapters/rslora"]), ("llm/tied", ["adapters/few"]), ("llm/tied", ["adapters/rslora", "adapters/few"]),
             ("llm/untied", ["adapters/all-linear"])]
    cases += [(f"families/{f.name}", [f"families/{f.name}/adapter"]) for f in sorted((HERE / "families").iterdir()) if f.is_dir()]
    with tempfile.TemporaryDirectory() as scratch:
        for i, (model, adapters) in enumerate(cases):
            folder = HERE / model
            stack = [a for name in adapters for a in ("--adapter", HERE / name)]
            theirs = PeftModel.from_pretrained(base(folder), HERE / adapters[0]).eval()
            for name in adapters[1:]:
                theirs.load_adapter(HERE / name, adapter_name="second")
                theirs.base_model.set_adapter(["default", "second"])
            expected = logits(theirs)
            out = Path(scratch) / str(i)
            cli("model", "export", "--model", folder, *stack, "--out", out / "adapter")
            cli("model", "export", "--model", folder, *stack, "--merged", "--out", out / "merged")
            again = AutoPeftModelForCausalLM.from_pretrained(out / "adapter", dtype=torch.float32, attn_implementation="eager").eval()
            of_adapter, of_merged = logits(again), logits(base(out / "merged"))
            found = {"peft with our adapter": difference(of_adapter, expected), "transformers with our model": difference(of_merged, expected),
                     "ours merged": difference(ours(out / "merged"), expected)}
            written = cli("generate", "--model", folder, *stack, "--ids", " ".join(map(str, IDS)), "--max-new-tokens", 24, "--greedy")
            generated = theirs.generate(input_ids=torch.tensor([IDS]), max_new_tokens=24, do_sample=False)[0, len(IDS):].tolist()
            print(model, adapters, {k: f"{v:.1e}" for k, v in found.items()}, "greedy ids equal:", written["ids"] == generated)
            assert max(found.values()) < 1e-5 and written["ids"] == generated


if __name__ == "__main__":
    main()
