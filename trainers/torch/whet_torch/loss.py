"""Everything that turns log-probabilities into one number to minimize.

    loss = Σ share · weight · objective + coefficient · Σ share · KL estimate − entropy bonus · Σ share · entropy

Keeps: shares come from the whole batch, so micro-batches add up to it; importance weights touch the objective, never
the penalties; each component is averaged over its own sequences alone, and penalties stand beside the objective only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from . import divergence
from .catalog import Objective
from .errors import TrainerError
from .fields import Fields
from .objectives import Evaluation, Tokens, penalty

AGGREGATIONS = ("token-mean", "token-sum", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm")


def shares(aggregation: str, counts: Tensor, lengths: Tensor, length: int | None = None) -> Tensor:
    """What each trained token of a sequence counts of the batch's loss. float64 `[sequences]`

    `counts`: trained tokens of each sequence; one without any counts nowhere. `lengths`: tokens from the first trained
    one to the end. `length`: what seq-mean-token-sum-norm divides by, instead of the greatest of `lengths`.
    """
    counts = counts.double()
    tokens = counts.sum().clamp(min=1)
    sequences = (counts > 0).sum().double().clamp(min=1)
    if aggregation == "token-mean":
        return torch.full_like(counts, float(1 / tokens))
    if aggregation == "token-sum":
        return torch.ones_like(counts)
    share = torch.full_like(counts, float(1 / sequences))
    if aggregation == "seq-mean-token-sum":
        return share
    if aggregation == "seq-mean-token-mean":
        return share / counts.clamp(min=1)
    longest = length if length is not None else max([int(each) for each in lengths], default=1)
    return share / max(1, longest)


@dataclass(frozen=True)
class Part:
    """The objective, or a component: another loss that sequences of the same batch name."""

    name: str | None
    objective: Objective
    aggregation: str
    weight: float = 1.0
    # Of the objective alone.
    entropy_bonus: float = 0.0
    kl_estimator: str | None = None
    kl_coefficient: float = 0.0

    @staticmethod
    def read(fields: Fields, name: str | None = None, **more) -> Part:
        objective = Objective.read(fields)
        aggregation = fields.choice("aggregation", AGGREGATIONS, "token-mean")
        return Part(name, objective, objective.definition.required_aggregation or aggregation, **more)

    @property
    def needs_reference(self) -> bool:
        return self.objective.definition.needs_reference or self.kl_estimator is not None

    def evaluate(self, tokens: Tokens, weights: Tensor, entropies: Tensor) -> tuple[Evaluation, Tensor | None]:
        """The loss of the tokens, whose shares are without weights, and its slopes by their entropies.

        `weights`, `entropies`: `[tokens]`
        """
        plain = tokens.shares
        tokens.shares = plain * weights
        result = self.objective.evaluate(tokens)
        if self.kl_estimator is not None:
            beside = penalty(tokens, self.kl_estimator, self.kl_coefficient, plain)
            result = Evaluation(
                result.loss + beside.loss, result.slopes + beside.slopes, {**result.sums, **beside.sums}
            )
        if self.entropy_bonus == 0:
            return result, None
        slopes = -self.entropy_bonus * plain
        result.loss += float((slopes * entropies).sum())
        return result, slopes


@dataclass(frozen=True)
class Loss:
    # The objective first, then the components, in the order in which a batch counts them.
    parts: list[Part]
    normalization_length: int | None = None

    @staticmethod
    def read(fields: Fields) -> Loss:
        bonus = fields.number("entropy_bonus", 0, least=0)
        kl = fields.fields("kl", None)
        more = {"entropy_bonus": bonus}
        if kl is not None:
            more["kl_estimator"] = kl.choice("estimator", divergence.ESTIMATORS)
            more["kl_coefficient"] = kl.number("coefficient", least=0)
            kl.end()
        parts = [Part.read(fields, **more)]
        for index, item in enumerate(fields.items("components", [])):
            component = Fields(item, f"{fields.place}: components[{index}]")
            name = component.text("name")
            if name in [part.name for part in parts]:
                raise TrainerError(f'two components are called "{name}"', component.place, "a name of its own for each")
            parts.append(Part.read(component, name, weight=component.number("weight", 1, least=0)))
            component.end()
        length = fields.integer("normalization_length", None, least=1, optional=True)
        fields.end()
        return Loss(parts, length)

    def shares(self, counts: Tensor, lengths: Tensor, components: Tensor, votes: Tensor) -> Tensor:
        """What each trained token of a sequence counts, its vote and its component's weight in it. `[sequences]`

        `components`: −1 for the objective, else the component's place. int `[sequences]`
        """
        result = torch.zeros(len(counts), dtype=torch.float64)
        for index, part in enumerate(self.parts):
            own = components == index - 1
            of_own = shares(part.aggregation, counts[own], lengths[own], self.normalization_length)
            result[own] = of_own * part.weight
        return result * votes
