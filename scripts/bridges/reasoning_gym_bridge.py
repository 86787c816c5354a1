"""reasoning-gym 0.1.25 for whet: each of its datasets is an environment.

- A task is item `folded(seed, 31)` of the dataset; the level is that of every attribute of the dataset's curriculum
  (the last one where an attribute has fewer), up to the first that the dataset itself calls invalid. Without a
  curriculum, or with one whose first level is invalid (knight_swap), there is level 0: the default settings.
- The answer is what stands in the last <answer>…</answer>. The reward is the dataset's `score_answer`, solved at 1.
- The problem says which item it is; scoring makes that item again, because not every item survives JSON.
- The demonstration is the item's own answer, if the dataset scores it 1.
"""

import functools
import json
import os
import random

from bridge_support import ANSWER_INSTRUCTION, Environment, answer, closed, enclosed_answer, folded, serve, time_limit

import numpy
from reasoning_gym.composite import DatasetSpec
from reasoning_gym.factory import DATASETS, create_curriculum, has_curriculum
from reasoning_gym.utils import SYSTEM_PROMPTS, extract_answer

VERSION = "0.1.25"
GENERATION_SECONDS = 10
SCORING_SECONDS = 10
#: The composite dataset is nothing without a list of others.
COMPOSITE_DEFAULT = [
    {"name": name, "weight": 1, "config": {}} for name in ("chain_sum", "leg_counting", "letter_counting")
]
SOLVED = 1 - 1e-9

OPTIONS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "config": {
            "type": "object",
            "description": "fields of the dataset's own configuration, over those of the level",
        },
        "system_prompt": {"enum": sorted(SYSTEM_PROMPTS), "description": "one of reasoning-gym's, instead of ours"},
    },
}


def settings(name, level):
    """The configuration's fields at a level of the dataset's curriculum."""
    curriculum = create_curriculum(name)
    for attribute in curriculum.attributes.values():
        curriculum.set_attr_level(attribute.name, min(level, len(attribute.levels) - 1))
    configuration = curriculum.generate_configuration({"seed": 0})
    if hasattr(configuration, "validate"):
        configuration.validate()
    return vars(configuration)


@functools.lru_cache(maxsize=None)
def valid_levels(name):
    """How many levels of its curriculum a dataset accepts, from the lowest up; 0 if it has none."""
    attributes = create_curriculum(name).attributes.values() if has_curriculum(name) else []
    for level in range(max((len(each.levels) for each in attributes), default=0)):
        try:
            settings(name, level)
        except AssertionError:  # how reasoning-gym's configurations refuse a value
            return level
    return max((len(each.levels) for each in attributes), default=0)


@functools.lru_cache(maxsize=512)
def dataset(name, level, config):
    """The dataset at a level; `config` is JSON text of fields that go over the level's."""
    dataset_class, config_class = DATASETS[name]
    fields = json.loads(config)
    if name == "composite":
        specs = fields.get("datasets", COMPOSITE_DEFAULT)
        fields["datasets"] = [
            DatasetSpec(each["name"], each.get("weight", 1), each.get("config", {})) for each in specs
        ]
    if valid_levels(name) > 0:
        fields = {**settings(name, level), **fields}
    return dataset_class(config=config_class(**{**fields, "seed": 0}))


@functools.lru_cache(maxsize=4096)
def item(name, level, config, index):
    """One item with its dataset. The cache serves a group's rollouts, which ask for the same item."""
    with time_limit(GENERATION_SECONDS, f"item {index} of {name} at level {level}"):
        source = dataset(name, level, config)
        random.seed(index)  # codeio and list_functions draw from the global generators as well
        numpy.random.seed(index)
        return source, source[index]


class Dataset(Environment):
    """One dataset of reasoning-gym."""

    options = OPTIONS

    def __init__(self, name):
        self.name = name
        self.maximum_level = max(0, valid_levels(name) - 1)

    def task(self, level, seed, options):
        config, index = json.dumps(options.get("config", {}), sort_keys=True), folded(seed, 31)
        _, entry = item(self.name, level, config, index)
        problem = {
            "version": VERSION,
            "level": level,
            "config": config,
            "index": index,
            "question": entry["question"],
            "answer": entry["answer"],
        }
        if "system_prompt" in options:
            system = {"role": "system", "content": SYSTEM_PROMPTS[options["system_prompt"]]}
            return [system, {"role": "user", "content": entry["question"]}], problem
        return f"{entry['question'].rstrip()}\n\n{ANSWER_INSTRUCTION}", problem

    def entry(self, problem):
        """The item that a problem names, made again."""
        if problem["version"] != VERSION:
            raise ValueError(f"the problem was made by reasoning-gym {problem['version']}, and this is {VERSION}")
        source, entry = item(self.name, problem["level"], problem["config"], problem["index"])
        if entry["question"] != problem["question"]:
            raise ValueError(f"item {problem['index']} of {self.name} is not the one that the problem was made from")
        return source, entry

    def score(self, problem, messages):
        source, entry = self.entry(problem)
        given = extract_answer(closed(answer(messages)))
        with time_limit(SCORING_SECONDS, f"scoring {self.name}"):
            try:
                reward = float(source.score_answer(given, entry))
            except Exception as error:
                source.score_answer(entry["answer"], entry)  # if this fails too, the scorer is broken, not the answer
                return {"reward": 0.0, "reason": f"the answer could not be read ({type(error).__name__}: {error})"}
        reason = "no <answer>…</answer>" if given is None else f"{self.name} gives {reward:g}"
        return {"reward": reward, "solved": reward >= SOLVED, "reason": reason}

    def demonstration(self, problem):
        source, entry = self.entry(problem)
        if entry["answer"] is None:
            return None
        text = enclosed_answer(entry["answer"])
        with time_limit(SCORING_SECONDS, f"scoring {self.name}"):
            return text if source.score_answer(extract_answer(text), entry) >= SOLVED else None


if __name__ == "__main__":
    serve(*(Dataset(name) for name in sorted(DATASETS)))
    os._exit(0)
