"""Two processes by torchrun on the CPU: sharded weights, the same losses and weights as one process."""

import os
import sys

import numpy as np
import pytest
import torch
import transformers
from client import Client
from safetensors.numpy import load_file

import batches
from test_training import LENGTHS, LOSS, sample

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "whet_torch")
KINDS = {
    "full": {},
    "odd": {"gradient_checkpointing": True},
    "lora": {"weights": {"kind": "lora", "rank": 4}},
    "untied": {"model": batches.model("llama")},
}


def odd_model(path):
    """Sizes that two processes share unevenly, some of them not at all."""
    torch.manual_seed(0)
    config = transformers.Qwen2Config(
        vocab_size=641,
        hidden_size=30,
        intermediate_size=41,
        num_hidden_layers=3,
        num_attention_heads=3,
        num_key_value_heads=1,
        tie_word_embeddings=True,
        initializer_range=0.1,
    )
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(path)
    return str(path)


def play(client, folder, more):
    """Losses, norms, log-probabilities and the exported weights of three steps and a resume."""
    load = {"model": batches.model(), "optimizer": {"weight_decay": 0.1}, "micro_batch_tokens": 40, **more}
    client.ask("load", batch="load", **load)
    numbers = []
    for step in range(3):
        directory = batches.write(sample(step), folder / f"b{step}")
        report = client.ask("forward_backward", batch=f"b{step}", directory=directory, loss=LOSS)
        numbers += [report["loss"], report["tokens"], *(report["metrics"][name] for name in sorted(report["metrics"]))]
        numbers.append(client.ask("optimizer_step", batch=f"b{step}", learning_rate=1e-3)["gradient_norm"])
        if step == 1:
            client.ask("save", batch="save", directory=str(folder / "saved"))
    client.ask("load", batch="back", checkpoint=str(folder / "saved"), **load)
    assert client.ask("forward_backward", batch="b1", directory="/gone", loss=LOSS)["repeated"]
    # One sequence: a process has nothing to do.
    lone = batches.write(batches.select(sample(5), [1]), folder / "lone")
    numbers.append(client.ask("forward_backward", batch="lone", directory=lone, loss=LOSS)["loss"])
    numbers.append(client.ask("optimizer_step", batch="lone", learning_rate=1e-3)["gradient_norm"])
    client.ask("log_probabilities", directory=directory)
    client.ask("export", batch="export", directory=str(folder / "export"))
    name = "adapter_model.safetensors" if "weights" in more else "model.safetensors"
    weights = load_file(str(folder / "export" / name))
    if "weights" in more:
        client.ask("export", batch="merged", directory=str(folder / "merged"), kind="directory")
        weights.update(load_file(str(folder / "merged" / "model.safetensors")))
    found = load_file(os.path.join(directory, "log_probabilities.safetensors"))["log_probabilities"]
    return np.array(numbers), found, weights


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_are_one(tmp_path, kind):
    found = []
    more = {**KINDS[kind], **({"model": odd_model(tmp_path / "odd")} if kind == "odd" else {})}
    for name, command in (("one", (sys.executable, "-m", "whet_torch")), ("two", TORCHRUN)):
        with open(tmp_path / f"{name}.log", "w", encoding="utf-8") as log, Client(command, log=log) as client:
            assert client.ask("hello", version=1)["processes"] == (2 if name == "two" else 1)
            # A request that fails in both leaves both alive.
            error = client.reply("forward_backward", batch="x", directory="/nowhere", loss=LOSS)["error"]
            assert "no policy" in error["problem"]
            found.append(play(client, tmp_path / name, more))
            error = client.reply("save", batch="bad", directory="/proc/nowhere/v")["error"]
            assert "written" in error["problem"]
            client.ask("shutdown")
            assert client.process.wait(60) == 0
    one, two = found
    np.testing.assert_allclose(two[0], one[0], rtol=2e-5, atol=1e-7)
    np.testing.assert_allclose(two[1], one[1], atol=2e-5)
    assert two[2].keys() == one[2].keys()
    for name, value in one[2].items():
        np.testing.assert_allclose(two[2][name], value, atol=3e-5, err_msg=name)


@pytest.mark.parametrize("kind", ["full", "lora"])
def test_bfloat16_in_two_processes(tmp_path, kind):
    """Rounding differs, so only nearly the same; what one saved the other takes up."""
    load = {"model": batches.model(), "dtype": "bfloat16", **KINDS[kind]}
    losses = []
    for name, command in (("two", TORCHRUN), ("one", (sys.executable, "-m", "whet_torch"))):
        with open(tmp_path / f"{name}.log", "w", encoding="utf-8") as log, Client(command, log=log) as client:
            client.ask("load", batch="load", **load)
            directory = batches.write(sample(0), tmp_path / "b0")
            losses.append(client.ask("forward_backward", batch="b0", directory=directory, loss=LOSS)["loss"])
            client.ask("optimizer_step", batch="b0", learning_rate=1e-3)
            if name == "two":
                client.ask("save", batch="s", directory=str(tmp_path / "v1"))
            else:
                loaded = client.ask("load", batch="other", checkpoint=str(tmp_path / "v1"), **load)
                assert loaded["step"] == 1 and loaded["applied"] == ["b0"]
    assert abs(losses[0] - losses[1]) < 2e-2 * abs(losses[1])
    if kind == "full":
        model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "v1")
        assert model.dtype == torch.bfloat16


def test_all_processes_end_with_the_parent(tmp_path):
    from test_protocol import wait_until_gone

    with open(tmp_path / "log", "w", encoding="utf-8") as log:
        client = Client(TORCHRUN, log=log)
        client.ask("hello", version=1)
        workers = children(client.process.pid)
        assert len(workers) == 2
        client.process.kill()
        client.process.wait()
        for worker in workers:
            wait_until_gone(worker)
        client.process.stdin.close()
        client.process.stdout.close()


def test_they_do_not_finish_a_dead_parents_work(tmp_path):
    from test_protocol import ends_with_parent, much_work

    ends_with_parent(list(TORCHRUN), much_work(tmp_path))
    assert os.listdir(tmp_path / "much") == ["batch.safetensors"]


def children(parent: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii") as file:
                    if int(file.read().rsplit(")", 1)[1].split()[1]) == parent:
                        found.append(int(name))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found
