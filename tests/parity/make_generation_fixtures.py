# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes generation.json beside this file: given logits as the logits processors of transformers leave them, in the order
of its generate(); greedy ids with a repetition penalty; where its stopping criterion for strings ends a text.
tests/parity/README.md says how to run it; make_llm_fixtures.py and make_chat_fixtures.py come first."""
import itertools
import json
import platform
from pathlib import Path

import torch
import transformers
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.generation.stopping_criteria import StopStringCriteria

HERE = Path(__file__).parent
OPTIONS = [{}, {"temperature": 0.7}, {"top_k": 1}, {"top_k": 5}, {"top_p": 0.5}, {"top_p": 0.9}, {"top_p": 0.01}, {"min_p": 0.1},
           {"min_p": 1.0}, {"repetition_penalty": 1.3}, {"repetition_penalty": 0.5}, {"temperature": 3.0, "top_k": 7, "top_p": 0.8},
           {"temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.02, "repetition_penalty": 1.1}, {"top_k": 100}]


def processed(model, options, seen, logits):
    config = GenerationConfig(do_sample=True, **({"top_k": 0, "top_p": 1.0, "temperature": 1.0} | options))
    config._eos_token_tensor = config._pad_token_tensor = None
    processors = model._get_logits_processor(generation_config=config, input_ids_seq_length=len(seen), device="cpu")
    return processors(torch.tensor([seen]), logits.unsqueeze(0).clone())[0]


def main():
    torch.set_num_threads(1)
    model = LlamaForCausalLM.from_pretrained(HERE / "llm" / "tied", dtype=torch.float32, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(11)
    given = []
    for options in OPTIONS:
        logits = 4 * torch.randn(40, generator=generator)
        logits[[3, 9, 30]] = logits.sort().values[-5].clone()  # as large as the fifth: top-k keeps all of them
        if "top_p" in options:
            logits += 1e-3 * torch.randn(40, generator=generator)  # top-p leaves the choice among equal ones open
        seen = [3, 7, 7, 21, 39, 0]
        out = processed(model, options, seen, logits)
        given.append({"options": options, "seen": seen, "logits": logits.tolist(),
                      "processed": [None if v == float("-inf") else v for v in out.tolist()]})

    prompt = json.loads((HERE / "llm" / "tied" / "case.json").read_text())["prompt"]
    penalized = {}
    for penalty in (1.5, 5.0):
        out = model.generate(torch.tensor([prompt]), max_new_tokens=20, do_sample=False, repetition_penalty=penalty)
        penalized[str(penalty)] = out[0, len(prompt):].tolist()

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE / "chat" / "tokenizer-chatml.json"), eos_token="<|im_end|>")
    texts = ["The next item is Heat.\n\nBecause", "one two three", "七人の侍 and Ran", "a<|im_end|>b"]
    stops = []
    for text, strings in itertools.product(texts, (["\n\n"], ["xt i", "侍"], [" t", "zz"], ["<|im_end|>"], ["人の侍 a"])):
        ids = tokenizer(text, add_special_tokens=False).input_ids
        criterion = StopStringCriteria(tokenizer, strings)
        ended = next((n for n in range(1, len(ids) + 1) if bool(criterion(torch.tensor([ids[:n]]), None)[0])), None)
        stops.append({"ids": ids, "strings": strings, "ended": ended})
    assert sum(s["ended"] is not None for s in stops) >= 6
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0], "transformers": transformers.__version__}
    (HERE / "generation.json").write_text(json.dumps({"versions": versions, "processors": given, "prompt": prompt,
                                                      "penalized": penalized, "stops": stops}) + "\n")
    print(penalized, [(s["strings"], s["ended"], len(s["ids"])) for s in stops])


if __name__ == "__main__":
    main()
