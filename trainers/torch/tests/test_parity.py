"""What transformers computed on the fixture models: log-probabilities, and the losses of a run of AdamW."""

import json
import os

import numpy as np
import pytest

import batches

MODELS = [
    os.path.join(folder, "models", name)
    for folder in batches.fixture_folders()
    for name in sorted(os.listdir(os.path.join(folder, "models")))
]


def rows(path):
    with open(os.path.join(path, "reference.json"), encoding="utf-8") as file:
        reference = json.load(file)
    ids = reference["forward"]["input_ids"]
    lengths = [len(row) for row in ids]
    arrays = batches.random_batch(0, lengths)
    arrays["tokens"] = np.concatenate(ids).astype(np.int32)
    arrays["mask"] = np.concatenate([np.arange(length) > 0 for length in lengths]).astype(np.uint8)
    arrays["temperatures"][:] = 1
    arrays["votes"][:] = 1
    arrays["weights"][:] = 1
    arrays["behavior_log_probabilities"][:] = 0
    return reference, arrays


@pytest.mark.parametrize("path", MODELS, ids=os.path.basename)
@pytest.mark.parametrize("limit", [8192, 16])
def test_log_probabilities(direct, path, limit):
    reference, arrays = rows(path)
    trainer = direct(model=path, micro_batch_tokens=limit)
    assert trainer.loaded["packing"]
    found = trainer.log_probabilities(arrays)
    offsets = arrays["offsets"]
    for index, expected in enumerate(reference["forward"]["next_token_logprobs"]):
        own = found[offsets[index] : offsets[index + 1]]
        assert own[0] == 0
        np.testing.assert_allclose(own[1:], expected, atol=2e-5)


@pytest.mark.parametrize("path", MODELS, ids=os.path.basename)
def test_losses_of_a_run(direct, path):
    reference, arrays = rows(path)
    adamw = reference["training"]["adamw"]
    trainer = direct(
        model=path,
        optimizer={
            "beta1": adamw["beta1"],
            "beta2": adamw["beta2"],
            "epsilon": adamw["eps"],
            "weight_decay": adamw["weight_decay"],
            "clip_norm": adamw["clip_norm"],
            "decays_all": True,
        },
    )
    for expected in reference["training"]["losses"]:
        report = trainer.train(arrays, {"objective": "cross_entropy"})
        assert abs(report["loss"] - expected) < 1e-4 * max(1, expected)
        assert "behavior_kl" not in report["metrics"]
        trainer.step(adamw["lr"])


def test_the_padding_token_is_trained_like_any(direct):
    path = next(each for each in MODELS if os.path.basename(each) == "llama")
    with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
        padding = json.load(file)["pad_token_id"]
    arrays = batches.random_batch(0, [6])
    arrays["tokens"][2] = padding
    arrays["mask"][:] = np.arange(6) > 2
    trainer = direct(model=path)
    trainer.train(arrays, {"objective": "policy_gradient"})
    name, gradient = next((n, g) for n, g in trainer.gradients().items() if "embed_tokens" in n)
    assert gradient[padding].abs().sum() > 0, name
