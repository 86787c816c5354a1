import itertools
import json
import os
import sys

import pytest

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]

import torch  # noqa: E402

from whet_torch import fields, server  # noqa: E402
from whet_torch.parallel import Processes  # noqa: E402
from whet_torch.trainer import Trainer  # noqa: E402

import batches  # noqa: E402

torch.set_num_threads(1)


class Direct:
    """A trainer in this process, asked as through its streams."""

    def __init__(self, folder, is_loaded=True, **load):
        self.folder = folder
        self.trainer = Trainer(Processes())
        self._numbers = itertools.count()
        if is_loaded:
            self.loaded = self.ask("load", batch=f"load {next(self._numbers)}", **{"model": batches.model(), **load})

    def reply(self, method, **members):
        line = json.dumps({"id": 1, "method": method, **members})
        return json.loads(json.dumps(fields.finite(server.answer(line, self.trainer)[0]), allow_nan=False))

    def ask(self, method, **members):
        reply = self.reply(method, **members)
        assert "result" in reply, reply
        return reply["result"]

    def refusal(self, method, **members):
        reply = self.reply(method, **members)
        assert "error" in reply, reply
        assert not reply["error"]["problem"].startswith("the trainer failed"), reply
        return reply["error"]

    def directory(self, arrays):
        return batches.write(arrays, self.folder / f"batch-{next(self._numbers)}")

    def train(self, arrays, loss, batch=None):
        batch = batch or f"batch {next(self._numbers)}"
        return self.ask("forward_backward", batch=batch, directory=self.directory(arrays), loss=loss)

    def step(self, rate=1e-2, batch=None):
        return self.ask("optimizer_step", batch=batch or f"step {next(self._numbers)}", learning_rate=rate)

    def log_probabilities(self, arrays, **members):
        from safetensors.numpy import load_file

        directory = self.directory(arrays)
        name = self.ask("log_probabilities", directory=directory, **members)["file"]
        return load_file(os.path.join(directory, name))["log_probabilities"]

    def weights(self):
        return {name: value.detach().clone() for name, value in self.trainer._policy.parameters()}

    def gradients(self):
        return {name: value.grad.clone() for name, value in self.trainer._policy.parameters() if value.grad is not None}


@pytest.fixture
def direct(tmp_path):
    return lambda **load: Direct(tmp_path, **load)
