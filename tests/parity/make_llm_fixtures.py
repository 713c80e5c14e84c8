# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the fixtures of the tensor side beside this file: what transformers, peft, safetensors and torch.optim give for two
tiny random Llama checkpoints. tests/parity/README.md says how to run it; versions.json says what it was run with."""
import json
import platform
import shutil
from pathlib import Path

import peft
import safetensors
import safetensors.torch
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent
EOS = 2
PROMPT = [1, 17, 5, 80, 33, 33, 9, 61, 40]
RESPONSES = [[12, 70, 4, EOS], [EOS], [12, 70, EOS], [90, 3, 3, 55, 21, EOS]]  # chosen first
GREEDY_TOKENS = 12


def seeded(shape, scale, generator):
    return scale * torch.randn(shape, generator=generator)


def make_model(config, seed):
    """A model whose weights are large enough that attention, norms and head all matter; norm weights differ from 1."""
    generator = torch.Generator().manual_seed(seed)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            norm = name.endswith("norm.weight")
            weight.copy_((1 if norm else 0) + seeded(weight.shape, 0.3 if norm else 1.5 * weight.shape[-1] ** -0.5, generator))
    return model


def logits(model, ids):
    return model(torch.tensor([ids])).logits[0].float()


def token_log_probs(model, prompt, response):
    """Log-prob of each response token, each response a sequence of its own."""
    rows = torch.log_softmax(logits(model, prompt + response), -1)
    return torch.stack([rows[len(prompt) + i - 1, token] for i, token in enumerate(response)])


def dmpo(model, beta):
    """loss, summed log-probs of policy and reference (the adapter off), token log-probs of the policy."""
    tokens = [token_log_probs(model, PROMPT, response) for response in RESPONSES]
    policy = torch.stack([t.sum() for t in tokens])
    with torch.no_grad(), model.disable_adapter():
        reference = torch.stack([token_log_probs(model, PROMPT, response).sum() for response in RESPONSES])
    reward = beta * (policy - reference)
    return -torch.nn.functional.logsigmoid(reward[0] - reward[1:].mean()), policy, reference, torch.cat(tokens)


def greedy(model):
    """Ids chosen one by one. Refuses a fixture that ends early or whose choice is a near tie."""
    ids = list(PROMPT)
    with torch.no_grad():
        for _ in range(GREEDY_TOKENS):
            best = logits(model, ids)[-1].topk(2)
            assert best.values[0] - best.values[1] > 1e-2 and best.indices[0] != EOS, "choose another seed"
            ids.append(int(best.indices[0]))
        generated = model.generate(torch.tensor([PROMPT]), max_new_tokens=GREEDY_TOKENS, do_sample=False)[0].tolist()
    assert generated == ids
    assert len(set(ids[len(PROMPT):])) > 4, "choose another seed: the ids go round in a circle"
    return ids[len(PROMPT):]


def make_case(folder, config, seed, rank, alpha, beta, dtype):
    shutil.rmtree(folder, ignore_errors=True)
    model = make_model(config, seed).to(dtype)
    model.save_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    sequence = PROMPT + RESPONSES[0] + list(range(30, 50))
    expected = {"logits": logits(model, sequence).detach()}
    case = {"sequence": sequence, "prompt": PROMPT, "responses": RESPONSES, "beta": beta, "greedy": greedy(model)}

    linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    adapted = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=linear,
                                               task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.copy_(seeded(weight.shape, 0.1, generator))
            elif "lora_A" in name:
                weight.copy_(seeded(weight.shape, 0.2, generator))
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    adapter_config = folder / "adapter" / "adapter_config.json"
    options = json.loads(adapter_config.read_text())
    options["base_model_name_or_path"] = None  # the folder on the machine that wrote it
    options["target_modules"] = linear  # a set, written in any order
    adapter_config.write_text(json.dumps(options, indent=2, sort_keys=True) + "\n")

    expected["adapter_logits"] = logits(adapted, sequence).detach()
    case["adapter_greedy"] = greedy(adapted)
    loss, policy, reference, tokens = dmpo(adapted, beta)
    loss.backward()
    expected |= {"loss": loss.detach(), "log_probs": policy.detach(), "reference_log_probs": reference,
                 "token_log_probs": tokens.detach()}
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            expected["gradient." + name.replace(".default", "")] = weight.grad
        else:
            assert weight.grad is None
    safetensors.torch.save_file({k: v.contiguous() for k, v in expected.items()}, folder / "expected.safetensors")
    (folder / "case.json").write_text(json.dumps(case) + "\n")


def make_dtypes(path):
    """One tensor of each dtype, a scalar and an empty one. The test knows the values."""
    values = [[0.5, -1.25], [3.0, -0.0]]
    tensors = {name: torch.tensor(values, dtype=dtype) for name, dtype in
               {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}.items()}
    tensors |= {"i64": torch.tensor([2**40, -7]), "i32": torch.tensor([2**20, -7], dtype=torch.int32),
                "u8": torch.tensor([0, 255, 3], dtype=torch.uint8), "scalar": torch.tensor(4.5), "empty": torch.zeros(0, 3)}
    safetensors.torch.save_file(tensors, path, metadata={"made": "by safetensors"})


def make_adamw(path):
    """Seven steps of torch.optim.AdamW on two parameters, learning rate and gradients different at each."""
    generator = torch.Generator().manual_seed(3)
    parameters = [torch.nn.Parameter(seeded(shape, 1.0, generator)) for shape in ((3, 2), (4,))]
    tensors = {f"start.{i}": p.detach().clone() for i, p in enumerate(parameters)}
    rates = [0.001, 0.01, 0.1, 0.03, 0.02, 0.5, 0.004]
    tensors["learning_rate"] = torch.tensor(rates, dtype=torch.float64)
    optimizer = torch.optim.AdamW(parameters, lr=1.0, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    for step, rate in enumerate(rates):
        optimizer.param_groups[0]["lr"] = rate
        for i, p in enumerate(parameters):
            p.grad = seeded(p.shape, 10.0 ** (step - 4), generator)  # tiny gradients, where epsilon counts, to large ones
            tensors[f"gradient.{step}.{i}"] = p.grad.clone()
        optimizer.step()
        for i, p in enumerate(parameters):
            tensors[f"after.{step}.{i}"] = p.detach().clone()
    safetensors.torch.save_file(tensors, path)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=64,
                 bos_token_id=1, eos_token_id=EOS)
    (HERE / "llm").mkdir(exist_ok=True)
    (HERE / "train").mkdir(exist_ok=True)
    make_case(HERE / "llm" / "tied", LlamaConfig(**shape, num_key_value_heads=2, intermediate_size=48, rope_theta=10000.0,
                                                rms_norm_eps=1e-5, tie_word_embeddings=True),
              seed=2, rank=4, alpha=10, beta=0.5, dtype=torch.float32)
    # Heads wider than hidden / heads, one key head for all, weights stored as bfloat16.
    make_case(HERE / "llm" / "untied", LlamaConfig(**shape, num_key_value_heads=1, intermediate_size=40, head_dim=12,
                                                  rope_theta=500000.0, rms_norm_eps=1e-2, tie_word_embeddings=False),
              seed=1, rank=3, alpha=4, beta=0.1, dtype=torch.bfloat16)
    make_dtypes(HERE / "llm" / "dtypes.safetensors")
    make_adamw(HERE / "train" / "adamw.safetensors")
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0],
                "transformers": transformers.__version__, "peft": peft.__version__, "safetensors": safetensors.__version__}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
