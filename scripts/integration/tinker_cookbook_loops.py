"""tinker-cookbook's sl_loop and rl_loop, as they are, against `whet serve --tinker`.

Usage: tinker_cookbook_loops.py URL MODEL_DIRECTORY LOG_FOLDER. Ends with 1 where the loss or the reward does not move.

Three things are not the cookbook's: the rows, which are made here instead of fetched from Hugging Face (the loops'
own data sets are far beyond a model of 200,000 parameters); the renderer, which the cookbook knows by the names of
models on Hugging Face; and where rl_loop begins: at what sl_loop left, by the loop's own resuming. The task is to
say a digit. sl_loop teaches \\boxed{DIGIT} with digits that mean nothing; in rl_loop one of them is right.
"""

import json
import random
import sys
from pathlib import Path

import datasets
from tinker_cookbook import model_info
from tinker_cookbook.recipes import rl_loop, sl_loop
from tinker_cookbook.renderers import TrainOnWhat

SUFFIX = " Provide a numerical answer without units, written inside \\boxed{}."
QUESTION = "A digit?"
RIGHT = 7


def demonstrations(count):
    draw = random.Random(0)
    return [
        {
            "messages": [
                {"role": "user", "content": QUESTION + SUFFIX},
                {"role": "assistant", "content": f"\\boxed{{{draw.randint(1, 9)}}}"},
            ]
        }
        for _ in range(count)
    ]


def problems(count):
    return [{"question": QUESTION, "answer": f"It is.\n#### {RIGHT}"} for _ in range(count)]


def rows(name, *_):
    made = problems(RL_BATCHES * RL_BATCH) if "gsm8k" in name else demonstrations(SL_BATCHES * SL_BATCH)
    return datasets.DatasetDict({"train": datasets.Dataset.from_list(made)})


SL_BATCHES, SL_BATCH, RL_BATCHES, RL_BATCH = 60, 16, 20, 4


def metrics(folder, name):
    lines = [json.loads(line) for line in (Path(folder) / "metrics.jsonl").read_text().splitlines()]
    return [line[name] for line in lines if name in line]


def mean(numbers):
    return sum(numbers) / len(numbers)


def main(url, directory, folder):
    datasets.load_dataset = rows
    model_info.get_recommended_renderer_name = lambda _: "role_colon"
    supervised, reinforced = f"{folder}/sl", f"{folder}/rl"

    sl_loop.main(
        sl_loop.Config(
            base_url=url, log_path=supervised, model_name=directory, batch_size=SL_BATCH, learning_rate=3e-3,
            max_length=1024, train_on_what=TrainOnWhat.LAST_ASSISTANT_MESSAGE, lora_rank=8, save_every=25,
        )
    )
    losses = metrics(supervised, "train_mean_nll")
    print(f"sl_loop: mean nll {losses[0]:.3f} at first, {mean(losses[-5:]):.3f} at last, {len(losses)} steps")

    last = json.loads((Path(supervised) / "checkpoints.jsonl").read_text().splitlines()[-1])
    Path(reinforced).mkdir(parents=True)
    (Path(reinforced) / "checkpoints.jsonl").write_text(json.dumps({**last, "batch": 0}) + "\n")
    rl_loop.main(
        rl_loop.Config(
            base_url=url, log_path=reinforced, model_name=directory, batch_size=RL_BATCH, group_size=16,
            learning_rate=3e-4, max_tokens=24, lora_rank=8, save_every=10,
        )
    )
    rewards = metrics(reinforced, "reward/total")
    print(f"rl_loop: reward {rewards[0]:.3f} at first, {mean(rewards[-3:]):.3f} at last, {len(rewards)} steps")
    good = mean(losses[-5:]) < 0.5 * losses[0] and mean(rewards[-3:]) > rewards[0] + 0.3
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
