"""Mistakes and failures in words that help the person who reads them; whet shows them as its own."""

from __future__ import annotations

from collections.abc import Iterable


class TrainerError(Exception):
    """What was wrong, where, what was expected, the nearest valid choice, what to do.

    Keeps: `problem` alone says what was wrong, in one sentence without a full stop.
    """

    def __init__(self, problem, place=None, expected=None, suggestion=None, remedy=None, dropped=()):
        super().__init__(problem)
        self.problem = problem
        self.place = place
        self.expected = expected
        self.suggestion = suggestion
        self.remedy = remedy
        # Ids of batches whose gradients were thrown away, so that the client sends them again.
        self.dropped = list(dropped)

    def json(self) -> dict:
        members = ("problem", "place", "expected", "suggestion", "remedy", "dropped")
        return {name: getattr(self, name) for name in members if getattr(self, name)}

    def __str__(self) -> str:
        text = f"{self.place}: {self.problem}" if self.place else self.problem
        if self.suggestion:
            text += f' (did you mean "{self.suggestion}"?)'
        if self.expected:
            text += f"\n  expected: {self.expected}"
        if self.remedy:
            text += f"\n  try: {self.remedy}"
        return text


def unknown_name(name: object, kind: str, choices: Iterable[str], place: str | None = None) -> TrainerError:
    """An unknown `name` where one of `choices` was due; suggests the nearest."""
    choices = sorted(choices)
    return TrainerError(
        f'there is no {kind} "{name}"',
        place,
        f"one of {', '.join(choices)}" if choices else None,
        nearest(str(name), choices),
    )


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice fewest edits away, if that is at most a third of the name's length, and at least two."""
    limit = max(2, len(name) // 3)
    ranked = sorted((edits(name.lower(), choice.lower()), choice) for choice in choices)
    return ranked[0][1] if ranked and ranked[0][0] <= limit else None


def edits(left: str, right: str) -> int:
    """The Levenshtein distance."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
