"""From log-probabilities to the loss's slopes, and what the loss was made of.

Keeps: every sequence is evaluated with shares of the whole batch, so micro-batches add up to the batch; metrics of the
objective's sequences are never mixed with those of a component's.
"""

from __future__ import annotations

from collections import Counter

import torch
from torch import Tensor

from .batch import Batch
from .loss import Loss
from .microbatch import MicroBatch
from .objectives import Tokens


class Accounting:
    def __init__(self, batch: Batch, loss: Loss):
        self._batch, self._loss = batch, loss
        lengths = batch.offsets.diff() - batch.first_trained
        self._shares = loss.shares(batch.counts, lengths, batch.components, batch.votes)
        # Sums by the place of their part in the loss.
        self.parts = [Counter() for _ in loss.parts]

    def slopes(self, piece: MicroBatch, log_probabilities: Tensor, entropies: Tensor) -> tuple[Tensor, Tensor]:
        """∂loss / ∂log-probabilities and ∂loss / ∂entropies of the piece's scored tokens. float64 `[scored]`"""
        slopes = torch.zeros(len(piece.scored), dtype=torch.float64)
        entropy_slopes = torch.zeros_like(slopes)
        components = self._batch.components[piece.sequences][piece.owners]
        for index in range(len(self._loss.parts)):
            own = (components == index - 1).nonzero().flatten()
            if len(own) > 0:
                slopes[own], entropy_slopes[own] = self._evaluate(
                    index, piece.scored[own], log_probabilities[own], entropies[own]
                )
        return slopes, entropy_slopes

    def _evaluate(self, index: int, places: Tensor, log_probabilities: Tensor, entropies: Tensor):
        batch, part, sums = self._batch, self._loss.parts[index], self.parts[index]
        owners = batch.sequence_of[places]
        sequences, own = owners.unique(return_inverse=True)
        behavior = batch.behavior_log_probabilities[places].double()
        reference = batch.reference_log_probabilities
        tokens = Tokens(
            log_probabilities,
            behavior,
            batch.advantages[places].double(),
            self._shares[owners],
            own,
            len(sequences),
            None if reference is None else reference[places].double(),
        )
        result, entropy_slopes = part.evaluate(tokens, batch.weights[places].double(), entropies)

        # A sequence whose every behavior log-probability is 0 has none.
        known = (tokens.sums((behavior != 0).double()) > 0)[own]
        ratios = (log_probabilities - behavior)[known]
        sums.update({f"sum/{name}": value for name, value in result.sums.items()})
        sums.update(
            {
                "loss": result.loss,
                "tokens": len(places),
                "sum/entropy": float(entropies.sum()),
                "behavior/tokens": int(known.sum()),
                "behavior/difference": float(ratios.abs().sum()),
                "behavior/kl": float((torch.exp(ratios) - 1 - ratios).sum()),
            }
        )
        return result.slopes, 0.0 if entropy_slopes is None else entropy_slopes

    def merge(self, processes: list[list[Counter]]) -> None:
        """What every process made of its pieces, this one's among them."""
        self.parts = [Counter() for _ in self.parts]
        for parts in processes:
            for own, other in zip(self.parts, parts):
                own.update(other)

    @property
    def report(self) -> dict:
        """Call after all pieces."""
        metrics: dict[str, float] = {}
        for part, sums in zip(self._loss.parts, self.parts):
            if sums["tokens"] == 0:
                continue
            prefix = "" if part.name is None else f"{part.name}/"
            for name, value in _means(sums).items():
                metrics[prefix + name] = value
            if part.name is not None:
                metrics[prefix + "loss"] = sums["loss"]
                metrics[prefix + "tokens"] = sums["tokens"]
        return {
            "loss": float(sum(sums["loss"] for sums in self.parts)),
            "tokens": int(sum(sums["tokens"] for sums in self.parts)),
            "metrics": metrics,
        }


def _means(sums: Counter) -> dict[str, float]:
    """Over the part's own tokens; the behavior's over those that have one."""
    means = {name[4:]: value / sums["tokens"] for name, value in sums.items() if name.startswith("sum/")}
    if sums["behavior/tokens"] > 0:
        means["log_probability_difference"] = sums["behavior/difference"] / sums["behavior/tokens"]
        # The k3 estimate of KL(behavior ‖ trainer), http://joschu.net/blog/kl-approx.html
        means["behavior_kl"] = sums["behavior/kl"] / sums["behavior/tokens"]
    return means
