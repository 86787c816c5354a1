"""What trainers written in Python share: the protocol of docs/trainers.md, with nothing but Python.

A trainer is an object with `name`, `capabilities` (docs/trainers.md, "hello") and these methods; `serve` does the rest:
lines, ids, repeated requests, files that are there whole or not at all.

    load(directory, settings)            takes up a model, or what `save` wrote; returns {"vocabulary": …}, if it likes
    log_probabilities(sequences)         yields for each sequence a number for each token; 0 for the first
    forward_backward(sequences, loss)    adds gradients; returns {"loss": …, "tokens": …, "metrics": {…}}
    optimizer_step(learning_rate)        applies and clears them; returns the gradient's norm
    save(directory)                      writes what `load` goes on from, and servers reload
"""

import array
import json
import math
import os
import shutil
import struct
import sys
import traceback
import types
import uuid

# Of safetensors, what batches hold; as Python's `array` calls it.
TYPES = {"F32": "f", "F64": "d", "I64": "q", "I32": "i", "U8": "B"}


def read_tensors(path):
    """The tensors of a safetensors file by name, each flat, an `array`."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            tensors[name] = array.array(TYPES[entry["dtype"]], data[8 + length + start : 8 + length + end])
    return tensors


def write_tensors(path, tensors):
    """The reverse. A tensor is a flat list: of F64, unless it is named with its type, as "step:I64"."""
    header, body = {}, b""
    for key, values in tensors.items():
        name, _, dtype = key.partition(":")
        bytes = array.array(TYPES[dtype or "F64"], values).tobytes()
        header[name] = {
            "dtype": dtype or "F64", "shape": [len(values)], "data_offsets": [len(body), len(body) + len(bytes)]}
        body += bytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
        file.flush()
        os.fsync(file.fileno())


def read_batch(directory):
    """The sequences of a batch: `tokens`, `mask`, `advantages`, `weights`, `behavior_log_probabilities`,
    `reference_log_probabilities` (None where it has none), each an `array` with an element a token; `temperature`,
    `component` (−1 for the objective), `vote`."""
    batch = read_tensors(os.path.join(directory, "batch.safetensors"))
    count = len(batch["temperatures"])
    references = batch.get("has_reference", [1] * count) if "reference_log_probabilities" in batch else [0] * count
    sequences = []
    for index in range(count):
        start, end = batch["offsets"][index : index + 2]
        of = {name: batch[name][start:end] for name in
              ("tokens", "mask", "advantages", "weights", "behavior_log_probabilities")}
        sequences.append(types.SimpleNamespace(
            **of, temperature=batch["temperatures"][index],
            reference_log_probabilities=batch["reference_log_probabilities"][start:end] if references[index] else None,
            component=batch["components"][index] if "components" in batch else -1,
            vote=batch["votes"][index] if "votes" in batch else 1.0))
    return sequences


class Refusal(Exception):
    """What is asked for is wrong, in a sentence; the trainer is as it was."""

    def __init__(self, problem, **more):  # place, expected, suggestion, remedy
        super().__init__(problem)
        self.members = {"problem": problem, **more}


class Session:
    """The requests, by name, to a trainer; answers by id."""

    def __init__(self, trainer):
        self.trainer, self.step, self.waiting, self.answers, self.loads = trainer, 0, [], {}, {}

    def answer(self, method, request):
        if method == "hello":
            return {"protocol": "whet-trainer", "version": 1, "name": self.trainer.name, "processes": 1, "device": "cpu",
                    "instance": str(uuid.uuid4()), "capabilities": {
                        "objectives": [], "aggregations": [], "kl_estimators": [], "components": False,
                        "entropy_bonus": False, "weights": ["full"], "dtypes": ["float32"], "publishes": ["directory"],
                        **self.trainer.capabilities}}
        if method == "log_probabilities":
            numbers = [each for of in self.trainer.log_probabilities(read_batch(request["directory"])) for each in of]
            write_tensors(request["directory"] + "/log_probabilities.safetensors", {"log_probabilities:F32": numbers})
            return {"tokens": len(numbers), "file": "log_probabilities.safetensors"}
        if method not in ("load", "forward_backward", "optimizer_step", "save", "export"):
            raise Refusal(f'there is no method "{method}"')
        key, known = f"{method} {request['batch']}", self.loads if method == "load" else self.answers
        if key in known:  # what comes again is answered, not done again
            return {**known[key], "repeated": True}
        result = getattr(self, method)(request)
        (self.loads if method == "load" else self.answers)[key] = result
        return result

    def load(self, request):
        checkpoint = request.get("checkpoint")
        found = self.trainer.load(checkpoint or request["model"], request) or {}
        self.step, self.waiting, self.answers, applied = 0, [], {}, []
        if checkpoint:
            with open(os.path.join(checkpoint, "trainer.json"), encoding="utf-8") as file:
                kept = json.load(file)
            self.step, self.answers, applied = kept["step"], kept["answers"], kept["applied"]
        return {"step": self.step, "applied": applied, "packing": True, **found}

    def forward_backward(self, request):
        report = self.trainer.forward_backward(read_batch(request["directory"]), request["loss"])
        self.waiting.append(request["batch"])
        return report

    def optimizer_step(self, request):
        norm = self.trainer.optimizer_step(request["learning_rate"])
        applied, self.waiting = self.waiting, []
        self.step += 1
        return {"gradient_norm": norm, "step": self.step, "applied": applied}

    def save(self, request):
        if self.waiting:
            raise Refusal("gradients wait to be applied and would be lost", remedy="call optimizer_step before save")
        result = {"directory": request["directory"], "kind": "directory", "step": self.step}
        answers = {**self.answers, f"save {request['batch']}": result}
        applied = [id for each in answers.values() for id in each.get("applied", [])]
        self.write(request["directory"], {"step": self.step, "answers": answers, "applied": applied})
        return result

    def export(self, request):
        self.write(request["directory"], None)
        return {"directory": request["directory"], "kind": "directory", "step": self.step}

    def write(self, directory, kept):
        """Beside the directory, and then in its place."""
        beside = f"{directory}.{uuid.uuid4()}"
        os.makedirs(beside)
        try:
            self.trainer.save(beside)
            if kept:
                with open(os.path.join(beside, "trainer.json"), "w", encoding="utf-8") as file:
                    json.dump(kept, file)
            if os.path.exists(directory):
                os.rename(directory, beside + ".old")
            os.rename(beside, directory)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            shutil.rmtree(beside + ".old", ignore_errors=True)


def finite(value):
    """JSON has no infinities: null stands for a number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, (list, tuple)) else value


def serve(trainer):
    """Answers until standard input ends, or shutdown is asked for."""
    replies, sys.stdout = sys.stdout, sys.stderr  # what is printed is log
    session = Session(trainer)
    for line in sys.stdin:
        request = json.loads(line)
        method = request["method"]
        try:
            reply = {"result": {} if method == "shutdown" else session.answer(method, request)}
        except Refusal as refusal:
            reply = {"error": refusal.members}
        except Exception as error:
            traceback.print_exc()
            reply = {"error": {"problem": f"the trainer failed: {type(error).__name__}: {error}"}}
        print(json.dumps({"id": request["id"], **finite(reply)}), file=replies, flush=True)
        if method == "shutdown":
            break
