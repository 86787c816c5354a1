"""Requests from standard input, replies to standard output, one JSON object a line; standard error is the log.

Keeps: a request that fails is answered with a sentence and the next is heard; nothing but replies is ever written to
standard output; when whet is gone, so is the trainer.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback

from .errors import TrainerError, unknown_name
from .fields import Fields, finite


class Lines:
    """Process 0's requests and replies."""

    def __init__(self):
        self._requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
        self._replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
        # What libraries print is log.
        os.dup2(2, 1)
        if not os.isatty(0):
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        self._queue: queue.Queue[str | None] = queue.Queue()

    def start(self, ancestors: Ancestors) -> None:
        threading.Thread(target=self._read, args=(ancestors,), daemon=True).start()

    def _read(self, ancestors: Ancestors) -> None:
        for line in self._requests:
            if line.strip():
                self._queue.put(line)
        # A client that closed its end is done; one that died takes the trainer along, in the midst of work.
        for _ in range(20):
            ancestors.end_if_gone()
            time.sleep(0.01)
        self._queue.put(None)

    def next(self) -> str | None:
        """None at the end."""
        return self._queue.get()

    def reply(self, message: dict) -> None:
        try:
            self._replies.write(json.dumps(finite(message), allow_nan=False) + "\n")
            self._replies.flush()
        except BrokenPipeError:
            os._exit(1)


class Ancestors:
    """Whoever started this process, and behind torchrun whoever started that: it ends when they do."""

    def __init__(self):
        self._seen = self._now()
        # The kernel's signal comes when the thread that started this process ends, too; then the parent lives on.
        signal.signal(signal.SIGHUP, lambda *_: self.end_if_gone())
        # Ctrl-C is for whoever drives this: it asks for an orderly end in its own time.
        if not sys.stdin.isatty():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            ctypes.CDLL(None).prctl(1, signal.SIGHUP)  # PR_SET_PDEATHSIG
        except (AttributeError, OSError):
            pass  # Not Linux: the end of standard input tells.

    @staticmethod
    def _now() -> list[int]:
        parent = os.getppid()
        if "TORCHELASTIC_RUN_ID" not in os.environ:
            return [parent]
        try:
            with open(f"/proc/{parent}/stat", encoding="utf-8", errors="replace") as file:
                return [parent, int(file.read().rsplit(")", 1)[1].split()[1])]
        except OSError:
            return [parent]

    def end_if_gone(self) -> None:
        if self._now() != self._seen:
            os._exit(1)


def serve(lines: Lines | None, processes, trainer) -> None:
    """Answers until standard input ends or shutdown is asked for. `lines`: of process 0, None elsewhere."""
    while True:
        line = processes.broadcast_line(lines.next() if lines else None)
        if line is None:
            return
        message, goes_on = answer(line, trainer, is_alone=processes.count == 1)
        if lines:
            lines.reply(message)
        if "fatal" in message.get("error", {}):
            os._exit(1)
        if not goes_on:
            return


def refuse(lines: Lines | None, problem: str, remedy: str) -> int:
    """Answers the first request with why there will be no more. Returns the process's status."""
    line = lines.next() if lines else None
    if line is not None:
        try:
            id = json.loads(line)["id"]
        except (ValueError, KeyError, TypeError):
            id = None
        lines.reply({"id": id, "error": {"problem": problem, "remedy": remedy, "fatal": True}})
    return 1


def answer(line: str, trainer, is_alone: bool = True) -> tuple[dict, bool]:
    """The reply to one line, and whether to listen on."""
    id = None
    try:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise TrainerError(f"the request is no JSON: {error}") from None
        fields = Fields(request, "request")
        id = fields.value_of("id")
        if id is None or isinstance(id, (bool, dict, list)):
            id = None
            raise TrainerError('the request has no "id"', expected="a number or a text, which the reply repeats")
        method = fields.text("method")
        if method == "shutdown":
            return {"id": id, "result": {}}, False
        if method not in trainer.methods:
            raise unknown_name(method, "method", [*trainer.methods, "shutdown"])
        members = {name: value for name, value in request.items() if name not in ("id", "method")}
        return {"id": id, "result": trainer.methods[method](Fields(members, method))}, True
    except TrainerError as error:
        return {"id": id, "error": error.json()}, True
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        first = (str(error).strip().splitlines() or [""])[0]
        problem = {
            "problem": f"the trainer failed: {type(error).__name__}: {first}",
            "remedy": "look at the trainer's log for the whole story",
        }
        if getattr(error, "dropped", None):
            problem["dropped"] = error.dropped
        if not is_alone:
            # The others may wait in a computation that this process left: only all ending together ends that.
            problem["fatal"] = True
        return {"id": id, "error": problem}, is_alone
