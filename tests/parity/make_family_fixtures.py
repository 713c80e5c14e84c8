# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes families/ beside this file: one tiny random checkpoint for each thing that Llama, Mistral, Qwen2 and Qwen3 do
differently, saved by transformers, with its logits and hidden states, greedy ids, and the gradients of a LoRA adapter saved
by peft. Each folder also has config.v4.json, the same config as transformers 4 spells it. tests/parity/README.md says how to
run it; families/versions.json says what it was run with."""
import json
import platform
import shutil
from pathlib import Path

import peft
import safetensors.torch
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

OUT = Path(__file__).parent / "families"
EOS = 2
SEQUENCE = [1, 17, 5, 60, 33, 33, 9, 61, 40, 12, 50, 4] + list(range(24, 48)) + [7, 7, 30, 22]  # 40 tokens
PROMPT = SEQUENCE[:24]
GREEDY_TOKENS = 12
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

SHAPE = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=40, max_position_embeddings=128, bos_token_id=1, eos_token_id=EOS)
LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
CASES = {
    # As many key heads as heads, no rotary scaling, float16: Llama 1 and 2.
    "llama": (LlamaConfig(**SHAPE | dict(num_key_value_heads=4)), torch.float16),
    # Some frequencies stay, some are blended, some divided (head_dim 16: 8 frequencies; 40 positions).
    "llama3": (LlamaConfig(**SHAPE | dict(num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True),
                           rope_parameters=LLAMA3), torch.bfloat16),
    "llama-linear-biases": (LlamaConfig(**SHAPE, rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0),
                                        attention_bias=True, mlp_bias=True), torch.float32),
    "mistral-window": (MistralConfig(**SHAPE, sliding_window=7), torch.bfloat16),
    "mistral-shards": (MistralConfig(**SHAPE, head_dim=12, sliding_window=None), torch.float32),
    "qwen2": (Qwen2Config(**SHAPE, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6)),
              torch.bfloat16),
    "qwen2-window": (Qwen2Config(**SHAPE | dict(num_hidden_layers=3), use_sliding_window=True, sliding_window=5,
                                 max_window_layers=1), torch.bfloat16),
    "qwen3": (Qwen3Config(**SHAPE, head_dim=12, rope_parameters=dict(rope_type="default", rope_theta=1e6)),
              torch.bfloat16),
    "qwen3-window": (Qwen3Config(**SHAPE, head_dim=12, use_sliding_window=True, sliding_window=6, tie_word_embeddings=True,
                                 layer_types=["sliding_attention", "full_attention"]), torch.float16),
}


def draw(model, seed):
    """Weights large enough that attention, norms, biases and head all matter; norm weights differ from 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            values = torch.randn(weight.shape, generator=generator)
            if name.endswith("norm.weight"):
                weight.copy_(1 + 0.3 * values)
            elif weight.dim() == 1:
                weight.copy_(0.5 * values)
            else:
                weight.copy_(1.5 * weight.shape[-1] ** -0.5 * values)
    return model


def load(folder, dtype=torch.float32):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()


def logits(model, ids=SEQUENCE):
    return model(torch.tensor([ids])).logits[0].float()


def greedy(model):
    """Ids chosen one by one, as generate() gives them; None where they end early, are a near tie or go round in a circle."""
    ids = list(PROMPT)
    with torch.no_grad():
        for _ in range(GREEDY_TOKENS):
            best = logits(model, ids)[-1].topk(2)
            if best.values[0] - best.values[1] < 2e-2 or best.indices[0] == EOS:
                return None
            ids.append(int(best.indices[0]))
        generated = model.generate(torch.tensor([PROMPT]), max_new_tokens=GREEDY_TOKENS, do_sample=False)[0].tolist()
    assert generated == ids
    return ids[len(PROMPT):] if len(set(ids[len(PROMPT):])) > 4 else None


def version_4(config):
    """config.json as transformers 4 writes it."""
    config = dict(config)
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.45.0"
    config.pop("layer_types", None) if config.get("use_sliding_window") is False else None
    return config


def make_case(name, config, dtype):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    for seed in range(1, 100):
        model = draw(AutoModelForCausalLM.from_config(config), seed).to(dtype)
        model.save_pretrained(folder, max_shard_size="20KB" if "shards" in name else "5GB")
        model = load(folder)
        ids = greedy(model)
        if ids is not None:
            break
    case = {"sequence": SEQUENCE, "prompt": PROMPT, "greedy": ids, "seed": seed}
    with torch.no_grad():
        out = model(torch.tensor([SEQUENCE]), output_hidden_states=True)
        expected = {"logits": out.logits[0]}
        # Before the first layer, after each but the last, and after the last one's final norm.
        expected |= {f"hidden.{i}": h[0].clone() for i, h in enumerate(out.hidden_states)}
        for half in (torch.bfloat16, torch.float16):
            expected["logits." + str(half).split(".")[1]] = logits(load(folder, half)).to(half)

    written = json.loads((folder / "config.json").read_text())
    (folder / "config.v4.json").write_text(json.dumps(version_4(written), indent=2, sort_keys=True) + "\n")
    old = AutoModelForCausalLM.from_pretrained(folder, config=str(folder / "config.v4.json"), dtype=torch.float32,
                                               attn_implementation="eager").eval()
    assert torch.equal(logits(old), expected["logits"])

    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=4, lora_dropout=0.0, target_modules=LINEAR,
                                               task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for key, weight in adapted.named_parameters():
            if "lora_" in key:
                weight.copy_((0.1 if "lora_B" in key else 0.2) * torch.randn(weight.shape, generator=generator))
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    path = folder / "adapter" / "adapter_config.json"
    options = json.loads(path.read_text())
    options["base_model_name_or_path"] = None  # the folder on the machine that wrote it
    options["target_modules"] = LINEAR  # a set, written in any order
    path.write_text(json.dumps(options, indent=2, sort_keys=True) + "\n")
    out = logits(adapted)
    towards = torch.randn(out.shape, generator=generator)
    (out * towards).sum().backward()
    expected |= {"adapter_logits": out.detach(), "towards": towards}
    for key, weight in adapted.named_parameters():
        if "lora_" in key:
            expected["gradient." + key.replace(".default", "")] = weight.grad
    safetensors.torch.save_file({k: v.contiguous() for k, v in expected.items()}, folder / "expected.safetensors")
    (folder / "case.json").write_text(json.dumps(case) + "\n")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, (config, dtype) in CASES.items():
        make_case(name, config, dtype)
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0],
                "transformers": transformers.__version__, "peft": peft.__version__,
                "safetensors": safetensors.__version__}
    (OUT / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
