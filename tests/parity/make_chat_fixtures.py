# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes chat/ beside this file: prompts and whole conversations as transformers renders and tokenizes them with the chat
templates that models were published with, and the templates' SHA-256. Short templates stand here; the others are those
of trl, which compares checkpoints with them letter by letter, or files of a folder --templates, known by their hash
(without it their entries stay as they are). tests/parity/README.md says how to run it."""
import argparse
import hashlib
import json
import platform
from pathlib import Path

import tokenizers
import transformers
import trl
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

OUT = Path(__file__).parent / "chat"
TRL = Path(trl.__file__).parent / "chat_templates"
ALTERNATE = ("{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate "
             "user/assistant/user/assistant/...') }}{% endif %}")
# format of engine/text/chat.cpp, checkpoints, template
TEMPLATES = [
    ("llama-2", "Llama-2-7b-chat-hf, 13b, 70b",
     "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
     "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
     + ALTERNATE +
     "{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + "
     "message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
     "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
     "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"),
    ("llama-3", "Meta-Llama-3-8B-Instruct, 70B", TRL / "llama3.jinja"),
    ("llama-3.1", "Llama-3.1-8B-Instruct, 70B, 405B", TRL / "llama3_1.jinja"),
    ("llama-3.1", "Llama-3.2-1B-Instruct, 3B", TRL / "llama3_2.jinja"),
    ("chatml", "ChatML as trl and llama.cpp write it",
     "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"),
    ("qwen-2", "Qwen2-0.5B-Instruct to 72B",
     "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
     "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}"
     "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"),
    ("qwen-2.5", "Qwen2.5-0.5B-Instruct to 72B", TRL / "qwen2_5.jinja"),
    ("qwen-3", "Qwen3-0.6B to 32B, without thinking", TRL / "qwen3.jinja"),
    ("chatml", "Qwen3-4B-Instruct-2507", TRL / "qwen3_instruct_2507.jinja"),
    ("mistral-0.1", "Mistral-7B-Instruct-v0.1",
     "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "{% if message['role'] == 'user' %}"
     "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
     "{{ message['content'] + eos_token + ' ' }}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}"
     "{% endif %}{% endfor %}"),
    ("mistral-0.1", "Mistral-7B-Instruct-v0.2, Mixtral-8x7B-Instruct-v0.1, as first published",
     "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "{% if message['role'] == 'user' %}"
     "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
     "{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}"
     "{% endif %}{% endfor %}"),
    ("mistral", "Mistral-7B-Instruct-v0.2, Mixtral-8x7B-Instruct-v0.1, as published since",
     "{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content'] %}\n"
     "    {%- set loop_messages = messages[1:] %}\n{%- else %}\n    {%- set loop_messages = messages %}\n{%- endif %}\n\n"
     "{{- bos_token }}\n{%- for message in loop_messages %}\n    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\n"
     "        {{- raise_exception('After the optional system message, conversation roles must alternate "
     "user/assistant/user/assistant/...') }}\n    {%- endif %}\n    {%- if message['role'] == 'user' %}\n"
     "        {%- if loop.first and system_message is defined %}\n"
     "            {{- ' [INST] ' + system_message + '\\n\\n' + message['content'] + ' [/INST]' }}\n        {%- else %}\n"
     "            {{- ' [INST] ' + message['content'] + ' [/INST]' }}\n        {%- endif %}\n"
     "    {%- elif message['role'] == 'assistant' %}\n        {{- ' ' + message['content'] + eos_token}}\n    {%- else %}\n"
     "        {{- raise_exception('Only user and assistant roles are supported, with the exception of an initial optional system "
     "message!') }}\n    {%- endif %}\n{%- endfor %}\n"),
    ("mistral-0.3", "Mistral-7B-Instruct-v0.3, Mistral-Large-Instruct-2407, Mistral-Small-Instruct-2409",
     "sha256:e16746b40344d6c5b5265988e0328a0bf7277be86f1c335156eae07e29c82826"),
]
SPECIALS = {"llama-2": ["<s>", "</s>"], "llama-3": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
            "chatml": ["<|im_start|>", "<|im_end|>"], "mistral": ["<s>", "</s>", "[INST]", "[/INST]"]}
# The blanks that Python's strip takes away; titles of several scripts.
CASES = [
    {"user": "Heat (1995), The Thing. The next item is", "response": "Amélie (Fabuleux destin d'Amélie Poulain, Le)"},
    {"system": "You recommend films.", "user": "Seven Samurai (七人の侍)", "response": "Ran"},
    {"system": "  Two blanks, and a line\n\n", "user": " \u00a0\u3000Blanks\tat both ends \u2003\n", "response": "\n Up  "},
]


def family(name):
    return "llama-3" if name.startswith("llama-3") else "chatml" if name.startswith(("chatml", "qwen")) else \
        "mistral" if name.startswith("mistral") else name


def byte_level(texts, specials):
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(texts * 3, trainers.BpeTrainer(vocab_size=330, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
                                                           special_tokens=[AddedToken(s, special=True) for s in specials],
                                                           show_progress=False))
    return bpe


def byte_fallback(texts, specials, blank_at_every_piece):
    """As converted from sentencepiece: a blank before each piece between special tokens (Llama 2), or before the text alone."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trained.train_from_iterator(texts * 3, trainers.BpeTrainer(vocab_size=200, show_progress=False))
    learnt = json.loads(trained.to_str())["model"]
    words = sorted(learnt["vocab"], key=learnt["vocab"].get)
    vocabulary = ["<unk>", *specials, *(f"<0x{b:02X}>" for b in range(256)), *words]
    bpe = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate(vocabulary)}, merges=[tuple(m) for m in learnt["merges"]],
                               unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    bpe.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in ["<unk>", *specials]])
    if blank_at_every_piece:
        bpe.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        bpe.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    bpe.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return bpe


def make_tokenizers():
    """A small tokenizer a family, of its kind and with its special tokens, that learnt of the texts above."""
    texts = [c[k] for c in CASES for k in c] + ["user assistant system\n\n You are a helpful assistant. Cutting Knowledge Date"]
    made = {}
    for name, specials in SPECIALS.items():
        path = OUT / f"tokenizer-{name}.json"
        of_its_kind = byte_level(texts, specials) if name in ("llama-3", "chatml") else byte_fallback(texts, specials, name == "llama-2")
        of_its_kind.save(str(path))
        bos, eos = (specials[0], specials[-1]) if name == "llama-3" else ("<s>", "</s>") if "<s>" in specials else (None, "<|im_end|>")
        made[name] = PreTrainedTokenizerFast(tokenizer_file=str(path), bos_token=bos, eos_token=eos)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--templates", type=Path, help="folder of template files that are not printed here")
    folder = parser.parse_args().templates
    given = {hashlib.sha256(f.read_bytes()).hexdigest(): f for f in folder.iterdir()} if folder else {}
    before = {t["sha256"]: t for t in json.loads((OUT / "templates.json").read_text())["templates"]} if not folder else {}
    OUT.mkdir(exist_ok=True)
    made = make_tokenizers()
    out = []
    for name, models_, template in TEMPLATES:
        if isinstance(template, str) and template.startswith("sha256:"):
            if template[7:] in before:
                out.append(before[template[7:]])
                continue
            template = given[template[7:]]
        text = template.read_text(encoding="utf-8") if isinstance(template, Path) else template
        tokenizer = made[family(name)]
        # Llama 3.2's template writes the day of today unless it is given: here the day that it falls back to.
        options = {"date_string": "26 Jul 2024", "enable_thinking": False, "chat_template": text}
        cases = []
        for case in CASES:
            if "system" in case and name == "mistral-0.1":
                continue
            said = [{"role": r, "content": case[r]} for r in ("system", "user") if r in case]
            prompt = tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False, **options)
            ids = tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=True, return_dict=False, **options)
            whole = tokenizer.apply_chat_template(said + [{"role": "assistant", "content": case["response"]}], tokenize=False, **options)
            if name == "mistral-0.3" and "system" in case:  # it forgets the system message once there is a response
                whole = prompt + whole[whole.index("[/INST]") + 7:]
            assert whole.startswith(prompt)
            cases.append(case | {"prompt": prompt, "ids": ids, "whole": whole})
        out.append({"format": name, "models": models_, "sha256": hashlib.sha256(text.encode()).hexdigest(),
                    "tokenizer": f"tokenizer-{family(name)}.json", "cases": cases})
    versions = {"python": platform.python_version(), "transformers": transformers.__version__, "trl": trl.__version__,
                "tokenizers": tokenizers.__version__}
    (OUT / "templates.json").write_text(json.dumps({"versions": versions, "templates": out}, indent=1) + "\n")
    for entry in out:
        print(entry["sha256"], entry["format"], "|", entry["models"])


if __name__ == "__main__":
    main()
