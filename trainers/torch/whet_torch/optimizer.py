"""AdamW, arXiv 1711.05101, as the embedded engine has it: the gradient is clipped by its global norm, then decay, then
the step. Norms, biases and embeddings are left alone by decay unless `decays_all`.

Keeps: a parameter without a gradient is stepped with zeros, so that a step never depends on what a batch happened to
reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from .errors import TrainerError
from .fields import Fields
from .parallel import Processes
from .policy import Policy

MOMENTS = {"first": "exp_avg", "second": "exp_avg_sq"}


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
            fields.number("beta1", 0.9, least=0, most=0.999999), fields.number("beta2", 0.95, least=0, most=0.999999),
            fields.number("epsilon", 1e-8, above=0), fields.number("weight_decay", 0, least=0),
            fields.flag("decays_all", False), fields.number("clip_norm", 1, above=0, optional=True))
        fields.end()
        return settings


class Optimizer:
    def __init__(self, policy: Policy, settings: OptimizerSettings, processes: Processes):
        self._settings, self._processes = settings, processes
        self._named = policy.parameters()
        embeddings = {
            id(module.weight) for module in (policy.base.get_input_embeddings(), policy.base.get_output_embeddings())
            if module is not None and hasattr(module, "weight")}
        embeddings |= {
            id(module.weight) for module in policy.model.modules() if isinstance(module, torch.nn.Embedding)}
        decaying, others = [], []
        for _, parameter in self._named:
            decays = settings.decays_all or (parameter.dim() >= 2 and id(parameter) not in embeddings)
            (decaying if decays else others).append(parameter)
        groups = [
            {"params": decaying, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self._adamw = torch.optim.AdamW(
            [group for group in groups if group["params"]], lr=0.0, betas=(settings.beta1, settings.beta2),
            eps=settings.epsilon)
        # Steps taken.
        self.step = 0

    def clear(self) -> None:
        self._adamw.zero_grad(set_to_none=True)

    def update(self, learning_rate: float) -> float:
        """One step. Returns the gradient's global norm before it was clipped; clears the gradients in any case.

        Raises TrainerError for a gradient that is not finite; the weights are then as they were.
        """
        try:
            for _, parameter in self._named:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
            gradients = [local(parameter.grad) for _, parameter in self._named]
            squares = [
                torch.linalg.vector_norm(gradient, dtype=torch.float64).square().cpu() for gradient in gradients]
            norm = float(self._processes.sum(torch.stack(squares).sum()).sqrt())
            if norm != norm or norm == float("inf"):
                raise TrainerError(
                    "the gradient is not finite; the weights were left as they are", expected="a finite gradient norm",
                    remedy="lower the learning rate, or look for infinite advantages and log-probabilities")
            if self._settings.clip_norm is not None and norm + 1e-6 > self._settings.clip_norm:
                torch._foreach_mul_(gradients, self._settings.clip_norm / (norm + 1e-6))
            for group in self._adamw.param_groups:
                group["lr"] = learning_rate
            self._adamw.step()
            self.step += 1
            return norm
        finally:
            self.clear()

    def moments(self) -> dict[str, Tensor]:
        """`first.NAME` and `second.NAME` of every trained parameter, whole, on the CPU of process 0; {} elsewhere."""
        found = {}
        for prefix, key in MOMENTS.items():
            for name, parameter in self._named:
                moment = self._adamw.state.get(parameter, {}).get(key)
                whole = whole_tensor(torch.zeros_like(parameter) if moment is None else moment)
                if self._processes.is_first:
                    found[f"{prefix}.{name}"] = whole.detach().cpu().contiguous()
        return found

    def restore(self, moments: dict[str, Tensor], step: int) -> None:
        """What `moments` gave; every process has all of it."""
        self.clear()
        self.step = step
        self._adamw.state.clear()
        if step == 0:
            return
        for name, parameter in self._named:
            state = {"step": torch.tensor(float(step))}
            for prefix, key in MOMENTS.items():
                state[key] = like(moments[f"{prefix}.{name}"], parameter)
            self._adamw.state[parameter] = state


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
    return tensor.tolocal() if isinstance(tensor, DTensor) else tensor
