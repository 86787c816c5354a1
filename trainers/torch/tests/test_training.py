"""Packing, accumulation, checkpoints, LoRA and idempotence, on real models of transformers."""

import json
import os

import numpy as np
import pytest
import torch
import transformers

import batches

LOSS = {
    "objective": "ppo_clip",
    "aggregation": "seq-mean-token-mean",
    "entropy_bonus": 0.05,
    "kl": {"estimator": "k3", "coefficient": 0.1},
    "components": [{"name": "cross_entropy", "objective": "cross_entropy", "weight": 0.5}],
}
LENGTHS = [12, 30, 4, 1, 17, 9, 25, 8]
OPTIMIZER = {"weight_decay": 0.1}


def sample(seed=1, vocabulary=640):
    return batches.random_batch(seed, LENGTHS, vocabulary, reference=True, components=[-1, -1, 0])


SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 97,
    "initializer_range": 0.3,
}
ARCHITECTURES = {
    "gemma2": (
        transformers.Gemma2Config,
        {
            **SMALL,
            "intermediate_size": 48,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "sliding_window": 6,
            "final_logit_softcapping": 5.0,
        },
    ),
    "mistral-sliding": (
        transformers.MistralConfig,
        {**SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "sliding_window": 5},
    ),
    "neox": (transformers.GPTNeoXConfig, {**SMALL, "intermediate_size": 48}),
    "phi": (transformers.PhiConfig, {**SMALL, "intermediate_size": 48}),
    "moe": (
        transformers.Qwen3MoeConfig,
        {
            **SMALL,
            "intermediate_size": 48,
            "moe_intermediate_size": 16,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "num_key_value_heads": 2,
            "head_dim": 8,
        },
    ),
    "bloom": (transformers.BloomConfig, {**SMALL, "n_layer": 2, "n_head": 4}),
    "mamba": (
        transformers.MambaConfig,
        {"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 97, "state_size": 4, "initializer_range": 0.3},
    ),
}
# In these a token's place or state does not start again within a row.
CANNOT_PACK = {"bloom", "mamba"}


@pytest.fixture(scope="module")
def architecture(tmp_path_factory):
    def make(name):
        torch.manual_seed(1)
        config, settings = ARCHITECTURES[name]
        path = tmp_path_factory.mktemp(name)
        transformers.AutoModelForCausalLM.from_config(config(**settings)).save_pretrained(path)
        return str(path)

    return make


def same(left, right, tolerance=0.0):
    assert left.keys() == right.keys()
    for name in left:
        scale = max(1e-12, float(right[name].detach().abs().max()))
        assert float((left[name] - right[name]).detach().abs().max()) <= tolerance * scale, name


# MARK: packing and accumulation


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_gives_what_transformers_gives(direct, architecture, name):
    path = architecture(name)
    arrays = sample(vocabulary=97)
    trainer = direct(model=path)
    assert trainer.loaded["packing"] == (name not in CANNOT_PACK)
    found = trainer.log_probabilities(arrays)
    model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    for i in range(len(LENGTHS)):
        own = slice(arrays["offsets"][i], arrays["offsets"][i + 1])
        tokens = torch.from_numpy(arrays["tokens"][own]).long()
        with torch.no_grad():
            logits = model(input_ids=tokens[None]).logits[0].float() / float(arrays["temperatures"][i])
        expected = torch.log_softmax(logits, -1)[:-1].gather(1, tokens[1:, None])[:, 0].numpy()
        assert found[own][0] == 0
        np.testing.assert_allclose(found[own][1:], expected, atol=2e-5)


@pytest.mark.parametrize("name", ["qwen3", "gemma2", "mamba"])
def test_packing_and_micro_batches_change_nothing(direct, architecture, name):
    path = batches.model() if name == "qwen3" else architecture(name)
    arrays = sample(vocabulary=97)
    whole = direct(model=path)
    report = whole.train(arrays, LOSS)
    for more in (
        {"micro_batch_tokens": 1},
        {"micro_batch_tokens": 40},
        {"packing": "never"},
        {"gradient_checkpointing": True},
    ):
        other = direct(model=path, **more)
        found = other.train(arrays, LOSS)
        assert found["tokens"] == report["tokens"] and found["metrics"].keys() == report["metrics"].keys()
        assert abs(found["loss"] - report["loss"]) < 2e-6 * max(1, abs(report["loss"]))
        for key, value in report["metrics"].items():
            assert abs(found["metrics"][key] - value) < 1e-5 * max(1, abs(value)), key
        same(other.gradients(), whole.gradients(), 2e-5)


def test_a_batch_in_two_requests_is_the_batch_in_one(direct):
    arrays = sample()
    loss = {**LOSS, "aggregation": "token-sum", "components": [{**LOSS["components"][0], "aggregation": "token-sum"}]}
    one, two = direct(), direct()
    report = one.train(arrays, loss)
    first, second = two.train(batches.select(arrays, [0, 1, 2]), loss), two.train(
        batches.select(arrays, [3, 4, 5, 6, 7]), loss
    )
    assert abs(report["loss"] - first["loss"] - second["loss"]) < 1e-5 * abs(report["loss"])
    assert report["tokens"] == first["tokens"] + second["tokens"]
    same(two.gradients(), one.gradients(), 2e-5)
    left, right = one.step(), two.step()
    assert abs(left["gradient_norm"] - right["gradient_norm"]) < 1e-5 * left["gradient_norm"]
    assert right["applied"] == two.trainer._ledger.applied and len(right["applied"]) == 2


def test_votes_and_weights_and_temperatures_count(direct):
    arrays = sample()
    loss = {**LOSS, "aggregation": "token-sum"}
    one = batches.select(arrays, [1])
    trainer = direct()
    once = trainer.train(one, loss)["loss"]
    thrice = trainer.train({**one, "votes": one["votes"] * 3}, loss)["loss"]
    assert abs(thrice - 3 * once) < 1e-9 * abs(thrice)
    for name in ("weights", "temperatures", "advantages"):
        assert trainer.train({**one, name: one[name] * np.float32(1.5)}, loss)["loss"] != once


def test_nothing_to_train_is_no_failure(direct):
    trainer = direct()
    before = trainer.weights()
    empty = {**batches.random_batch(0, []), "offsets": np.zeros(1, np.int64)}
    none = {**sample(), "mask": np.zeros(sum(LENGTHS), np.uint8)}
    for arrays in (empty, none):
        assert trainer.train(arrays, LOSS) == {"loss": 0.0, "tokens": 0, "metrics": {}}
    assert len(trainer.log_probabilities(empty)) == 0
    same(trainer.weights(), before)


def test_cross_entropy_learns_by_heart(direct):
    trainer = direct()
    arrays = batches.select(sample(), [0])
    losses = []
    for _ in range(30):
        losses.append(trainer.train(arrays, {"objective": "cross_entropy"})["loss"])
        trainer.step(1e-2)
    assert losses[0] > 2 and losses[-1] < 0.1


# MARK: checkpoints


def run(trainer, steps):
    for step in steps:
        trainer.train(sample(step), LOSS, batch=f"b{step}")
        trainer.step(1e-3, batch=f"b{step}")


KINDS = {
    "full": {},
    "bfloat16": {"dtype": "bfloat16"},
    "lora": {"weights": {"kind": "lora", "rank": 4}},
    "lora-bfloat16": {"dtype": "bfloat16", "weights": {"kind": "lora", "rank": 4}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_saving_loading_and_going_on_is_going_on(direct, tmp_path, kind):
    settings = {**KINDS[kind], "optimizer": OPTIMIZER}
    whole = direct(**settings)
    run(whole, range(5))
    first = direct(**settings)
    checkpoint = str(tmp_path / "checkpoint")
    run(first, range(1))
    first.ask("save", batch="s1", directory=checkpoint)
    run(first, range(1, 3))
    saved = first.ask("save", batch="s3", directory=checkpoint)
    assert saved == {"directory": checkpoint, "kind": "adapter" if "lora" in kind else "directory", "step": 3}
    run(first, range(3, 4))
    second = direct(checkpoint=checkpoint, **settings)
    assert second.loaded["step"] == 3 and second.loaded["applied"] == ["b1", "b2"]
    run(second, range(3, 5))
    same(second.weights(), whole.weights())
    # And back to it in a trainer that went on.
    first.ask("load", batch="again", model=batches.model(), checkpoint=checkpoint, **settings)
    run(first, range(3, 5))
    same(first.weights(), whole.weights())
    assert [name for name in os.listdir(tmp_path) if name.endswith(".partial")] == []


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_export_is_the_weights_without_the_optimizer(direct, tmp_path, dtype):
    trainer = direct(dtype=dtype)
    run(trainer, range(1))
    trainer.train(sample(9), LOSS)  # gradients that wait stay
    path = str(tmp_path / "export")
    assert trainer.ask("export", batch="e1", directory=path) == {"directory": path, "kind": "directory", "step": 1}
    names = os.listdir(path)
    assert "optimizer.state" not in names and "master.state" not in names
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= set(names)
    with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
        assert json.load(file)["dtype"] == dtype
    model = transformers.AutoModelForCausalLM.from_pretrained(path)
    assert model.dtype == getattr(torch, dtype)
    exported = {name: value.to(torch.float32) for name, value in model.named_parameters()}
    same({name: value.to(model.dtype).float() for name, value in trainer.weights().items()}, exported)
    assert trainer.step()["gradient_norm"] > 0


def test_dropout_is_off_in_training_and_back_in_what_is_saved(direct, tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "gpt2"
    config = transformers.GPT2Config(vocab_size=97, n_positions=32, n_embd=16, n_layer=1, n_head=2)
    transformers.GPT2LMHeadModel(config).save_pretrained(path)
    trainer = direct(model=str(path))
    arrays = batches.random_batch(1, LENGTHS, 97)
    arrays["behavior_log_probabilities"] = trainer.log_probabilities(arrays)
    report = trainer.train(arrays, {"objective": "ppo_clip"})
    assert abs(report["metrics"]["ratio"] - 1) < 1e-5 and report["metrics"]["behavior_kl"] < 1e-10
    trainer.step()
    trainer.ask("save", batch="s", directory=str(tmp_path / "saved"))
    with open(tmp_path / "saved" / "config.json", encoding="utf-8") as file:
        assert json.load(file)["resid_pdrop"] == 0.1


# MARK: LoRA


def test_lora_trains_adapters_alone_and_exports_them(direct, tmp_path):
    import peft

    settings = {"weights": {"kind": "lora", "rank": 4, "alpha": 8, "seed": 3}}
    trainer = direct(**settings)
    base = {
        name: value.clone() for name, value in trainer.trainer._policy.base.state_dict().items() if "lora" not in name
    }
    assert all("lora_" in name for name in trainer.weights())
    assert trainer.loaded["trained_parameters"] == sum(value.numel() for value in trainer.weights().values())
    start = trainer.log_probabilities(sample())
    torch.manual_seed(7)
    same(direct(**settings).weights(), trainer.weights())
    other = direct(weights={**settings["weights"], "seed": 4}).weights()
    assert any((other[name] != value).any() for name, value in trainer.weights().items())
    run(trainer, range(2))
    after = {name: value for name, value in trainer.trainer._policy.base.state_dict().items() if "lora" not in name}
    same(after, base)
    now = trainer.log_probabilities(sample())
    assert np.abs(now - start).max() > 1e-3
    np.testing.assert_array_equal(trainer.log_probabilities(sample(), of="base"), start)
    path = str(tmp_path / "adapter")
    assert trainer.ask("export", batch="e", directory=path)["kind"] == "adapter"
    assert {"adapter_model.safetensors", "adapter_config.json"} <= set(os.listdir(path))
    assert "model.safetensors" not in os.listdir(path)
    model = peft.PeftModel.from_pretrained(transformers.AutoModelForCausalLM.from_pretrained(batches.model()), path)
    arrays = sample()
    tokens = torch.from_numpy(arrays["tokens"][12:42]).long()
    with torch.no_grad():
        logits = model(input_ids=tokens[None]).logits[0] / float(arrays["temperatures"][1])
    expected = torch.log_softmax(logits, -1)[:-1].gather(1, tokens[1:, None])[:, 0].numpy()
    np.testing.assert_allclose(now[13:42], expected, atol=2e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["qwen3", "gpt2"])
def test_adapters_are_merged_for_servers_without(direct, tmp_path, name, dtype):
    path = batches.model()
    if name == "gpt2":
        torch.manual_seed(0)
        path = str(tmp_path / "gpt2")
        config = transformers.GPT2Config(vocab_size=640, n_positions=64, n_embd=16, n_layer=2, n_head=2)
        transformers.GPT2LMHeadModel(config).save_pretrained(path)
    trainer = direct(model=path, dtype=dtype, weights={"kind": "lora", "rank": 4})
    for step in range(3):
        trainer.train(sample(step), LOSS)
        trainer.step(3e-2)
    before, found = trainer.weights(), trainer.log_probabilities(sample())
    merged = str(tmp_path / "merged")
    assert trainer.ask("export", batch="m", directory=merged, kind="directory")["kind"] == "directory"
    assert "adapter_config.json" not in os.listdir(merged)
    same(trainer.weights(), before)
    np.testing.assert_array_equal(trainer.log_probabilities(sample()), found)
    other = direct(model=merged, dtype=dtype)
    again, start = other.log_probabilities(sample()), direct(model=path, dtype=dtype).log_probabilities(sample())
    # In bfloat16 merged weights are rounded once more.
    limit = 1e-4 if dtype == "float32" else 0.2
    assert np.abs(again - found).mean() < limit * np.abs(start - found).mean()
    assert trainer.ask("export", batch="a", directory=str(tmp_path / "a"), kind="adapter")["kind"] == "adapter"


# MARK: idempotence


def test_what_comes_again_is_answered_and_not_done_again(direct, tmp_path):
    trainer = direct()
    arrays = sample()
    report = trainer.train(arrays, LOSS, batch="a")
    gradients = trainer.gradients()
    assert trainer.train(arrays, LOSS, batch="a") == {**report, "repeated": True}
    # The file may be gone by then.
    again = trainer.ask("forward_backward", batch="a", directory="/nowhere", loss=LOSS)
    assert again["repeated"]
    same(trainer.gradients(), gradients)
    step = trainer.step(batch="a")
    weights = trainer.weights()
    assert trainer.step(batch="a") == {**step, "repeated": True}
    assert trainer.train(arrays, LOSS, batch="a")["repeated"] and trainer.gradients() == {}
    same(trainer.weights(), weights)
    path = str(tmp_path / "v1")
    trainer.ask("save", batch="s", directory=path)
    exported = trainer.ask("export", batch="e", directory=str(tmp_path / "out"))
    run(trainer, range(1, 2))
    # A save that comes late does not put newer weights in the old one's place.
    before = open(os.path.join(path, "model.safetensors"), "rb").read()
    assert trainer.ask("save", batch="s", directory=path)["repeated"]
    assert trainer.ask("export", batch="e", directory=str(tmp_path / "out")) == {**exported, "repeated": True}
    assert open(os.path.join(path, "model.safetensors"), "rb").read() == before
    # After a load what is in the weights is still known, what came later is not.
    second = direct(checkpoint=path)
    assert second.loaded["applied"] == ["a"]
    assert second.train(arrays, LOSS, batch="a") == {**report, "repeated": True}
    assert second.step(batch="a") == {**step, "repeated": True}
    assert second.ask("save", batch="s", directory=path)["repeated"]
    same(second.weights(), weights)
    run(second, range(1, 2))
    same(second.weights(), trainer.weights())
    run(second, range(2, 3))
    run(trainer, range(2, 3))
    for number in range(3):
        second.ask("save", batch=f"later {number}", directory=path)
    reply = second.ask("load", batch="load 0", model=batches.model(), checkpoint=path)
    assert reply["repeated"]
    same(second.weights(), trainer.weights())


def test_a_step_that_fails_leaves_the_weights_and_its_batches_may_come_again(direct):
    trainer = direct()
    before = trainer.weights()
    huge = {**batches.random_batch(1, LENGTHS), "advantages": np.full(sum(LENGTHS), 3e38, np.float32)}
    loss = {"objective": "policy_gradient", "aggregation": "token-sum"}
    trainer.train(huge, loss, batch="a")
    error = trainer.refusal("optimizer_step", batch="a", learning_rate=0.1)
    assert "not finite" in error["problem"] and error["dropped"] == ["a"]
    same(trainer.weights(), before)
    assert trainer.gradients() == {}
    assert "repeated" not in trainer.train(sample(), LOSS, batch="a")
    assert trainer.step(batch="a")["applied"] == ["a"]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("full"), RuntimeError("odd")])
def test_a_computation_that_fails_in_its_midst_leaves_no_half_gradient(direct, monkeypatch, error):
    trainer = direct(micro_batch_tokens=20)
    expected = direct(micro_batch_tokens=20)
    trainer.train(sample(1), LOSS, batch="a")
    policy, left = trainer.trainer._policy, [2]
    scores = policy.scores

    def failing(piece):
        left[0] -= 1
        if left[0] == 0:
            raise error
        return scores(piece)

    monkeypatch.setattr(policy, "scores", failing)
    reply = trainer.reply("forward_backward", batch="b", directory=trainer.directory(sample(2)), loss=LOSS)["error"]
    assert reply["dropped"] == ["a"]
    assert trainer.gradients() == {}
    for each in (trainer, expected):
        for seed, batch in ((1, "a"), (2, "b")):
            assert "repeated" not in each.train(sample(seed), LOSS, batch=batch)
        assert each.step(batch="s")["applied"] == ["a", "b"]
    same(trainer.weights(), expected.weights())


def test_an_engines_checkpoint_is_one_of_ours(direct, tmp_path):
    """Its optimizer.state has no answers: the batches are known to be applied, their reports are gone."""
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    trainer = direct()
    run(trainer, range(2))
    path = str(tmp_path / "engine")
    trainer.ask("save", batch="s", directory=path)
    file = os.path.join(path, "optimizer.state")
    with safe_open(file, framework="pt") as stored:
        metadata = stored.metadata()
    assert json.loads(metadata["applied_batches"]) == ["b0", "b1"] and metadata["step"] == "2"
    save_file(load_file(file), file, metadata={name: metadata[name] for name in ("format", "step", "applied_batches")})
    other = direct(checkpoint=path)
    same(other.weights(), trainer.weights())
    error = other.refusal("forward_backward", batch="b1", directory=other.directory(sample()), loss=LOSS)
    assert error["place"] == "batch b1"
