#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints tokenizers/: tiny tokenizers of each family, trained on sentences of this file, and what their reference programs make of texts.

    python -m venv ../parity-venv && ../parity-venv/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    ../parity-venv/bin/python tests/parity/make_tokenizer_fixtures.py

NAME.json: a tokenizer.json of the tokenizers package; NAME.model: a sentencepiece model. expected.json: per file and text ids, offsets in
code points and decoded text (special tokens parsed, none added). versions.json beside them.
"""
import io
import json
import pathlib
import platform
import random
import tempfile

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = pathlib.Path(__file__).parent / "tokenizers"
WORDS = ("the a of and in night river lantern keeper garden winter summer city stone bridge silent golden lost last first house sea north "
         "south wind letter stranger mirror clock forest king queen daughter brother secret island train station summer's don't we'll").split()
MORE = ["caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u00dcber", "\u0432\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440", "\u4e03\u4eba\u306e\u4f8d", "1984 (1949) 2001: 12,345.67",
        "  two  blanks\n\nand lines\t.", "AT&T / C++ #1 100% $9.99", "\u0915\u093f\u0924\u093e\u092c \ud55c\uad6d\uc5b4 \u0e01\u0e33"]
TEXTS = ["", " ", "  ", "\n", "a", " a", "the lantern", "The Lantern Keeper's Daughter (1984)", "  two  blanks   ", "don't WE'LL", "e\u0301 vs \u00e9", "\ufb01re \u2167 \u00bd \u2460",
         "\u4e03\u4eba\u306e\u4f8d 1954", "\u0e01\u0e33 \ud55c\uad6d\uc5b4 \u1112\u1161\u11ab", "\U0001f468\u200d\U0001f469 \U0001f3fd", "\u2581already \u2581 marked", "tab\there\r\nnew", "\u00a0nbsp\u3000wide\u2028",
         "</s>", "<s>the</s>", "x <mask> y", "x<mask>  y", "[INST] hi [/INST]", "<0x0A>", "<unk>", "the<|user|>\n stone", "a" * 70, "\ufeffbom\u0000\u0001", "\u0130 \u00df \u017f", "the\u180eriver",
         "in the city of the golden bridge, the last letter of winter", "stone::bridge::sea", "\u2603\u2603 \u2603", "\u0958 \u0344"]


def corpus():
    draw = random.Random(3)
    sentences = [" ".join(draw.choice(WORDS) for _ in range(draw.randrange(3, 9))) for _ in range(400)]
    sentences = [s.capitalize() if draw.random() < 0.4 else s for s in sentences]
    return sentences + MORE * 6


def bpe(normalizer, pre_tokenizer, decoder, post=None, added=(), size=420, byte_level=True, **options):
    model = models.BPE(**options)
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    bytes_ = [f"<0x{b:02X}>" for b in range(256)] if options.get("byte_fallback") else []
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    special = ["<unk>", "<s>", "</s>"] + bytes_
    trainer = trainers.BpeTrainer(vocab_size=size + len(bytes_), special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [t for t in data["added_tokens"] if t["content"] in ("<unk>", "<s>", "</s>")]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    if post:
        tokenizer.post_processor = post
    if added:
        tokenizer.add_tokens(list(added))
    return tokenizer


def template(name, id_):
    return processors.TemplateProcessing(single=f"{name} $A", special_tokens=[(name, id_)])


def split(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def families():
    level = decoders.ByteLevel()
    user = AddedToken("<|user|>", special=True, rstrip=True, normalized=False)
    mask = AddedToken("<mask>", special=True, lstrip=True, normalized=False)
    yield "gpt2", bpe(None, pre_tokenizers.ByteLevel(add_prefix_space=True), level, processors.ByteLevel(trim_offsets=True, add_prefix_space=True), [mask, AddedToken("  ", normalized=True)])
    yield "llama3", bpe(None, split(LLAMA3), level, processors.Sequence([processors.ByteLevel(trim_offsets=False), template("<s>", 1)]), ignore_merges=True)
    yield "qwen2", bpe(normalizers.NFC(), split(QWEN2), level, None, [user])
    marks = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    back = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    yield "llama2", bpe(marks, None, back, template("<s>", 1), [user], byte_level=False, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    yield "mistral", bpe(None, pre_tokenizers.Metaspace("\u2581", prepend_scheme="first", split=False), back, template("<s>", 1),
                         [AddedToken("[INST]", special=True, normalized=False), AddedToken("[/INST]", special=True, normalized=False), AddedToken("sea", single_word=True, normalized=True)],
                         byte_level=False, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    yield "no_bytes", bpe(normalizers.NFKC(), pre_tokenizers.Metaspace("\u2581"), decoders.Metaspace("\u2581"), None, byte_level=False, size=200, unk_token="<unk>")


def unigram(name, **options):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("\u2581")
    tokenizer.train_from_iterator(corpus(), trainers.UnigramTrainer(vocab_size=260, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False))
    data = json.loads(tokenizer.to_str())
    data["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Strip", "strip_left": False, "strip_right": True},
                                                              {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}
    data["decoder"] = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    data["post_processor"] = json.loads(processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)]).__getstate__())
    return Tokenizer.from_str(json.dumps(data))


RULES = {"\ufb01": "fi", "\u2167": "VIII", "\u00bd": "1/2", "e\u0301": "\u00e9", "\u3000": " ", "\u00a0": " ", "\t": " ", "\n": " ", "\uff1c": "<", "\uff1e": ">",
         "\ufeff": "", "\u1112\u1161\u11ab": "\ud55c"}  # nmt_nfkc's own charsmap takes 230 kB


def sentencepiece_model(rules=False, **options):
    model = io.BytesIO()
    if rules:
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            code = lambda text: " ".join(f"{ord(c):X}" for c in text)
            file.write("".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items()))
            file.flush()
            return sentencepiece_model(normalization_rule_tsv=file.name, **options)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus()), model_writer=model, minloglevel=2, num_threads=1, **options)
    return model.getvalue()


def offsets_of(text, pieces):
    """sentencepiece counts bytes and gives a character to the last of its bytes' pieces; here each of them covers the character."""
    point = [0]
    for c in text:
        point += [point[-1]] * (len(c.encode()) - 1) + [point[-1] + 1]
    offsets = []
    for i, p in enumerate(pieces):
        last = i
        while pieces[last].piece.startswith("<0x") and pieces[last].end == p.begin and last + 1 < len(pieces):
            last += 1
        offsets.append([point[p.begin], point[pieces[last].end]])
    return offsets


def main():
    OUT.mkdir(exist_ok=True)
    expected = {}
    for name, tokenizer in list(families()) + [("unigram", unigram("unigram"))]:
        text = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
        (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        tokenizer = Tokenizer.from_file(str(OUT / f"{name}.json"))
        results = []
        for text in TEXTS:
            e = tokenizer.encode(text, add_special_tokens=False)
            results.append({"text": text, "ids": e.ids, "offsets": e.offsets, "decoded": tokenizer.decode(e.ids, skip_special_tokens=False),
                            "ids_with_special": tokenizer.encode(text).ids})
        expected[f"{name}.json"] = results
    models_ = {"sentencepiece_bpe.model": dict(model_type="bpe", vocab_size=560, byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
                                               split_digits=True, character_coverage=0.98, user_defined_symbols=["::", "sea"]),
               "sentencepiece_unigram.model": dict(rules=True, model_type="unigram", vocab_size=140, character_coverage=0.98, user_defined_symbols=["::"], unk_surface=" ?? ")}
    for name, options in models_.items():
        (OUT / name).write_bytes(sentencepiece_model(**options))
        processor = sentencepiece.SentencePieceProcessor(model_file=str(OUT / name))
        results = []
        for text in TEXTS:
            pieces = processor.encode(text, return_type="proto").pieces
            results.append({"text": text, "ids": [p.id for p in pieces], "offsets": offsets_of(text, pieces),
                            "decoded": processor.decode([p.id for p in pieces])})
        expected[name] = results
    (OUT / "expected.json").write_text(json.dumps(expected, ensure_ascii=True, indent=None, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n")
    (OUT / "versions.json").write_text(json.dumps({"python": platform.python_version(), "tokenizers": tokenizers.__version__,
                                                   "sentencepiece": sentencepiece.__version__}, indent=2) + "\n")


if __name__ == "__main__":
    main()
