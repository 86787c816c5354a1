"""Gradients through real models of transformers, against differences of the loss."""

import numpy as np
import pytest
import torch
import transformers

import batches
import reference
from whet_torch.catalog import OBJECTIVES
from whet_torch.scoring import TokenScores


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """Nothing in it computes in float32 by itself, so differences are sharp; dropout in its configuration."""
    torch.manual_seed(3)
    config = transformers.GPT2Config(
        vocab_size=37, n_positions=32, n_embd=16, n_layer=2, n_head=2, initializer_range=0.3
    )
    path = tmp_path_factory.mktemp("gpt2")
    transformers.GPT2LMHeadModel(config).save_pretrained(path)
    return str(path)


LOSSES = [{"objective": name, "settings": reference.SETTINGS.get(name, {})} for name in OBJECTIVES] + [
    {"objective": "policy_gradient", "entropy_bonus": 0.4},
    {
        "objective": "sapo",
        "aggregation": "seq-mean-token-mean",
        "entropy_bonus": 0.2,
        "kl": {"estimator": "k3", "coefficient": 0.3},
    },
]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: "-".join([loss["objective"], *list(loss)[2:]]))
def test_the_gradient_is_the_slope(direct, gpt2, loss):
    arrays = batches.random_batch(5, [9, 14, 6], vocabulary=37, reference=True)
    trainer = direct(model=gpt2, dtype="float64")
    assert trainer.loaded["packing"]
    # Ratios within reach of every clip.
    own = trainer.log_probabilities(arrays)
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, (2, len(own))).astype(np.float32)
    arrays["behavior_log_probabilities"] = np.where(arrays["mask"], own + noise[0], 0)
    arrays["reference_log_probabilities"] = np.where(arrays["mask"], own + noise[1], 0)
    trainer.train(arrays, loss)
    gradients = trainer.gradients()
    parameters = dict(trainer.trainer._policy.parameters())
    torch.manual_seed(0)
    norm = torch.sqrt(sum((g**2).sum() for g in gradients.values()))
    for along in (True, False):
        direction = {name: g / norm if along else torch.randn_like(g) for name, g in gradients.items()}
        slope = sum(float((g * direction[name]).sum()) for name, g in gradients.items())

        def value(step):
            with torch.no_grad():
                for name, d in direction.items():
                    parameters[name] += step * d
            found = surrogate(trainer, arrays, loss)
            with torch.no_grad():
                for name, d in direction.items():
                    parameters[name] -= step * d
            return found

        base_scores(trainer, arrays)
        step = 1e-5
        difference = (value(step) - value(-step)) / 2 / step
        assert abs(difference - slope) < 1e-6 * float(norm) + 1e-6 * abs(slope)


def scores_of(trainer, arrays):
    from whet_torch import batch, microbatch

    streams = batch.read(trainer.directory(arrays))
    found = torch.zeros(2, len(streams.tokens), dtype=torch.float64)
    with trainer.trainer._policy.scoring():
        for piece in microbatch.cut(streams, streams.mask, 4096):
            for row, each in zip(found, trainer.trainer._policy.scores(piece)):
                row[piece.scored] = each
    return found.numpy()


def base_scores(trainer, arrays):
    trainer.frozen = scores_of(trainer, arrays)[0]


def surrogate(trainer, arrays, loss):
    """The reference's loss, with what a paper holds constant taken from where the gradient was taken."""
    from test_objectives import plain_loss

    now, entropies = scores_of(trainer, arrays)
    total = plain_loss(arrays, loss, now, trainer.frozen)
    if "entropy_bonus" in loss:
        for i in range(len(arrays["votes"])):
            own = slice(arrays["offsets"][i], arrays["offsets"][i + 1])
            counts = [
                int(arrays["mask"][arrays["offsets"][j] : arrays["offsets"][j + 1]].sum())
                for j in range(len(arrays["votes"]))
            ]
            share = reference.share(loss.get("aggregation", "token-mean"), counts, i, 1) * arrays["votes"][i]
            total -= loss["entropy_bonus"] * share * float((entropies[own] * arrays["mask"][own]).sum())
    return total


@pytest.mark.parametrize("rows", [7, 1])
def test_token_scores_against_autograd(monkeypatch, rows):
    monkeypatch.setattr("whet_torch.scoring._SLAB", 11 * rows)
    torch.manual_seed(1)
    logits = torch.randn(17, 11, dtype=torch.float64) * 3
    logits[2, 4] = -torch.inf
    logits.requires_grad_()
    targets = torch.randint(0, 4, (17,))
    inverse = torch.linspace(0.5, 2, 17)
    slopes = torch.randn(2, 17, dtype=torch.float64)
    found = TokenScores.apply(logits, targets, inverse)
    (own,) = torch.autograd.grad(found, logits, tuple(slopes))
    logs = torch.log_softmax(logits * inverse[:, None].double(), -1)
    safe = logs.masked_fill(logs == -torch.inf, 0)
    plain = logs.gather(1, targets[:, None])[:, 0], -(torch.exp(logs) * safe).sum(-1)
    (theirs,) = torch.autograd.grad(plain, logits, tuple(slopes))
    for a, b in zip((*found, own), (*plain, theirs)):
        assert (a - b).abs().max() < 1e-12
