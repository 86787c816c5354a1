"""What a batch is trained under: per-token losses and their slopes by the policy's log-probabilities.

Keeps: pure and in float64; nothing depends on other sequences, so micro-batches add up to the batch. Slopes are
written out, because several papers hold a part of their loss constant. The formulas are those of whet's
Sources/WhetAlgorithms/Objectives, to the last edge: a change there is a change here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from . import divergence


@dataclass
class Tokens:
    """The trained tokens of some sequences, one behind the other. Every tensor is float64 `[tokens]`."""

    log_probabilities: Tensor
    behavior: Tensor
    advantages: Tensor
    # Share of the batch's loss, times the token's weight.
    shares: Tensor
    # The sequence of each token, counted from 0. int64 `[tokens]`
    sequences: Tensor
    sequence_count: int
    reference: Tensor | None = None

    @property
    def log_ratio(self) -> Tensor:
        return (self.log_probabilities - self.behavior).clamp(-20, 20)

    @property
    def ratio(self) -> Tensor:
        """policy / behavior, its log within ±20 so that it stays finite."""
        return torch.exp(self.log_ratio)

    @property
    def ratio_slope(self) -> Tensor:
        """Slope of `ratio` by the policy's log-probability: 0 where the log-ratio was bounded."""
        return torch.where((self.log_probabilities - self.behavior).abs() <= 20, self.ratio, 0.0)

    def sums(self, values: Tensor) -> Tensor:
        """Of each sequence. `[sequences]`"""
        return values.new_zeros(self.sequence_count).index_add_(0, self.sequences, values)

    @property
    def counts(self) -> Tensor:
        """How many tokens each sequence has. `[sequences]`"""
        return self.sums(torch.ones_like(self.shares))


@dataclass
class Evaluation:
    """What a loss makes of tokens."""

    # Σ share · loss.
    loss: float
    # ∂loss / ∂log-probability. `[tokens]`
    slopes: Tensor
    # Sums over the tokens by name; divided by the tokens they are metrics.
    sums: dict[str, float] = field(default_factory=dict)


def _each(tokens: Tokens, loss: Tensor, slopes: Tensor, clipped=None, clipped_below=None) -> Evaluation:
    """An objective whose loss of a token depends on that token alone."""

    def count(flags: Tensor | None) -> float:
        return 0.0 if flags is None else float(flags.sum())

    sums = {
        "clip_fraction": count(clipped),
        "clip_fraction_lower": count(clipped_below),
        "ratio": float(tokens.ratio.sum()),
    }
    return Evaluation(float((tokens.shares * loss).sum()), tokens.shares * slopes, sums)


def _either(flags: Tensor, yes: float, no: float) -> Tensor:
    """In float64, which `torch.where` of two numbers is not."""
    return torch.where(flags, torch.full_like(flags, yes, dtype=torch.float64), no)


def ppo_clip(tokens: Tokens, clip_low: float, clip_high: float | None, dual_clip: float | None) -> Evaluation:
    """max(−Aρ, −A·clip(ρ, 1 − clip_low, 1 + clip_high)), for A < 0 at most −A·dual_clip.

    arXiv 1707.06347, 1912.09729
    """
    ratio, advantages = tokens.ratio, tokens.advantages
    plain = -advantages * ratio
    clipped = -advantages * ratio.clamp(1 - clip_low, None if clip_high is None else 1 + clip_high)
    is_clipped = clipped > plain
    loss = torch.where(is_clipped, clipped, plain)
    slopes = torch.where(is_clipped, 0.0, -advantages * tokens.ratio_slope)
    if dual_clip is None:
        return _each(tokens, loss, slopes, is_clipped)
    is_bound = (advantages < 0) & (loss > -advantages * dual_clip)
    loss = torch.where(is_bound, -advantages * dual_clip, loss)
    return _each(tokens, loss, torch.where(is_bound, 0.0, slopes), is_clipped, is_bound)


def cispo(tokens: Tokens, clip_low: float, clip_high: float) -> Evaluation:
    """−A · clip(ρ) held · log p: every token keeps its gradient. arXiv 2506.13585"""
    weight = tokens.ratio.clamp(1 - clip_low, 1 + clip_high)
    slopes = -weight * tokens.advantages
    return _each(tokens, slopes * tokens.log_probabilities, slopes, weight != tokens.ratio)


def sapo(tokens: Tokens, tau_positive: float, tau_negative: float) -> Evaluation:
    """−A · 4/τ · sigmoid(τ(ρ − 1)): a soft gate instead of a clip. arXiv 2511.20347"""
    tau = _either(tokens.advantages > 0, tau_positive, tau_negative)
    gate = torch.sigmoid(tau * (tokens.ratio - 1))
    slopes = -tokens.advantages * 4 * gate * (1 - gate) * tokens.ratio_slope
    return _each(tokens, -tokens.advantages * gate * 4 / tau, slopes)


def topr(tokens: Tokens, negative_limit: float) -> Evaluation:
    """−w held · A · log p, w = 1 for A ≥ 0, min(ρ, limit) else. arXiv 2503.14286"""
    is_failure = tokens.advantages < 0
    weight = torch.where(is_failure, tokens.ratio.clamp(max=negative_limit), 1.0)
    slopes = -weight * tokens.advantages
    return _each(tokens, slopes * tokens.log_probabilities, slopes, is_failure & (tokens.ratio > negative_limit))


def policy_gradient(tokens: Tokens) -> Evaluation:
    """−A · log p. Williams 1992"""
    return _each(tokens, -tokens.advantages * tokens.log_probabilities, -tokens.advantages)


def _truncated(tokens: Tokens, is_trained: Tensor, truncation: float) -> Evaluation:
    """−A · min(ρ, truncation) held · log p where trained, nothing elsewhere."""
    slopes = torch.where(is_trained, -tokens.advantages * tokens.ratio.clamp(max=truncation), 0.0)
    # Where nothing is trained, 0 · −∞ would be no number.
    loss = torch.where(is_trained, slopes * tokens.log_probabilities, 0.0)
    return _each(tokens, loss, slopes, ~is_trained, is_trained & (tokens.ratio > truncation))


def dppo_tv(tokens: Tokens, divergence_low: float, divergence_high: float, truncation: float) -> Evaluation:
    """Tokens whose probability moved too far in the direction of their advantage drop out. arXiv 2602.04879"""
    moved = torch.exp(tokens.log_probabilities) - torch.exp(tokens.behavior)
    is_trained = torch.where(tokens.advantages > 0, moved <= divergence_high, moved >= -divergence_low)
    return _truncated(tokens, is_trained, truncation)


def dppo_kl(tokens: Tokens, divergence_low: float, divergence_high: float, truncation: float) -> Evaluation:
    """The same, bound on the KL of the two-way choice, this token or another. arXiv 2602.04879"""
    policy, behavior = torch.exp(tokens.log_probabilities), torch.exp(tokens.behavior)
    others = (1 - behavior) * torch.log(((1 - behavior).clamp(min=0) + 1e-8) / ((1 - policy).clamp(min=0) + 1e-8))
    moved = behavior * (tokens.behavior - tokens.log_probabilities) + others
    is_trained = torch.where(
        tokens.advantages > 0,
        (moved <= divergence_high) | (policy <= behavior),
        (moved <= divergence_low) | (policy >= behavior),
    )
    return _truncated(tokens, is_trained, truncation)


def gspo(tokens: Tokens, clip_low: float, clip_high: float) -> Evaluation:
    """PPO's clip on the sequence's geometric mean of ρ, each token's slope its own. arXiv 2507.18071"""
    log_ratio = tokens.sums((tokens.log_probabilities - tokens.behavior) / tokens.counts[tokens.sequences])
    ratio = torch.exp(log_ratio.clamp(max=10))
    plain = -tokens.advantages * ratio[tokens.sequences]
    clipped = -tokens.advantages * ratio.clamp(1 - clip_low, 1 + clip_high)[tokens.sequences]
    is_clipped = clipped > plain
    slopes = torch.where(is_clipped | (log_ratio > 10)[tokens.sequences], 0.0, tokens.shares * plain)
    loss = tokens.shares * torch.where(is_clipped, clipped, plain)
    sums = {"clip_fraction": float(is_clipped.sum()), "ratio": float((ratio * tokens.counts).sum())}
    return Evaluation(float(loss.sum()), slopes, sums)


def gmpo(tokens: Tokens, clip_low: float, clip_high: float) -> Evaluation:
    """Of a sequence: −mean(A) · exp(mean of clipped log ρ), times its share. arXiv 2507.20673

    Shares are 1 / (sequences · count) times a token's weight, so their geometric mean holds that of the weights.
    """
    log_ratio, own = tokens.log_probabilities - tokens.behavior, tokens.advantages
    is_clipped = torch.where(own > 0, log_ratio > clip_high, log_ratio < -clip_low)
    is_outside = (log_ratio > clip_high) | (log_ratio < -clip_low)
    bounded = torch.where(is_clipped, _either(own > 0, clip_high, -clip_low), log_ratio)
    counts = tokens.counts
    mean = tokens.sums(torch.where(own != 0, bounded, 0.0)) / counts
    share = counts * torch.exp(tokens.sums(torch.log(tokens.shares)) / counts)
    ratio = torch.exp(mean.clamp(-20, 20))
    loss = share * -(tokens.sums(own) / counts) * ratio
    slope = torch.where(mean.abs() <= 20, loss / counts, 0.0)
    slopes = torch.where((own != 0) & ~is_clipped, slope[tokens.sequences], 0.0)
    sums = {
        "clip_fraction": float((is_outside & (own > 0)).sum()),
        "clip_fraction_lower": float((is_outside & (own < 0)).sum()),
        "ratio": float((ratio * counts).sum()),
    }
    return Evaluation(float(loss.sum()), slopes, sums)


def cross_entropy(tokens: Tokens) -> Evaluation:
    """−log p, for demonstrations: advantages and behavior play no part."""
    return Evaluation(-float((tokens.shares * tokens.log_probabilities).sum()), -tokens.shares)


def reverse_kl(tokens: Tokens, distillation_estimator: str) -> Evaluation:
    """An estimate of KL(policy ‖ reference): distillation. arXiv 2306.08543, 2306.13649"""
    return penalty(tokens, distillation_estimator, 1, tokens.shares)


def penalty(tokens: Tokens, estimator: str, coefficient: float, shares: Tensor) -> Evaluation:
    """Σ share · coefficient · KL estimate.

    `shares` are without importance weights where the penalty stands beside an objective.
    """
    values, slopes = divergence.estimate(estimator, tokens.log_probabilities, tokens.reference)
    loss = float((shares * coefficient * values).sum())
    return Evaluation(loss, shares * coefficient * slopes, {"reference_kl": float(values.sum())})
