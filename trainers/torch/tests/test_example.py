"""The example trainer speaks the protocol, and its slopes are right."""

import os
import sys

import numpy as np
from client import Client
from safetensors.numpy import load_file, save_file

import batches

EXAMPLE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "example", "bigram_trainer.py"))
LOSS = {"objective": "policy_gradient", "aggregation": "token-sum"}


def test_a_session(tmp_path):
    table = np.random.default_rng(0).normal(size=(11, 11))
    os.makedirs(tmp_path / "model")
    save_file({"table": table}, str(tmp_path / "model" / "table.safetensors"))
    arrays = batches.random_batch(1, [7, 1, 12], vocabulary=11)
    directory = batches.write(arrays, tmp_path / "b")

    def loss(client, table):
        path = tmp_path / "other"
        os.makedirs(path, exist_ok=True)
        save_file({"table": table}, str(path / "table.safetensors"))
        client.ask("load", batch=f"l{loss.count}", model=str(path))
        loss.count += 1
        return client.ask("forward_backward", batch=f"f{loss.count}", directory=directory, loss=LOSS)["loss"]

    loss.count = 0
    with Client((sys.executable, EXAMPLE)) as client:
        assert client.ask("hello", version=1)["protocol"] == "whet-trainer"
        assert client.ask("load", batch="l", model=str(tmp_path / "model"))["vocabulary"] == 11
        client.ask("log_probabilities", directory=directory)
        found = load_file(os.path.join(directory, "log_probabilities.safetensors"))["log_probabilities"]
        assert (found[arrays["offsets"][:-1]] == 0).all() and (np.delete(found, arrays["offsets"][:-1]) < 0).all()
        report = client.ask("forward_backward", batch="b", directory=directory, loss=LOSS)
        assert client.ask("forward_backward", batch="b", directory=directory, loss=LOSS) == {**report, "repeated": True}
        client.ask("optimizer_step", batch="b", learning_rate=1.0)
        assert client.ask("optimizer_step", batch="b", learning_rate=1.0)["repeated"]
        client.ask("save", batch="s", directory=str(tmp_path / "v1"))
        stepped = load_file(str(tmp_path / "v1" / "table.safetensors"))["table"].reshape(table.shape)
        assert "problem" in client.reply("load", batch="bad", model="/nowhere")["error"]
        assert "problem" in client.reply("dance")["error"]
        # A step of rate 1 is the gradient; against differences of the loss.
        gradient = table - stepped
        direction = np.random.default_rng(2).normal(size=table.shape)
        difference = (loss(client, table + 1e-5 * direction) - loss(client, table - 1e-5 * direction)) / 2e-5
        assert abs(difference - (gradient * direction).sum()) < 1e-6 * abs(difference)
        assert client.ask("shutdown") == {}
