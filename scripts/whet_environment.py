"""Environments for whet in Python: subclass `Environment`, hand instances to `serve`. docs/environment-protocol.md.

from whet_environment import Environment, answer, serve

class Double(Environment):
    name = "double"
    maximum_level = 9

    def task(self, level, seed, options):
        number = 10 ** level + seed % 10 ** level
        return f"What is twice {number}?", {"result": 2 * number}

    def score(self, problem, messages):
        return answer(messages).strip() == str(problem["result"])

serve(Double())
"""

import ctypes
import json
import math
import os
import signal
import sys
import traceback

PROTOCOL, VERSION = "whet-environment", 1


class Environment:
    """One environment. What an episode is follows from its problem and messages: keep no state between calls."""

    name = ""
    maximum_level = 0  # levels run from 0, the easiest, to this one
    options = {}  # JSON schema of what a recipe may set; {} for nothing
    multi_turn = None  # None: whether `reply` is overridden

    def task(self, level, seed, options):
        """The opening (a text or a list of messages) and the problem: a JSON object that the policy never sees."""
        raise NotImplementedError

    def score(self, problem, messages):
        """A number or bool (1 is solved), or {"reward", "solved", "reason", "parts"}; raise if it cannot be judged."""
        raise NotImplementedError

    def reply(self, problem, messages):
        """What the environment says next (a text or a list of messages); None ends the episode."""
        return None

    def demonstration(self, problem):
        """What a perfect policy answers first (a text or a list of messages); None if that is not known."""
        return None


def answer(messages):
    """The text of the policy's last message."""
    return next((m.get("content") or "" for m in reversed(messages) if m["role"] == "assistant"), "")


def serve(*environments):
    """Answers requests on standard input until it ends. What environments print goes to standard error."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets must not differ between workers
        arguments = getattr(sys, "orig_argv", [sys.executable, *sys.argv])
        os.execve(sys.executable, arguments, {**os.environ, "PYTHONHASHSEED": "0"})
    _end_with_parent()
    requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for line in requests:
        replies.write(handle(line, {each.name: each for each in environments}) + "\n")
        replies.flush()


def _end_with_parent():
    """A worker whose whet was killed ends at once, even amid an answer that takes forever."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    except (AttributeError, OSError):
        pass  # not Linux: it ends when it next looks for a request


def handle(line, environments):
    """The reply to one line: JSON without line breaks."""
    number = None
    try:
        request = json.loads(line)
        number, method = request.get("id"), request.get("method")
        if method == "hello":
            listed = _hello(request.get("version"), environments.values())
            return json.dumps({"id": number, "result": listed}, allow_nan=False)
        if method not in _ITEMS:
            raise ValueError(f"unknown method {method!r}; known are hello, {', '.join(_ITEMS)}")
        if request.get("environment") not in environments:
            raise ValueError(f"unknown environment {request.get('environment')!r}; known are {', '.join(environments)}")
        environment, (key, one) = environments[request["environment"]], _ITEMS[method]
        results = [_item(one, environment, item, request.get("options") or {}) for item in request[key]]
        return f'{{"id": {json.dumps(number)}, "result": [{", ".join(results)}]}}'
    except Exception as error:
        return json.dumps({"id": number, "error": _why(error)})


def _hello(version, environments):
    if version != VERSION:
        raise ValueError(f"this worker speaks version {VERSION} of {PROTOCOL}, not {version!r}")
    listed = [
        {
            "name": each.name,
            "maximum_level": each.maximum_level,
            "options": each.options,
            "multi_turn": type(each).reply is not Environment.reply if each.multi_turn is None else each.multi_turn,
        }
        for each in environments
    ]
    return {"protocol": PROTOCOL, "version": VERSION, "environments": listed}


def _item(one, environment, item, options):
    """One item's result as JSON: its error never touches its neighbours."""
    try:
        return json.dumps(one(environment, item, options), allow_nan=False)
    except (Exception, SystemExit) as error:
        return json.dumps({"error": _why(error)})


def _why(error):
    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    return f"{type(error).__name__}: {error}"


def _messages(said, role):
    return [{"role": role, "content": said}] if isinstance(said, str) else said


def _task(environment, request, options):
    level, seed = int(request["level"]), int(request["seed"])
    if not 0 <= level <= environment.maximum_level:
        raise ValueError(f"{environment.name} has the levels 0 to {environment.maximum_level}, not {level}")
    opening, problem = environment.task(level, seed, options)
    return {"messages": _messages(opening, "user"), "problem": problem}


def _score(environment, episode, options):
    given = environment.score(episode["problem"], episode["messages"])
    score = given if isinstance(given, dict) else {"reward": given}
    if not math.isfinite(score["reward"]):
        raise ValueError(f"the reward is {score['reward']}")
    reward = float(score["reward"])  # from numpy's numbers, fractions and truth values too
    solved = bool(score.get("solved", reward >= 1))
    return {"reason": "", "parts": [], **score, "reward": reward, "solved": solved}


def _reply(environment, episode, options):
    return {"messages": _messages(environment.reply(episode["problem"], episode["messages"]), "user")}


def _demonstration(environment, problem, options):
    return {"messages": _messages(environment.demonstration(problem), "assistant")}


# What each batched method's list is called, and what does one item of it.
_ITEMS = {
    "tasks": ("requests", _task),
    "score": ("episodes", _score),
    "reply": ("episodes", _reply),
    "demonstrations": ("problems", _demonstration),
}
