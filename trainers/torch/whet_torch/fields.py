"""The members of a request, each checked: a wrong one is a sentence that names it. And numbers as JSON has them."""

from __future__ import annotations

import math

from .errors import TrainerError, nearest, unknown_name

REQUIRED = object()


class Fields:
    """The members of one JSON object.

    Keeps: a member that nobody asked for is refused by `end`, because a misspelt setting would be a silent default.
    """

    def __init__(self, value: object, place: str):
        if not isinstance(value, dict):
            raise TrainerError("this is no object", place, "a JSON object, {…}")
        self.value = value
        self.place = place
        self._asked: set[str] = set()

    def _take(self, key: str, default: object) -> object:
        self._asked.add(key)
        if key in self.value:
            return self.value[key]
        if default is REQUIRED:
            raise TrainerError(f'"{key}" is missing', self.place)
        return default

    def _wrong(self, key: str, expected: str) -> TrainerError:
        return TrainerError(f'"{key}" cannot be {_brief(self.value.get(key))}', self.place, expected)

    def text(self, key: str, default=REQUIRED) -> str | None:
        value = self._take(key, default)
        if value is default and key not in self.value:
            return value
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text that is not empty")
        return value

    def optional_text(self, key: str) -> str | None:
        return None if self._take(key, None) is None else self.text(key)

    def choice(self, key: str, choices, default=REQUIRED) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise unknown_name(value, key.replace("_", " "), choices, self.place)
        return value

    def flag(self, key: str, default=REQUIRED) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str, default=REQUIRED, least=-math.inf, most=math.inf, above=None, optional=False):
        """A finite number; None where `optional` and the member is null."""
        value = self._take(key, default)
        if value is None and optional:
            return None
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not fits or not least <= value <= most or (above is not None and value <= above):
            limits = [f"above {above:g}"] if above is not None else [f"at least {least:g}"] if least > -math.inf else []
            limits += [f"at most {most:g}"] if most < math.inf else []
            expected = " ".join(["a number", " and ".join(limits)]).strip() + (" or null" if optional else "")
            raise self._wrong(key, expected)
        return float(value)

    def integer(self, key: str, default=REQUIRED, least=0, optional=False) -> int | None:
        value = self._take(key, default)
        if value is None and optional:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._wrong(key, f"a whole number of at least {least}" + (" or null" if optional else ""))
        return value

    def fields(self, key: str, default=REQUIRED) -> Fields | None:
        """None where the default is, and the member is missing or null."""
        value = self._take(key, default)
        return None if value is None and default is None else Fields(value, f"{self.place}: {key}")

    def items(self, key: str, default=REQUIRED) -> list:
        value = self._take(key, default)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def value_of(self, key: str, default=None) -> object:
        return self._take(key, default)

    def end(self) -> None:
        """Call when every member was asked for."""
        unknown = sorted(set(self.value) - self._asked)
        if unknown:
            raise TrainerError(
                f'"{unknown[0]}" is not known here',
                self.place,
                f"of {', '.join(sorted(self._asked))}",
                nearest(unknown[0], self._asked),
            )


def finite(value: object) -> object:
    """JSON has no infinities: null stands for a number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, (list, tuple)) else value


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
