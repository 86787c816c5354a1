"""What was done, by id, so that a request that comes again is answered from what was done and not done again.

Keeps: what changes weights is known from the save before the last on, and what was saved with the weights is what a
load knows; older ones are forgotten, because no resume goes back behind a save.
"""

from __future__ import annotations

import json

from .errors import TrainerError
from .fields import finite


class Ledger:
    def __init__(self):
        # By "METHOD ID": the result. Since the last save, and of the last save.
        self._recent: dict[str, dict] = {}
        self._at_save: dict[str, dict] = {}
        # Batches whose gradients wait to be applied, and those that are in the weights.
        self.waiting: list[str] = []
        self._applied: list[str] = []
        self._applied_at_save: list[str] = []

    @property
    def applied(self) -> list[str]:
        return self._applied_at_save + self._applied

    def answer(self, method: str, id: str) -> dict | None:
        """The result of a request that was carried out already."""
        key = f"{method} {id}"
        result = self._recent.get(key, self._at_save.get(key))
        if result is None and method == "forward_backward" and id in self.applied:
            raise TrainerError(
                "the batch was applied already, by a trainer that did not keep its report",
                f"batch {id}",
                "an id of its own for every batch",
                remedy="go on with the next batch",
            )
        return result

    def did(self, method: str, id: str, result: dict) -> None:
        self._recent[f"{method} {id}"] = result

    def wait(self, batch: str) -> None:
        self.waiting.append(batch)

    def apply(self) -> None:
        """The gradients went into the weights."""
        self._applied += self.waiting
        self.waiting = []

    def drop(self) -> list[str]:
        """The gradients were thrown away: their batches may come again. Returns their ids."""
        dropped, self.waiting = self.waiting, []
        for id in dropped:
            self._recent.pop(f"forward_backward {id}", None)
        return dropped

    def metadata(self, save: str, result: dict) -> dict[str, str]:
        """What goes beside the weights saved under the id `save`; `applied_batches` as the engine writes it."""
        answers = {**self._recent, f"save {save}": result}
        return {"applied_batches": json.dumps(self._applied), "answers": json.dumps(finite(answers), allow_nan=False)}

    def saved(self) -> None:
        self._at_save, self._recent = self._recent, {}
        self._applied_at_save, self._applied = self._applied, []

    @staticmethod
    def read(metadata: dict[str, str], place: str) -> Ledger:
        """Of a checkpoint, the engine's own too, which has no answers."""
        ledger = Ledger()
        try:
            applied = json.loads(metadata.get("applied_batches", "[]"))
            answers = json.loads(metadata.get("answers", "{}"))
        except json.JSONDecodeError:
            applied = answers = None
        if (
            not isinstance(applied, list)
            or not all(isinstance(id, str) for id in applied)
            or not isinstance(answers, dict)
        ):
            raise TrainerError(
                "the checkpoint has a broken list of applied batches", place, "JSON", remedy="load another checkpoint"
            )
        ledger._applied_at_save, ledger._at_save = applied, answers
        return ledger
