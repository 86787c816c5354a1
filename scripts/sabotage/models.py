"""Model directories that lack something, or whose files do not belong together."""
import json
import pathlib
import shutil


def play(stage):
    run, mistake = stage.run, stage.mistake

    def spoiled(spoil, *words, code=1):
        """Serves the spoiled model, and trains from it."""
        spoil(stage.copy_model("model"))
        served = run("serve", "model", "--port", "0", limit=20).expect(code, *words)
        trained = run("train", "base.yaml", "--set", "policy.model=model", "--set", "run.steps=1")
        trained.expect((1, 2), *(words if code == 1 else ()))
        stage.no_halves()
        return served

    @mistake("model without config.json")
    def _():
        return spoiled(lambda model: (model / "config.json").unlink(), "no config.json", code=2)

    @mistake("model without weights")
    def _():
        return spoiled(lambda model: (model / "model.safetensors").unlink(), "no weights", "expected: model.safetensors")

    @mistake("cut safetensors")
    def _():
        def cut(model):
            with open(model / "model.safetensors", "r+b") as file:
                file.truncate(3000)

        return spoiled(cut, "no valid safetensors file", "try: fetch or write the file again")

    @mistake("empty safetensors")
    def _():
        return spoiled(lambda model: (model / "model.safetensors").write_bytes(b""), "too short", "try: ")

    @mistake("config.json that is no JSON")
    def _():
        return spoiled(lambda model: (model / "config.json").write_text("{"), "config.json is not JSON", "try: ")

    @mistake("model of an unknown kind")
    def _():
        def change(model):
            file = model / "config.json"
            file.write_text(file.read_text().replace("qwen3", "mamba"))

        return spoiled(change, 'the model_type "mamba" is not supported', "expected: one of")

    @mistake("config.json of another size")
    def _():
        def change(model):
            file = model / "config.json"
            values = json.loads(file.read_text())
            values["hidden_size"] = 32
            file.write_text(json.dumps(values))

        return spoiled(change, "has shape", "expected: .* by config.json")

    @mistake("model without a tokenizer")
    def _():
        return spoiled(lambda model: (model / "tokenizer.json").unlink(), "there is no tokenizer", "try: ")

    @mistake("tokenizer that is no JSON object")
    def _():
        return spoiled(lambda model: (model / "tokenizer.json").write_text("[]"), "not a JSON object", "try: ")

    @mistake("tokenizer of another model")
    def _():
        other = larger_model(stage)

        def change(model):
            for name in ("tokenizer.json", "tokenizer_config.json"):
                shutil.copy(other / name, model / name)

        return spoiled(change, "tokenizer is of another model", "expected: at most", "try: ")

    @mistake("reference policy of another vocabulary")
    def _():
        stage.copy_model("model")
        other = larger_model(stage)
        return run(
            "train", "base.yaml", "--set", "policy.model=model", "--set", f"policy.reference={other}", "--set",
            "algorithm={name: grpo, kl_coefficient: 0.1}").expect(1, "another vocabulary", "expected: ")


def larger_model(stage) -> pathlib.Path:
    """A model of another vocabulary, made by a run of no steps in the folder of the mistake."""
    recipe = (stage.folder / "tiny.yaml").read_text().replace(
        "context_length: 96}", "context_length: 96, tokenizer: bpe, vocabulary_size: 290}")
    stage.write("bpe.yaml", recipe)
    stage.run("train", "bpe.yaml", "--home", "bpe", "--set", "run.steps=0", "--set", "evaluation.problems=0").expect(0)
    return next((stage.folder / "bpe").glob("*-bpe/policy"))
