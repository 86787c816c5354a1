"""A trainer in a process of its own, driven as whet drives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "PYTHONPATH": os.pathsep.join([ROOT, os.path.dirname(__file__)]),
    "TRANSFORMERS_VERBOSITY": "error",
    "TQDM_DISABLE": "1",
}


class Client:
    def __init__(self, command=(sys.executable, "-m", "whet_torch"), log=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT, text=True
        )
        self._count = 0

    def send(self, line: str) -> dict:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        assert reply, f"the trainer ended with {self.process.wait()}"
        return json.loads(reply, parse_constant=lambda name: pytest_fail(name))

    def reply(self, method: str, **members) -> dict:
        self._count += 1
        reply = self.send(json.dumps({"id": self._count, "method": method, **members}))
        assert reply["id"] == self._count
        return reply

    def ask(self, method: str, **members) -> dict:
        reply = self.reply(method, **members)
        assert "result" in reply, reply
        return reply["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.stdout.close()


def pytest_fail(name):
    raise AssertionError(f"{name} is no JSON")
