"""Estimates KL(policy ‖ reference) from one sampled token's log-probabilities under both. With x = policy − reference:

    k1   x                  unbiased, may be negative
    abs  |x|
    k2   x² / 2             biased, its slope is unbiased
    k3   exp(−x) + x − 1    unbiased, never negative; x within ±20, the value within ±10

A "+" keeps the value and takes the slope of k2, because the slopes of k1 and k3 do not estimate that of the KL.

Source: J. Schulman, http://joschu.net/blog/kl-approx.html.
"""

from __future__ import annotations

import torch
from torch import Tensor

ESTIMATORS = ("k1", "abs", "k2", "k3", "k1+", "abs+", "k2+", "k3+")


def estimate(name: str, log_probabilities: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """The estimates, and their slopes by the policy's log-probabilities. `[tokens]` each"""
    x = log_probabilities - reference
    if name.startswith("k1"):
        value, slope = x, torch.ones_like(x)
    elif name.startswith("abs"):
        value, slope = x.abs(), x.sign()
    elif name.startswith("k2"):
        value, slope = x * x / 2, x
    else:
        bounded = x.clamp(-20, 20)
        value = torch.exp(-bounded) + bounded - 1
        slope = torch.where((value > 10) | (bounded != x), 0.0, 1 - torch.exp(-bounded))
        value = value.clamp(max=10)
    return value, x if name.endswith("+") else slope
