"""The trainer as a program: bad input leaves it alive, its streams are clean, and it dies with its parent."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from client import ENVIRONMENT, Client

import batches
from whet_torch.fields import finite

LENGTHS = [6, 9, 5]
LOSS = {"objective": "ppo_clip"}


def test_a_session(tmp_path):
    with Client() as client:
        hello = client.ask("hello", protocol="whet-trainer", version=1)
        assert hello["protocol"] == "whet-trainer" and hello["version"] == 1 and hello["processes"] == 1
        capabilities = hello["capabilities"]
        assert len(capabilities["objectives"]) == 11 and len(capabilities["aggregations"]) == 5
        loaded = client.ask("load", batch="l", model=batches.model())
        assert loaded["vocabulary"] == 640 and loaded["step"] == 0 and loaded["packing"]
        directory = batches.write(batches.random_batch(0, LENGTHS), tmp_path / "b")
        assert client.ask("log_probabilities", directory=directory) == {
            "tokens": sum(LENGTHS),
            "file": "log_probabilities.safetensors",
        }
        assert sorted(os.listdir(directory)) == ["batch.safetensors", "log_probabilities.safetensors"]
        report = client.ask("forward_backward", batch="b", directory=directory, loss=LOSS)
        assert report["tokens"] > 0 and set(report["metrics"]) == {
            "clip_fraction",
            "clip_fraction_lower",
            "ratio",
            "entropy",
            "behavior_kl",
            "log_probability_difference",
        }
        assert client.ask("optimizer_step", batch="b", learning_rate=1e-3)["applied"] == ["b"]
        assert client.ask("save", batch="s", directory=str(tmp_path / "v1"))["kind"] == "directory"
        assert client.ask("shutdown") == {}
        assert client.process.wait(30) == 0


# What is wrong, and a word of the sentence that says so.
BAD_LINES = [
    ("{", "JSON"),
    ("[1]", "object"),
    ("7", "object"),
    ("[" * 100_000, "JSON"),
    ('{"id": 1}', "method"),
    ('{"method": "hello"}', "id"),
    ('{"id": true, "method": "hello"}', "id"),
    ('{"id": 1, "method": "helo"}', "helo"),
    ('{"id": 1, "method": 3}', "method"),
    ("\x00\x01", "JSON"),
]

BAD_REQUESTS = [
    ("hello", {}, "version"),
    ("hello", {"version": 2}, "version 1"),
    ("hello", {"version": "1"}, "version"),
    ("hello", {"version": 1, "protocol": "whet-environment"}, "whet-environment"),
    ("load", {}, "batch"),
    ("load", {"batch": "l"}, "model"),
    ("load", {"model": "/nowhere"}, "no model"),
    ("load", {"dtype": "bf16"}, "bf16"),
    ("load", {"weights": {"kind": "qlora"}}, "qlora"),
    ("load", {"weights": {"kind": "lora", "rank": 0}}, "rank"),
    ("load", {"weights": {"kind": "lora", "rnk": 8}}, "rnk"),
    ("load", {"weights": {"kind": "lora", "targets": ["nothing"]}}, "adapter"),
    ("load", {"weights": {"kind": "lora", "targets": 3}}, "targets"),
    ("load", {"micro_batch_tokens": 0}, "micro_batch"),
    ("load", {"optimizer": {"beta1": 1}}, "beta1"),
    ("load", {"optimizer": {"betta1": 0.9}}, "betta1"),
    ("load", {"optimizer": []}, "object"),
    ("load", {"checkpoint": "/nowhere"}, "no checkpoint"),
    ("load", {"attention": "magic"}, "read"),
    ("load", {"gradient_checkpointing": 1}, "gradient_checkpointing"),
    ("log_probabilities", {}, "directory"),
    ("log_probabilities", {"directory": "/nowhere"}, "no batch"),
    ("log_probabilities", {"of": "base"}, "adapters"),
    ("log_probabilities", {"off": 1}, "off"),
    ("forward_backward", {"batch": None}, "batch"),
    ("forward_backward", {"batch": ""}, "batch"),
    ("forward_backward", {"directory": "/nowhere"}, "no batch"),
    ("forward_backward", {"loss": None}, "loss"),
    ("forward_backward", {"loss": {}}, "objective"),
    ("forward_backward", {"loss": {"objective": "ppo"}}, "ppo"),
    ("forward_backward", {"loss": {**LOSS, "aggregation": "mean"}}, "mean"),
    ("forward_backward", {"loss": {**LOSS, "settings": {"clip_low": -1}}}, "clip_low"),
    ("forward_backward", {"loss": {**LOSS, "settings": {"clip": 0.2}}}, "clip"),
    ("forward_backward", {"loss": {**LOSS, "kl": {"estimator": "k4", "coefficient": 1}}}, "k4"),
    ("forward_backward", {"loss": {**LOSS, "kl": {"estimator": "k3", "coefficient": 1}}}, "reference"),
    ("forward_backward", {"loss": {"objective": "reverse_kl"}}, "reference"),
    ("forward_backward", {"loss": {**LOSS, "entropy_bonus": "much"}}, "entropy_bonus"),
    ("forward_backward", {"loss": {**LOSS, "components": {}}}, "components"),
    ("forward_backward", {"loss": {**LOSS, "components": [{"name": "a"}]}}, "objective"),
    ("forward_backward", {"loss": {**LOSS, "normalization_length": 0}}, "normalization_length"),
    ("optimizer_step", {"learning_rate": None}, "learning_rate"),
    ("optimizer_step", {"learning_rate": -1}, "learning_rate"),
    ("optimizer_step", {"batch": 7}, "batch"),
    ("save", {"directory": None}, "directory"),
    ("save", {"directory": "/proc/nowhere/v1"}, "written"),
    ("export", {"directory": ""}, "directory"),
    ("export", {"kind": "adapter"}, "adapter"),
    ("export", {"kind": "merged"}, "merged"),
    ("export", {"directory": "/proc/nowhere/v1"}, "written"),
    ("shutdown_now", {}, "shutdown_now"),
]


def defaults(tmp_path):
    directory = batches.write(batches.random_batch(0, LENGTHS), tmp_path / "good")
    return {
        "load": {"batch": "new load", "model": batches.model()},
        "log_probabilities": {"directory": directory},
        "forward_backward": {"batch": "bad", "directory": directory, "loss": LOSS},
        "optimizer_step": {"batch": "bad", "learning_rate": 1e-3},
        "save": {"batch": "bad", "directory": str(tmp_path / "v")},
        "export": {"batch": "bad", "directory": str(tmp_path / "v")},
    }


@pytest.mark.parametrize("method, members, word", BAD_REQUESTS, ids=lambda value: json.dumps(value)[:60])
def test_a_bad_request_has_a_sentence(direct, tmp_path, method, members, word):
    trainer = direct()
    before = trainer.weights()
    whole = {**({} if members == {} else defaults(tmp_path).get(method, {})), **members}
    whole = {name: value for name, value in whole.items() if not (members == {"batch": "l"} and name == "model")}
    error = trainer.refusal(method, **whole)
    assert word in json.dumps(error), error
    assert set(error) <= {"problem", "place", "expected", "suggestion", "remedy", "dropped"}
    if method == "load":
        # What was there may have gone to make room; the next load works.
        trainer.ask("load", batch="after", model=batches.model())
    else:
        assert trainer.gradients() == {}
        assert all((trainer.weights()[name] == value).all() for name, value in before.items())
    assert "repeated" not in trainer.ask("forward_backward", **defaults(tmp_path)["forward_backward"])


@pytest.mark.parametrize("method", ["log_probabilities", "forward_backward", "optimizer_step", "save", "export"])
def test_without_a_policy(direct, tmp_path, method):
    trainer = direct(is_loaded=False)
    assert "load" in trainer.refusal(method, **defaults(tmp_path)[method])["remedy"]


def spoil(name, change):
    def apply(arrays):
        arrays = dict(arrays)
        arrays[name] = change(arrays.get(name))
        return arrays

    return apply


def at(place, value):
    def change(array):
        array = array.copy()
        array[place] = value
        return array

    return change


BAD_BATCHES = {
    "no tokens": (lambda arrays: {k: v for k, v in arrays.items() if k != "tokens"}, "tokens"),
    "no temperatures": (lambda arrays: {k: v for k, v in arrays.items() if k != "temperatures"}, "temperatures"),
    "wide tokens": (spoil("tokens", lambda a: a.astype(np.int64)), "tokens"),
    "half advantages": (spoil("advantages", lambda a: a.astype(np.float16)), "advantages"),
    "short mask": (spoil("mask", lambda a: a[:-1]), "mask"),
    "two dimensions": (spoil("weights", lambda a: a[None]), "weights"),
    "a table of temperatures": (spoil("temperatures", lambda a: a[None]), "temperatures"),
    "offsets beyond": (spoil("offsets", at(-1, 99)), "offsets"),
    "offsets back": (spoil("offsets", at(1, 17)), "offsets"),
    "offsets from one": (spoil("offsets", at(0, 1)), "offsets"),
    "one offset fewer": (spoil("offsets", lambda a: a[:-1]), "offsets"),
    "first token trained": (spoil("mask", at(6, 1)), "sequence 1"),
    "negative token": (spoil("tokens", at(7, -1)), "vocabulary"),
    "token beyond": (spoil("tokens", at(19, 640)), "sequence 2"),
    "no temperature": (spoil("temperatures", at(1, 0)), "temperature"),
    "temperature nan": (spoil("temperatures", at(1, np.nan)), "temperature"),
    "vote nan": (spoil("votes", at(1, np.nan)), "vote"),
}
BAD_TRAINING = {
    "advantage nan": (spoil("advantages", at(3, np.nan)), "sequence 0, token 3"),
    "weight infinite": (spoil("weights", at(9, np.inf)), "sequence 1, token 3"),
    "behavior infinite": (spoil("behavior_log_probabilities", at(3, -np.inf)), "behavior"),
    "unknown component": (spoil("components", lambda _: np.array([-1, 0, -1], np.int32)), "component"),
    "component below": (spoil("components", lambda _: np.array([-2, -1, -1], np.int32)), "component"),
}


@pytest.mark.parametrize("name", [*BAD_BATCHES, *BAD_TRAINING])
def test_a_bad_batch_has_a_sentence(direct, tmp_path, name):
    change, word = {**BAD_BATCHES, **BAD_TRAINING}[name]
    trainer = direct()
    directory = batches.write(change(batches.random_batch(0, LENGTHS)), tmp_path / "bad")
    requests = [("forward_backward", {"batch": "b", "directory": directory, "loss": LOSS})]
    if name in BAD_BATCHES:
        requests.append(("log_probabilities", {"directory": directory}))
    for method, members in requests:
        assert word in json.dumps(trainer.refusal(method, **members))
    assert trainer.gradients() == {}


def test_broken_files(direct, tmp_path):
    trainer = direct()
    good = batches.write(batches.random_batch(0, LENGTHS), tmp_path / "b")
    path = os.path.join(good, "batch.safetensors")
    data = open(path, "rb").read()
    for broken in (b"", b"{}", data[:40], data[:-1], b"\xff" * 64):
        with open(path, "wb") as file:
            file.write(broken)
        assert "cannot be read" in trainer.refusal("log_probabilities", directory=good)["problem"]
    # Where nothing is trained, anything may stand.
    arrays = batches.random_batch(0, LENGTHS)
    arrays["advantages"][0] = np.nan
    assert np.isfinite(trainer.train(arrays, LOSS)["loss"])

    checkpoint = str(tmp_path / "v1")
    trainer.step()
    trainer.ask("save", batch="s", directory=checkpoint)
    state = os.path.join(checkpoint, "optimizer.state")
    whole = open(state, "rb").read()
    other = direct(model=batches.model("llama"))
    assert (
        "another shape"
        in other.refusal("load", batch="l", model=batches.model("llama"), checkpoint=checkpoint)["problem"]
    )
    spoiled = [
        whole[:-9],
        whole.replace(b'"step"', b'"stop"'),
        whole.replace(b'"applied_batches":"[', b'"applied_batches":"{'),
        b"",
    ]
    for broken in spoiled:
        assert broken != whole
        trainer.step()  # so that weights taken up would show
        before = trainer.weights()
        with open(state, "wb") as file:
            file.write(broken)
        trainer.refusal("load", batch="l", model=batches.model(), checkpoint=checkpoint)
        assert all((trainer.weights()[name] == value).all() for name, value in before.items())
    os.remove(state)
    assert (
        "no checkpoint" in trainer.refusal("load", batch="l", model=batches.model(), checkpoint=checkpoint)["problem"]
    )
    # A checkpoint that does not fit changes nothing in a trainer that could have taken it.
    assert all((trainer.weights()[name] == value).all() for name, value in before.items())


def test_what_is_no_number_in_json_is_null():
    inf = float("inf")
    given = {"loss": inf, "metrics": {"a": [-inf, 1.5], "b": float("nan")}, "tokens": 3}
    assert finite(given) == {"loss": None, "metrics": {"a": [None, 1.5], "b": None}, "tokens": 3}


def test_bad_lines_leave_it_alive():
    with Client() as client:
        for line, word in BAD_LINES:
            reply = client.send(line)
            assert word in json.dumps(reply["error"]), line[:80]
        assert client.ask("hello", version=1)["version"] == 1


def test_standard_output_is_replies_alone():
    """Libraries print; a child too. Requests sent before the end are answered."""
    code = (
        "import whet_torch.trainer as t, os; old = t.Trainer.hello\n"
        "def hello(self, fields):\n    print('noise'); os.system('echo noise'); return old(self, fields)\n"
        "t.Trainer.hello = hello\nfrom whet_torch.__main__ import main; main()"
    )
    lines = "".join(json.dumps({"id": n, "method": "hello", "version": 1}) + "\n" for n in range(3))
    done = subprocess.run(
        [sys.executable, "-c", code], input=lines, capture_output=True, text=True, env=ENVIRONMENT, timeout=120
    )
    assert done.returncode == 0 and done.stderr.count("noise") == 6
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [0, 1, 2]


def test_an_interrupt_is_not_for_it():
    with Client() as client:
        client.ask("hello", version=1)
        client.process.send_signal(signal.SIGINT)
        assert client.ask("hello", version=1)["version"] == 1


def test_a_missing_package_is_a_sentence():
    code = (
        "import sys; sys.modules['safetensors'] = None\nfrom whet_torch.__main__ import main; raise SystemExit(main())"
    )
    line = json.dumps({"id": 5, "method": "hello", "version": 1})
    done = subprocess.run(
        [sys.executable, "-c", code], input=line, capture_output=True, text=True, env=ENVIRONMENT, timeout=120
    )
    reply = json.loads(done.stdout)
    assert done.returncode == 1 and reply["id"] == 5 and "safetensors" in reply["error"]["problem"]


def wait_until_gone(process: int):
    for _ in range(600):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.05)
    raise AssertionError("the trainer outlived its parent")


PARENT = """
import json, subprocess, sys, time
child = subprocess.Popen(json.loads(sys.argv[1]), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
holds = sys.argv[2] == "True"
holder = subprocess.Popen(["sleep", "100"], pass_fds=[child.stdin.fileno()]) if holds else child
for line in json.loads(sys.argv[3]):
    child.stdin.write(line.encode() + b"\\n")
    child.stdin.flush()
child.stdout.readline()
print(child.pid, holder.pid, flush=True)
time.sleep(100)
"""


def ends_with_parent(command, lines, holds_stdin=False):
    """Starts it from a process of its own, which is killed after the first reply; waits until it is gone."""
    with open(os.devnull, "w", encoding="ascii") as log:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, json.dumps(command), str(holds_stdin), json.dumps(lines)],
            stdout=subprocess.PIPE,
            stderr=log,
            env=ENVIRONMENT,
        )
    child, holder = map(int, parent.stdout.readline().split())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:
        wait_until_gone(child)
    finally:
        if holds_stdin:
            os.kill(holder, signal.SIGKILL)


@pytest.mark.parametrize("holds_stdin", [False, True])
def test_it_dies_with_its_parent(holds_stdin):
    """Also when another process still holds its standard input, so that no end of file comes."""
    line = json.dumps({"id": 1, "method": "hello", "version": 1})
    ends_with_parent([sys.executable, "-m", "whet_torch"], [line], holds_stdin)


def much_work(tmp_path):
    """One request of half a minute, which leaves a trace when it is done."""
    directory = batches.write(batches.random_batch(0, [250] * 2000), tmp_path / "much")
    requests = [
        {"method": "load", "batch": "l", "model": batches.model()},
        {"method": "log_probabilities", "directory": directory},
    ]
    return [json.dumps({"id": number, **request}) for number, request in enumerate(requests)]


def test_it_does_not_finish_a_dead_parents_work(tmp_path):
    ends_with_parent([sys.executable, "-m", "whet_torch"], much_work(tmp_path))
    assert os.listdir(tmp_path / "much") == ["batch.safetensors"]


def test_a_kill_amid_a_save_leaves_a_whole_checkpoint(direct, tmp_path):
    """At every flush, exchange and removal; what is there is the old checkpoint or the new, and can be gone on from."""
    start = direct()
    arrays = batches.random_batch(0, LENGTHS)
    start.train(arrays, LOSS, batch="b1")
    start.step(batch="b1")
    checkpoint = str(tmp_path / "v")
    start.ask("save", batch="s1", directory=checkpoint)
    old, outcomes = 1, []
    for point in range(1, 100):
        child = os.fork()
        if child == 0:
            try:
                save_and_be_killed(start, checkpoint, point)
            finally:
                os._exit(3)
        status = os.waitpid(child, 0)[1]
        after = direct(checkpoint=checkpoint)
        assert after.loaded["step"] in (old, old + 1)
        outcomes.append(after.loaded["step"] - old)
        old = after.loaded["step"]
        # Loading swept what the kill left.
        assert [name for name in os.listdir(tmp_path) if name.endswith(".partial")] == []
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        if not os.WIFSIGNALED(status):
            break
    assert len(outcomes) >= 8 and set(outcomes) == {0, 1} and outcomes[-1] == 1


def save_and_be_killed(trainer, checkpoint, point):
    from whet_torch import files

    trainer.ask("load", batch=f"load for {point}", model=batches.model(), checkpoint=checkpoint)
    trainer.step(batch=f"step {point}")
    left = [point]

    def counted(work):
        def call(*arguments, **keywords):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **keywords)

        return call

    files.flush, files.put, files.shutil.rmtree = map(counted, (files.flush, files.put, files.shutil.rmtree))
    trainer.ask("save", batch=f"save {point}", directory=checkpoint)
    os._exit(0)
