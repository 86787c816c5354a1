"""A trainer in some forty lines: a table of logits for each next token given the last, and plain gradient descent.

It speaks docs/trainers.md on its standard streams and needs numpy and safetensors. A policy is a directory with
table.safetensors: float64 `table` [vocabulary, vocabulary] and int64 `step` [1].
"""
import json, os, sys
import numpy as np
from safetensors.numpy import load_file, save_file

CAPABILITIES = {
    "objectives": ["policy_gradient"], "aggregations": ["token-sum"], "kl_estimators": [], "components": False,
    "entropy_bonus": False, "weights": ["full"], "dtypes": ["float64"], "publishes": ["directory"]}
state, gradient, done = {}, None, {}

def scores(batch):
    """Of each token with one before it: its place, its sequence, and the log-probabilities of every token there."""
    places = np.setdiff1d(np.arange(len(batch["tokens"])), batch["offsets"])
    owners = np.searchsorted(batch["offsets"], places, "right") - 1
    logits = state["table"][batch["tokens"][places - 1]] / batch["temperatures"][owners, None]
    return places, owners, logits - np.log(np.exp(logits).sum(1, keepdims=True))

def answer(method, r):
    global state, gradient
    if method == "hello":
        return {"protocol": "whet-trainer", "version": 1, "name": "bigram", "instance": str(os.getpid()),
                "capabilities": CAPABILITIES, "processes": 1, "device": "cpu"}
    if method == "load":
        state = load_file(os.path.join(r.get("checkpoint") or r["model"], "table.safetensors"))
        gradient = np.zeros_like(state["table"])
        return {"step": int(state["step"][0]), "applied": [], "vocabulary": len(gradient), "packing": True,
                "parameters": gradient.size, "trained_parameters": gradient.size}
    if method in ("log_probabilities", "forward_backward"):
        batch = load_file(r["directory"] + "/batch.safetensors")
        places, owners, logs = scores(batch)
        rows, targets = np.arange(len(places)), batch["tokens"][places]
        if method == "log_probabilities":
            found = np.zeros(len(batch["tokens"]), np.float32)
            found[places] = logs[rows, targets]
            save_file({"log_probabilities": found}, r["directory"] + "/log_probabilities.safetensors")
            return {"tokens": len(found), "file": "log_probabilities.safetensors"}
        if (r["loss"]["objective"], r["loss"].get("aggregation")) != ("policy_gradient", "token-sum"):
            raise ValueError("this trainer knows policy_gradient with token-sum alone")
        # loss = −Σ vote · weight · A · log p; the slope of log p by the logits is (one-hot − p) / temperature.
        credit = (batch["votes"][owners] * (batch["weights"] * batch["advantages"] * batch["mask"])[places])
        slopes = np.eye(len(gradient))[targets] - np.exp(logs)
        np.add.at(gradient, batch["tokens"][places - 1], -slopes * (credit / batch["temperatures"][owners])[:, None])
        return {"loss": -float(credit @ logs[rows, targets]), "tokens": int(batch["mask"].sum()), "metrics": {}}
    if method == "optimizer_step":
        norm = float(np.linalg.norm(gradient))
        state = {"table": state["table"] - r["learning_rate"] * gradient, "step": state["step"] + 1}
        gradient = gradient * 0
        return {"gradient_norm": norm, "step": int(state["step"][0]), "applied": []}
    if method in ("save", "export"):  # whole or not at all
        os.makedirs(r["directory"] + ".partial", exist_ok=True)
        save_file(state, r["directory"] + ".partial/table.safetensors")
        os.rename(r["directory"] + ".partial", r["directory"])
        return {"directory": r["directory"], "kind": "directory", "step": int(state["step"][0])}
    raise ValueError(f"unknown method {method}")

for line in sys.stdin:
    request = json.loads(line)
    method, key = request["method"], (request["method"], request.get("batch"))
    try:
        if method == "shutdown":
            reply = {"result": {}}
        elif None not in key and key in done:  # what comes again is answered, not done again
            reply = {"result": {**done[key], "repeated": True}}
        else:
            done[key] = answer(method, request)
            reply = {"result": done[key]}
    except Exception as error:
        reply = {"error": {"problem": f"{type(error).__name__}: {error}"}}
    print(json.dumps({"id": request["id"], **reply}), flush=True)
    if method == "shutdown":
        break
