"""The whole model of a policy that trains adapters, each adapter's product added to the weight that it stands beside.

Keeps: the policy is only read, so what goes on is to the bit what went before.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .errors import TrainerError
from .optimizer import whole_tensor
from .policy import Policy

_BENEATH = ".base_layer"


def merged(policy: Policy) -> dict[str, Tensor]:
    """The base model's state by its own names. W + scaling · B A, arXiv 2106.09685; every process calls.

    Raises TrainerError where an adapter is no pair of matrices beside a linear layer.
    """
    state = policy.base.state_dict()
    weights = {name.replace(_BENEATH, ""): tensor for name, tensor in state.items() if ".lora_" not in name}
    for name, module in policy.base.named_modules():
        if not hasattr(module, "lora_A"):
            continue
        if "default" not in module.lora_A or not hasattr(module.get_base_layer(), "weight"):
            raise TrainerError("the adapter cannot be merged", name, remedy="export it as an adapter")
        # Shards become whole here, for the product of two shards is no shard of the product.
        first, second = (whole_tensor(state[f"{name}.lora_{each}.default.weight"]) for each in "AB")
        product = (second.float() @ first.float()) * module.scaling["default"]
        key = f"{name}.weight"
        own = whole_tensor(weights[key])
        if own.shape not in (product.shape, product.T.shape):
            raise TrainerError("the adapter cannot be merged", name, remedy="export it as an adapter")
        # GPT-2's layers hold their weights the other way round.
        turned = product.T if getattr(module, "fan_in_fan_out", False) else product
        weights[key] = (own.to(torch.promote_types(own.dtype, torch.float32)) + turned).to(own.dtype)
    return weights
