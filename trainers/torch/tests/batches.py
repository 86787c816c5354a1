"""Random batches, as arrays and as the file that a request names."""

from __future__ import annotations

import os

import numpy as np
from safetensors.numpy import save_file

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "..", "Tests", "Fixtures")


def fixture_folders() -> list[str]:
    return [os.path.abspath(folder) for folder in (FIXTURES, os.environ.get("WHET_FIXTURES")) if folder]


def model(name: str = "qwen3") -> str:
    return os.path.join(os.path.abspath(FIXTURES), "models", name)


def random_batch(seed: int, lengths, vocabulary=640, reference=False, components=None, behavior=(-8, -4)) -> dict:
    generator = np.random.default_rng(seed)
    total = int(sum(lengths))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.concatenate([np.arange(length) for length in lengths]) if len(lengths) else np.zeros(0)
    arrays = {
        "offsets": offsets,
        "tokens": generator.integers(0, vocabulary, total).astype(np.int32),
        "mask": ((places >= 3) & (places % 5 != 4)).astype(np.uint8),
        "advantages": generator.uniform(-1, 1, total).astype(np.float32),
        "weights": generator.uniform(0.5, 1.5, total).astype(np.float32),
        "behavior_log_probabilities": generator.uniform(*behavior, total).astype(np.float32),
        "temperatures": np.array([1 if index % 2 == 0 else 0.9 for index in range(len(lengths))], dtype=np.float32),
        "votes": generator.choice([1, 0.5, 2], len(lengths)).astype(np.float64),
    }
    if reference:
        arrays["reference_log_probabilities"] = generator.uniform(*behavior, total).astype(np.float32)
    if components is not None:
        arrays["components"] = np.array([components[i % len(components)] for i in range(len(lengths))], dtype=np.int32)
    return arrays


def select(arrays: dict, sequences: list[int]) -> dict:
    """The batch of these sequences alone."""
    offsets = arrays["offsets"]
    places = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in sequences])
    per_sequence = ("temperatures", "votes", "components", "has_reference")
    chosen = {
        name: array[sequences] if name in per_sequence else array[places]
        for name, array in arrays.items()
        if name != "offsets"
    }
    lengths = [int(offsets[i + 1] - offsets[i]) for i in sequences]
    return {**chosen, "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)}


def write(arrays: dict, directory) -> str:
    os.makedirs(directory, exist_ok=True)
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        os.path.join(directory, "batch.safetensors"),
    )
    return str(directory)
