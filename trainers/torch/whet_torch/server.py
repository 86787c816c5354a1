"""Requests from standard input, replies to standard output, one JSON object a line; standard error is the log.

Keeps: a request that fails is answered with a sentence and the next is heard; nothing but replies is ever written to
standard output; when whet is gone, so is the trainer.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import queue
import signal
import sys
import threading
import time
import traceback

from .errors import TrainerError, unknown_name
from .fields import Fields


class Lines:
    """Process 0's requests and replies."""

    def __init__(self):
        self._requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
        self._replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
        # What libraries print is log.
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        self._queue: queue.Queue[str | None] = queue.Queue()

    def start(self, parent: int) -> None:
        threading.Thread(target=self._read, args=(parent,), daemon=True).start()

    def _read(self, parent: int) -> None:
        for line in self._requests:
            if line.strip():
                self._queue.put(line)
        # A parent that closed its end is done; one that died takes the trainer along, in the midst of work.
        for _ in range(20):
            if os.getppid() != parent:
                os._exit(1)
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


def finite(value: object) -> object:
    """JSON has no infinities: null stands for a number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, (list, tuple)) else value


def end_with_parent() -> int:
    """The process ends when its parent does. Returns the parent.

    The kernel's signal comes when the thread that started this process ends, too; then the parent lives, and so do we.
    """
    parent = os.getppid()

    def ended(*_):
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGHUP, ended)
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGHUP)  # PR_SET_PDEATHSIG
    except (AttributeError, OSError):
        pass  # Not Linux: the end of standard input tells.
    return parent


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
            "remedy": "look at the trainer's log for the whole story"}
        if not is_alone:
            # The others may wait in a computation that this process left: only all ending together ends that.
            problem["fatal"] = True
        return {"id": id, "error": problem}, is_alone
