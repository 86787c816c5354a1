"""Says what became of a training whose rollouts a real vLLM sampled, and whether it reached its goals.

    vllm_training.py --home RUNS --run ID --server URL --log VLLM.log --before METRICS --verified VERIFIED.json

METRICS is what vLLM's /metrics said before the training, VERIFIED.json what `whet rollouts verify --json` said after
it. Reads the store (docs/store.md), vLLM's access log and its metrics: what whet says of itself is held against what
vLLM says. Exits 0 if every goal is met, 1 if not, with a table of all of them either way.
"""

import argparse
import json
import re
import sqlite3
import sys
import urllib.request

# A version counts as confirmed once vLLM has been told it and has then been asked which it has.
TOLD = re.compile(r'"POST /update_weight_version HTTP/[\d.]+" 200')
ABORTED = re.compile(r'"POST /abort_requests HTTP/[\d.]+" 200')
ASKED = re.compile(r'"GET /weight_info HTTP/[\d.]+" 200')


def read_log(log):
    """How many publications vLLM took up and confirmed, and how often it was asked to abort a request."""
    confirmed, aborts, is_told = 0, 0, False
    with open(log, errors="replace") as lines:
        for line in lines:
            if TOLD.search(line):
                is_told = True
            elif is_told and ASKED.search(line):
                confirmed, is_told = confirmed + 1, False
            elif ABORTED.search(line):
                aborts += 1
    return confirmed, aborts


def metric(text, name, **labels):
    """The sum of a counter's samples that have these labels."""
    total = 0.0
    for line in text.splitlines():
        if not line.startswith(name + "{"):
            continue
        if all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def main():
    parser = argparse.ArgumentParser()
    for name in ["home", "run", "server", "log", "before", "verified"]:
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--accuracy", type=float, default=0.8)
    given = parser.parse_args()
    store = sqlite3.connect(f"file:{given.home}/whet.sqlite?mode=ro", uri=True)

    def row(query, *values):
        return store.execute(query, values).fetchone()

    run = given.run
    before = open(given.before).read()
    after = fetch(given.server + "/metrics")
    verified = json.load(open(given.verified))
    status, start, end, began, finished = row(
        "SELECT status, accuracy_before, accuracy_after, started_at, finished_at FROM runs WHERE id = ?", run)
    problems = row("SELECT max(problems) FROM evaluations WHERE run = ?", run)[0]
    steps = row("SELECT count(*) FROM steps WHERE run = ? AND kind = 'training'", run)[0]
    rollouts, failed, resumed, most = row(
        """SELECT count(*), sum(status = 'failed'), sum(resumes > 0), max(resumes) FROM rollouts
        JOIN groups ON groups.id = group_id WHERE rollouts.run = ? AND purpose = 'training'""", run)
    trained = row("SELECT count(*) FROM rollouts JOIN groups ON groups.id = group_id"
                  " WHERE rollouts.run = ? AND purpose = 'training' AND step IS NOT NULL", run)[0]
    spans = "FROM spans JOIN rollouts ON rollouts.id = rollout_id WHERE run = ? AND origin = 'policy'"
    requests, tokens, low, high = row(
        f"SELECT count(DISTINCT request), sum(length(spans.tokens) / 4), min(version), max(version) {spans}", run)
    several = f"SELECT 1 {spans} GROUP BY rollout_id HAVING count(DISTINCT version) > 1"
    mixed = row(f"SELECT count(*) FROM ({several})", run)[0]
    servers = [server for (server,) in store.execute(f"SELECT DISTINCT spans.server {spans}", (run,))]
    first = row(
        "SELECT value FROM metrics WHERE run = ? AND step = 1 AND name = 'train/log_probability_difference'", run)
    off_policy = row("SELECT avg(value) FROM metrics WHERE run = ? AND name = 'schedule/off_policy_share'", run)[0]

    generated = metric(after, "vllm:generation_tokens_total") - metric(before, "vllm:generation_tokens_total")
    # It counts no aborted request here, and every token of one.
    ended = {reason: metric(after, "vllm:request_success_total", finished_reason=reason)
             - metric(before, "vllm:request_success_total", finished_reason=reason) for reason in ["stop", "length"]}
    aborted = requests - sum(ended.values())
    confirmed, aborts = read_log(given.log)
    version = json.loads(fetch(given.server + "/weight_info")).get("weight_version")

    facts = [
        ("training", f"{steps} steps in {finished - began:.0f} s, warm start and evaluations included"),
        ("held-out accuracy", f"{start:.1%} -> {end:.1%} of {problems} problems"),
        ("rollouts", f"{rollouts}, {trained} of them trained on, {failed or 0} failed"),
        ("requests in the store", f"{requests}, {tokens} tokens by versions {low} to {high}"),
        ("vLLM's own count", f"{ended['stop']:.0f} requests that stopped, {ended['length']:.0f} out of tokens, so "
         f"{aborted:.0f} of those stored were aborted; {generated:.0f} tokens"),
        ("calls of /abort_requests", f"{aborts}, repeated until a request has ended"),
        ("interrupted and resumed", f"{resumed} rollouts, at most {most} times; {mixed} by more than one version"),
        ("tokens of older versions", f"{off_policy:.1%} of those trained on, a mean of steps"),
        ("publications confirmed", f"{confirmed}; vLLM has version {version} now"),
        ("log-probabilities, first step", f"mean absolute difference {first[0]:.1e} between the trainer and vLLM"
         if first else "not stored"),
        ("log-probabilities, all steps", f"{verified['tokens']} tokens of {verified['versions']} versions, "
         f"{verified['resumed_tokens']} of them resumed: mean {verified['mean_difference']:.1e}, "
         f"at most {verified['largest_difference']:.1e}"),
    ]
    goals = [
        (f"the run finished and held-out accuracy is at least {given.accuracy:.0%}",
         status == "finished" and end >= given.accuracy),
        ("it began below that", start < given.accuracy),
        ("rollouts were interrupted and went on, some of them under other weights", resumed > 0 and mixed > 0),
        ("vLLM aborted requests, and what they had is stored", aborts > 0 and aborted > 0),
        ("no rollout failed", not failed),
        ("every span is vLLM's", servers == [given.server]),
        ("vLLM confirmed every version: one at the start and one a step",
         confirmed >= steps + 1 and version == str(steps)),
        ("every stored token is of a version that it confirmed", 0 <= low and high < confirmed),
        ("vLLM sampled every token that is stored", 0 < tokens <= generated),
        ("all stored tokens could be compared",
         verified["tokens"] == tokens and verified["tokens_without_weights"] == 0),
        ("the trainer computes what vLLM said: 1e-4 on the mean", verified["mean_difference"] <= 1e-4),
    ]
    width = max(len(name) for name, _ in facts)
    print()
    for name, found in facts:
        print(f"  {name.ljust(width)}  {found}")
    print()
    for goal, is_met in goals:
        print(("  ok      " if is_met else "  MISSED  ") + goal)
    return 0 if all(is_met for _, is_met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
