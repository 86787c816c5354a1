"""Every objective, aggregation, KL estimate and component in float64, against verl's numbers and plain Python."""

import json
import os

import numpy as np
import pytest
import torch

import batches
import reference
from whet_torch import divergence, loss
from whet_torch.accounting import Accounting
from whet_torch.batch import Batch
from whet_torch.catalog import OBJECTIVES
from whet_torch.fields import Fields
from whet_torch.microbatch import MicroBatch, cut

TOLERANCE = 1e-9


def cases(kind):
    found = []
    for folder in batches.fixture_folders():
        with open(os.path.join(folder, "algorithms.json"), encoding="utf-8") as file:
            found += [case for case in json.load(file)["cases"] if case["kind"] == kind]
    return found


def batch_of(arrays):
    return Batch(
        **{name: torch.from_numpy(arrays[name]) for name in ("offsets", "tokens", "temperatures", "votes")},
        # In float64, so that no rounding hides a mistake.
        **{
            name: torch.from_numpy(arrays[name]).double()
            for name in ("advantages", "weights", "behavior_log_probabilities")
        },
        mask=torch.from_numpy(arrays["mask"]).bool(),
        reference_log_probabilities=torch.from_numpy(arrays["reference_log_probabilities"]).double(),
        components=torch.from_numpy(arrays.get("components", np.full(len(arrays["votes"]), -1, np.int32))),
        has_reference=torch.ones(len(arrays["votes"]), dtype=torch.bool),
    )


def evaluate(batch, description, log_probabilities, entropies=None):
    """The report and ∂loss / ∂log-probabilities over the flat arrays; each piece by itself."""
    sums = Accounting(batch, loss.Loss.read(Fields(description, "loss")))
    slopes = torch.zeros(len(batch.tokens), dtype=torch.float64)
    entropy_slopes = torch.zeros_like(slopes)
    entropies = torch.zeros_like(slopes) if entropies is None else entropies
    for piece in cut(batch, batch.mask, 30):
        found = sums.slopes(piece, log_probabilities[piece.scored], entropies[piece.scored])
        slopes[piece.scored], entropy_slopes[piece.scored] = found
    return sums.report, slopes, entropy_slopes


def test_the_fixtures_are_there():
    assert len(cases("objective")) >= 19 and len(cases("kl")) >= 6


@pytest.mark.parametrize("case", cases("objective"), ids=lambda case: case["name"])
def test_verls_losses_and_gradients(case):
    mask = np.array(case["mask"])
    count, width = mask.shape

    def flat(name, default=0.0):
        rows = np.array(case[name]) if name in case else np.full(mask.shape, default)
        # A first token that nothing predicts, as every sequence has.
        return np.concatenate([np.full((count, 1), default), rows], axis=1).reshape(-1)

    arrays = {
        "offsets": np.arange(count + 1) * (width + 1),
        "tokens": np.zeros(count * (width + 1), np.int32),
        "mask": flat("mask").astype(np.uint8),
        "advantages": flat("advantages"),
        "weights": flat("weights", 1.0),
        "behavior_log_probabilities": flat("behavior_logprobs"),
        "reference_log_probabilities": flat("logprobs"),
        "temperatures": np.ones(count, np.float32),
        "votes": np.ones(count),
    }
    settings = dict(case["parameters"])
    description = {"objective": case["objective"], "aggregation": settings.pop("aggregation"), "settings": settings}
    # verl divides by the width of its rows, masked or not.
    if description["aggregation"] == "seq-mean-token-sum-norm":
        description["normalization_length"] = width
    report, slopes, _ = evaluate(batch_of(arrays), description, torch.from_numpy(flat("logprobs")))
    expected = case["expected"]
    # verl divides the mean of a sequence by its tokens plus 1e-8; nothing else differs.
    relative = 1e-8 if description["aggregation"] == "seq-mean-token-mean" else 0
    np.testing.assert_allclose(report["loss"], expected["loss"], rtol=relative, atol=TOLERANCE)
    gradient = slopes.reshape(count, width + 1)[:, 1:].numpy()
    np.testing.assert_allclose(gradient, np.array(expected["gradient"]), rtol=relative, atol=TOLERANCE)
    if "clip_fraction" in expected:
        assert abs(report["metrics"]["clip_fraction"] - expected["clip_fraction"]) <= TOLERANCE


@pytest.mark.parametrize("case", cases("kl"), ids=lambda case: case["name"])
def test_verls_divergences(case):
    found = divergence.estimate(
        case["estimator"],
        *(torch.tensor(case[name], dtype=torch.float64) for name in ("logprobs", "reference_logprobs")),
    )
    np.testing.assert_allclose(found[0].numpy(), np.array(case["expected"]["kl"]), rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(found[1].numpy(), np.array(case["expected"]["gradient"]), rtol=0, atol=TOLERANCE)


def ground(seed=3, components=None):
    arrays = batches.random_batch(
        seed, [12, 3, 9, 20, 1, 14, 8], reference=True, components=components, behavior=(-2.5, -0.2)
    )
    generator = np.random.default_rng(seed + 1)
    behavior = arrays["behavior_log_probabilities"].astype(np.float64)
    now = np.minimum(behavior + generator.uniform(-0.6, 0.6, len(behavior)), -0.01)
    arrays["reference_log_probabilities"] = (now + generator.uniform(-0.5, 0.5, len(now))).astype(np.float32)
    return arrays, now


def plain_loss(arrays, description, now, frozen, components=None):
    """The batch's loss, from the reference alone."""
    offsets, mask = arrays["offsets"], arrays["mask"]
    named = arrays.get("components", np.full(len(offsets) - 1, -1))
    total = 0.0
    for number, part in enumerate([description, *description.get("components", [])]):
        own = [i for i in range(len(offsets) - 1) if named[i] == number - 1]
        counts, lengths = [], []
        for i in own:
            places = np.flatnonzero(mask[offsets[i] : offsets[i + 1]])
            counts.append(len(places))
            lengths.append(int(offsets[i + 1] - offsets[i] - places[0]) if len(places) else 0)
        aggregation = "seq-mean-token-mean" if part["objective"] == "gmpo" else part.get("aggregation", "token-mean")
        longest = description.get("normalization_length") or max(lengths)
        for position, i in enumerate(own):
            if counts[position] == 0:
                continue
            tokens = [
                reference.Token(
                    now[p],
                    frozen[p],
                    float(arrays["behavior_log_probabilities"][p]),
                    float(arrays["advantages"][p]),
                    float(arrays["weights"][p]),
                    float(arrays["reference_log_probabilities"][p]),
                )
                for p in range(offsets[i], offsets[i + 1])
                if mask[p]
            ]
            share = reference.share(aggregation, counts, position, longest) * arrays["votes"][i] * part.get("weight", 1)
            losses = reference.OBJECTIVES[part["objective"]](tokens)
            total += share * sum(value * t.weight for value, t in zip(losses, tokens))
            if number == 0 and "kl" in part:
                kl = part["kl"]
                total += share * kl["coefficient"] * sum(reference.divergence(kl["estimator"], t) for t in tokens)
    return total


def check(arrays, now, description, has_value=True):
    batch = batch_of(arrays)
    report, slopes, _ = evaluate(batch, description, torch.from_numpy(now))
    if has_value:
        assert abs(report["loss"] - plain_loss(arrays, description, now, now)) < TOLERANCE
    assert slopes[~batch.mask].abs().max() == 0
    for place in np.flatnonzero(arrays["mask"]):
        step = 1e-5
        above, below = now.copy(), now.copy()
        above[place] += step
        below[place] -= step
        slope = (plain_loss(arrays, description, above, now) - plain_loss(arrays, description, below, now)) / 2 / step
        assert abs(slopes[place] - slope) < 1e-8 * max(1, abs(slope)), place
    assert slopes.abs().max() > 0
    return report


def test_no_objective_is_without_a_reference():
    assert set(reference.OBJECTIVES) == set(OBJECTIVES)


@pytest.mark.parametrize("aggregation", loss.AGGREGATIONS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_and_aggregation(objective, aggregation):
    description = {
        "objective": objective,
        "aggregation": aggregation,
        "settings": reference.SETTINGS.get(objective, {}),
    }
    arrays, now = ground()
    report = check(arrays, now, description)
    if objective in ("ppo_clip", "gspo", "gmpo", "dppo_tv", "dppo_kl", "topr", "cispo"):
        assert 0 < report["metrics"]["clip_fraction"] < 1


@pytest.mark.parametrize("estimator", divergence.ESTIMATORS)
def test_every_divergence_as_penalty(estimator):
    arrays, now = ground()
    description = {"objective": "ppo_clip", "kl": {"estimator": estimator, "coefficient": 0.3}}
    report = check(arrays, now, description, has_value=not estimator.endswith("+") or estimator == "k2+")
    assert "reference_kl" in report["metrics"]


def test_components_are_averaged_over_their_own():
    arrays, now = ground(components=[-1, 0, -1, 1])
    description = {
        "objective": "ppo_clip",
        "aggregation": "seq-mean-token-mean",
        "entropy_bonus": 0.1,
        "kl": {"estimator": "k3", "coefficient": 0.3},
        "components": [
            {"name": "cross_entropy", "objective": "cross_entropy", "weight": 0.5},
            {
                "name": "reverse_kl",
                "objective": "reverse_kl",
                "weight": 0.25,
                "settings": {"distillation_estimator": "k2"},
                "aggregation": "seq-mean-token-sum-norm",
            },
        ],
    }
    report = check(arrays, now, description)
    assert set(report["metrics"]) == {
        "clip_fraction",
        "clip_fraction_lower",
        "ratio",
        "reference_kl",
        "entropy",
        "behavior_kl",
        "log_probability_difference",
        *(
            f"cross_entropy/{name}"
            for name in ("loss", "tokens", "entropy", "behavior_kl", "log_probability_difference")
        ),
        *(
            f"reverse_kl/{name}"
            for name in ("loss", "tokens", "entropy", "reference_kl", "behavior_kl", "log_probability_difference")
        ),
    }


def test_the_entropy_bonus_has_shares_and_votes_but_no_weights():
    arrays, now = ground()
    batch = batch_of(arrays)
    entropies = torch.linspace(0.5, 2, len(now), dtype=torch.float64)
    description = {"objective": "policy_gradient", "aggregation": "seq-mean-token-mean", "entropy_bonus": 0.4}
    report, _, slopes = evaluate(batch, description, torch.from_numpy(now), entropies)
    plain, _, none = evaluate(batch, {**description, "entropy_bonus": 0}, torch.from_numpy(now), entropies)
    assert none.abs().max() == 0
    assert abs(report["loss"] - plain["loss"] - float((slopes * entropies).sum())) < TOLERANCE
    counts = batch.counts.double()
    share = batch.votes / (counts > 0).sum() / counts
    expected = torch.where(batch.mask, -0.4 * share[batch.sequence_of], 0.0)
    assert (slopes - expected).abs().max() < 1e-15


def test_edges():
    """Ratios beyond their bounds have no slope, and nothing becomes infinite."""
    arrays = batches.random_batch(0, [6], reference=True)
    arrays["mask"][:] = [0, 1, 1, 1, 1, 1]
    now = np.array([0, -1, -30, -0.5, -1e-9, -60.0])
    arrays["behavior_log_probabilities"][:] = [0, -40, -1, -0.5, -25, -2]
    for objective in OBJECTIVES:
        report, slopes, _ = evaluate(batch_of(arrays), {"objective": objective}, torch.from_numpy(now))
        assert np.isfinite(report["loss"]) and bool(slopes.isfinite().all()), objective
    _, slopes, _ = evaluate(
        batch_of(arrays),
        {"objective": "ppo_clip", "settings": {"clip_high": None, "dual_clip": None}},
        torch.from_numpy(now),
    )
    assert slopes[1] == 0 and slopes[3] != 0


def test_nothing_to_train_gives_nothing():
    arrays = batches.random_batch(0, [3, 1, 2], reference=True)
    arrays["mask"][:] = 0
    for aggregation in loss.AGGREGATIONS:
        report, slopes, _ = evaluate(
            batch_of(arrays), {"objective": "ppo_clip", "aggregation": aggregation}, torch.zeros(6, dtype=torch.float64)
        )
        assert report == {"loss": 0.0, "tokens": 0, "metrics": {}} and slopes.abs().max() == 0
