"""Sequences end to end in pieces that fit into memory, and the places whose tokens are scored.

Keeps: a sequence ends before the last token that is scored, because nothing asks what comes after it; sequences
without a scored place are in no piece; a longer sequence than the limit stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .batch import Batch


@dataclass
class MicroBatch:
    # Which sequences of the batch. int64 `[sequences]`
    sequences: Tensor
    # How many tokens of each go through the model. int64 `[sequences]`
    lengths: Tensor
    # Of the scored tokens: place in the batch's flat arrays, and which of `sequences`. int64 `[scored]`
    scored: Tensor
    owners: Tensor
    # The place in its sequence of each token that goes through the model, and the token. `[sum of lengths]`
    positions: Tensor
    inputs: Tensor
    # The row of `inputs` that predicts each scored token. int64 `[scored]`
    rows: Tensor
    # The scored tokens, and 1 / temperature of each. `[scored]`
    targets: Tensor
    inverse_temperatures: Tensor

    def to(self, device: torch.device) -> MicroBatch:
        return MicroBatch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def scored_mask(batch: Batch) -> Tensor:
    """Every token but each sequence's first: for log-probabilities. `[T]`"""
    mask = torch.ones(len(batch.tokens), dtype=torch.bool)
    mask[batch.offsets[:-1][batch.offsets.diff() > 0]] = False
    return mask


def cut(batch: Batch, mask: Tensor, limit: int, processes: int = 1, pads: bool = False) -> list[MicroBatch]:
    """In the batch's order, pieces of at most `limit` tokens, padding among them if `pads`.

    As evenly filled as the order allows where `processes` share them, because all wait for the one with most.
    `mask`: which tokens are scored. `[T]`
    """
    scored = mask.nonzero().flatten()
    owners = batch.sequence_of[scored]
    lengths = torch.zeros(len(batch), dtype=torch.int64)
    lengths.scatter_reduce_(0, owners, scored - batch.offsets[owners], "amax")
    groups = _groups(lengths.tolist(), limit, pads)
    if processes > 1 and groups:
        due = -(-len(groups) // processes) * processes
        smaller = -(-int(lengths.sum()) // due)
        while smaller < limit:
            finer = _groups(lengths.tolist(), smaller, pads)
            if len(finer) <= due:
                groups = finer
                break
            smaller += max(1, smaller // 50)
    return [_piece(batch, mask, torch.tensor(group), lengths) for group in groups]


def _groups(lengths: list[int], limit: int, pads: bool) -> list[list[int]]:
    """Neighbors that fit together; a sequence of no tokens is in no group."""
    groups: list[list[int]] = []
    held = longest = 0
    for sequence, length in enumerate(lengths):
        if length == 0:
            continue
        longest = max(longest, length)
        held = longest * (len(groups[-1]) + 1) if pads and groups else held + length
        if not groups or held > limit:
            groups.append([])
            held = longest = length
        groups[-1].append(sequence)
    return groups


def _piece(batch: Batch, mask: Tensor, sequences: Tensor, lengths: Tensor) -> MicroBatch:
    lengths = lengths[sequences]
    starts = lengths.cumsum(0) - lengths
    own = torch.repeat_interleave(torch.arange(len(sequences)), lengths)
    positions = torch.arange(int(lengths.sum())) - starts[own]
    places = batch.offsets[sequences][own] + positions
    # A row predicts the token behind it.
    rows = mask[places + 1].nonzero().flatten()
    scored = places[rows] + 1
    owners = own[rows]
    return MicroBatch(
        sequences,
        lengths,
        scored,
        owners,
        positions,
        batch.tokens[places].long(),
        rows,
        batch.tokens[scored].long(),
        1 / batch.temperatures[sequences][owners],
    )


def empty(template_token: int = 0) -> MicroBatch:
    """One token and nothing scored: what a process computes while others have work and it has none."""
    none = torch.zeros(0, dtype=torch.int64)
    one = torch.zeros(1, dtype=torch.int64)
    return MicroBatch(one, one + 1, none, none, one, one + template_token, none, none, torch.zeros(0))
