"""What the bridges share: the helper itself, time limits for single items, and seeds that fit other generators."""

import contextlib
import json
import os
import select
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

import whet_environment  # noqa: E402
from whet_environment import Environment, answer, serve  # noqa: E402

__all__ = [
    "Environment",
    "OutOfTime",
    "answer",
    "closed",
    "enclosed_answer",
    "folded",
    "serve",
    "time_limit",
    "unhangable",
    "whet_environment",
]

#: How a policy is told to mark its answer, where a peer's own question does not say.
ANSWER_INSTRUCTION = "Give your final answer between <answer> and </answer>."


def enclosed_answer(text):
    """What a demonstration says: the answer where the instruction wants it."""
    return f"<answer>{text}</answer>"


def closed(text):
    """The same text to a search for `<answer>(.*?)</answer>`, without the opening tags that nothing closes.

    Each of them would cost the search a look at all that follows: hours, for a megabyte of them.
    """
    end = text.rfind("</answer>") + 1
    return text[:end] + text[end:].replace("<answer>", " ")


def folded(seed, bits=32):
    """A 64-bit seed in fewer bits; seeds that fit stay as they are, so that a peer's seeds give its own problems."""
    while seed >> bits:
        seed = (seed & ((1 << bits) - 1)) ^ (seed >> bits)
    return seed


class OutOfTime(BaseException):
    """Not an `Exception`: peers catch those, and would make a low score of it."""


@contextlib.contextmanager
def time_limit(seconds, what):
    """Raises `TimeoutError` if the body runs longer, even if it swallows the interruption.

    Python code is interrupted, and again every second; one long call into C ends first, or whet kills the worker.
    """
    expired = []

    def interrupt(*_):
        expired.append(True)
        raise OutOfTime

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    except OutOfTime:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if expired:
            raise TimeoutError(f"{what} took more than {seconds} s")


def unhangable(seconds, what, function):
    """What `function()` returns, a number, computed in a copy of this process that can be killed inside C code.

    Raises `TimeoutError` if it takes longer, and `RuntimeError` with the reason if it fails.
    """
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(writable, "w") as pipe:
                try:
                    json.dump({"value": float(function())}, pipe)
                except Exception as error:
                    json.dump({"error": f"{type(error).__name__}: {error}"}, pipe)
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        in_time = select.select([pipe], [], [], seconds)[0]
        if not in_time:
            os.kill(child, signal.SIGKILL)
        text = pipe.read() if in_time else ""
    os.waitpid(child, 0)
    if not in_time:
        raise TimeoutError(f"{what} took more than {seconds} s")
    result = json.loads(text or '{"error": "its process died"}')
    if "error" in result:
        raise RuntimeError(result["error"])
    return result["value"]
