"""Policies as Hugging Face directories: for servers without, for going on with the optimizer's state.

    model.safetensors …, config.json, tokenizer      the weights, in the type that servers are to have
    adapter_model.safetensors, adapter_config.json   instead of them under LoRA
    optimizer.state                                  first.NAME, second.NAME; step, applied batches, answers
    master.state                                     the weights as trained, if those above are rounded

Keeps: whole or not at all. The last two are safetensors with another name, because servers take every file that ends in
.safetensors for weights; names in them are the embedded engine's, which can go on from such a checkpoint and this from
its.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from . import files
from .errors import TrainerError
from .merging import merged
from .optimizer import Optimizer, like, whole_tensor
from .parallel import Processes
from .policy import Policy

OPTIMIZER, MASTER = "optimizer.state", "master.state"
_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "tokenizer.model",
    "generation_config.json",
)


def export(policy: Policy, directory: str, processes: Processes, is_merged: bool = False) -> None:
    """What inference servers need, adapters merged into the model if `is_merged`; every process calls."""
    weights = _weights(policy, processes, is_merged)
    has_adapter = policy.settings.adapter is not None and not is_merged
    _on_first(
        processes,
        lambda: files.replace_directory(directory, lambda path: _write_policy(policy, weights, path, has_adapter)),
    )


def save(policy: Policy, optimizer: Optimizer, beside: dict[str, str], directory: str, processes: Processes) -> None:
    """The same and what going on needs; every process calls."""
    weights = _weights(policy, processes)
    moments = optimizer.moments()
    masters = _masters(policy, processes)

    def fill(path: str) -> None:
        _write_policy(policy, weights, path, policy.settings.adapter is not None)
        own = {"format": "whet", "step": str(optimizer.step), **beside}
        save_file(moments, os.path.join(path, OPTIMIZER), metadata=own)
        if policy.dtype == torch.bfloat16:
            save_file(masters, os.path.join(path, MASTER), metadata={"format": "pt"})

    _on_first(processes, lambda: files.replace_directory(directory, fill))


def metadata(directory: str) -> dict[str, str]:
    """What `save` wrote beside the optimizer's state."""
    return _read(os.path.join(directory, OPTIMIZER), names=())[1]


def load(policy: Policy, optimizer: Optimizer, directory: str) -> None:
    """Takes up what `save` wrote; nothing changes if it does not fit."""
    moments, beside = _read(os.path.join(directory, OPTIMIZER))
    step = beside.get("step", "")
    if not step.isdecimal():
        raise TrainerError("the optimizer's file holds no step", os.path.join(directory, OPTIMIZER))
    trained = dict(policy.parameters())
    for prefix in ("first", "second"):
        _check(moments, {f"{prefix}.{name}": parameter for name, parameter in trained.items()}, directory)
    master = os.path.join(directory, MASTER)
    values = _read(master)[0] if os.path.exists(master) else _stored_weights(policy, directory)
    _check(values, trained, directory)
    files.sweep(directory)
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(like(values[name], parameter))
    optimizer.restore(moments, int(step))


def _read(path: str, names: Sequence[str] | None = None) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of these names, all of them if None, and the metadata."""
    try:
        with safe_open(path, framework="pt") as file:
            return {
                name: file.get_tensor(name) for name in (file.keys() if names is None else names)
            }, file.metadata() or {}
    except FileNotFoundError:
        raise TrainerError(
            "this is no checkpoint", path, f"a directory that save wrote, with {OPTIMIZER} beside the weights"
        ) from None
    except (SafetensorError, OSError) as error:
        raise TrainerError(f"the file cannot be read: {error}", path, remedy="load another checkpoint") from None


def _check(values: dict[str, Tensor], parameters: dict[str, Tensor], directory: str) -> None:
    for name, parameter in parameters.items():
        if name not in values or values[name].shape != parameter.shape:
            found = "none" if name not in values else f"{list(values[name].shape)}"
            raise TrainerError(
                "the policy in the directory has another shape",
                f"{directory}: {name} is {found}",
                f"a checkpoint of the policy that is being trained, {list(parameter.shape)}",
            )


def _stored_weights(policy: Policy, directory: str) -> dict[str, Tensor]:
    """The trained parameters by their names, from a directory whose weights are not rounded."""
    if policy.settings.adapter is not None:
        stored = _read(os.path.join(directory, "adapter_model.safetensors"))[0]
        return {name: stored[key] for name, _ in policy.parameters() if (key := _adapter_key(name)) in stored}
    # By transformers, because the names in files may differ from those of parameters.
    try:
        model = policy.architecture.from_pretrained(directory, dtype=policy.master, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrainerError(f"the weights cannot be read: {first}", directory) from error
    return dict(model.named_parameters())


def _adapter_key(name: str) -> str:
    return name.replace(".default.", ".")


def _weights(policy: Policy, processes: Processes, is_merged: bool = False) -> dict[str, Tensor]:
    """The whole model's state, or the adapters', on the CPU of process 0 in the type that servers are to have."""
    if policy.settings.adapter is None:
        state = policy.model.state_dict()
    else:
        state = merged(policy) if is_merged else dict(policy.parameters())
    # Tied weights stay one tensor: save_pretrained writes them once.
    owners = {
        name.replace(".base_layer", ""): id(parameter)
        for name, parameter in policy.base.named_parameters(remove_duplicate=False)
    }
    found: dict[int | str, Tensor] = {}
    weights = {}
    for name, tensor in state.items():
        key = owners.get(name, name)
        if key not in found:
            found[key] = _copied(whole_tensor(tensor.detach()), policy, processes)
        weights[name] = found[key]
    return weights if processes.is_first else {}


def _copied(tensor: Tensor, policy: Policy, processes: Processes) -> Tensor:
    if not processes.is_first:
        return tensor
    is_rounded = tensor.is_floating_point() and policy.dtype == torch.bfloat16
    return tensor.cpu().to(policy.dtype if is_rounded else tensor.dtype).contiguous()


def _masters(policy: Policy, processes: Processes) -> dict[str, Tensor]:
    if policy.dtype != torch.bfloat16:
        return {}
    found = {}
    for name, parameter in policy.parameters():
        whole = whole_tensor(parameter)
        if processes.is_first:
            found[name] = whole.detach().cpu().contiguous()
    return found


def _write_policy(policy: Policy, weights: dict[str, Tensor], directory: str, has_adapter: bool) -> None:
    source = policy.settings.directory
    if has_adapter:
        config = policy.model.peft_config["default"]
        config.base_model_name_or_path = os.path.abspath(source)
        config.inference_mode = True
        config.save_pretrained(directory)
        config.inference_mode = False
        tensors = {_adapter_key(name): tensor.contiguous() for name, tensor in weights.items()}
        save_file(tensors, os.path.join(directory, "adapter_model.safetensors"), metadata={"format": "pt"})
    else:
        policy.base.save_pretrained(directory, state_dict=dict(weights))
        _correct_config(policy, os.path.join(directory, "config.json"))
    for name in _TOKENIZER:
        path = os.path.join(source, name)
        if os.path.isfile(path):
            shutil.copyfile(path, os.path.join(directory, name))


def _correct_config(policy: Policy, path: str) -> None:
    """The type is that of the written weights, and dropout is the model's own."""
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config.pop("torch_dtype", None)
    config.update({"dtype": policy.settings.dtype, **policy.dropouts})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, sort_keys=True)
        file.write("\n")


def _on_first(processes: Processes, work) -> None:
    """Process 0 works; its failure is every process's."""
    failure = None
    if processes.is_first:
        try:
            work()
        except TrainerError as error:
            failure = error
    failure = processes.gather(failure)[0]
    if failure is not None:
        raise failure
