"""A batch of token streams as a file of flat arrays, checked before any work (docs/trainers.md, "The batch").

Keeps: place 0 of a sequence is never trained, because nothing predicts it; what a batch holds at trained tokens is
finite. T tokens, S sequences.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .errors import TrainerError
from .loss import Loss

FILE = "batch.safetensors"
_PER_TOKEN = {
    "tokens": torch.int32,
    "mask": torch.uint8,
    "advantages": torch.float32,
    "weights": torch.float32,
    "behavior_log_probabilities": torch.float32,
}
_PER_SEQUENCE = {"offsets": torch.int64, "temperatures": torch.float32}
_OPTIONAL = {
    "components": torch.int32,
    "votes": torch.float64,
    "reference_log_probabilities": torch.float32,
    "has_reference": torch.uint8,
}
_ALL = {**_PER_TOKEN, **_PER_SEQUENCE, **_OPTIONAL}


@dataclass
class Batch:
    # Where each sequence starts, and at the end T. int64 `[S + 1]`
    offsets: Tensor
    # `[T]` each
    tokens: Tensor
    mask: Tensor
    advantages: Tensor
    weights: Tensor
    behavior_log_probabilities: Tensor
    reference_log_probabilities: Tensor | None
    # `[S]` each
    temperatures: Tensor
    components: Tensor
    votes: Tensor
    has_reference: Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @functools.cached_property
    def sequence_of(self) -> Tensor:
        """The sequence of each token. int64 `[T]`"""
        return torch.repeat_interleave(torch.arange(len(self)), self.offsets.diff())

    @functools.cached_property
    def counts(self) -> Tensor:
        """Trained tokens of each sequence. int64 `[S]`"""
        return torch.zeros(len(self), dtype=torch.int64).index_add_(0, self.sequence_of, self.mask.long())

    @functools.cached_property
    def first_trained(self) -> Tensor:
        """Place of each sequence's first trained token, the sequence's length if there is none. int64 `[S]`"""
        trained = self.mask.nonzero().flatten()
        first = self.offsets.diff().clone()
        owners = self.sequence_of[trained]
        places = trained - self.offsets[owners]
        return first.scatter_reduce_(0, owners, places, "amin")


def read(directory: str) -> Batch:
    """The batch in `directory`, for log-probabilities: names, types, shapes and offsets are right."""
    path = os.path.join(directory, FILE)
    arrays: dict[str, Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():
                arrays[name] = file.get_tensor(name)
    except FileNotFoundError:
        raise TrainerError("there is no batch", path, f"{FILE} in the directory that the request names") from None
    except (SafetensorError, OSError) as error:
        raise TrainerError(f"the batch cannot be read: {error}", path, "a safetensors file") from None
    for name in (*_PER_TOKEN, *_PER_SEQUENCE):
        if name not in arrays:
            raise TrainerError(f'the batch has no tensor "{name}"', path)
    for name, array in arrays.items():
        if name in _ALL and array.dtype != _ALL[name]:
            raise TrainerError(f'"{name}" is of type {array.dtype}', path, f"{_ALL[name]}")
        if name in _ALL and array.dim() != 1:
            raise TrainerError(f'"{name}" has {array.dim()} dimensions', path, "one")
    total, sequences = len(arrays["tokens"]), len(arrays["temperatures"])
    for name, array in arrays.items():
        due = sequences + 1 if name == "offsets" else sequences
        due = total if name in _PER_TOKEN or name == "reference_log_probabilities" else due
        if name in _ALL and list(array.shape) != [due]:
            raise TrainerError(
                f'"{name}" has the shape {list(array.shape)}',
                path,
                f"[{due}], for {total} tokens in {sequences} sequences",
            )
    offsets = arrays["offsets"]
    if int(offsets[0]) != 0 or int(offsets[-1]) != total or bool((offsets.diff() < 0).any()):
        raise TrainerError('"offsets" does not cut the tokens', path, f"rising from 0 to {total}")
    reference = arrays.get("reference_log_probabilities")
    everywhere = torch.full([sequences], reference is not None)
    batch = Batch(
        offsets,
        arrays["tokens"],
        arrays["mask"].bool(),
        arrays["advantages"],
        arrays["weights"],
        arrays["behavior_log_probabilities"],
        reference,
        arrays["temperatures"],
        arrays.get("components", torch.full([sequences], -1, dtype=torch.int32)),
        arrays.get("votes", torch.ones(sequences, dtype=torch.float64)),
        arrays["has_reference"].bool() & everywhere if "has_reference" in arrays else everywhere,
    )
    _check_sequences(batch, path)
    return batch


def _check_sequences(batch: Batch, path: str) -> None:
    temperatures = batch.temperatures
    wrong = ~((temperatures > 0) & temperatures.isfinite())
    _refuse(wrong, "the temperature is not above 0", path)
    _refuse(~batch.votes.isfinite(), "the vote is not a finite number", path)
    lengths = batch.offsets.diff()
    firsts = batch.offsets[:-1][lengths > 0]
    if bool(batch.mask[firsts].any()):
        owner = int(batch.sequence_of[firsts[batch.mask[firsts]][0]])
        raise TrainerError("the first token is to be trained", f"{path}: sequence {owner}", "a mask that starts with 0")


def _refuse(wrong: Tensor, problem: str, path: str) -> None:
    if bool(wrong.any()):
        raise TrainerError(problem, f"{path}: sequence {int(wrong.nonzero()[0])}")


def check_tokens(batch: Batch, vocabulary: int, path: str) -> None:
    wrong = (batch.tokens < 0) | (batch.tokens >= vocabulary)
    if bool(wrong.any()):
        place = int(wrong.nonzero()[0])
        raise TrainerError(
            f"token {int(batch.tokens[place])} is outside the vocabulary",
            f"{path}: sequence {int(batch.sequence_of[place])}",
            f"ids from 0 to {vocabulary - 1}",
            remedy="sample and train with the same tokenizer",
        )


def check_loss(batch: Batch, loss: Loss, path: str) -> None:
    """Refuses what the loss cannot evaluate."""
    limit = len(loss.parts) - 1
    unknown = (batch.components < -1) | (batch.components >= limit)
    _refuse(unknown, f"the sequence is of a component that the loss has not; it has {limit}, counted from 0", path)
    trained = batch.counts > 0
    for index, part in enumerate(loss.parts):
        if part.needs_reference:
            bare = (batch.components == index - 1) & trained & ~batch.has_reference
            _refuse(
                bare, "the loss compares with a reference policy, and reference log-probabilities are missing", path
            )
    arrays = {name: getattr(batch, name) for name in ("advantages", "weights", "behavior_log_probabilities")}
    for name, array in arrays.items():
        _refuse_tokens(batch, batch.mask & ~array.isfinite(), name, path)
    if batch.reference_log_probabilities is not None:
        wrong = batch.mask & batch.has_reference[batch.sequence_of] & ~batch.reference_log_probabilities.isfinite()
        _refuse_tokens(batch, wrong, "reference_log_probabilities", path)


def _refuse_tokens(batch: Batch, wrong: Tensor, name: str, path: str) -> None:
    if bool(wrong.any()):
        place = int(wrong.nonzero()[0])
        owner = int(batch.sequence_of[place])
        raise TrainerError(
            f'"{name}" is not finite at a trained token',
            f"{path}: sequence {owner}, token {place - int(batch.offsets[owner])}",
            "finite numbers wherever the mask is on",
        )
