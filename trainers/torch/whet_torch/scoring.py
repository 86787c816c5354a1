"""From logits to the log-probability of a token and the entropy of its distribution, and back.

Keeps: computed in float32 or wider, in slabs of rows, so that of the logits no second copy is ever in memory; the
slope of each is written out.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Numbers of a slab in float32: 64 MiB.
_SLAB = 1 << 24


class TokenScores(torch.autograd.Function):
    """(logits `[N, V]`, targets `[N]`, 1 / temperature `[N]`) → log-probabilities and entropies, `[N]` each."""

    @staticmethod
    def forward(context, logits: Tensor, targets: Tensor, inverse_temperatures: Tensor):
        wide = _wide(logits.dtype)
        normalizers = logits.new_empty(len(logits), dtype=wide)
        log_probabilities, entropies = torch.empty_like(normalizers), torch.empty_like(normalizers)
        for rows in _slabs(logits):
            scaled = logits[rows].to(wide) * inverse_temperatures[rows, None].to(wide)
            normalizers[rows] = torch.logsumexp(scaled, dim=-1)
            # Of a token that is almost certain, rounding would leave some above 0.
            log_probabilities[rows] = (scaled.gather(1, targets[rows, None])[:, 0] - normalizers[rows]).clamp(max=0)
            logs = scaled - normalizers[rows, None]
            # A logit of −∞ has the probability 0 and adds nothing.
            entropies[rows] = -(torch.exp(logs) * logs.clamp(min=torch.finfo(wide).min)).sum(-1)
        context.save_for_backward(logits, targets, inverse_temperatures, normalizers, entropies)
        return log_probabilities, entropies

    @staticmethod
    def backward(context, slopes: Tensor, entropy_slopes: Tensor):
        logits, targets, inverse_temperatures, normalizers, entropies = context.saved_tensors
        wide = _wide(logits.dtype)
        gradient = torch.empty_like(logits)
        for rows in _slabs(logits):
            temperature = inverse_temperatures[rows, None].to(wide)
            logs = (logits[rows].to(wide) * temperature - normalizers[rows, None]).clamp(min=torch.finfo(wide).min)
            probabilities = torch.exp(logs)
            slope = entropy_slopes[rows, None] * probabilities * -(logs + entropies[rows, None])
            slope -= slopes[rows, None] * probabilities
            slope.scatter_add_(1, targets[rows, None], slopes[rows, None])
            gradient[rows] = (slope * temperature).to(logits.dtype)
        return gradient, None, None


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32


def _slabs(logits: Tensor) -> list[slice]:
    step = max(1, _SLAB // max(1, logits.shape[-1]))
    return [slice(start, start + step) for start in range(0, len(logits), step)]
