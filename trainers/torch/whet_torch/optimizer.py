"""AdamW, arXiv 1711.05101, as the embedded engine has it: the gradient is clipped by its global norm, then decay, then
the step. Norms, biases and embeddings are left alone by decay unless `decays_all`.

Keeps: a parameter without a gradient is stepped with zeros, so that a step never depends on what a batch happened to
reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from .errors import TrainerError
from .fields import Fields
from .parallel import Processes
from .policy import Policy


@dataclass(frozen=True)
class OptimizerSettings:
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    decays_all: bool
    clip_norm: float | None

    @staticmethod
    def read(fields: Fields) -> OptimizerSettings:
        settings = OptimizerSettings(
            fields.number("beta1", 0.9, least=0, most=1 - 1e-9),
            fields.number("beta2", 0.95, least=0, most=1 - 1e-9),
            fields.number("epsilon", 1e-8, above=0),
            fields.number("weight_decay", 0, least=0),
            fields.flag("decays_all", False),
            fields.number("clip_norm", 1, above=0, optional=True),
        )
        fields.end()
        return settings


class Optimizer:
    """Each process steps its own shards: AdamW goes element by element, so nothing else is needed."""

    def __init__(self, policy: Policy, settings: OptimizerSettings, processes: Processes):
        self._settings, self._processes = settings, processes
        self._named = policy.parameters()
        embeddings = {id(module.weight) for module in policy.model.modules() if isinstance(module, torch.nn.Embedding)}
        if (head := policy.base.get_output_embeddings()) is not None:
            embeddings.add(id(head.weight))
        self._decays = [
            settings.decays_all or (parameter.dim() >= 2 and id(parameter) not in embeddings)
            for _, parameter in self._named
        ]
        # Steps taken.
        self.step = 0
        self._first, self._second = ([torch.zeros_like(local(each)) for _, each in self._named] for _ in range(2))

    def clear(self) -> None:
        for _, parameter in self._named:
            parameter.grad = None

    @torch.no_grad()
    def update(self, learning_rate: float) -> float:
        """One step. Returns the gradient's global norm before it was clipped; clears the gradients in any case.

        Raises TrainerError for a gradient that is not finite; the weights are then as they were.
        """
        try:
            gradients = [
                torch.zeros_like(local(each)) if each.grad is None else local(each.grad) for _, each in self._named
            ]
            squares = [torch.linalg.vector_norm(each, dtype=torch.float64).square().cpu() for each in gradients]
            norm = float(self._processes.sum(torch.stack(squares).sum()).sqrt())
            if not math.isfinite(norm):
                raise TrainerError(
                    "the gradient is not finite; the weights were left as they are",
                    expected="a finite gradient norm",
                    remedy="lower the learning rate, or look for infinite advantages and log-probabilities",
                )
            self.step += 1
            limit = self._settings.clip_norm
            scale = 1 if limit is None else min(1, limit / (norm + 1e-6))
            for index, gradient in enumerate(gradients):
                self._update(index, gradient.mul_(scale), learning_rate)
            return norm
        finally:
            self.clear()

    def _update(self, index: int, gradient: Tensor, learning_rate: float) -> None:
        settings, first, second = self._settings, self._first[index], self._second[index]
        values = local(self._named[index][1])
        if self._decays[index]:
            values.mul_(1 - learning_rate * settings.weight_decay)
        first.lerp_(gradient, 1 - settings.beta1)
        second.mul_(settings.beta2).addcmul_(gradient, gradient, value=1 - settings.beta2)
        root = second.sqrt().div_(math.sqrt(1 - settings.beta2**self.step)).add_(settings.epsilon)
        values.addcdiv_(first, root, value=-learning_rate / (1 - settings.beta1**self.step))

    def moments(self) -> dict[str, Tensor]:
        """`first.NAME` and `second.NAME` of every trained parameter, whole, on the CPU of process 0; {} elsewhere."""
        found = {}
        for prefix, moments in (("first", self._first), ("second", self._second)):
            for (name, parameter), moment in zip(self._named, moments):
                whole = whole_tensor(_as_shard_of(moment, parameter))
                if self._processes.is_first:
                    found[f"{prefix}.{name}"] = whole.cpu().contiguous()
        return found

    def restore(self, moments: dict[str, Tensor], step: int) -> None:
        """What `moments` gave; every process has all of it."""
        self.clear()
        self.step = step
        for prefix, own in (("first", self._first), ("second", self._second)):
            for (name, parameter), moment in zip(self._named, own):
                moment.copy_(local(like(moments[f"{prefix}.{name}"], parameter)))


def _as_shard_of(tensor: Tensor, parameter: Tensor) -> Tensor:
    if not isinstance(parameter, DTensor):
        return tensor
    return DTensor.from_local(
        tensor, parameter.device_mesh, parameter.placements, shape=parameter.shape, stride=parameter.stride()
    )


def whole_tensor(tensor: Tensor) -> Tensor:
    """Of all processes' shards; all must call."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, parameter: Tensor) -> Tensor:
    """The tensor on the parameter's device, cut as it is."""
    tensor = tensor.to(parameter.device, parameter.dtype)
    if isinstance(parameter, DTensor):
        return distribute_tensor(tensor, parameter.device_mesh, parameter.placements)
    return tensor.clone()


def local(tensor: Tensor) -> Tensor:
    """This process's shard, the same memory; no part of any graph."""
    return tensor.detach().to_local() if isinstance(tensor, DTensor) else tensor.detach()
