"""Every objective that a request may name, its settings and their limits; the same as whet's ObjectiveCatalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import divergence, objectives
from .errors import unknown_name
from .fields import Fields


def _number(default, **limits):
    return lambda fields, key: fields.number(key, default, **limits)


def _estimator(default):
    return lambda fields, key: fields.choice(key, divergence.ESTIMATORS, default)


@dataclass(frozen=True)
class Definition:
    evaluate: Callable[..., objectives.Evaluation]
    # Reads one setting each, with its default and limits.
    settings: dict[str, Callable]
    # The only way of averaging under which the objective is what its paper says.
    required_aggregation: str | None = None
    needs_reference: bool = False


_share = {"least": 0, "most": 1}
_any = {"least": 0}
_divergence = {"truncation": _number(20, above=0)}

OBJECTIVES = {
    "ppo_clip": Definition(
        objectives.ppo_clip,
        {
            "clip_low": _number(0.2, **_share),
            "clip_high": _number(0.2, **_any, optional=True),
            "dual_clip": _number(3, above=1, optional=True),
        },
    ),
    "gspo": Definition(objectives.gspo, {"clip_low": _number(3e-4, **_share), "clip_high": _number(4e-4, **_any)}),
    "cispo": Definition(objectives.cispo, {"clip_low": _number(1, **_any), "clip_high": _number(0.28, **_any)}),
    "sapo": Definition(objectives.sapo, {"tau_positive": _number(1, above=0), "tau_negative": _number(1.05, above=0)}),
    "gmpo": Definition(
        objectives.gmpo,
        {"clip_low": _number(0.4, **_any), "clip_high": _number(0.4, **_any)},
        required_aggregation="seq-mean-token-mean",
    ),
    "dppo_tv": Definition(
        objectives.dppo_tv,
        {"divergence_low": _number(0.2, **_any), "divergence_high": _number(0.2, **_any), **_divergence},
    ),
    "dppo_kl": Definition(
        objectives.dppo_kl,
        {"divergence_low": _number(0.05, **_any), "divergence_high": _number(0.05, **_any), **_divergence},
    ),
    "topr": Definition(objectives.topr, {"negative_limit": _number(1, above=0)}),
    "policy_gradient": Definition(objectives.policy_gradient, {}),
    "cross_entropy": Definition(objectives.cross_entropy, {}),
    "reverse_kl": Definition(
        objectives.reverse_kl, {"distillation_estimator": _estimator("k1+")}, needs_reference=True
    ),
}


@dataclass(frozen=True)
class Objective:
    """An objective by name with its settings."""

    name: str
    definition: Definition
    settings: dict

    @staticmethod
    def read(fields: Fields) -> Objective:
        """From the members "objective" and "settings"."""
        name = fields.text("objective")
        if name not in OBJECTIVES:
            raise unknown_name(name, "objective", OBJECTIVES, fields.place)
        definition = OBJECTIVES[name]
        given = fields.fields("settings", {})
        settings = {key: read(given, key) for key, read in definition.settings.items()}
        given.end()
        return Objective(name, definition, settings)

    def evaluate(self, tokens: objectives.Tokens) -> objectives.Evaluation:
        return self.definition.evaluate(tokens, **self.settings)
