# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes adapters/ beside this file: LoRA adapters of the checkpoints in llm/ as peft saves them, with options beyond the
plain ones, and what peft gives with them: logits, gradients, a stack of two, merged weights. Run make_llm_fixtures.py
first; tests/parity/README.md says how, adapters/versions.json with what."""
import json
import platform
import shutil
from pathlib import Path

import peft
import safetensors.torch
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaForCausalLM

HERE = Path(__file__).parent
OUT = HERE / "adapters"
SEQUENCE = [1, 17, 5, 80, 33, 33, 9, 61, 40, 12, 70, 4, 2]


def base(name):
    return LlamaForCausalLM.from_pretrained(HERE / "llm" / name, dtype=torch.float32, attn_implementation="eager").eval()


def logits(model):
    return model(torch.tensor([SEQUENCE])).logits[0].float()


def draw(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.copy_((0.1 if "lora_B" in name else 0.2) * torch.randn(weight.shape, generator=generator))


def make_adapter(name, model, seed, **options):
    """The adapter's folder and, beside it in expected.safetensors, its logits and gradients of the logits' weighted sum."""
    adapted = get_peft_model(base(model), LoraConfig(task_type="CAUSAL_LM", **options)).eval()
    draw(adapted, seed)
    folder = OUT / name
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink()
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None  # the folder on the machine that wrote it
    config["target_modules"] = sorted(config["target_modules"])  # a set, written in any order
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    out = logits(adapted)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(seed + 1))
    (out * weights).sum().backward()
    expected = {"logits": out.detach(), "weights": weights}
    for key, weight in adapted.named_parameters():
        if "lora_" in key:
            expected["gradient." + key.replace(".default", "")] = weight.grad
    safetensors.torch.save_file(expected, folder / "expected.safetensors")


def make_stack():
    """Both adapters of tied on at once, and its weights with the first merged and with both."""
    stack = PeftModel.from_pretrained(base("tied"), OUT / "rslora").eval()
    stack.load_adapter(OUT / "few", adapter_name="second")
    stack.base_model.set_adapter(["default", "second"])
    expected = {"logits": logits(stack).detach()}
    merged = stack.merge_and_unload()
    expected["merged_logits"] = logits(merged).detach()
    for name in ("q_proj", "o_proj"):
        expected[name] = getattr(merged.model.layers[1].self_attn, name).weight.detach()
    safetensors.torch.save_file(expected, OUT / "stack.safetensors")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    make_adapter("rslora", "tied", 5, r=4, lora_alpha=6, lora_dropout=0.05, use_rslora=True, target_modules=["q_proj", "v_proj"])
    make_adapter("few", "tied", 7, r=2, lora_alpha=3, target_modules=["self_attn.o_proj", "layers.1.self_attn.q_proj", "no_such"])
    make_adapter("all-linear", "untied", 9, r=3, lora_alpha=4, target_modules="all-linear")
    make_stack()
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0],
                "transformers": transformers.__version__, "peft": peft.__version__}
    (OUT / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")
    (OUT / "sequence.json").write_text(json.dumps(SEQUENCE) + "\n")


if __name__ == "__main__":
    main()
