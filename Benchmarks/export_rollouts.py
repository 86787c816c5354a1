#!/usr/bin/env python3
"""How many rollouts `whet rollouts export` writes a second, and in how much memory.

Usage: Benchmarks/export_rollouts.py [WHET] [--rollouts 100000]

Trains a tiny policy, puts copies of one rollout beside its own (300 sampled tokens, a conversation of 1.5 kB, groups of
8), and exports them to /dev/null in each format. Prints a line each: format, rollouts in the store, lines or batches,
seconds, rollouts a second, peak memory. Seconds are of the clock, on a machine that should do nothing else.
"""
import argparse
import json
import os
import pathlib
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

repository = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(repository / "scripts"))

from sabotage.stage import TINY  # noqa: E402

GROUP, TOKENS, STEP = 8, 300, 64


def fill(store: pathlib.Path, rollouts: int) -> None:
    """Adds a run of this many rollouts, half of them solved, in steps of 64 groups."""
    draw = random.Random(7)
    prompt = struct.pack("<40i", *range(40))
    tokens = struct.pack(f"<{TOKENS}i", *(draw.randrange(32) for _ in range(TOKENS)))
    log_probabilities = struct.pack(f"<{TOKENS}f", *(-draw.random() for _ in range(TOKENS)))
    opening = [{"role": "user", "content": "x" * 300}]
    with sqlite3.connect(store) as database:
        sampling = database.execute("SELECT id FROM sampling_parameters").fetchone()[0]
        recipe, build = database.execute("SELECT recipe, build FROM runs").fetchone()
        database.execute(
            "INSERT INTO runs (id, name, status, recipe, build, seed, started_at) VALUES (?, ?, 'finished', ?, ?, 7, 9e9)",
            ("many", "many", recipe, build))
        first_group = database.execute("SELECT max(id) FROM groups").fetchone()[0] + 1
        first_task = database.execute("SELECT max(id) FROM tasks").fetchone()[0] + 1
        first = database.execute("SELECT max(id) FROM rollouts").fetchone()[0] + 1
        for number in range(rollouts // GROUP):
            group, task, step = first_group + number, first_task + number, number // STEP + 1
            if number % STEP == 0:
                database.execute(
                    "INSERT INTO steps (run, step, kind, version, started_at, finished_at) VALUES ('many', ?, 'training', ?, 1, 2)",
                    (step, step))
            database.execute("INSERT INTO groups VALUES (?, 'many', 'training', ?)", (group, number))
            database.execute("INSERT INTO batch_groups VALUES ('many', ?, ?, ?, 1)", (step, number, number))
            database.execute(
                "INSERT INTO tasks (id, group_id, environment, level, seed, messages, problem) VALUES (?, ?, 'Sorting', 0, ?, ?, '{}')",
                (task, group, number, json.dumps(opening)))
            for member in range(GROUP):
                row, solved = first + number * GROUP + member, draw.random() < 0.5
                said = opening + [{"role": "assistant", "content": f"{number} {member} " + "y" * 1200}]
                database.execute(
                    "INSERT INTO rollouts (id, run, step, group_id, member, task_id, status, reward, is_solved, "
                    "score_parts, seed, started_at, finished_at, server, tokens, policy_tokens, version_min, version_max, "
                    "messages) VALUES (?, 'many', ?, ?, ?, ?, 'completed', ?, ?, '[]', 1, 1, 2, 'http://127.0.0.1:1', ?, ?, "
                    "?, ?, ?)",
                    (row, step, group, member, task, float(solved), int(solved), 40 + TOKENS, TOKENS, step - 1, step - 1,
                     json.dumps(said)))
                database.execute(
                    "INSERT INTO spans (rollout_id, ordinal, origin, tokens) VALUES (?, 0, 'prompt', ?)", (row, prompt))
                database.execute(
                    "INSERT INTO spans (rollout_id, ordinal, origin, version, tokens, log_probabilities, sampling_id, request, "
                    "server) VALUES (?, 1, 'policy', ?, ?, ?, ?, 'r', 'http://127.0.0.1:1')",
                    (row, step - 1, tokens, log_probabilities, sampling))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("whet", nargs="?", default=str(repository / ".build/release/whet"))
    parser.add_argument("--rollouts", type=int, default=100_000)
    options = parser.parse_args()
    whet = str(pathlib.Path(options.whet).resolve())
    with tempfile.TemporaryDirectory(prefix="whet-export-") as folder:
        home = pathlib.Path(folder, "runs")
        pathlib.Path(folder, "tiny.yaml").write_text(TINY)
        subprocess.run([whet, "train", "tiny.yaml", "--home", home], cwd=folder, check=True, capture_output=True)
        fill(home / "whet.sqlite", options.rollouts)
        for words in (
                ["--format", "jsonl"], ["--format", "jsonl", "--tokens"], ["--format", "chat", "--minimum-reward", "0"],
                ["--format", "chat", "--solved", "--unique"], ["--format", "preferences"],
                ["--format", "tokens", "-o", "batches"]):
            output = [] if "-o" in words else ["-o", "/dev/null"]
            command = [whet, "rollouts", "export", "many", *words, *output, "--home", home]
            start = time.monotonic()
            process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
            said = process.stderr.read().strip()
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - start
            if status:
                raise SystemExit(said)
            print(
                f"{' '.join(words):40} {options.rollouts} rollouts, {said.split()[0]} written, {seconds:.2f} s, "
                f"{options.rollouts / seconds:.0f}/s, {usage.ru_maxrss / 1024:.0f} MB", flush=True)


main()
