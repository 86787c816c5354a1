#!/usr/bin/env python3
"""Kills trainings at random moments (SIGKILL), resumes them, and checks that nothing was lost or trained on twice.

Usage: Benchmarks/kill_runs.py [--mode april] [--kills 200] [--seed 1] [--whet .build/release/whet]

A synchronous or one_step_off run must also end with the weights of a run that was never killed, byte for byte.
Prints a line a finished run, and at last the counts; exit 1 when anything is wrong.
"""
import argparse
import hashlib
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import time

RECIPE = """
policy:
  model: new
  architecture: {hidden_size: 32, layers: 2, heads: 2, key_value_heads: 1, head_dimension: 16, intermediate_size: 64,
                 context_length: 128, tokenizer: characters}
environments: [{name: Sorting, options: {minimum_count: 2, maximum_count: 8, maximum_value: 9, wording: compact}}]
warmup: {steps: 60, batch_size: 32, learning_rate: 0.002}
inference: {concurrency: 24}
rollout: {groups_per_step: 8, group_size: 4, max_new_tokens: 40, scheduling: {mode: MODE}}
trainer: {threads: 1}
evaluation: {problems: 16, every: 10}
run: {steps: STEPS, seed: 3, name: killed}
"""


def problems_of(store, steps):
    """What is wrong in a store; nothing, if all is well."""
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    found = []
    if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        found.append("the database is damaged")
    committed = [row[0] for row in database.execute("SELECT step FROM steps WHERE kind = 'training' ORDER BY step")]
    if committed != list(range(1, steps + 1)):
        found.append(f"steps {committed}")
    groups = database.execute("SELECT step, number FROM batch_groups WHERE is_kept").fetchall()
    if len({number for _, number in groups}) != len(groups):
        found.append("a group was trained on twice")
    for step in range(1, steps + 1):
        if sum(1 for group in groups if group[0] == step) != 8:
            found.append(f"step {step} has not 8 groups")
    rows = database.execute(
        """SELECT groups.number, rollouts.step, rollouts.status, rollouts.version_max, count(*) OVER (PARTITION BY group_id)
           FROM rollouts JOIN groups ON groups.id = group_id WHERE purpose = 'training'"""
    ).fetchall()
    steps_of = {number: step for step, number in groups}
    for number, step, status, version, members in rows:
        if number in steps_of:
            if step != steps_of[number] or status not in ("completed", "truncated") or members != 4:
                found.append(f"group {number}: step {step}, {status}, {members} members")
            elif version is not None and version >= step:
                found.append(f"group {number} was sampled by version {version}, after step {step}")
    state = json.loads(database.execute("SELECT state FROM steps ORDER BY step DESC LIMIT 1").fetchone()[0])
    known = set(steps_of) | {group["number"] for group in state["groups"]["open"]}
    lost = {number for number, *_ in rows if number < state["groups"]["next"]} - known
    if lost:
        found.append(f"groups {sorted(lost)} are in no batch and not open")
    return found


def has_begun(store):
    """Whether a run was entered before the first kill."""
    if not store.exists():
        return False
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return database.execute("SELECT count(*) FROM runs").fetchone()[0] > 0
    except sqlite3.OperationalError:
        return False  # killed before the tables were made
    finally:
        database.close()


def weights(home, steps):
    file = next(pathlib.Path(home).glob(f"*/checkpoints/v{steps:06d}/model.safetensors"))
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default="april")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=2.5, help="seconds until a kill, at most")
    parser.add_argument("--whet", default=".build/release/whet")
    options = parser.parse_args()
    choose = random.Random(options.seed)
    recipe = RECIPE.replace("MODE", options.mode).replace("STEPS", str(options.steps))
    exact = options.mode in ("synchronous", "one_step_off")
    kills = runs = wrong = 0
    began = time.time()

    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "recipe.yaml"
        file.write_text(recipe)

        def start(home, resume):
            arguments = ["--resume", "last"] if resume else [str(file)]
            return subprocess.Popen(
                [options.whet, "train", *arguments, "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, env={"WHET_HOME": str(home), "PATH": "/usr/bin:/bin"})

        expected = None
        if exact:
            home = pathlib.Path(folder) / "whole"
            process = start(home, False)
            _, errors = process.communicate()
            if process.returncode != 0:
                raise SystemExit(f"the run that nobody kills failed:\n{errors}")
            expected = weights(home, options.steps)
        while kills < options.kills:
            home = pathlib.Path(folder) / f"run{runs}"
            own = 0
            while True:
                process = start(home, has_begun(home / "whet.sqlite"))
                try:
                    _, errors = process.communicate(timeout=choose.uniform(0.05, options.longest))
                except subprocess.TimeoutExpired:
                    if kills < options.kills:
                        process.send_signal(signal.SIGKILL)
                        process.communicate()
                        kills += 1
                        own += 1
                        continue
                    _, errors = process.communicate()
                break
            runs += 1
            found = [] if process.returncode == 0 else [f"exit {process.returncode}: {errors.strip()[-400:]}"]
            if not found:
                found = problems_of(home / "whet.sqlite", options.steps)
                if exact and weights(home, options.steps) != expected:
                    found.append("the weights differ from those of a run that was never killed")
            wrong += len(found)
            print(f"run {runs}: {own} kills, {'; '.join(found) if found else 'well'}", flush=True)
    print(
        f"{options.mode}: {kills} kills, {runs} runs, {wrong} wrong, {time.time() - began:.0f} s"
        + (f", weights {expected[:16]}…" if expected else ""))
    raise SystemExit(1 if wrong else 0)


main()
