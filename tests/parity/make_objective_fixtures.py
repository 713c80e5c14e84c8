# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes train/objectives.json: losses and gradients of TRL's own functions on given log-probs, in float64. The trainers are not
built: their loss functions are called with what they read of the trainer. tests/parity/README.md says how to run this."""
import json
from pathlib import Path
from types import SimpleNamespace

import torch
import trl
from trl import DPOTrainer
from trl.experimental.cpo import CPOTrainer

HERE = Path(__file__).parent
BETA, SMOOTHING, GAMMA, SFT_WEIGHT = 0.3, 0.1, 0.5, 0.7
PAIRS, LONGEST = 6, 7


class Anything(dict):
    """The metrics of a trainer: takes all, keeps nothing."""

    def __missing__(self, key):
        return []


def dpo(loss_type, log_probs, reference, mask, smoothing):
    """DPOTrainer's loss of token log-probs [2 pairs, tokens], chosen first."""
    identity = SimpleNamespace(device="cpu", gather=lambda x: x, gather_for_metrics=lambda x: x)
    ones = torch.ones_like(log_probs)
    outputs = SimpleNamespace(log_probs=log_probs, entropy=ones, mean_logits=ones, is_top1=ones > 0)
    trainer = SimpleNamespace(
        model=SimpleNamespace(training=False), accelerator=identity, aux_loss_enabled=False, ld_alpha=None,
        precompute_ref_logps=True, f_divergence_type="reverse_kl", loss_types=[loss_type], loss_weights=[1.0], beta=BETA,
        label_smoothing=smoothing, use_weighting=False, _metrics={"eval": Anything()}, _total_train_tokens=0, _tp_size=1)
    # One prompt token in front, since the trainer shifts the mask by one.
    completion = torch.cat([torch.zeros(2 * PAIRS, 1, dtype=torch.long), mask], 1)
    inputs = {"input_ids": completion, "attention_mask": completion, "completion_mask": completion,
              "ref_chosen_logps": reference[:PAIRS], "ref_rejected_logps": reference[PAIRS:]}
    return DPOTrainer._compute_loss(trainer, lambda **_: outputs, inputs, False)


def cpo(loss_type, sums, counts, smoothing):
    trainer = SimpleNamespace(alpha=0.0, accelerator=SimpleNamespace(device="cpu"), beta=BETA, loss_type=loss_type,
                              label_smoothing=smoothing, simpo_gamma=GAMMA)
    values = sums / counts if loss_type == "simpo" else sums
    return CPOTrainer.cpo_loss(trainer, values[:PAIRS], values[PAIRS:])[0].mean()


def main():
    torch.set_default_dtype(torch.float64)
    generator = torch.Generator().manual_seed(11)
    counts = torch.randint(1, LONGEST + 1, (2 * PAIRS,), generator=generator)
    mask = (torch.arange(LONGEST)[None] < counts[:, None]).long()
    tokens = (-3 + torch.randn(2 * PAIRS, LONGEST, generator=generator)) * mask
    reference = tokens.sum(1) + 4 * torch.randn(2 * PAIRS, generator=generator)
    cases = {
        "dpo": lambda t: dpo("sigmoid", t, reference, mask, 0.0),
        "robust-dpo": lambda t: dpo("robust", t, reference, mask, SMOOTHING),
        "hinge": lambda t: dpo("hinge", t, reference, mask, 0.0),
        "ipo": lambda t: dpo("ipo", t, reference, mask, 0.0),
        "cpo": lambda t: cpo("sigmoid", t.sum(1), counts, SMOOTHING),
        "simpo": lambda t: cpo("simpo", t.sum(1), counts, SMOOTHING),
    }
    result = {"trl": trl.__version__, "torch": torch.__version__, "beta": BETA, "label_smoothing": SMOOTHING, "gamma": GAMMA,
              "chosen": tokens.sum(1)[:PAIRS].tolist(), "rejected": tokens.sum(1)[PAIRS:].tolist(),
              "reference_chosen": reference[:PAIRS].tolist(), "reference_rejected": reference[PAIRS:].tolist(),
              "chosen_tokens": counts[:PAIRS].tolist(), "rejected_tokens": counts[PAIRS:].tolist(), "objectives": {}}
    for name, loss_of in cases.items():
        leaf = tokens.clone().requires_grad_(True)
        loss = loss_of(leaf)
        loss.backward()
        # A sum's gradient is that of each of its tokens: the first is always there.
        result["objectives"][name] = {"loss": loss.item(), "gradient_chosen": leaf.grad[:PAIRS, 0].tolist(),
                                      "gradient_rejected": leaf.grad[PAIRS:, 0].tolist()}
    (HERE / "train" / "objectives.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
