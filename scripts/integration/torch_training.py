#!/usr/bin/env python3
"""Trainings of the built whet through the PyTorch trainer: `scripts/test-integration torch`.

The quickstart's task for a few steps by whet's engine and by PyTorch, which have to agree; then with the trainer killed in
between, which has to end with the same weights; then interrupted, and with whet killed: nothing may be left running, and
when they are resumed they have to end with the same weights, too.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time

STEPS = 5


def whet(*words, **options):
    return subprocess.Popen(
        [options_of.whet, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def train(name, *settings, **options):
    return whet(
        "train", "recipes/quickstart.yaml", "--json", "--home", str(options_of.home / name),
        "--set", f"run.steps={STEPS}", "--set", "warmup.steps=60", "--set", "rollout.groups_per_step=8",
        "--set", "evaluation.problems=0", "--set", "run.checkpoint_every=2",
        *(word for each in settings for word in ("--set", each)), **options)


def by_torch():
    return ["trainer.kind=torch", f"trainer.python={options_of.python}", "trainer.threads=1"]


def steps(process, on_step=None):
    """Its steps' events, to the end, and what else it said."""
    found, said = [], ""
    for line in process.stdout:
        event = json.loads(line)
        if event.get("event") == "step":
            found.append(event)
            if on_step:
                on_step(len(found))
        said += event["text"] + "\n" if event.get("event") == "notice" else ""
    said += process.stderr.read()
    if process.wait() != 0:
        sys.exit(f"whet ended with {process.returncode}:\n{said}")
    return found, said


def trainers(marker):
    """Processes of whet_torch that this run of the script started, by a word in their environment."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"whet_torch" in words and marker.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except (OSError, ValueError):
            pass
    return found


def until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"after {seconds} seconds still not: {what}")
        time.sleep(0.05)


def weights(name):
    """Of the last checkpoint: the bytes of all tensors, as floats."""
    folders = sorted((options_of.home / name).glob("*-quickstart/checkpoints/v*"))
    data = (folders[-1] / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return folders[-1].name, struct.unpack(f"<{(len(data) - 8 - length) // 4}f", data[8 + length:])


def apart(one, two):
    return max(abs(a - b) for a, b in zip(one, two))


def main():
    shutil.rmtree(options_of.home, ignore_errors=True)
    marker = f"whet-integration-{os.getpid()}"
    environment = {**os.environ, "WHET_INTEGRATION": marker}
    started = time.monotonic()
    embedded, _ = steps(train("embedded", env=environment))
    between = time.monotonic()
    torch, _ = steps(train("torch", *by_torch(), env=environment))
    print(f"{STEPS} steps: {between - started:.0f} s by whet's engine, {time.monotonic() - between:.0f} s by PyTorch")
    for one, two in zip(embedded, torch):
        print(f"step {one['step']}: loss {one['loss']:.6f} and {two['loss']:.6f}, "
              f"reward {one['reward']:.4f} and {two['reward']:.4f}")
    first = [each[0]["loss"] for each in (embedded, torch)]
    if abs(first[0] - first[1]) > 1e-4:
        sys.exit("the first step's losses differ by more than 1e-4")

    def kill(step):
        if step == 3:
            os.kill(trainers(marker)[0], signal.SIGKILL)

    killed, complaints = steps(train("killed", *by_torch(), env=environment), kill)
    if "it is started again" not in complaints:
        sys.exit(f"nothing was said of the trainer that was killed:\n{complaints}")
    print(next(line for line in complaints.splitlines() if "it is started again" in line))
    (version, one), (other, two) = weights("torch"), weights("killed")
    difference = apart(one, two)
    print(f"weights of {version} and {other}, with the trainer killed in between: differ by {difference:.2g}")
    if version != other or difference != 0 or len(killed) != STEPS:
        sys.exit("a run whose trainer was killed is not the run that it would have been")

    for name, number in (("interrupted", signal.SIGINT), ("orphaned", signal.SIGKILL)):
        process = train(name, *by_torch(), env=environment)
        for line in process.stdout:
            if json.loads(line).get("event") == "step":
                break
        if not trainers(marker):
            sys.exit("the trainer does not run")
        process.send_signal(number)
        process.communicate()
        until(lambda: not trainers(marker), 30, f"no trainer is left after whet had signal {number}")
        print(f"{name}: nothing is left of the trainer")
        steps(whet("train", "--resume", "last", "--json", "--home", str(options_of.home / name), env=environment))
        difference = apart(weights("torch")[1], weights(name)[1])
        print(f"{name}, and resumed: weights differ by {difference:.2g}")
        if difference != 0:
            sys.exit("a run that was resumed is not the run that it would have been")


parser = argparse.ArgumentParser()
parser.add_argument("--whet", required=True)
parser.add_argument("--python", required=True)
parser.add_argument("--home", required=True, type=pathlib.Path)
options_of = parser.parse_args()
main()
