"""The losses as their papers write them, token by token in plain Python and without a line of whet_torch.

What a paper holds constant in the gradient is taken from `frozen` instead of `now`, so that differences of these are
the gradients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Token:
    now: float
    frozen: float
    behavior: float
    advantage: float
    weight: float
    reference: float

    @property
    def ratio(self):
        return math.exp(self.now - self.behavior)

    @property
    def frozen_ratio(self):
        return math.exp(self.frozen - self.behavior)


def clip(value, low, high):
    return min(max(value, low), high)


def ppo_clip(t):
    loss = max(-t.advantage * t.ratio, -t.advantage * clip(t.ratio, 0.8, 1.2))
    return min(loss, -t.advantage * 3) if t.advantage < 0 else loss


def sapo(t):
    tau = 1.0 if t.advantage > 0 else 1.05
    return -t.advantage * 4 / tau / (1 + math.exp(-tau * (t.ratio - 1)))


def dppo_tv(t):
    moved = math.exp(t.frozen) - math.exp(t.behavior)
    trained = moved <= 0.05 if t.advantage > 0 else moved >= -0.05
    return -min(t.frozen_ratio, 2) * t.advantage * t.now if trained else 0.0


def dppo_kl(t):
    p, b = math.exp(t.frozen), math.exp(t.behavior)
    divergence = b * (t.behavior - t.frozen) + (1 - b) * math.log((1 - b + 1e-8) / (1 - p + 1e-8))
    trained = divergence <= 0.01 or (p <= b if t.advantage > 0 else p >= b)
    return -min(t.frozen_ratio, 2) * t.advantage * t.now if trained else 0.0


def topr(t):
    return -(min(t.frozen_ratio, 1) if t.advantage < 0 else 1) * t.advantage * t.now


def gspo(tokens):
    mean = sum(t.frozen - t.behavior for t in tokens) / len(tokens)
    losses = []
    for t in tokens:
        ratio = math.exp(mean + t.now - t.frozen)
        losses.append(max(-t.advantage * ratio, -t.advantage * clip(ratio, 0.98, 1.02)))
    return losses


def gmpo(tokens):
    count = len(tokens)
    mean = (
        sum(min(t.now - t.behavior, 0.4) if t.advantage > 0 else max(t.now - t.behavior, -0.4) for t in tokens) / count
    )
    advantage = sum(t.advantage for t in tokens) / count
    weight = math.prod(t.weight for t in tokens) ** (1 / count)
    return [weight * -advantage * math.exp(mean) / t.weight for t in tokens]


def each(loss):
    return lambda tokens: [loss(t) for t in tokens]


OBJECTIVES = {
    "ppo_clip": each(ppo_clip),
    "cispo": each(lambda t: -clip(t.frozen_ratio, 0, 1.28) * t.advantage * t.now),
    "sapo": each(sapo),
    "dppo_tv": each(dppo_tv),
    "dppo_kl": each(dppo_kl),
    "topr": each(topr),
    "policy_gradient": each(lambda t: -t.advantage * t.now),
    "cross_entropy": each(lambda t: -t.now),
    # k2: the slope of the estimate; its value is checked apart.
    "reverse_kl": each(lambda t: (t.now - t.reference) ** 2 / 2),
    "gspo": gspo,
    "gmpo": gmpo,
}

SETTINGS = {
    "gspo": {"clip_low": 0.02, "clip_high": 0.02},
    "dppo_tv": {"divergence_low": 0.05, "divergence_high": 0.05, "truncation": 2},
    "dppo_kl": {"divergence_low": 0.01, "divergence_high": 0.01, "truncation": 2},
    "reverse_kl": {"distillation_estimator": "k2"},
}


def divergence(name, t):
    x = t.now - t.reference
    if name.endswith("+"):
        return x * x / 2
    return {"k1": x, "abs": abs(x), "k2": x * x / 2, "k3": math.exp(-x) + x - 1}[name]


def share(aggregation, counts, sequence, longest):
    """What each trained token of a sequence counts."""
    sequences = sum(count > 0 for count in counts)
    return {
        "token-mean": 1 / sum(counts),
        "token-sum": 1.0,
        "seq-mean-token-sum": 1 / sequences,
        "seq-mean-token-mean": 1 / sequences / max(1, counts[sequence]),
        "seq-mean-token-sum-norm": 1 / sequences / longest,
    }[aggregation]
