"""A trainer whose policy is one number, and which misbehaves as its first argument says.

The second names a folder where it notes what it did: `processes`, a line for each that was started, and `requests`, a
line for each that was carried out. Faults named with a method strike in the first process alone, those with `always-`
in each.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import time

fault, notes = sys.argv[1], sys.argv[2]
kind, _, where = fault.partition(":")


def note(name, text):
    with open(os.path.join(notes, name), "a", encoding="utf-8") as file:
        file.write(text + "\n")
    with open(os.path.join(notes, name), encoding="utf-8") as file:
        return len(file.read().splitlines())


process = note("processes", str(os.getpid()))
weight, gradient, step, waiting, answers = 0.0, 0.0, 0, [], {}
counts = {}


def read(directory):
    with open(os.path.join(directory, "batch.safetensors"), "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])

    def numbers(name, code):
        start, end = (8 + length + each for each in header[name]["data_offsets"])
        return struct.unpack(f"<{(end - start) // struct.calcsize(code)}{code}", data[start:end])

    return numbers("mask", "B"), numbers("advantages", "f"), numbers("offsets", "q")


def answer(method, request):
    global weight, gradient, step, waiting, answers
    if method == "hello":
        hello = {
            "protocol": "whet-trainer", "version": 1, "name": "number", "instance": str(os.getpid()), "processes": 1,
            "device": "cpu", "capabilities": {
                "objectives": ["policy_gradient"], "aggregations": ["token-sum"], "kl_estimators": [],
                "components": True, "entropy_bonus": False, "weights": ["full"], "dtypes": ["float32"],
                "publishes": ["directory"]}}
        if kind == "without":
            path = where.split(".")
            place = hello
            for key in path[:-1]:
                place = place[key]
            del place[path[-1]]
        if kind == "other":
            key, _, value = where.partition("=")
            hello[key] = json.loads(value)
        if kind == "lora":
            hello["capabilities"]["weights"] = ["full", "lora"]
        return hello
    if method == "load":
        weight, gradient, step, waiting, answers = 0.0, 0.0, 0, [], {}
        if request["checkpoint"]:
            with open(os.path.join(request["checkpoint"], "number.json"), encoding="utf-8") as file:
                weight, step, answers = json.load(file)
        return {"step": step, "applied": []}
    if method == "log_probabilities":
        offsets = read(request["directory"])[2]
        values = [0.0 if place in offsets else weight for place in range(offsets[-1])]
        if kind == "short":
            values = values[:-1]
        header = json.dumps({"log_probabilities": {
            "dtype": "F32", "shape": [len(values)], "data_offsets": [0, 4 * len(values)]}}).encode()
        with open(os.path.join(request["directory"], "found.safetensors"), "wb") as file:
            file.write(struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(values)}f", *values))
        return {"tokens": len(values), "file": "found.safetensors" if kind != "escape" else "../../found.safetensors"}
    key = f"{method} {request['batch']}"
    if key in answers:
        return {**answers[key], "repeated": True}
    if method == "forward_backward":
        mask, advantages, _ = read(request["directory"])
        if kind == "refuse" and request["batch"] == where:
            dropped, waiting, gradient = waiting, [], 0.0
            for id in dropped:
                del answers[f"forward_backward {id}"]
            raise Refusal({"problem": "the memory is full", "place": "batch", "expected": "less", "suggestion": "few",
                           "remedy": "take less", "dropped": dropped})
        gradient += sum(a for a, on in zip(advantages, mask) if on)
        waiting.append(request["batch"])
        result = {"loss": gradient, "tokens": sum(mask), "metrics": {"clip_fraction": 0.25, "ratio": None}}
        if kind == "no-loss":
            del result["loss"]
    elif method == "optimizer_step":
        if kind == "infinite":
            dropped, waiting, gradient = waiting, [], 0.0
            for id in dropped:
                del answers[f"forward_backward {id}"]
            raise Refusal({"problem": "the gradient is not finite", "dropped": dropped})
        weight -= request["learning_rate"] * gradient
        result = {"gradient_norm": abs(gradient), "step": step + 1, "applied": waiting}
        gradient, step, waiting = 0.0, step + 1, []
    else:
        result = {"directory": request["directory"], "kind": "adapter" if kind == "lora" else "directory", "step": step}
        os.makedirs(request["directory"], exist_ok=True)
        with open(os.path.join(request["directory"], "number.json"), "w", encoding="utf-8") as file:
            json.dump([weight, step, {**answers, key: result}], file)
    answers[key] = result
    return result


class Refusal(Exception):
    pass


def strike(method):
    """What a fault does before a request is carried out."""
    counts[method] = counts.get(method, 0) + 1
    at, _, number = where.partition(":")
    if at != method or counts[method] != int(number or 1) or (process > 1 and not kind.startswith("always-")):
        return
    fault = kind.removeprefix("always-")
    if fault == "die":
        print("line before the last", file=sys.stderr)
        print(f"dying amid {method}", file=sys.stderr, flush=True)
        os._exit(3)
    if fault == "fatal":
        say({"id": request["id"], "error": {"problem": "a process is gone", "fatal": True}})
        os._exit(1)
    if fault == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "wait":
        note("waiting", method)
        time.sleep(1000)


def say(message):
    sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
    sys.stdout.flush()


if kind == "exit":
    print("there is no such module", file=sys.stderr)
    sys.exit(int(where))
if kind == "hang":
    time.sleep(1000)
if kind == "unasked":
    say({"id": 5, "result": {}})
    time.sleep(1000)
if kind in ("stubborn", "family"):
    note("child", str(subprocess.Popen(["sleep", "1000"]).pid))
if kind == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

for line in sys.stdin:
    request = json.loads(line)
    method = request["method"]
    strike(method)
    id = request["id"]
    if kind == "garbage":
        say("Loading weights: 100%")
    if kind == "wrong-id":
        id += 6
    if kind == "text-id":
        id = "1"
    if kind == "empty":
        say({"id": id})
        continue
    if kind == "long":
        say("x" * (1 << 22))
    if kind == "close":
        os.close(1)
        time.sleep(1000)
    if method == "shutdown" and kind == "stubborn":
        continue
    try:
        result = {} if method == "shutdown" else answer(method, request)
        note("requests", f"{process} {method} {request.get('batch', '').split('-')[0]}")
        say({"id": id, "result": result})
        if kind == "twice":
            say({"id": id, "result": result})
    except Refusal as refusal:
        say({"id": id, "error": refusal.args[0]})
    if method == "shutdown":
        break
if kind == "stubborn":
    time.sleep(1000)
