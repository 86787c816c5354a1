"""Trainers that are not installed, not there, not trainers, or cannot do what the recipe asks for."""
from .stage import free_port

LIAR = """\
import sys
for line in sys.stdin:
    print("loss = 0.5", flush=True)
"""


def play(stage):
    run, mistake = stage.run, stage.mistake

    def train(*settings):
        return run("train", "tiny.yaml", *[word for setting in settings for word in ("--set", setting)])

    @mistake("trainer misspelt")
    def _():
        return train("trainer=torhc").expect(2, "trainer.kind", "did you mean \"torch\"")

    @mistake("trainer that is not installed")
    def _():
        return train("trainer=torch").expect(1, "PyTorch trainer is not installed", "try: whet trainer install torch")

    @mistake("trainer to install that there is not")
    def _():
        return run("trainer", "install", "troch").expect(2, "no trainer to install \"troch\"", "did you mean \"torch\"")

    @mistake("trainer's Python that is not there")
    def _():
        return train("trainer=torch", "trainer.python=/nowhere/python").expect(1, "/nowhere/python")

    @mistake("trainer's Python without the trainer")
    def _():
        return train("trainer=torch", "trainer.python=python3").expect(1, "whet_torch", "No module named")

    @mistake("trainer command left out")
    def _():
        return train("trainer=command").expect(2, "trainer.command", "command needs it")

    @mistake("trainer command that is not there")
    def _():
        return train("trainer=command", "trainer.command=[no-such-trainer]").expect(1, "no-such-trainer")

    @mistake("trainer command that ends at once")
    def _():
        return train("trainer=command", "trainer.command=[sh, -c, 'echo no memory >&2; exit 3']").expect(
            1, "no memory")

    @mistake("trainer command that is no trainer")
    def _():
        stage.write("liar.py", LIAR)
        return train("trainer=command", "trainer.command=[python3, liar.py]").expect(1, "loss = 0.5")

    @mistake("adapters on whet's engine")
    def _():
        return train("trainer.lora.rank=4").expect(2, "trainer.lora", "torch or command or tinker")

    @mistake("adapters for a server that loads none")
    def _():
        return train("trainer=torch", "trainer.lora.rank=4").expect(2, "trainer.lora", "loads no adapters", "vllm")

    @mistake("service that trains, without its address")
    def _():
        return train("trainer=tinker", "trainer.threads=null", "inference.kind=auto", "inference.url=http://h:1").expect(
            2, "trainer.url", "tinker needs it")

    @mistake("service that trains, not up")
    def _():
        url = f"http://127.0.0.1:{free_port()}"
        return train(
            "trainer=tinker", "trainer.threads=null", f"trainer.url={url}", "inference=tinker",
            f"inference.url={url}").expect(1, "could not connect", "try: ")

    @mistake("service that trains is one that samples")
    def _():
        stage.copy_model("model")
        with stage.serving("model") as url:
            return train(
                "trainer=tinker", "trainer.threads=null", f"trainer.url={url}", "inference=tinker",
                f"inference.url={url}").expect(1, "does not speak the Tinker API", "expected: .*whet serve --tinker")

    @mistake("entropy bonus of a service that tells no entropies")
    def _():
        return train(
            "trainer=tinker", "trainer.threads=null", "trainer.url=http://h:1", "inference=tinker",
            "inference.url=http://h:1", "algorithm={name: grpo, entropy_bonus: 0.1}").expect(
                2, "algorithm.entropy_bonus", "embedded or torch")

    @mistake("trainer checked by a recipe that is not there")
    def _():
        return run("trainer", "check", "nothing.yaml").expect(2, "nothing.yaml")
