"""The published tinker SDK against `whet serve --tinker`: what it promises, checked through the SDK alone.

Usage: tinker_sdk.py URL MODEL_DIRECTORY. Ends with 1 where something is not as it should be.
"""

import io
import sys
import tarfile
import urllib.request

import numpy as np
import tinker
import torch
from tinker import types

failures = []


def check(name, good, found=""):
    print(f"{'good' if good else 'BAD '}  {name}" + (f": {found}" if found != "" else ""))
    if not good:
        failures.append(name)


def datum(tokens, weights=None):
    inputs = {"target_tokens": tokens[1:], "weights": weights or [1.0] * (len(tokens) - 1)}
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs=inputs)


def log_probabilities(client, data):
    outputs = client.forward(data, "cross_entropy").result().loss_fn_outputs
    return [np.array(output["logprobs"].data) for output in outputs]


def step(client, data, rate=1e-2):
    passed = client.forward_backward(data, "cross_entropy")
    stepped = client.optim_step(types.AdamParams(learning_rate=rate, eps=1e-8))
    return passed.result().metrics["loss:sum"], stepped.result().metrics


def main(url, directory):
    service = tinker.ServiceClient(base_url=url, api_key="tml-any")
    supported = [model.model_name for model in service.get_server_capabilities().supported_models]
    check("capabilities list the model", directory in supported, supported)
    client = service.create_lora_training_client(base_model=supported[0], rank=8, seed=1)
    info = client.get_info()
    check("get_info says that it is no LoRA", info.is_lora is False and info.lora_rank is None, info.model_data)
    tokenizer = client.get_tokenizer()
    texts = ["The cat sat on the mat.", "Two and two are four.", "whet trains on a laptop.", "Seven is a prime number."]
    data = [datum(tokenizer.encode(text)) for text in texts]

    untrained = client.save_weights_and_get_sampling_client()
    losses = [step(client, data)[0] for _ in range(15)]
    check("cross entropy falls", losses[-1] < 0.3 * losses[0], f"{losses[0]:.2f} to {losses[-1]:.2f}")

    sampling = client.save_weights_and_get_sampling_client()
    trained = log_probabilities(client, data)
    said = [sampling.compute_logprobs(types.ModelInput.from_ints(tokenizer.encode(text))).result() for text in texts]
    check("compute_logprobs has no number for the first token", all(one[0] is None for one in said))
    gap = max(np.abs(np.array(one[1:]) - two).max() for one, two in zip(said, trained))
    check("compute_logprobs agrees with forward", gap < 1e-4, f"at most {gap:.1e} apart")

    prompt = types.ModelInput.from_ints(tokenizer.encode(texts[0])[:3])
    parameters = types.SamplingParams(max_tokens=16, temperature=1.0, seed=3)
    one = sampling.sample(prompt, num_samples=4, sampling_params=parameters).result()
    two = sampling.sample(prompt, num_samples=4, sampling_params=parameters).result()
    tokens = [tuple(sequence.tokens) for sequence in one.sequences]
    check("samples of one call differ", len(set(tokens)) > 1, f"{len(set(tokens))} of 4 are distinct")
    check("the same seed gives the same samples", tokens == [tuple(sequence.tokens) for sequence in two.sequences])
    whole = [datum(prompt.to_ints() + list(sequence.tokens)) for sequence in one.sequences]
    start = prompt.length - 1
    gap = max(
        np.abs(np.array(sequence.logprobs) - scored[start:]).max()
        for sequence, scored in zip(one.sequences, log_probabilities(client, whole))
    )
    check("sampled log-probabilities agree with forward", gap < 1e-4, f"at most {gap:.1e} apart")
    rest = tokenizer.encode(texts[0])[3:]
    greedy = types.SamplingParams(max_tokens=len(rest), temperature=0.0)
    said = sampling.sample(prompt, 1, greedy).result().sequences[0].tokens
    check("it says by heart what it was taught", said == rest, repr(tokenizer.decode(said)))
    before = untrained.sample(prompt, 1, greedy).result().sequences[0].tokens
    check("the sampling client of before has the weights of before", before != said)
    full = sampling.sample(
        prompt, 1, greedy, include_prompt_logprobs=True, topk_prompt_logprobs=2
    ).result()
    check("the likeliest tokens of a prompt", [len(top or []) for top in full.topk_prompt_logprobs] == [0, 2, 2])

    advantages = [[index - 1.0] * datum.model_input.length for index, datum in enumerate(whole)]
    for loss in ["importance_sampling", "ppo", "cispo"]:
        policy = [
            types.Datum(
                model_input=one.model_input,
                loss_fn_inputs={
                    "target_tokens": one.loss_fn_inputs["target_tokens"],
                    "logprobs": types.TensorData.from_numpy(scored.astype(np.float32)),
                    "advantages": types.TensorData.from_numpy(np.array(advantage, dtype=np.float32)),
                },
            )
            for one, scored, advantage in zip(whole, log_probabilities(client, whole), advantages)
        ]
        result = client.forward_backward(policy, loss).result()
        wanted = -sum(sum(one) for one in advantages)
        if loss == "cispo":
            wanted = -sum((np.array(a) * s).sum() for a, s in zip(advantages, log_probabilities(client, whole)))
        found = result.metrics["loss:sum"]
        check(f"{loss} at a ratio of 1 is what its formula gives", abs(found - wanted) < 1e-3, f"{found:.4f}")
    client.optim_step(types.AdamParams(learning_rate=0.0)).result()

    many = [datum(tokenizer.encode(texts[index % 4])) for index in range(2500)]
    pieces = client.forward_backward(many, "cross_entropy").result()
    check("a batch that the SDK sends in three racing pieces", len(pieces.loss_fn_outputs) == 2500)
    first, last = pieces.loss_fn_outputs[0]["logprobs"], pieces.loss_fn_outputs[2496]["logprobs"]
    check("its pieces come back in their order", np.allclose(first.data, last.data, atol=1e-4))
    client.optim_step(types.AdamParams(learning_rate=0.0)).result()

    def custom(data, log_probabilities):
        loss = sum((one**2).sum() for one in log_probabilities)
        return loss, {"squares": loss.item()}

    result = client.forward_backward_custom(data, custom).result()
    check("a loss of the client's own", result.metrics["squares"] > 0, f"{result.metrics['squares']:.3f}")
    client.optim_step(types.AdamParams(learning_rate=0.0)).result()

    path = client.save_state("halfway", ttl_seconds=3600).result().path
    resumed = service.create_training_client_from_state_with_optimizer(path)
    for one in (client, resumed):
        for _ in range(3):
            step(one, data, rate=1e-3)
    gap = max(np.abs(a - b).max() for a, b in zip(log_probabilities(client, data), log_probabilities(resumed, data)))
    check("a resumed run goes on as the one that did not stop", gap == 0.0, f"at most {gap:.1e} apart")
    resumed.load_state(path).result()
    named = client.save_weights_for_sampler("named").result().path
    check("sampling from named weights", len(service.create_sampling_client(model_path=named).sample(
        prompt, 1, greedy).result().sequences[0].tokens) > 0)
    base = service.create_sampling_client(base_model=supported[0])
    check("sampling from the base model", len(base.sample(prompt, 1, greedy).result().sequences[0].tokens) > 0)
    check("a sampling client knows its base model", base.get_base_model() == supported[0])

    rest = service.create_rest_client()
    run = path.split("/")[2]
    listed = sorted(one.checkpoint_id for one in rest.list_checkpoints(run).result().checkpoints)
    check("its checkpoints are listed", listed == ["sampler_weights/named", "weights/halfway"], listed)
    archive = rest.get_checkpoint_archive_url_from_tinker_path(named).result()
    names = tarfile.open(fileobj=io.BytesIO(urllib.request.urlopen(archive.url).read())).getnames()
    check("an archive is a tar of a model directory", {"config.json", "model.safetensors"} <= set(names), names)
    rest.delete_checkpoint_from_tinker_path(named).result()
    check("a checkpoint that was deleted is gone", len(rest.list_checkpoints(run).result().checkpoints) == 1)
    check("the run is known", rest.get_training_run(run).result().is_lora is False)

    wrong = types.Datum(
        model_input=types.ModelInput.from_ints([1, 2]),
        loss_fn_inputs={"target_tokens": [1, 2, 3], "weights": [1.0, 1.0]},
    )
    for name, call in {
        "another number of targets": lambda: client.forward_backward([wrong], "cross_entropy").result(),
        "a loss that is not there": lambda: client.forward_backward(data, "dro").result(),
        "a step without gradients": lambda: client.optim_step(types.AdamParams()).result(),
        "a checkpoint that is not there": lambda: client.load_state("tinker://none/weights/none").result(),
        "a model that is not served": lambda: service.create_lora_training_client(base_model="other/model", rank=4),
        "a prompt without end": lambda: base.sample(types.ModelInput.from_ints([1] * 5000), 1, greedy).result(),
    }.items():
        try:
            call()
            check(f"{name} is refused", False)
        except Exception as error:  # Which of the SDK's errors it is depends on when it is found out.
            check(f"{name} is refused", "expected" in str(error) or "there is no" in str(error), str(error)[:160])
    check("training goes on after all that", step(client, data)[0] > 0)
    print(f"tinker {tinker.__version__}, torch {torch.__version__}: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
